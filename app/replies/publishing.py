"""Brings one approved reply to Wildberries so that exactly one answer stands there, whatever breaks.

Claim (short transaction) → write (no transaction) → record (short transaction). Whoever finds a claim that was not
recorded reads first, and only after the write of the dead one can no longer arrive (docs/decisions/0006).
"""

import time
from collections.abc import Awaitable, Callable
from functools import partial
from uuid import UUID

import structlog
from sqlalchemy.ext.asyncio import AsyncSession

from app.kit.clock import utc_now
from app.kit.db import Database
from app.kit.errors import Conflict, Invalid, NotFound, Unavailable, WbrmError
from app.replies import gate, queries
from app.replies.claiming import (
    WORKER,
    Publishing,
    Settling,
    Step,
    after_reading,
    give_up,
    look_back_at,
    next_step,
    standing,
)
from app.replies.jobs import PublishReply
from app.replies.models import Reply, ReplyState
from app.replies.ports import AmbiguousOutcome, Fence, Publishers
from app.replies.verifying import LookBack

log = structlog.get_logger()

S = ReplyState


class ClaimTooOld(Unavailable):
    """This process stood still so long that another may have taken over: it must not write."""

    code = "CLAIM_TOO_OLD"
    message = "Попытка публикации устарела и будет повторена."


async def publish_reply(
    job: PublishReply,
    *,
    database: Database,
    publishers: Publishers,
    pace: Publishing,
    still_ours: Callable[[], None],
) -> None:
    """May run any number of times; `still_ours` raises when another worker could hold this job's lock."""
    claiming_since = time.monotonic()
    async with database.transaction() as session:
        reply = await queries.lock_reply(session, job.shop_id, job.reply_id)
        step = await next_step(session, reply, pace=pace)
    if step is Step.READ:
        seen = await publishers.of(reply.subject).read(reply.shop_id, reply.subject.wb_id)
        decided_on = standing(reply)
        claiming_since = time.monotonic()
        async with database.transaction() as session:
            reply = await queries.lock_reply(session, job.shop_id, job.reply_id)
            unchanged = standing(reply) == decided_on
            step = await after_reading(session, reply, seen, pace=pace) if unchanged else Step.NOTHING
    if step is Step.WRITE:
        fence = partial(_fence, reply, since=claiming_since, settle=pace.settle, still_ours=still_ours)
        await _write(reply, fence, database=database, publishers=publishers, pace=pace)


def _fence(reply: Reply, *, since: float, settle: float, still_ours: Callable[[], None]) -> None:
    """By both clocks: the one stands still while the machine sleeps, the other may be set back."""
    still_ours()
    claimed_at = reply.publishing_at or reply.changed_at
    age = max(time.monotonic() - since, (utc_now() - claimed_at).total_seconds())
    if age > settle / 2:
        raise ClaimTooOld


async def _write(claim: Reply, fence: Fence, *, database: Database, publishers: Publishers, pace: Publishing) -> None:
    """Whatever is not surely unsent stays claimed: the next run waits for it to settle, and reads."""
    try:
        await _way_of(claim, publishers)(claim.shop_id, claim.subject.wb_id, claim.text, fence)
    except AmbiguousOutcome as error:
        log.warning("publish.ambiguous", reply_id=str(claim.id), error=str(error))
        raise Settling(pace.seconds_for(claim.attempts)) from error
    except (Invalid, Conflict, NotFound) as error:
        await _record(claim, database, partial(give_up, words=error.message))
    except WbrmError as error:
        await _record(claim, database, partial(_not_sent, words=error.message))
        raise
    else:
        await _record(claim, database, partial(_sent, look_back=pace.look_back))


def _way_of(claim: Reply, publishers: Publishers) -> Callable[[UUID, str, str, Fence], Awaitable[None]]:
    if claim.rejects:
        return publishers.questions.reject
    publisher = publishers.of(claim.subject)
    return publisher.answer if claim.revision == 1 else publisher.edit


async def _record(claim: Reply, database: Database, outcome: Callable[[AsyncSession, Reply], Awaitable[None]]) -> None:
    """Only while the claim stands: meanwhile the sync may have seen the answer, and knows better."""
    async with database.transaction() as session:
        reply = await queries.lock_reply(session, claim.shop_id, claim.id)
        if standing(reply) == standing(claim):
            await outcome(session, reply)


async def _sent(session: AsyncSession, reply: Reply, *, look_back: LookBack) -> None:
    await gate.advance(session, reply, S.SENT, actor=WORKER, reason="Wildberries приняла ответ.")
    await look_back_at(session, reply, look_back)


async def _not_sent(session: AsyncSession, reply: Reply, words: str) -> None:
    await gate.not_sent(session, reply, actor=WORKER, reason=f"Не отправлено: {words}")
    reply.error = words
