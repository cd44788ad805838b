"""What products need of Wildberries; the adapter is `app.wildberries.products.WildberriesCards`."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol
from uuid import UUID

from app.kit.errors import Forbidden

LARGEST_PAGE = 100


class CardsForbidden(Forbidden):
    """The token does not open the content category after all."""

    code = "CARDS_FORBIDDEN"
    message = "Токен не открывает карточки товаров."


@dataclass(frozen=True, slots=True, kw_only=True)
class Card:
    """A product's card; absent texts are ""."""

    nm_id: int
    imt_id: int | None
    vendor_code: str
    subject_id: int | None
    subject: str
    brand: str
    title: str
    description: str
    characteristics: Mapping[str, Sequence[str]]
    sizes: Sequence[str]
    photos: Sequence[str]
    video: str | None
    updated_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class CardCursor:
    """Behind the last card read."""

    updated_at: str
    nm_id: int


@dataclass(frozen=True, slots=True, kw_only=True)
class CardPage:
    """`total` counts the cards of this page, the unreadable ones too; fewer than asked for means the end."""

    cards: Sequence[Card]
    cursor: CardCursor | None
    total: int
    broken: int


class CardSource(Protocol):
    """Each call spends one request of the seller's budget; raises CardsForbidden and other kit.errors kinds."""

    async def page(self, shop_id: UUID, *, after: CardCursor | None, limit: int) -> CardPage:
        """Longest unchanged first."""
