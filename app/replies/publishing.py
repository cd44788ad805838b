"""Brings one approved reply to Wildberries so that exactly one answer stands there, whatever breaks.

Claim (short transaction) → write (no transaction) → record (short transaction). Whoever finds a claim that was not
recorded reads first, and only after the write of the dead one can no longer arrive (docs/decisions/0006).
"""

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from enum import Enum, auto

import structlog
from sqlalchemy.ext.asyncio import AsyncSession

from app.drafting.linter import blocks, lint
from app.feedbacks import storing
from app.feedbacks.models import Feedback
from app.feedbacks.ports import IncomingFeedback
from app.feedbacks.queries import find_sync, get_feedback
from app.kit.clock import utc_now
from app.kit.db import Database
from app.kit.errors import Conflict, Invalid, NotFound, RateLimited, Unavailable
from app.kit.jobs import enqueue
from app.replies import gate, queries
from app.replies.jobs import PublishReply, VerifyReplies
from app.replies.models import Reply, ReplyState
from app.replies.observing import answer_of, observe
from app.replies.ports import AmbiguousOutcome, Publisher
from app.replies.verifying import LookBack

log = structlog.get_logger()

S = ReplyState
FRESH = timedelta(minutes=15)
WORKER = "worker"


class Settling(RateLimited):
    """An earlier attempt may still be under way; look again when it cannot be any more."""

    code = "SETTLING"
    message = "Проверяем, дошла ли предыдущая попытка публикации."


class ClaimTooOld(Unavailable):
    """This process stood still so long that another may have taken over: it must not write."""

    code = "CLAIM_TOO_OLD"
    message = "Попытка публикации устарела и будет повторена."


class Step(Enum):
    """What to do next with a reply."""

    NOTHING = auto()
    READ = auto()
    WRITE = auto()


@dataclass(frozen=True, slots=True, kw_only=True)
class Publishing:
    """A claim may write for half of `settle` seconds, and after all of them its write has arrived or never will."""

    settle: float
    look_back: LookBack


async def publish_reply(
    job: PublishReply,
    *,
    database: Database,
    publisher: Publisher,
    pace: Publishing,
    still_ours: Callable[[], None],
) -> None:
    """May run any number of times; `still_ours` raises when another worker could hold this job's lock."""
    async with database.transaction() as session:
        reply = await queries.lock_reply(session, job.shop_id, job.reply_id)
        step = await _next_step(session, reply, settle=pace.settle)
    if step is Step.READ:
        seen = await publisher.read(reply.shop_id, reply.feedback_id)
        async with database.transaction() as session:
            reply = await queries.lock_reply(session, job.shop_id, job.reply_id)
            step = await _after_reading(session, reply, seen, pace=pace)
    if step is Step.WRITE:
        await _write(job, database=database, publisher=publisher, pace=pace, still_ours=still_ours)


async def _next_step(session: AsyncSession, reply: Reply, *, settle: float) -> Step:
    if reply.state is S.PUBLISHING:
        _wait_until_settled(reply, settle)
        return Step.READ
    if reply.state is not S.APPROVED:
        return Step.NOTHING
    feedback = await get_feedback(session, reply.shop_id, reply.feedback_id)
    if await observe(session, reply, answer_of(feedback)):
        return Step.NOTHING
    if await _breaks_the_rules(session, reply):
        return Step.NOTHING
    if reply.attempts or reply.revision > 1 or not await _known_unanswered(session, feedback):
        return Step.READ
    return Step.WRITE


def _wait_until_settled(reply: Reply, settle: float) -> None:
    started = reply.publishing_at or reply.changed_at
    left = (started + timedelta(seconds=settle) - utc_now()).total_seconds()
    if left > 0:
        raise Settling(left)


async def _breaks_the_rules(session: AsyncSession, reply: Reply) -> bool:
    """The shop's rules may have changed since the approval: then a person decides again."""
    rules = await queries.get_settings(session, reply.shop_id)
    findings = lint(reply.text, stop_words=rules.blacklist_keywords)
    if not blocks(findings):
        return False
    reply.needs_human, reply.reasons = True, [finding.message for finding in findings]
    await gate.advance(session, reply, S.DRAFT, actor=WORKER, reason="Правила изменились: нужна проверка.")
    return True


async def _known_unanswered(session: AsyncSession, feedback: Feedback) -> bool:
    """Did a sync see it unanswered a moment ago? Then one read is saved."""
    sync = await find_sync(session, feedback.shop_id)
    listed_at = sync.unanswered_as_of if sync else None
    as_of = max(feedback.first_seen_at, listed_at or feedback.first_seen_at)
    return utc_now() - as_of < FRESH and not feedback.archived


async def _after_reading(
    session: AsyncSession, reply: Reply, seen: IncomingFeedback | None, *, pace: Publishing
) -> Step:
    if reply.state not in (S.APPROVED, S.PUBLISHING):
        return Step.NOTHING
    if seen is None:
        await _give_up(session, reply, "Отзыв недоступен на Wildberries: возможно, удалён.")
        return Step.NOTHING
    await storing.store(session, reply.shop_id, [seen])
    feedback = await get_feedback(session, reply.shop_id, reply.feedback_id)
    await session.refresh(feedback)
    answer = answer_of(feedback)
    if await observe(session, reply, answer):
        await _look_back(session, reply, pace.look_back)
        return Step.NOTHING
    if reply.revision > 1 and (answer is None or answer.editable is False):
        await _give_up(session, reply, "Правка больше недоступна: Wildberries разрешает одну.")
        return Step.NOTHING
    if reply.revision == 1 and answer is not None:
        raise Settling(pace.settle)
    return Step.WRITE


async def _give_up(session: AsyncSession, reply: Reply, words: str) -> None:
    reply.error = words
    await gate.advance(session, reply, S.FAILED, actor=WORKER, reason=words)


async def _write(
    job: PublishReply,
    *,
    database: Database,
    publisher: Publisher,
    pace: Publishing,
    still_ours: Callable[[], None],
) -> None:
    async with database.transaction() as session:
        reply = await queries.lock_reply(session, job.shop_id, job.reply_id)
        await _claim(session, reply)
    claimed = time.monotonic()

    def fence() -> None:
        still_ours()
        if time.monotonic() - claimed > pace.settle / 2:
            raise ClaimTooOld

    send = publisher.answer if reply.revision == 1 else publisher.edit
    try:
        await send(reply.shop_id, reply.feedback_id, reply.text, fence)
    except AmbiguousOutcome as error:
        log.warning("publish.ambiguous", reply_id=str(reply.id), error=str(error))
        raise Settling(pace.settle) from error
    except (Invalid, Conflict, NotFound) as error:
        await _record(job, database, S.FAILED, reason=error.message)
        return
    except Exception as error:
        await _record(job, database, S.APPROVED, reason=f"Не отправлено: {error}")
        raise
    await _record(job, database, S.SENT, reason="Wildberries приняла ответ.", look_back=pace.look_back)


async def _claim(session: AsyncSession, reply: Reply) -> None:
    """Also renews the claim of a dead attempt whose write never arrived."""
    if reply.state is S.PUBLISHING:
        await gate.advance(session, reply, S.APPROVED, actor=WORKER, reason="Прежняя попытка не дошла.")
    await gate.advance(session, reply, S.PUBLISHING, actor=WORKER)


async def _record(
    job: PublishReply,
    database: Database,
    state: ReplyState,
    *,
    reason: str,
    look_back: LookBack | None = None,
) -> None:
    async with database.transaction() as session:
        reply = await queries.lock_reply(session, job.shop_id, job.reply_id)
        if reply.state is not S.PUBLISHING:
            return
        reply.error = reason if state in (S.FAILED, S.APPROVED) else None
        await gate.advance(session, reply, state, actor=WORKER, reason=reason)
        if look_back is not None:
            await _look_back(session, reply, look_back)


async def _look_back(session: AsyncSession, reply: Reply, look_back: LookBack) -> None:
    if reply.state not in gate.UNSETTLED:
        return
    reply.next_check_at = look_back.first_after(utc_now())
    delay = (reply.next_check_at - utc_now()).total_seconds()
    await enqueue(session, VerifyReplies(shop_id=reply.shop_id), delay=max(0.0, delay))
