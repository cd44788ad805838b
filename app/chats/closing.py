"""Chats closed because of what became of a feedback, as a person would close them in `service.change`."""

from collections.abc import Mapping
from uuid import UUID

from app.kit.db import Direct

# Locked in the order in which the sync locks them.
_CLOSE = """
WITH wanted AS (
  SELECT c.chat_id, c.status, n.reason
  FROM chats c JOIN unnest($2::text[], $3::text[]) AS n(chat_id, reason) ON n.chat_id = c.chat_id
  WHERE c.shop_id = $1 ORDER BY c.chat_id COLLATE "C" FOR UPDATE OF c
), closed AS (
  UPDATE chats c SET status = 'closed', close_reason = w.reason, version = c.version + 1
  FROM wanted w WHERE c.shop_id = $1 AND c.chat_id = w.chat_id AND w.status <> 'closed'
)
SELECT chat_id FROM wanted
"""


async def close_chats(connection: Direct, shop_id: UUID, reasons: Mapping[str, str]) -> set[str]:
    """A reason in Russian for each chat id; says which of them are here, closed now or before."""
    if not reasons:
        return set()
    rows = await connection.fetch(_CLOSE, shop_id, list(reasons), list(reasons.values()))
    return {row["chat_id"] for row in rows}
