"""A shop's products: of the cards it showed, of the feedbacks it got, and of the rules that were made."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

import asyncpg

from app.cabinet.rules import DEFAULT, KeptRule, rule_in
from app.cabinet.states import WorkStatus
from app.kit.db import Direct
from app.kit.keyset import searchable

EVERY_ONE = 1_000_000

# DISTINCT would read every feedback; the index is jumped through instead, from product to product.
_PRODUCTS = f"""
WITH RECURSIVE fed AS (
  (SELECT nm_id FROM feedbacks WHERE shop_id = $1 AND nm_id > $2 AND deleted_at IS NULL ORDER BY nm_id LIMIT 1)
  UNION ALL
  SELECT (SELECT f.nm_id FROM feedbacks f WHERE f.shop_id = $1 AND f.nm_id > fed.nm_id AND f.deleted_at IS NULL
    ORDER BY f.nm_id LIMIT 1)
  FROM fed WHERE fed.nm_id IS NOT NULL
),
known AS (
  (SELECT nm_id FROM fed WHERE nm_id IS NOT NULL LIMIT $3)
  UNION
  (SELECT nm_id FROM products WHERE shop_id = $1 AND nm_id > $2 ORDER BY nm_id LIMIT $3)
  UNION
  (SELECT nm_id FROM product_rules WHERE shop_id = $1 AND nm_id > $2 ORDER BY nm_id LIMIT $3)
)
SELECT k.nm_id, coalesce(p.title, f.product_name, '') AS title,
  coalesce(p.vendor_code, f.supplier_article, '') AS vendor_code, coalesce(p.brand, f.brand_name, '') AS brand,
  r.work_status, r.complaint_ratings, r.chats, r.chat_ratings, r.work_from, r.updated_at, r.updated_by
FROM known k
LEFT JOIN products p ON p.shop_id = $1 AND p.nm_id = k.nm_id
LEFT JOIN product_rules r ON r.shop_id = $1 AND r.nm_id = k.nm_id
LEFT JOIN LATERAL (
  SELECT product_name, supplier_article, brand_name FROM feedbacks
  WHERE shop_id = $1 AND nm_id = k.nm_id AND p.nm_id IS NULL AND deleted_at IS NULL
  ORDER BY written_at DESC, wb_id DESC LIMIT 1
) f ON true
WHERE (cardinality($4::text[]) = 0 OR coalesce(r.work_status, '{DEFAULT.work_status}') = ANY($4::text[]))
  AND NOT EXISTS (
    SELECT FROM unnest($5::text[]) AS word
    WHERE strpos(lower(concat_ws(' ', k.nm_id, coalesce(p.title, f.product_name),
      coalesce(p.vendor_code, f.supplier_article), coalesce(p.brand, f.brand_name))), lower(word)) = 0
  )
ORDER BY k.nm_id LIMIT $6
"""  # noqa: S608


@dataclass(frozen=True, slots=True, kw_only=True)
class ProductFilters:
    """`search` is parts of title, vendor code, brand or number in any order, all of which must be there."""

    search: str = ""
    work_statuses: Sequence[WorkStatus] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class RuledProduct:
    """A product and what is done for its feedbacks; without a card, the newest feedback tells its names."""

    nm_id: int
    title: str
    vendor_code: str
    brand: str
    kept: KeptRule


async def page_of_products(
    connection: Direct, shop_id: UUID, filters: ProductFilters, *, after: int, limit: int
) -> list[RuledProduct]:
    """In the order of their numbers; ask for one more than you show to learn of a next page."""
    rows = await _matching(connection, shop_id, filters, after=after, limit=limit)
    return [
        RuledProduct(
            nm_id=row["nm_id"],
            title=row["title"],
            vendor_code=row["vendor_code"],
            brand=row["brand"],
            kept=rule_in(row),
        )
        for row in rows
    ]


async def products_like(connection: Direct, shop_id: UUID, filters: ProductFilters) -> list[int]:
    """The numbers of all that the filters let through."""
    return [row["nm_id"] for row in await _matching(connection, shop_id, filters, after=0, limit=EVERY_ONE)]


async def _matching(
    connection: Direct, shop_id: UUID, filters: ProductFilters, *, after: int, limit: int
) -> Sequence[asyncpg.Record]:
    words = searchable(filters.search).split()
    statuses = [status.value for status in filters.work_statuses]
    # Without a filter a page's products are among the first of each kind.
    looked_at = EVERY_ONE if words or statuses else limit
    return await connection.fetch(_PRODUCTS, shop_id, after, looked_at, statuses, words, limit)
