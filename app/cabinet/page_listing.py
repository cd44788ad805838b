"""What the pages showed last, key by key, also of feedbacks that nobody knows yet."""

from collections.abc import Sequence
from typing import Final
from uuid import UUID

import asyncpg

from app.kit.clock import utc_text
from app.kit.db import Direct

_MOMENTS: Final = ", ".join(
    f"{utc_text(f'p.{name}')} AS {name}" for name in ("minute", "read_at", "created_at", "updated_at")
)
_NEWEST: Final = f"""
SELECT p.nm_id, p.rating, p.statuses, p.can_submit, p.chat_status, p.rating_excluded, p.feedback_date, {_MOMENTS}
FROM unnest($2::boolean[]) AS wanted(can_submit)
CROSS JOIN LATERAL (
  SELECT * FROM page_states p WHERE p.shop_id = $1 AND p.can_submit = wanted.can_submit
  ORDER BY p.created_at DESC, p.nm_id DESC, p.rating DESC, p.minute DESC LIMIT $3
) p
ORDER BY p.created_at DESC, p.nm_id DESC, p.rating DESC, p.minute DESC LIMIT $3
"""  # noqa: S608


async def newest_pages(
    connection: Direct, shop_id: UUID, can_submit: Sequence[bool], *, limit: int
) -> list[asyncpg.Record]:
    """Those first seen last come first; `statuses` is JSON, moments are texts, `2026-01-07T20:09:00.000Z`."""
    return await connection.fetch(_NEWEST, shop_id, list(can_submit), limit)
