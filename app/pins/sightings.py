"""What a page of Wildberries' list says about our pins."""

from datetime import timedelta
from uuid import UUID, uuid4

from sqlalchemy.ext.asyncio import AsyncSession

from app.kit.clock import utc_now
from app.pins import gate, queries
from app.pins.models import Pin, PinBoard, PinState
from app.pins.ports import PinPage, SeenPin
from app.pins.words import unpinning

S = PinState


async def record(session: AsyncSession, board: PinBoard, page: PinPage, *, settle: float) -> None:
    """Compare and keep; what was written less than `settle` seconds ago may not show yet."""
    known = {pin.wb_pin_id: pin for pin in await queries.pins_seen_as(session, board.shop_id, _ids(page))}
    live = await queries.live_pins_of(session, board.shop_id, {seen.feedback_id for seen in page.pins})
    nameless = {(pin.feedback_id, pin.pin_on): pin for pin in live if pin.wb_pin_id is None}
    for seen in page.pins:
        pin = known.get(seen.wb_pin_id)
        if pin is None and seen.pinned:
            pin = nameless.pop((seen.feedback_id, seen.pin_on), None)
        if pin is None:
            pin = gate.open_seen(session, _fresh(board.shop_id, seen), reason=_first_words(seen))
        else:
            _compare(session, pin, seen, settle=settle)
        known[seen.wb_pin_id] = pin
    await session.flush()
    if board.run_started_at is not None:
        await queries.mark_seen(session, board.shop_id, _ids(page), run=board.run_started_at)
    board.run_pinned += sum(seen.pinned for seen in page.pins)
    board.run_broken += page.broken


def _ids(page: PinPage) -> list[int]:
    return [seen.wb_pin_id for seen in page.pins]


def _first_words(seen: SeenPin) -> str:
    return "Закреплён не через WBRM." if seen.pinned else unpinning(seen.cause)


def _fresh(shop_id: UUID, seen: SeenPin) -> Pin:
    now = utc_now()
    return Pin(
        shop_id=shop_id, id=uuid4(), feedback_id=seen.feedback_id, pin_method=seen.pin_method, pin_on=seen.pin_on,
        state=S.PINNED if seen.pinned else S.UNPINNED, wb_pin_id=seen.wb_pin_id, nm_id=seen.nm_id, imt_id=seen.imt_id,
        cause=seen.cause, reason=_first_words(seen), created_at=now, changed_at=now, wb_changed_at=seen.changed_at,
        attempts=0,
    )  # fmt: skip


def _compare(session: AsyncSession, pin: Pin, seen: SeenPin, *, settle: float) -> None:
    pin.wb_pin_id, pin.pin_method, pin.wb_changed_at = seen.wb_pin_id, seen.pin_method, seen.changed_at
    pin.nm_id, pin.imt_id = seen.nm_id or pin.nm_id, seen.imt_id or pin.imt_id
    if not seen.pinned and pin.state is not S.UNPINNED:
        pin.cause = seen.cause
        gate.advance(session, pin, S.UNPINNED, actor=gate.WILDBERRIES, reason=unpinning(seen.cause))
    elif seen.pinned and pin.state is S.QUEUED:
        gate.advance(session, pin, S.PINNED, actor=gate.WORKER, reason="Закреп виден на Wildberries.")
    elif seen.pinned and pin.state not in (S.PINNED, S.UNPINNING) and _is_old(pin, settle):
        gate.advance(session, pin, S.PINNED, actor=gate.WILDBERRIES, reason="Отзыв снова закреплён на Wildberries.")


def _is_old(pin: Pin, settle: float) -> bool:
    return utc_now() - pin.changed_at > timedelta(seconds=settle)
