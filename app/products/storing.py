"""Writes a page of cards in one statement."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from app.kit.clock import utc_now
from app.products.models import Product
from app.products.ports import Card

KEY = {"shop_id", "nm_id"}


async def store(session: AsyncSession, shop_id: UUID, cards: Sequence[Card]) -> None:
    """Insert, or replace what was known; in the order of the key, so that two writers cannot wait in a circle."""
    rows = {card.nm_id: _row(shop_id, card) for card in cards}
    if not rows:
        return
    new = insert(Product).values([rows[nm_id] for nm_id in sorted(rows)])
    changes = {name: new.excluded[name] for name in next(iter(rows.values())) if name not in KEY}
    await session.execute(new.on_conflict_do_update(index_elements=["shop_id", "nm_id"], set_=changes))


def _row(shop_id: UUID, card: Card) -> dict[str, object]:
    return {
        "shop_id": shop_id,
        "nm_id": card.nm_id,
        "imt_id": card.imt_id,
        "vendor_code": card.vendor_code,
        "subject_id": card.subject_id,
        "subject": card.subject,
        "brand": card.brand,
        "title": card.title,
        "description": card.description,
        "characteristics": {name: list(values) for name, values in card.characteristics.items()},
        "sizes": list(card.sizes),
        "photos": list(card.photos),
        "video": card.video,
        "wb_updated_at": card.updated_at,
        "stored_at": utc_now(),
    }
