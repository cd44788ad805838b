"""Whether a reply may be written now: its claim, and what must be known before one is made.

A claim is made in the transaction that decides; nobody renews one before its write has arrived or never will.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum, auto
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.drafting.linter import blocks, lint
from app.feedbacks.models import Feedback
from app.kit.clock import utc_now
from app.kit.errors import RateLimited
from app.kit.jobs import enqueue
from app.replies import gate, queries
from app.replies.jobs import VerifyReplies
from app.replies.models import Reply, ReplyState
from app.replies.observing import Answer, answer_of, observe
from app.replies.subjects import Row, Seen, SubjectKind, get_row, store_seen, unanswered_as_of
from app.replies.verifying import LookBack
from app.shops.models import Shop

S = ReplyState
FRESH = timedelta(minutes=2)
ATTEMPTS = 20
LONGEST_PAUSE = 1800.0
WORKER = "worker"
GONE = {
    SubjectKind.FEEDBACK: "Отзыв недоступен на Wildberries: возможно, удалён.",
    SubjectKind.QUESTION: "Вопрос недоступен на Wildberries: возможно, удалён.",
}


class Settling(RateLimited):
    """An earlier attempt may still be under way; look again when it cannot be any more."""

    code = "SETTLING"
    message = "Проверяем, дошла ли предыдущая попытка публикации."


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

    def seconds_for(self, attempts: int) -> float:
        """How long to leave the latest of so many attempts alone: longer each time, or a broken WB gets no rest."""
        return min(max(self.settle, LONGEST_PAUSE), self.settle * 1.5 ** ((attempts - 1) % ATTEMPTS))


def standing(reply: Reply) -> tuple[ReplyState, datetime | None, int]:
    """What must be the same after an outside call: whoever changed it meanwhile has a job of their own."""
    return reply.state, reply.publishing_at, reply.version


async def next_step(session: AsyncSession, reply: Reply, *, pace: Publishing) -> Step:
    """Claims a locked reply that may be written at once; raises Settling while an earlier write may be under way."""
    if reply.state is S.PUBLISHING:
        _wait_until_settled(reply, pace)
        return Step.READ
    if reply.state is not S.APPROVED or await _is_archived(session, reply.shop_id):
        return Step.NOTHING
    row = await get_row(session, reply.shop_id, reply.subject)
    if await observe(session, reply, answer_of(row)):
        return Step.NOTHING
    if await _breaks_the_rules(session, reply):
        return Step.NOTHING
    if reply.attempts or reply.revision > 1 or not await _known_unanswered(session, row):
        return Step.READ
    await _claim(session, reply)
    return Step.WRITE


def _wait_until_settled(reply: Reply, pace: Publishing) -> None:
    started = reply.publishing_at or reply.changed_at
    left = pace.seconds_for(reply.attempts) - (utc_now() - started).total_seconds()
    if left > 0:
        raise Settling(left)


async def _is_archived(session: AsyncSession, shop_id: UUID) -> bool:
    return (await session.get_one(Shop, shop_id)).archived_at is not None


async def _breaks_the_rules(session: AsyncSession, reply: Reply) -> bool:
    """The shop's rules may have changed since the approval: then a person decides again."""
    rules = await queries.get_settings(session, reply.shop_id)
    findings = lint(reply.text, stop_words=rules.blacklist_keywords)
    if not blocks(findings):
        return False
    reply.needs_human, reply.reasons = True, [finding.message for finding in findings]
    await gate.advance(session, reply, S.DRAFT, actor=WORKER, reason="Правила изменились: нужна проверка.")
    return True


async def _known_unanswered(session: AsyncSession, row: Row) -> bool:
    """Did we see it unanswered a moment ago? Then one read is saved."""
    archived = isinstance(row, Feedback) and row.archived
    fresh = utc_now() - await unanswered_as_of(session, row) < FRESH
    return fresh and not archived and row.deleted_at is None


async def after_reading(session: AsyncSession, reply: Reply, seen: Seen | None, *, pace: Publishing) -> Step:
    """Settles a locked reply by what is shown, or claims it; never both."""
    if seen is None:
        await give_up(session, reply, GONE[reply.subject.kind])
        return Step.NOTHING
    await store_seen(session, reply.shop_id, [seen])
    answer = answer_of(await get_row(session, reply.shop_id, reply.subject, fresh=True))
    if await observe(session, reply, answer):
        await look_back_at(session, reply, pace.look_back)
        return Step.NOTHING
    if await _is_being_moderated(session, reply, answer, pace):
        return Step.NOTHING
    if reply.revision > 1 and (answer is None or answer.editable is False):
        await give_up(session, reply, "Правка больше недоступна: Wildberries разрешает одну.")
        return Step.NOTHING
    if reply.state is S.PUBLISHING and reply.attempts % ATTEMPTS == 0:
        await give_up(session, reply, f"Wildberries не показывает ответ после {ATTEMPTS} попыток.")
        return Step.NOTHING
    await _claim(session, reply)
    return Step.WRITE


async def _is_being_moderated(session: AsyncSession, reply: Reply, answer: Answer | None, pace: Publishing) -> bool:
    """Moderators read answers to questions before anybody sees them: nothing shown proves little for a while.

    Raises Settling, ever more seldom, while a write whose reply was lost may be with them.
    """
    if reply.state is not S.PUBLISHING or reply.question_id is None or reply.rejects:
        return False
    if reply.revision > 1 and answer is not None and answer.editable is False:
        await gate.advance(session, reply, S.SENT, actor=WORKER, reason="Правка израсходована: ждём, когда покажут.")
        await look_back_at(session, reply, pace.look_back)
        return True
    age = (utc_now() - (reply.publishing_at or reply.changed_at)).total_seconds()
    left = pace.look_back.unknown_after - age
    if left > 0:
        raise Settling(min(left, max(age, pace.settle)))
    return False


async def _claim(session: AsyncSession, reply: Reply) -> None:
    """Also renews the claim of a dead attempt whose write never arrived."""
    if reply.state is S.PUBLISHING:
        await gate.advance(session, reply, S.APPROVED, actor=WORKER, reason="Прежняя попытка не дошла.")
    await gate.advance(session, reply, S.PUBLISHING, actor=WORKER)


async def give_up(session: AsyncSession, reply: Reply, words: str) -> None:
    """A person decides what comes next."""
    await gate.advance(session, reply, S.FAILED, actor=WORKER, reason=words)
    reply.error = words


async def look_back_at(session: AsyncSession, reply: Reply, look_back: LookBack) -> None:
    """See to it that somebody looks whether Wildberries shows it."""
    if reply.state not in gate.LOOKED_AT:
        return
    now = utc_now()
    reply.next_check_at = look_back.first_after(now)
    delay = (reply.next_check_at - now).total_seconds()
    await enqueue(session, VerifyReplies(shop_id=reply.shop_id), delay=delay)
