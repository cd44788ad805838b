"""Wildberries' pinned reviews: five methods, partial success, an array in the body of DELETE."""

from collections.abc import Callable, Sequence
from typing import Annotated, Any, Final
from uuid import UUID

from pydantic import BeforeValidator, Field

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
from app.wildberries import calls
from app.wildberries.callers import Callers
from app.wildberries.calls import Answer, Caller, Operation
from app.wildberries.errors import AmbiguousOutcome, CapabilityForbidden, WbUnavailable
from app.wildberries.models import Int64, Label, Lenient, Moment, WireIn
from app.wildberries.parsing import each_whole, parsed
from app.wildberries.transport import Params, WildberriesTransport

STATES: Final = {"pinned": True, "unpinned": False}
Rows = Annotated[list[Any], BeforeValidator(lambda rows: [] if rows is None else rows)]


class PinIn(WireIn):
    """One pin; the list's `state` says nothing of those unpinned by hand, which are not there."""

    pin_id: Int64
    feedback_id: Annotated[str, Field(min_length=1)]
    nm_id: Lenient[Int64] = None
    imt_id: Lenient[Int64] = None
    pin_method: PinMethod
    pin_on: PinOn
    state: Label
    change_state_at: Lenient[Moment] = None
    unpinned_cause: Label = ""

    def seen(self) -> SeenPin:
        """Raises ValueError for a state of tomorrow."""
        if self.state not in STATES:
            raise ValueError(self.state)
        return SeenPin(
            wb_pin_id=self.pin_id,
            feedback_id=self.feedback_id,
            nm_id=self.nm_id,
            imt_id=self.imt_id,
            pin_method=self.pin_method,
            pin_on=self.pin_on,
            pinned=STATES[self.state],
            changed_at=self.change_state_at,
            cause=self.unpinned_cause or None,
        )


class PinsIn(WireIn):
    """A page; no `next` at the end."""

    data: Rows
    next: Int64 | None = None


class CountIn(WireIn):
    data: Annotated[int, Field(ge=0)]


class LimitIn(WireIn):
    """Numbers mean nothing when `unlimited`."""

    per_unit_limit: Lenient[int] = None
    remaining: Lenient[int] = None
    total_limit: Lenient[int] = None
    used: Lenient[int] = None
    unlimited: Lenient[bool] = None

    def limit(self) -> PinLimit:
        return PinLimit(
            per_unit=self.per_unit_limit or 0,
            remaining=self.remaining or 0,
            total=self.total_limit or 0,
            used=self.used or 0,
            unlimited=bool(self.unlimited),
        )


class BothLimitsIn(WireIn):
    subscription: LimitIn | None = None
    tariff: LimitIn | None = None


class LimitsIn(WireIn):
    data: BothLimitsIn


class ItemErrorIn(WireIn):
    """Here `status` is a word, elsewhere in this family a number."""

    status: Label = ""
    title: Label = ""
    detail: Label = ""


class PinResultIn(WireIn):
    """`isErrors` and a missing `pinId` both mean that it was not pinned."""

    feedback_id: str
    pin_method: PinMethod
    pin_on: PinOn
    is_errors: bool | None = None
    pin_id: Int64 | None = None
    errors: Annotated[list[ItemErrorIn], BeforeValidator(lambda errors: errors or [])] = Field([])

    def outcome(self) -> PinOutcome:
        wish = PinWish(feedback_id=self.feedback_id, pin_on=self.pin_on, pin_method=self.pin_method)
        errors = [(error.status, error.detail or error.title) for error in self.errors]
        if self.is_errors and not errors:
            errors = [("", "")]
        return PinOutcome(wish=wish, wb_pin_id=self.pin_id, errors=errors)


class UnpinnedIn(WireIn):
    data: Annotated[list[Int64], BeforeValidator(lambda ids: ids or [])]


class WildberriesPins:
    """Satisfies pins.ports.WildberriesBoard; writes are always urgent, reads when asked to be."""

    def __init__(self, transport: WildberriesTransport, callers: Callers, *, urgent: bool = False) -> None:
        self.transport = transport
        self.callers = callers
        self.urgent = urgent

    async def page(self, shop_id: UUID, *, after: int | None, limit: int) -> PinPage:
        params: Params = {"limit": limit, "next": after}
        page = parsed(await self._read(shop_id, calls.PINS, params), PinsIn)
        seen = each_whole(page.data, lambda row: PinIn.model_validate(row).seen(), kind="pin")
        return PinPage(pins=seen, next=page.next, broken=len(page.data) - len(seen))

    async def count_pinned(self, shop_id: UUID) -> int:
        return parsed(await self._read(shop_id, calls.PINS_COUNT, {"state": "pinned"}), CountIn).data

    async def limits(self, shop_id: UUID) -> PinLimits:
        both = parsed(await self._read(shop_id, calls.PIN_LIMITS, {}), LimitsIn).data
        return PinLimits(
            subscription=both.subscription.limit() if both.subscription else None,
            tariff=both.tariff.limit() if both.tariff else None,
        )

    async def pin(self, shop_id: UUID, wishes: Sequence[PinWish], fence: Callable[[], None]) -> Sequence[PinOutcome]:
        body = [
            {"pinMethod": wish.pin_method.value, "pinOn": wish.pin_on.value, "feedbackId": wish.feedback_id}
            for wish in wishes
        ]
        rows = await self._write(shop_id, calls.PIN, body, fence, lambda answer: parsed(answer, PinsIn).data)
        return each_whole(rows, lambda row: PinResultIn.model_validate(row).outcome(), kind="pin_result")

    async def unpin(self, shop_id: UUID, wb_pin_ids: Sequence[int], fence: Callable[[], None]) -> Sequence[int]:
        return await self._write(
            shop_id, calls.UNPIN, list(wb_pin_ids), fence, lambda answer: parsed(answer, UnpinnedIn).data
        )

    async def _read(self, shop_id: UUID, operation: Operation, params: Params) -> Answer:
        async with self.callers.of_shop(shop_id, urgent=self.urgent) as caller:
            try:
                return await self.transport.call(caller, operation, params=params)
            except CapabilityForbidden as error:
                raise PinsForbidden(error.detail) from error

    async def _write(
        self,
        shop_id: UUID,
        operation: Operation,
        body: list[Any],
        fence: Callable[[], None],
        read: Callable[[Answer], list[Any]],
    ) -> list[Any]:
        async with self.callers.of_shop(shop_id, urgent=True, fence=fence) as caller:
            answer = await self._sent(caller, operation, body)
        try:
            return read(answer)
        except WbUnavailable as error:
            raise OutcomeUnknown(f"{OutcomeUnknown.message} {error.told}") from error

    async def _sent(self, caller: Caller, operation: Operation, body: list[Any]) -> Answer:
        try:
            return await self.transport.call(caller, operation, json=body)
        except AmbiguousOutcome as error:
            raise OutcomeUnknown(error.message) from error
        except CapabilityForbidden as error:
            raise PinsForbidden(error.detail) from error
