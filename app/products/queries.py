"""Reads of products and of their sync; every one is scoped to a shop."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from app.kit.clock import utc_now
from app.products.facts import facts
from app.products.models import Product, ProductSync
from app.shops.models import TokenPurpose
from app.shops.queries import find_token


async def find_product(session: AsyncSession, shop_id: UUID, nm_id: int) -> Product | None:
    """None before the first sync, and where the token does not open cards."""
    return await session.get(Product, (shop_id, nm_id))


async def facts_of(session: AsyncSession, shop_id: UUID, nm_id: int) -> tuple[str, ...]:
    """What a writer may say of the product, a short line each; empty when its card is not known."""
    product = await find_product(session, shop_id, nm_id)
    return facts(product) if product else ()


async def lock_sync(session: AsyncSession, shop_id: UUID) -> ProductSync:
    """The shop's sync, created when it has none."""
    fresh = insert(ProductSync).values(shop_id=shop_id, next_sync_at=utc_now(), pages=0, broken_rows=0, note="")
    await session.execute(fresh.on_conflict_do_nothing())
    return await session.get_one(ProductSync, shop_id, with_for_update=True, populate_existing=True)


async def opens_cards(session: AsyncSession, shop_id: UUID) -> bool:
    """Asking with a token of other categories may be answered by 401, which would stop the whole shop."""
    token = await find_token(session, shop_id, TokenPurpose.MAIN)
    return token is not None and "content" in token.categories


_DUE = text("""
SELECT s.id, t.added_at FROM shops s
JOIN shop_tokens t ON t.shop_id = s.id AND t.purpose = 'main' AND t.refused_at IS NULL AND t.expires_at > now()
  AND t.categories @> '["content"]'
LEFT JOIN product_syncs y ON y.shop_id = s.id
WHERE s.archived_at IS NULL AND coalesce(y.next_sync_at, '-infinity') <= now()
ORDER BY y.next_sync_at NULLS FIRST LIMIT :limit
""")


async def shops_due(session: AsyncSession, *, limit: int) -> Sequence[tuple[UUID, datetime]]:
    """Shops whose token opens cards and whose time has come, and when each got that token."""
    return [(row.id, row.added_at) for row in await session.execute(_DUE, {"limit": limit})]
