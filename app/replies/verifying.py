"""Reads back what was sent until Wildberries shows it, rejects it, or stays silent for too long."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

import structlog
from sqlalchemy.ext.asyncio import AsyncSession

from app.kit.clock import utc_now
from app.kit.db import Database
from app.kit.jobs import enqueue
from app.replies import gate, queries
from app.replies.jobs import VerifyReplies
from app.replies.looking import Lookers, count_listed
from app.replies.models import Reply, ReplyState
from app.replies.observing import answer_of, observe
from app.replies.ports import Looker
from app.replies.subjects import Seen, SubjectKind, get_row, store_seen

log = structlog.get_logger()

S = ReplyState
BATCH = 500
SLOWEST = timedelta(hours=6)
NOT_SHOWN = "Wildberries приняла ответ, но не показывает его."
GONE = {
    SubjectKind.FEEDBACK: "Отзыв больше недоступен на Wildberries.",
    SubjectKind.QUESTION: "Вопрос больше недоступен на Wildberries.",
}


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
    job: VerifyReplies, *, database: Database, lookers: Lookers, page_size: int, look_back: LookBack
) -> None:
    """One batch; wakes itself for the next."""
    async with database.transaction() as session:
        due = await queries.replies_to_check(session, job.shop_id, now=utc_now(), limit=BATCH)
    for kind in SubjectKind:
        some = [reply for reply in due if reply.subject.kind is kind]
        if some:
            await _look(
                some, kind, database=database, looker=lookers.of(kind), page_size=page_size, look_back=look_back
            )
    async with database.transaction() as session:
        at = await queries.next_check_at(session, job.shop_id)
        if at is not None:
            await enqueue(session, job, delay=max(0.2, (at - utc_now()).total_seconds()))


async def _look(
    due: Sequence[Reply], kind: SubjectKind, *, database: Database, looker: Looker, page_size: int, look_back: LookBack
) -> None:
    """By the list when that takes fewer calls than one by one."""
    shop_id = due[0].shop_id
    async with database.transaction() as session:
        rows = [await get_row(session, shop_id, reply.subject) for reply in due]
        since, until = min(row.written_at for row in rows), max(row.written_at for row in rows)
        listed = await count_listed(session, shop_id, kind, since=since, until=until)
    if len(due) > 1 and 1 + (listed + len(due)) // page_size < len(due):
        window = (since, until + timedelta(seconds=1))
        await _read_list(due, window, database=database, looker=looker, page_size=page_size)
        await _settle(due, database=database, look_back=look_back)
    else:
        await _read_each(due, database=database, looker=looker, look_back=look_back)


async def _read_list(
    due: Sequence[Reply], window: tuple[datetime, datetime], *, database: Database, looker: Looker, page_size: int
) -> None:
    wanted, shop_id, skip = {reply.subject.wb_id for reply in due}, due[0].shop_id, 0
    (since, until), take = window, min(page_size, looker.reach)
    while True:
        seen, received = await looker.answered(shop_id, take=take, skip=skip, since=since, until=until)
        await _keep(shop_id, [row for row in seen if row.wb_id in wanted], database=database)
        skip += received
        if received < take:
            return
        if skip + take > looker.reach:
            last = seen[-1].written_at if seen else since
            if last <= since:
                return  # so many in one second: nobody serves the rest
            since, skip = last, 0


async def _read_each(due: Sequence[Reply], *, database: Database, looker: Looker, look_back: LookBack) -> None:
    """Each is settled as soon as it is read: a budget that ends midway must not begin with the same one again."""
    for reply in due:
        seen = await looker.one(reply.shop_id, reply.subject.wb_id)
        if seen is not None:
            await _keep(reply.shop_id, [seen], database=database)
        await _settle([reply], database=database, look_back=look_back, gone=seen is None)


async def _keep(shop_id: UUID, seen: list[Seen], *, database: Database) -> None:
    async with database.transaction() as session:
        await store_seen(session, shop_id, seen)


async def _settle(due: Sequence[Reply], *, database: Database, look_back: LookBack, gone: bool = False) -> None:
    for reply in due:
        async with database.transaction() as session:
            locked, is_shown = await _observed(session, reply.shop_id, reply.id)
            if locked.state in gate.LOOKED_AT:
                await _look_again(session, locked, look_back, gone=gone, is_shown=is_shown)


async def _observed(session: AsyncSession, shop_id: UUID, reply_id: UUID) -> tuple[Reply, bool]:
    """A locked reply, and whether the answer we know of says anything about it."""
    reply = await queries.lock_reply(session, shop_id, reply_id)
    row = await get_row(session, shop_id, reply.subject, fresh=True)
    return reply, await observe(session, reply, answer_of(row))


async def _look_again(session: AsyncSession, reply: Reply, look_back: LookBack, *, gone: bool, is_shown: bool) -> None:
    now = utc_now()
    reply.checks += 1
    reply.next_check_at = look_back.next_after(now, reply.checks)
    too_long = now - (reply.sent_at or reply.changed_at) > timedelta(seconds=look_back.unknown_after)
    if gone or (too_long and not is_shown):
        await _lose_sight(session, reply, GONE[reply.subject.kind] if gone else NOT_SHOWN)


async def _lose_sight(session: AsyncSession, reply: Reply, words: str) -> None:
    reply.error = words
    if reply.state is not S.UNKNOWN:
        await gate.advance(session, reply, S.UNKNOWN, actor="worker", reason=words)
        log.warning("reply.unknown", shop_id=str(reply.shop_id), reply_id=str(reply.id))


async def answers_seen(shop_id: UUID, kind: SubjectKind, *, database: Database) -> None:
    """The sync saw answers: settle the replies they concern, each in a transaction of its own.

    Many rows locked at once would sooner or later wait in a circle with a page of the sync.
    """
    while True:
        async with database.transaction() as session:
            found = await queries.answered_since(session, shop_id, kind, limit=BATCH)
        for reply_id, seen_at in found:
            async with database.transaction() as session:
                reply, _ = await _observed(session, shop_id, reply_id)
                reply.changed_at = max(reply.changed_at, seen_at)
        if len(found) < BATCH:
            return
