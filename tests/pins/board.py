"""Wildberries' pin board in memory, free to fail and to change its mind."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from uuid import UUID

from app.kit.db import forbid_open_transaction
from app.pins.models import PinMethod, PinOn
from app.pins.ports import (
    OutcomeUnknown,
    PinLimit,
    PinLimits,
    PinOutcome,
    PinPage,
    PinsForbidden,
    PinWish,
    SeenPin,
)

LIMIT = PinLimit(per_unit=5, remaining=10, total=10, used=0, unlimited=False)


def seen(wb_pin_id: int, feedback_id: str = "fb", *, cause: str | None = None, on: PinOn = PinOn.NM) -> SeenPin:
    return SeenPin(
        wb_pin_id=wb_pin_id,
        feedback_id=feedback_id,
        nm_id=1,
        imt_id=2,
        pin_method=PinMethod.SUBSCRIPTION,
        pin_on=on,
        pinned=cause is None,
        changed_at=datetime(2026, 11, 1, tzinfo=UTC),
        cause=cause,
    )


@dataclass
class FakeBoard:
    """A WildberriesBoard; `errors` are ordered per feedback, `silence` says what a lost write did."""

    pins: dict[int, SeenPin] = field(default_factory=dict)
    errors: dict[str, str] = field(default_factory=dict)
    has: PinLimits = field(default_factory=lambda: PinLimits(subscription=LIMIT, tariff=None))
    forbidden: str = ""
    silence: str = ""
    page_size: int = 500
    count_is_off_by: int = 0
    forgets_items: bool = False
    calls: list[str] = field(default_factory=list)
    before_page: Callable[[int], None] = lambda number: None

    def put(self, *pins: SeenPin) -> None:
        self.pins.update({pin.wb_pin_id: pin for pin in pins})

    async def page(self, shop_id: UUID, *, after: int | None, limit: int) -> PinPage:
        self._called("page")
        self.before_page(self.calls.count("page"))
        rest = [self.pins[key] for key in sorted(self.pins) if key > (after or 0)]
        page = rest[: self.page_size]
        return PinPage(pins=page, next=page[-1].wb_pin_id if len(rest) > len(page) else None, broken=0)

    async def count_pinned(self, shop_id: UUID) -> int:
        self._called("count")
        return sum(pin.pinned for pin in self.pins.values()) + self.count_is_off_by

    async def limits(self, shop_id: UUID) -> PinLimits:
        self._called("limits")
        return self.has

    async def pin(self, shop_id: UUID, wishes: Sequence[PinWish], fence: Callable[[], None]) -> Sequence[PinOutcome]:
        self._called("pin")
        self._may_write(fence)
        if self.silence == "before":
            self.silence = ""
            raise OutcomeUnknown
        outcomes = [self._pinned(wish) for wish in wishes]
        self._lost_after()
        return [] if self.forgets_items else outcomes

    async def unpin(self, shop_id: UUID, wb_pin_ids: Sequence[int], fence: Callable[[], None]) -> Sequence[int]:
        self._called("unpin")
        self._may_write(fence)
        if self.silence == "before":
            self.silence = ""
            raise OutcomeUnknown
        done = [wb_pin_id for wb_pin_id in wb_pin_ids if self.pins.pop(wb_pin_id, None)]
        self._lost_after()
        return done

    def _pinned(self, wish: PinWish) -> PinOutcome:
        same = [pin for pin in self.pins.values() if (pin.feedback_id, pin.pin_on) == (wish.feedback_id, wish.pin_on)]
        error = self.errors.get(wish.feedback_id) or ("alreadyPinned" if any(pin.pinned for pin in same) else "")
        if error:
            return PinOutcome(wish=wish, wb_pin_id=None, errors=[(error, "said in English")])
        number = max(self.pins, default=100) + 1
        self.put(seen(number, wish.feedback_id, on=wish.pin_on))
        return PinOutcome(wish=wish, wb_pin_id=number, errors=[])

    def _called(self, name: str) -> None:
        forbid_open_transaction()
        self.calls.append(name)

    def _may_write(self, fence: Callable[[], None]) -> None:
        fence()
        if self.forbidden:
            raise PinsForbidden(self.forbidden)

    def _lost_after(self) -> None:
        if self.silence == "after":
            self.silence = ""
            raise OutcomeUnknown
