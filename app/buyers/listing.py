"""Pages of a shop's names: keyset, whoever wrote last first."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import ColumnElement, false, literal, select, tuple_
from sqlalchemy.ext.asyncio import AsyncSession

from app.buyers.models import Buyer, BuyersState
from app.buyers.names import fold, key_of
from app.kit.errors import NotFound
from app.kit.keyset import Cursor


class BuyerNotFound(NotFound):
    """Nothing came under this name, or it is nobody's."""

    code = "BUYER_NOT_FOUND"
    message = "Под этим именем ничего нет."


@dataclass(frozen=True, slots=True, kw_only=True)
class Filters:
    """All must hold; ratings bound the lowest that came under the name."""

    prefix: str = ""
    has_chat: bool | None = None
    min_rating: int | None = None
    max_rating: int | None = None


async def page_of_buyers(
    session: AsyncSession, shop_id: UUID, filters: Filters, *, after: Cursor | None, limit: int
) -> Sequence[Buyer]:
    """Ask for one more than you show to learn whether there is a next page."""
    stmt = select(Buyer).where(Buyer.shop_id == shop_id, *_conditions(filters))
    if after is not None:
        stmt = stmt.where(tuple_(Buyer.last_at, Buyer.name_key) < tuple_(literal(after.at), literal(after.id)))
    return (await session.scalars(stmt.order_by(Buyer.last_at.desc(), Buyer.name_key.desc()).limit(limit))).all()


async def get_buyer(session: AsyncSession, shop_id: UUID, name: str) -> Buyer:
    """By any spelling; raises BuyerNotFound."""
    key = key_of(name)
    found = await session.get(Buyer, (shop_id, key)) if key else None
    if found is None:
        raise BuyerNotFound
    return found


async def counted_through(session: AsyncSession, shop_id: UUID) -> datetime | None:
    """Changes up to then are in the counts; None before anything was counted."""
    through: datetime | None = await session.scalar(select(BuyersState.through).where(BuyersState.shop_id == shop_id))
    return through


def _conditions(filters: Filters) -> list[ColumnElement[bool]]:
    optional: list[tuple[bool, Callable[[], ColumnElement[bool]]]] = [
        (bool(filters.prefix), lambda: _begins_with(fold(filters.prefix))),
        (filters.has_chat is True, lambda: Buyer.chats > 0),
        (filters.has_chat is False, lambda: Buyer.chats == 0),
        (filters.min_rating is not None, lambda: Buyer.lowest_rating >= filters.min_rating),
        (filters.max_rating is not None, lambda: Buyer.lowest_rating <= filters.max_rating),
    ]
    return [condition() for asked, condition in optional if asked]


def _begins_with(prefix: str) -> ColumnElement[bool]:
    return Buyer.name_key.startswith(prefix, autoescape=True) if prefix else false()
