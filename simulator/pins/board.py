"""The pins of one seller, and the limits that the subscription and the tariff set."""

from dataclasses import dataclass, field
from typing import Any

from simulator.clock import utc_text
from simulator.feedback import Feedback
from simulator.knobs import Knobs

METHODS = ("subscription", "tariff")
PLACES = ("nm", "imt")
UNPAID = "sysTariffUnpinned"
UNRATED = "sysNoratingUnpinned"


@dataclass(slots=True)
class Pin:
    """One that was taken off by hand does not exist any more; `cause` is of automatic ones."""

    id: int
    feedback_id: str
    nm_id: int
    imt_id: int
    method: str
    place: str
    changed: float
    cause: str | None = None

    @property
    def state(self) -> str:
        return "unpinned" if self.cause else "pinned"

    @property
    def unit(self) -> tuple[str, int]:
        return self.place, self.nm_id if self.place == "nm" else self.imt_id

    def unpin(self, cause: str, now: float) -> None:
        self.cause, self.changed = cause, now

    def wire(self) -> dict[str, Any]:
        shown: dict[str, Any] = {
            "pinId": self.id,
            "feedbackId": self.feedback_id,
            "nmId": self.nm_id,
            "imtId": self.imt_id,
            "pinMethod": self.method,
            "pinOn": self.place,
            "state": self.state,
            "changeStateAt": utc_text(self.changed),
        }
        return shown | ({"unpinnedCause": self.cause} if self.cause else {})


@dataclass
class Board:
    """`errors` are what a test has ordered for particular feedbacks."""

    pins: dict[int, Pin] = field(default_factory=dict)
    errors: dict[str, str] = field(default_factory=dict)
    ids_given: int = 0

    def obstacle(self, feedback: Feedback, method: str, place: str, knobs: Knobs) -> str | None:
        """WB's word for why this cannot be pinned."""
        limit = knobs.pin_limits().get(method)
        if feedback.id in self.errors:
            return self.errors[feedback.id]
        if limit is None:
            return f"{method}Restriction"
        candidate = _pin(0, feedback, method, place, 0)
        pinned = [pin for pin in self.pins.values() if not pin.cause]
        if any((pin.feedback_id, pin.place) == (feedback.id, place) for pin in pinned):
            return "alreadyPinned"
        ours = [pin for pin in pinned if pin.method == method]
        if sum(pin.unit == candidate.unit for pin in ours) >= limit.per_unit:
            return "unitLimitReached"
        return "globalLimitReached" if len(ours) >= limit.total and not limit.unlimited else None

    def pin(self, feedback: Feedback, method: str, place: str, *, pin_id: int, now: float) -> Pin:
        self.ids_given += 1
        pin = _pin(pin_id, feedback, method, place, now)
        self.pins[pin.id] = pin
        return pin

    def take_off(self, pin_id: int) -> bool:
        """By hand: it leaves no trace."""
        pin = self.pins.get(pin_id)
        if pin is None or pin.cause:
            return False
        del self.pins[pin_id]
        return True

    def unpin_unpaid(self, knobs: Knobs, now: float) -> None:
        paid = knobs.pin_limits()
        for pin in self.pins.values():
            if not pin.cause and pin.method not in paid:
                pin.unpin(UNPAID, now)

    def unpin_feedback(self, feedback_id: str, now: float) -> None:
        for pin in self.pins.values():
            if not pin.cause and pin.feedback_id == feedback_id:
                pin.unpin(UNRATED, now)

    def limits(self, knobs: Knobs) -> dict[str, dict[str, Any] | None]:
        return {method: self._limit(method, knobs) for method in METHODS}

    def _limit(self, method: str, knobs: Knobs) -> dict[str, Any] | None:
        limit = knobs.pin_limits().get(method)
        if limit is None:
            return None
        used = sum(pin.method == method and not pin.cause for pin in self.pins.values())
        return {
            "perUnitLimit": limit.per_unit,
            "remaining": 0 if limit.unlimited else max(0, limit.total - used),
            "totalLimit": 0 if limit.unlimited else limit.total,
            "unlimited": limit.unlimited,
            "used": used,
        }


def _pin(pin_id: int, feedback: Feedback, method: str, place: str, now: float) -> Pin:
    product = feedback.product
    return Pin(pin_id, feedback.id, product.nm_id, product.imt_id, method, place, now)
