"""The query of a pin list, read as strictly as the rest of WB."""

from dataclasses import dataclass
from datetime import datetime

from simulator.pins.board import PLACES, Pin
from simulator.wire import Call, Refused, pin_problem

STATES = ("pinned", "unpinned")


@dataclass(frozen=True, kw_only=True)
class Filters:
    """`feedback_id` is a number in the document though ids are none: so it never finds anything [S]."""

    state: str | None
    place: str | None
    imt_id: int | None
    nm_id: int | None
    feedback_id: int | None
    first: float | None
    last: float | None

    @classmethod
    def read(cls, call: Call) -> "Filters":
        return cls(
            state=_word(call, "state", STATES),
            place=_word(call, "pinOn", PLACES),
            imt_id=number(call, "imtId"),
            nm_id=number(call, "nmId"),
            feedback_id=number(call, "feedbackId"),
            first=_moment(call, "dateFrom"),
            last=_moment(call, "dateTo"),
        )

    def include(self, pin: Pin) -> bool:
        if self.state not in (None, pin.state) or self.place not in (None, pin.place):
            return False
        if self.imt_id not in (None, pin.imt_id) or self.nm_id not in (None, pin.nm_id):
            return False
        if self.feedback_id is not None and str(self.feedback_id) != pin.feedback_id:
            return False
        return (self.first is None or pin.changed >= self.first) and (self.last is None or pin.changed <= self.last)


def number(call: Call, name: str) -> int | None:
    raw = call.query.get(name)
    if raw is None:
        return None
    if not raw.isascii() or not raw.isdigit():
        raise _refused(f"{name} must be an integer")
    return int(raw)


def _word(call: Call, name: str, allowed: tuple[str, ...]) -> str | None:
    raw = call.query.get(name)
    if raw is not None and raw not in allowed:
        choices = ", ".join(f"'{one}'" for one in allowed)
        raise _refused(f"{name} must be one of the values {choices}")
    return raw


def _moment(call: Call, name: str) -> float | None:
    raw = call.query.get(name)
    if raw is None:
        return None
    try:
        moment = datetime.fromisoformat(raw)
    except ValueError as error:
        raise _refused(f"{name} must be in RFC3339 format") from error
    if moment.tzinfo is None or "T" not in raw:
        raise _refused(f"{name} must be in RFC3339 format")
    return moment.timestamp()


def _refused(detail: str) -> Refused:
    return Refused(pin_problem(400, "Bad Request", detail))
