"""Pages of a shop's pins and of their history: keyset, newest first."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import and_, literal, select, tuple_
from sqlalchemy.ext.asyncio import AsyncSession

from app.feedbacks.models import Feedback
from app.kit.keyset import Cursor
from app.pins.models import Pin, PinEvent, PinState


@dataclass(frozen=True, slots=True, kw_only=True)
class PinFilters:
    """All must hold."""

    states: Sequence[PinState] = ()
    nm_id: int | None = None


async def page_of_pins(
    session: AsyncSession, shop_id: UUID, filters: PinFilters, *, after: Cursor | None, limit: int
) -> list[tuple[Pin, Feedback | None]]:
    """With the feedback where we have it; ask for one more than you show."""
    pinned = and_(Feedback.shop_id == Pin.shop_id, Feedback.wb_id == Pin.feedback_id)
    stmt = select(Pin, Feedback).outerjoin(Feedback, pinned).where(Pin.shop_id == shop_id)
    if filters.states:
        stmt = stmt.where(Pin.state.in_(filters.states))
    if filters.nm_id is not None:
        stmt = stmt.where(Pin.nm_id == filters.nm_id)
    if after is not None:
        stmt = stmt.where(tuple_(Pin.created_at, Pin.id) < tuple_(literal(after.at), literal(after.uuid())))
    rows = await session.execute(stmt.order_by(Pin.created_at.desc(), Pin.id.desc()).limit(limit))
    return [(pin, feedback) for pin, feedback in rows]


async def page_of_history(
    session: AsyncSession, shop_id: UUID, *, feedback_id: str | None, after: Cursor | None, limit: int
) -> list[tuple[PinEvent, Pin]]:
    """Of the shop, or of one feedback; ask for one more than you show."""
    its_pin = and_(Pin.shop_id == PinEvent.shop_id, Pin.id == PinEvent.pin_id)
    stmt = select(PinEvent, Pin).join(Pin, its_pin).where(PinEvent.shop_id == shop_id)
    if feedback_id is not None:
        stmt = stmt.where(Pin.feedback_id == feedback_id)
    if after is not None:
        stmt = stmt.where(tuple_(PinEvent.at, PinEvent.id) < tuple_(literal(after.at), literal(after.uuid())))
    rows = await session.execute(stmt.order_by(PinEvent.at.desc(), PinEvent.id.desc()).limit(limit))
    return [(event, pin) for event, pin in rows]
