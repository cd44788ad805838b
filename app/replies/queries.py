"""Reads and locks of replies; every one is scoped to a shop."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import func, select, text
from sqlalchemy.ext.asyncio import AsyncSession

from app.feedbacks.models import Feedback
from app.kit.errors import NotFound
from app.replies import gate
from app.replies.models import Reply, ReplyEvent, ReplyState
from app.shops.models import ShopSettings


class NoSuchReply(NotFound):
    """This feedback has no reply yet."""

    code = "REPLY_NOT_FOUND"
    message = "Черновика ещё нет."


async def lock_reply(session: AsyncSession, shop_id: UUID, reply_id: UUID) -> Reply:
    """The row, locked; raises NoSuchReply."""
    reply = await session.get(Reply, (shop_id, reply_id), with_for_update=True, populate_existing=True)
    if reply is None:
        raise NoSuchReply
    return reply


async def find_newest_reply(
    session: AsyncSession, shop_id: UUID, feedback_id: str, *, lock: bool = False
) -> Reply | None:
    """The answer, or its edit where there is one."""
    stmt = (
        select(Reply)
        .where(Reply.shop_id == shop_id, Reply.feedback_id == feedback_id)
        .order_by(Reply.revision.desc())
        .limit(1)
    )
    if lock:
        stmt = stmt.with_for_update().execution_options(populate_existing=True)
    return (await session.scalars(stmt)).one_or_none()


async def lock_newest_reply(session: AsyncSession, shop_id: UUID, feedback_id: str) -> Reply:
    """Raises NoSuchReply."""
    reply = await find_newest_reply(session, shop_id, feedback_id, lock=True)
    if reply is None:
        raise NoSuchReply
    return reply


async def newest_replies(session: AsyncSession, shop_id: UUID, feedback_ids: Sequence[str]) -> dict[str, Reply]:
    """By feedback; for a page of the list."""
    stmt = select(Reply).where(Reply.shop_id == shop_id, Reply.feedback_id.in_(feedback_ids)).order_by(Reply.revision)
    return {reply.feedback_id: reply for reply in await session.scalars(stmt)}


async def history_of(session: AsyncSession, shop_id: UUID, feedback_id: str) -> Sequence[ReplyEvent]:
    """All that happened to the replies of a feedback, oldest first."""
    stmt = (
        select(ReplyEvent)
        .join(Reply, (Reply.shop_id == ReplyEvent.shop_id) & (Reply.id == ReplyEvent.reply_id))
        .where(Reply.shop_id == shop_id, Reply.feedback_id == feedback_id)
        .order_by(ReplyEvent.at, Reply.revision)
    )
    return (await session.scalars(stmt)).all()


async def replies_to_check(
    session: AsyncSession, shop_id: UUID, *, now: datetime, limit: int
) -> Sequence[tuple[Reply, Feedback]]:
    """Sent and not settled, due for another look; longest due first."""
    stmt = (
        select(Reply, Feedback)
        .join(Feedback, (Feedback.shop_id == Reply.shop_id) & (Feedback.wb_id == Reply.feedback_id))
        .where(Reply.shop_id == shop_id, Reply.state.in_(gate.UNSETTLED), Reply.next_check_at <= now)
        .order_by(Reply.next_check_at)
        .limit(limit)
    )
    return [(reply, feedback) for reply, feedback in await session.execute(stmt)]


async def next_check_at(session: AsyncSession, shop_id: UUID) -> datetime | None:
    """When the next unsettled reply is due."""
    stmt = select(func.min(Reply.next_check_at)).where(Reply.shop_id == shop_id, Reply.state.in_(gate.UNSETTLED))
    due: datetime | None = await session.scalar(stmt)
    return due


async def shops_with_checks_due(session: AsyncSession, *, now: datetime) -> Sequence[UUID]:
    """Shops that a lost wake-up would leave unverified."""
    stmt = select(Reply.shop_id).where(Reply.state.in_(gate.UNSETTLED), Reply.next_check_at <= now).distinct()
    return (await session.scalars(stmt)).all()


async def lock_answered(session: AsyncSession, shop_id: UUID, *, limit: int) -> Sequence[tuple[Reply, Feedback]]:
    """Replies that an answer shown at Wildberries may settle, with what is shown."""
    moved_by_wb = [state for state in ReplyState if state is not ReplyState.ANSWERED_ELSEWHERE]
    stmt = (
        select(Reply, Feedback)
        .join(Feedback, (Feedback.shop_id == Reply.shop_id) & (Feedback.wb_id == Reply.feedback_id))
        .where(
            Reply.shop_id == shop_id,
            Reply.state.in_(moved_by_wb),
            Feedback.answer_text.is_not(None),
            Feedback.changed_at > Reply.changed_at,
        )
        .order_by(Reply.id)
        .limit(limit)
        .with_for_update(of=Reply)
    )
    return [(reply, feedback) for reply, feedback in await session.execute(stmt)]


async def get_settings(session: AsyncSession, shop_id: UUID) -> ShopSettings:
    """A shop always has its settings."""
    return await session.get_one(ShopSettings, shop_id)


async def approved_and_idle(session: AsyncSession, *, limit: int) -> Sequence[tuple[UUID, UUID]]:
    """Approved a while ago, without a job on its way, in shops whose token works: (shop, reply)."""
    idle = text("""
    SELECT r.shop_id, r.id FROM replies r
    JOIN shop_tokens t ON t.shop_id = r.shop_id AND t.purpose = 'main' AND t.refused_at IS NULL
      AND t.expires_at > now()
    JOIN shops s ON s.id = r.shop_id AND s.archived_at IS NULL
    WHERE r.state IN ('approved', 'publishing') AND r.changed_at < now() - interval '1 minute'
      AND NOT EXISTS (
        SELECT FROM jobs j WHERE j.shop_id = r.shop_id AND j.state IN ('queued', 'running')
          AND j.kind = 'PublishReply' AND j.payload ->> 'reply_id' = r.id::text)
    LIMIT :limit
    """)
    return [(row.shop_id, row.id) for row in await session.execute(idle, {"limit": limit})]
