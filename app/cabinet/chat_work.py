"""What the extension asks before it opens chats: which shops want that, and for which products."""

from typing import Final
from uuid import UUID

import asyncpg

from app.kit.db import Direct

_RULES: Final = """
SELECT r.nm_id, coalesce(p.title, f.product_name, '') AS title, r.work_status = 'active' AS active, r.chats,
  r.chat_ratings
FROM product_rules r
LEFT JOIN products p ON p.shop_id = r.shop_id AND p.nm_id = r.nm_id
LEFT JOIN LATERAL (
  SELECT product_name FROM feedbacks
  WHERE shop_id = r.shop_id AND nm_id = r.nm_id AND p.nm_id IS NULL AND deleted_at IS NULL
  ORDER BY written_at DESC, wb_id DESC LIMIT 1
) f ON true
WHERE r.shop_id = $1 ORDER BY r.nm_id
"""
_WITH_CHATS: Final = """
SELECT s.id FROM shops s WHERE s.id = ANY($1::uuid[]) AND EXISTS (
  SELECT FROM product_rules r WHERE r.shop_id = s.id AND r.chats AND r.work_status = 'active')
"""


async def chat_rules(connection: Direct, shop_id: UUID) -> list[asyncpg.Record]:
    """Every product that has a rule, active or not, with its title."""
    return await connection.fetch(_RULES, shop_id)


async def shops_with_chats(connection: Direct, shop_ids: list[UUID]) -> set[UUID]:
    """Those of them where chats are wanted for some active product."""
    return {row["id"] for row in await connection.fetch(_WITH_CHATS, shop_ids)}
