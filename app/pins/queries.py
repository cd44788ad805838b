"""Reads and locks of pins and boards; every one is scoped to a shop."""

from collections.abc import Collection, Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import ColumnElement, select, text, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from app.feedbacks.models import Feedback
from app.kit.clock import utc_now
from app.kit.errors import NotFound
from app.pins.models import LIVE, Capability, Pin, PinBoard, PinState


class NoSuchPin(NotFound):
    """No pin with this id in this shop."""

    code = "PIN_NOT_FOUND"
    message = "Закреп не найден."


async def lock_board(session: AsyncSession, shop_id: UUID) -> PinBoard:
    """Whoever changes a shop's pins comes through here, one at a time."""
    fresh = insert(PinBoard).values(
        shop_id=shop_id, capability=Capability.UNKNOWN, forbidden_words="", limits={}, next_sync_at=utc_now(),
        run_pages=0, run_pinned=0, run_broken=0, note="",
    )  # fmt: skip
    await session.execute(fresh.on_conflict_do_nothing())
    return await session.get_one(PinBoard, shop_id, with_for_update=True, populate_existing=True)


async def find_board(session: AsyncSession, shop_id: UUID) -> PinBoard | None:
    """None before the first look at Wildberries."""
    return await session.get(PinBoard, shop_id)


async def pins_by_id(session: AsyncSession, shop_id: UUID, ids: Collection[UUID]) -> Sequence[Pin]:
    """In the order asked for; raises NoSuchPin when one is missing."""
    rows = await session.scalars(select(Pin).where(Pin.shop_id == shop_id, Pin.id.in_(ids)))
    found = {pin.id: pin for pin in rows}
    if len(found) < len(set(ids)):
        raise NoSuchPin
    return [found[pin_id] for pin_id in dict.fromkeys(ids)]


async def live_pins_of(session: AsyncSession, shop_id: UUID, feedback_ids: Collection[str]) -> Sequence[Pin]:
    """Queued, pinned or being unpinned."""
    wanted = select(Pin).where(Pin.shop_id == shop_id, Pin.feedback_id.in_(feedback_ids), Pin.state.in_(LIVE))
    return (await session.scalars(wanted.order_by(Pin.created_at))).all()


async def pins_seen_as(session: AsyncSession, shop_id: UUID, wb_pin_ids: Collection[int]) -> Sequence[Pin]:
    """By Wildberries' own ids."""
    known = select(Pin).where(Pin.shop_id == shop_id, Pin.wb_pin_id.in_(wb_pin_ids))
    return (await session.scalars(known)).all()


async def feedbacks_by_id(session: AsyncSession, shop_id: UUID, wb_ids: Collection[str]) -> dict[str, Feedback]:
    """Those that the shop has."""
    rows = await session.scalars(select(Feedback).where(Feedback.shop_id == shop_id, Feedback.wb_id.in_(wb_ids)))
    return {feedback.wb_id: feedback for feedback in rows}


async def to_write(session: AsyncSession, shop_id: UUID, state: PinState, *, limit: int) -> Sequence[Pin]:
    """Waiting for a write, with none under way; oldest first."""
    free = select(Pin).where(Pin.shop_id == shop_id, Pin.state == state, Pin.claimed_at.is_(None))
    return (await session.scalars(free.order_by(Pin.changed_at, Pin.id).limit(limit))).all()


async def open_writes(session: AsyncSession, shop_id: UUID) -> Sequence[Pin]:
    """Pins whose last write has no known outcome."""
    return (await session.scalars(select(Pin).where(Pin.shop_id == shop_id, *_BEING_WRITTEN))).all()


async def nameless(session: AsyncSession, shop_id: UUID) -> bool:
    """Is there one to unpin whose id at Wildberries we have not read yet?"""
    asked = select(Pin.id).where(Pin.shop_id == shop_id, Pin.state == PinState.UNPINNING, Pin.wb_pin_id.is_(None))
    return (await session.scalars(asked.limit(1))).first() is not None


async def absent_from_run(session: AsyncSession, shop_id: UUID, run_started_at: datetime) -> Sequence[Pin]:
    """Pinned as far as we know before the reading began, and not in it."""
    absent = select(Pin).where(
        Pin.shop_id == shop_id,
        Pin.state.in_((PinState.PINNED, PinState.UNPINNING)),
        Pin.changed_at < run_started_at,
        Pin.seen_at.is_(None) | (Pin.seen_at < run_started_at),
    )
    return (await session.scalars(absent)).all()


async def mark_seen(session: AsyncSession, shop_id: UUID, wb_pin_ids: Collection[int], *, run: datetime) -> None:
    """They were in the reading that began at `run`."""
    seen = update(Pin).where(Pin.shop_id == shop_id, Pin.wb_pin_id.in_(wb_pin_ids)).values(seen_at=run)
    await session.execute(seen.execution_options(synchronize_session=False))


async def has_live_pins(session: AsyncSession, shop_id: UUID) -> bool:
    """Does the shop use pins at all?"""
    live = select(Pin.id).where(Pin.shop_id == shop_id, Pin.state.in_(LIVE)).limit(1)
    return (await session.scalars(live)).first() is not None


_BEING_WRITTEN: tuple[ColumnElement[bool], ...] = (
    Pin.state.in_((PinState.QUEUED, PinState.UNPINNING)),
    Pin.claimed_at.is_not(None),
)
_DUE = text("""
SELECT s.id, t.added_at FROM shops s
JOIN shop_tokens t ON t.shop_id = s.id AND t.purpose = 'main' AND t.refused_at IS NULL AND t.expires_at > now()
LEFT JOIN pin_boards b ON b.shop_id = s.id
WHERE s.archived_at IS NULL AND coalesce(b.next_sync_at, '-infinity') <= now()
ORDER BY b.next_sync_at NULLS FIRST LIMIT :limit
""")
_WAITING = text("""
SELECT DISTINCT p.shop_id, p.state, t.added_at FROM pins p
JOIN shops s ON s.id = p.shop_id AND s.archived_at IS NULL
JOIN shop_tokens t ON t.shop_id = p.shop_id AND t.purpose = 'main' AND t.refused_at IS NULL AND t.expires_at > now()
WHERE p.state IN ('queued', 'unpinning') AND p.changed_at < now() - interval '1 minute'
LIMIT :limit
""")


async def shops_due(session: AsyncSession, *, limit: int) -> Sequence[tuple[UUID, datetime]]:
    """Shops whose list is due for reading, longest overdue first, and when each got the token that works."""
    return [(row.id, row.added_at) for row in await session.execute(_DUE, {"limit": limit})]


async def shops_waiting(session: AsyncSession, *, limit: int) -> Sequence[tuple[UUID, PinState, datetime]]:
    """Shops with pins that a lost or failed job would leave unwritten."""
    rows = await session.execute(_WAITING, {"limit": limit})
    return [(row.shop_id, PinState(row.state), row.added_at) for row in rows]
