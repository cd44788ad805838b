"""The only place that changes a pin's state, with a line in its history each time."""

from uuid import UUID, uuid4

from sqlalchemy.ext.asyncio import AsyncSession

from app.kit.clock import utc_now
from app.pins.models import Pin, PinEvent, PinMethod, PinOn, PinState

WORKER = "worker"
WILDBERRIES = "wildberries"


def open_pin(
    session: AsyncSession, *, shop_id: UUID, feedback_id: str, pin_on: PinOn, pin_method: PinMethod, actor: str
) -> Pin:
    """Asked for by a person."""
    now = utc_now()
    pin = Pin(
        shop_id=shop_id, id=uuid4(), feedback_id=feedback_id, pin_on=pin_on, pin_method=pin_method,
        state=PinState.QUEUED, reason="", asked_by=actor, created_at=now, changed_at=now, attempts=0,
    )  # fmt: skip
    session.add(pin)
    _write_down(session, pin, None, actor=actor, reason="Поставлен в очередь на закрепление.")
    return pin


def open_seen(session: AsyncSession, pin: Pin, *, reason: str) -> Pin:
    """Found at Wildberries, pinned or unpinned there without us."""
    session.add(pin)
    _write_down(session, pin, None, actor=WILDBERRIES, reason=reason)
    return pin


def advance(session: AsyncSession, pin: Pin, state: PinState, *, actor: str, reason: str) -> None:
    """Whatever write was under way for it is settled by this."""
    before, pin.state = pin.state, state
    pin.changed_at, pin.claimed_at, pin.attempts, pin.reason = utc_now(), None, 0, reason
    if state is not PinState.UNPINNED:
        pin.cause = None
    _write_down(session, pin, before, actor=actor, reason=reason)


def _write_down(session: AsyncSession, pin: Pin, before: PinState | None, *, actor: str, reason: str) -> None:
    session.add(
        PinEvent(
            shop_id=pin.shop_id,
            pin_id=pin.id,
            at=utc_now(),
            actor=actor,
            from_state=before.value if before else None,
            to_state=pin.state.value,
            cause=pin.cause,
            reason=reason,
        )
    )
