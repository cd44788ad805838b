"""Links that were made before their feedback, or their chat, was known here."""

from typing import Final
from uuid import UUID

import asyncpg

from app.cabinet.applying import observe
from app.cabinet.chat_links import close_late_chats, close_resolved, mark_linked
from app.cabinet.gate import Observation
from app.cabinet.models import RESOLVED
from app.cabinet.states import ChatState, Source
from app.kit.clock import utc_now
from app.kit.db import Direct

AT_ONCE: Final = 500
_SYSTEM: Final = "system"

# Feedbacks of the very minute go before those nearby; only the one that is left without a rival is meant.
_MEANT: Final = """
SELECT l.id, l.opened_at, l.status,
  coalesce(min(m.wb_id) FILTER (WHERE m.exact), min(m.wb_id)) AS feedback_id
FROM (SELECT * FROM chat_links WHERE shop_id = $1 AND feedback_id IS NULL ORDER BY created_at DESC LIMIT $2) l
CROSS JOIN LATERAL (
  SELECT wb_id, bool_or(exact) AS exact FROM (
    SELECT f.wb_id, f.written_minute = l.minute AS exact FROM feedbacks f
    WHERE f.shop_id = $1 AND f.nm_id = l.nm_id AND f.rating = l.rating AND f.deleted_at IS NULL
      AND f.written_minute BETWEEN l.minute - interval '2 minutes' AND l.minute + interval '2 minutes'
    UNION ALL
    SELECT o.wb_id, true FROM feedback_former_keys o
    WHERE o.shop_id = $1 AND o.nm_id = l.nm_id AND o.rating = l.rating AND o.minute = l.minute
  ) near GROUP BY wb_id
) m
GROUP BY l.id, l.opened_at, l.status
HAVING count(*) FILTER (WHERE m.exact) = 1 OR count(*) = 1
ORDER BY l.opened_at, l.id
"""
_SETTLE: Final = """
UPDATE chat_links l SET feedback_id = n.feedback_id, updated_at = $4
FROM unnest($2::uuid[], $3::text[]) AS n(id, feedback_id)
WHERE l.shop_id = $1 AND l.id = n.id AND l.feedback_id IS NULL
  AND NOT EXISTS (SELECT FROM chat_links o WHERE o.shop_id = $1 AND o.feedback_id = n.feedback_id)
RETURNING l.feedback_id
"""
# A sync may have found a feedback deleted, of which no extension told.
_RESOLVED: Final = f"""
SELECT l.feedback_id FROM chat_links l JOIN standings s ON s.shop_id = l.shop_id AND s.feedback_id = l.feedback_id
WHERE l.shop_id = $1 AND l.closed_at IS NULL AND {RESOLVED}
"""  # noqa: S608


async def settle_chat_links(connection: Direct, shop_id: UUID) -> int:
    """Feedbacks that links waited for, and chats of what was resolved meanwhile; says how many links fit now."""
    found: dict[str, asyncpg.Record] = {}
    for row in await connection.fetch(_MEANT, shop_id, AT_ONCE):
        found.setdefault(row["feedback_id"], row)
    settled = 0
    if found:
        await observe(connection, shop_id, {key: _opened(row) for key, row in found.items()})
        ids = [row["id"] for row in found.values()]
        settled = len(await connection.fetch(_SETTLE, shop_id, ids, list(found), utc_now()))
        await mark_linked(connection, shop_id, list(found))
    resolved = await connection.fetch(_RESOLVED, shop_id)
    await close_resolved(connection, shop_id, [row["feedback_id"] for row in resolved])
    await close_late_chats(connection, shop_id)
    return settled


def _opened(row: asyncpg.Record) -> Observation:
    return Observation(
        source=Source.FILER,
        observed_at=row["opened_at"],
        chat=ChatState.OPENED,
        actor=_SYSTEM,
        raw=row["status"],
    )
