"""What pins need of Wildberries; the adapter is `app.wildberries.pins.WildberriesPins`."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol
from uuid import UUID

from app.kit.errors import Forbidden, Unavailable
from app.pins.models import PinMethod, PinOn

LARGEST_BATCH = 500


class OutcomeUnknown(Unavailable):
    """The write may or may not have been applied: read before writing again."""

    code = "PIN_OUTCOME_UNKNOWN"
    message = "Неизвестно, выполнила ли Wildberries запрос. Проверяем."


class PinsForbidden(Forbidden):
    """403: no subscription, no tariff option, or a token that may not; `words` are Wildberries' own."""

    code = "PINS_FORBIDDEN"
    message = (
        "Wildberries не разрешает закреплять отзывы: нужна подписка «Джем» или тарифная опция «Закрепление отзыва»,"
        " и токен с правом записи."
    )

    def __init__(self, words: str) -> None:
        super().__init__(f"{self.message} Ответ Wildberries: {words}." if words else None)
        self.words = words


@dataclass(frozen=True, slots=True, kw_only=True)
class SeenPin:
    """A pin as Wildberries lists it; `pinned` is False only for what it unpinned by itself."""

    wb_pin_id: int
    feedback_id: str
    nm_id: int | None
    imt_id: int | None
    pin_method: PinMethod
    pin_on: PinOn
    pinned: bool
    changed_at: datetime | None
    cause: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class PinPage:
    """`next` is None at the end of the list; `broken` rows could not be read."""

    pins: Sequence[SeenPin]
    next: int | None
    broken: int


@dataclass(frozen=True, slots=True, kw_only=True)
class PinLimit:
    """How much one of the paid options allows."""

    per_unit: int
    remaining: int
    total: int
    used: int
    unlimited: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class PinLimits:
    """None where the shop does not have the option."""

    subscription: PinLimit | None
    tariff: PinLimit | None


@dataclass(frozen=True, slots=True, kw_only=True)
class PinWish:
    """One feedback to pin."""

    feedback_id: str
    pin_on: PinOn
    pin_method: PinMethod


@dataclass(frozen=True, slots=True, kw_only=True)
class PinOutcome:
    """What became of a wish; `errors` are (Wildberries' code, its words)."""

    wish: PinWish
    wb_pin_id: int | None
    errors: Sequence[tuple[str, str]]


class WildberriesBoard(Protocol):
    """Each call spends one request of the seller's budget; raises kit.errors kinds."""

    async def page(self, shop_id: UUID, *, after: int | None, limit: int) -> PinPage:
        """Pinned ones and those that Wildberries unpinned by itself."""

    async def count_pinned(self, shop_id: UUID) -> int:
        """How many the whole list should hold as pinned."""

    async def limits(self, shop_id: UUID) -> PinLimits:
        """Of both paid options."""

    async def pin(self, shop_id: UUID, wishes: Sequence[PinWish], fence: Callable[[], None]) -> Sequence[PinOutcome]:
        """At most LARGEST_BATCH; raises PinsForbidden, or OutcomeUnknown when it may have been applied."""

    async def unpin(self, shop_id: UUID, wb_pin_ids: Sequence[int], fence: Callable[[], None]) -> Sequence[int]:
        """Those that are unpinned now; raises as `pin` does."""
