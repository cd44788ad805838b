"""Reads back what was sent until Wildberries shows it, rejects it, or stays silent for too long."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

import structlog
from sqlalchemy.ext.asyncio import AsyncSession

from app.feedbacks import storing
from app.feedbacks.models import Feedback
from app.feedbacks.ports import FeedbackList, FeedbackSource, IncomingFeedback
from app.feedbacks.queries import count_processed
from app.kit.clock import utc_now
from app.kit.db import Database
from app.kit.jobs import enqueue
from app.replies import gate, queries
from app.replies.jobs import VerifyReplies
from app.replies.models import Reply, ReplyState
from app.replies.observing import answer_of, observe

log = structlog.get_logger()

S = ReplyState
BATCH = 500
SLOWEST = timedelta(hours=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class LookBack:
    """First look `first` seconds after sending, then ever more slowly; `unknown_after` seconds unseen is too long."""

    first: float
    unknown_after: float

    def first_after(self, now: datetime) -> datetime:
        """When to look for the first time."""
        return now + timedelta(seconds=self.first)

    def next_after(self, now: datetime, checks: int) -> datetime:
        """When to look after so many looks in vain."""
        return now + min(SLOWEST, timedelta(seconds=max(self.first, 0.5) * 1.6 ** min(checks, 20)))


async def verify_replies(
    job: VerifyReplies, *, database: Database, source: FeedbackSource, page_size: int, look_back: LookBack
) -> None:
    """One batch; wakes itself for the next."""
    async with database.transaction() as session:
        due = await queries.replies_to_check(session, job.shop_id, now=utc_now(), limit=BATCH)
        pages = await _pages_needed(session, job.shop_id, due, page_size)
    if due:
        if pages is not None and pages < len(due):
            await _read_list(job.shop_id, due, database=database, source=source, page_size=page_size)
        else:
            await _read_each(job.shop_id, due, database=database, source=source)
        await _settle(job.shop_id, [reply.id for reply, _ in due], database=database, look_back=look_back)
    async with database.transaction() as session:
        at = await queries.next_check_at(session, job.shop_id)
        if at is not None:
            await enqueue(session, job, delay=max(0.2, (at - utc_now()).total_seconds()))


async def _pages_needed(
    session: AsyncSession, shop_id: UUID, due: Sequence[tuple[Reply, Feedback]], page_size: int
) -> int | None:
    """List calls that would show them all; None when there is nothing to look for."""
    if len(due) < 2:
        return None
    written = [feedback.written_at for _, feedback in due]
    rows = await count_processed(session, shop_id, since=min(written), until=max(written))
    return 1 + (rows + len(due)) // page_size


async def _read_list(
    shop_id: UUID,
    due: Sequence[tuple[Reply, Feedback]],
    *,
    database: Database,
    source: FeedbackSource,
    page_size: int,
) -> None:
    wanted = {feedback.wb_id for _, feedback in due}
    since = min(feedback.written_at for _, feedback in due)
    until = max(feedback.written_at for _, feedback in due) + timedelta(seconds=1)
    skip = 0
    while True:
        page = await source.page(shop_id, FeedbackList.PROCESSED, take=page_size, skip=skip, since=since, until=until)
        await _keep(shop_id, [row for row in page.feedbacks if row.wb_id in wanted], database=database)
        skip += page.received
        if page.received < page_size:
            return


async def _read_each(
    shop_id: UUID, due: Sequence[tuple[Reply, Feedback]], *, database: Database, source: FeedbackSource
) -> None:
    for _, feedback in due:
        seen = await source.one(shop_id, feedback.wb_id)
        if seen is not None:
            await _keep(shop_id, [seen], database=database)


async def _keep(shop_id: UUID, seen: Sequence[IncomingFeedback], *, database: Database) -> None:
    async with database.transaction() as session:
        await storing.store(session, shop_id, seen)


async def _settle(shop_id: UUID, reply_ids: Sequence[UUID], *, database: Database, look_back: LookBack) -> None:
    for reply_id in reply_ids:
        async with database.transaction() as session:
            await settle_one(session, shop_id, reply_id, look_back=look_back)


async def settle_one(
    session: AsyncSession, shop_id: UUID, reply_id: UUID, *, look_back: LookBack | None = None
) -> None:
    """Compare a reply with the answer we know of; what stays open is looked at again later."""
    reply = await queries.lock_reply(session, shop_id, reply_id)
    feedback = await session.get_one(Feedback, (shop_id, reply.feedback_id), populate_existing=True)
    await observe(session, reply, answer_of(feedback))
    if look_back is None or reply.state not in gate.UNSETTLED:
        return
    now = utc_now()
    reply.checks += 1
    reply.next_check_at = look_back.next_after(now, reply.checks)
    silent = now - (reply.sent_at or reply.changed_at)
    if reply.state is S.SENT and silent > timedelta(seconds=look_back.unknown_after):
        reason = "Wildberries приняла ответ, но не показывает его."
        await gate.advance(session, reply, S.UNKNOWN, actor="worker", reason=reason)
        log.warning("reply.unknown", shop_id=str(shop_id), reply_id=str(reply.id))


async def answers_seen(shop_id: UUID, *, database: Database) -> None:
    """The sync saw answers: settle the replies they concern."""
    async with database.transaction() as session:
        found = await queries.lock_answered(session, shop_id, limit=BATCH)
        for reply, feedback in found:
            await observe(session, reply, answer_of(feedback))
            reply.changed_at = max(reply.changed_at, feedback.changed_at)
    if len(found) == BATCH:
        await answers_seen(shop_id, database=database)
