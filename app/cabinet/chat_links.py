"""What follows for a feedback from its linked chat, and for the chat from its feedback."""

import json
from collections.abc import Sequence
from typing import Final
from uuid import UUID

import asyncpg

from app.cabinet.models import RESOLVED
from app.cabinet.tallies import COUNTS_FROM, TALLIED
from app.chats.closing import close_chats
from app.kit.clock import utc_now
from app.kit.db import Direct

WHY_RESOLVED: Final = (
    "CASE WHEN complaint = 'approved' THEN 'complaint_approved'"
    " WHEN visibility IN ('excluded', 'unpublished', 'hidden', 'deleted') THEN visibility"
    " WHEN rating_excluded THEN 'rating_excluded' END"
)
"""Of a standing: why nothing is left to be done about its feedback, or NULL."""

MARKED: Final = f"""
WITH before AS MATERIALIZED (
  SELECT feedback_id, {COUNTS_FROM} FROM standings
  WHERE shop_id = $1 AND feedback_id = ANY({{0}}) AND NOT chat_linked ORDER BY feedback_id FOR UPDATE
),
after AS (
  UPDATE standings s SET chat_linked = true FROM before b
  WHERE s.shop_id = $1 AND s.feedback_id = b.feedback_id
  RETURNING {", ".join(f"s.{name}" for name in COUNTS_FROM.split(", "))}
),
{TALLIED}
"""  # noqa: S608
"""The beginning of a statement that marks the feedbacks in this array as linked."""

REASONS: Final = {
    "complaint_approved": "Жалоба на отзыв одобрена",
    "excluded": "Отзыв исключён из рейтинга",
    "unpublished": "Отзыв снят с публикации",
    "hidden": "Отзыв временно скрыт",
    "deleted": "Отзыв удалён",
    "rating_excluded": "Оценка исключена из рейтинга",
}
_SYSTEM: Final = "system"

_MARK: Final = f"{MARKED.format('$2::text[]')} SELECT count(*) FROM after"  # noqa: S608
_TO_CLOSE: Final = f"""
SELECT l.id, l.chat_id, {WHY_RESOLVED} AS reason
FROM chat_links l JOIN standings s ON s.shop_id = l.shop_id AND s.feedback_id = l.feedback_id
WHERE l.shop_id = $1 AND l.feedback_id = ANY($2::text[]) AND l.closed_at IS NULL AND {RESOLVED}
ORDER BY l.feedback_id FOR UPDATE OF l
"""  # noqa: S608
_LATE: Final = """
SELECT l.id, l.chat_id, l.close_reason AS reason
FROM chat_links l JOIN chats c ON c.shop_id = l.shop_id AND c.chat_id = l.chat_id
WHERE l.shop_id = $1 AND l.closed_at IS NOT NULL AND c.status <> 'closed'
  AND coalesce(c.last_client_at, '-infinity') <= l.closed_at
  AND NOT EXISTS (SELECT FROM chat_link_events e WHERE e.shop_id = l.shop_id AND e.link_id = l.id
    AND e.kind = 'closed' AND (e.details ->> 'chat')::boolean)
ORDER BY l.feedback_id FOR UPDATE OF l
"""
_CLOSE: Final = """
WITH closed AS (
  UPDATE chat_links l SET closed_at = coalesce(l.closed_at, $6), close_reason = n.reason, updated_at = $6
  FROM unnest($2::uuid[], $3::text[]) AS n(id, reason) WHERE l.shop_id = $1 AND l.id = n.id
)
INSERT INTO chat_link_events (shop_id, link_id, actor, kind, details)
SELECT $1, n.id, $5, 'closed', n.details FROM unnest($2::uuid[], $4::jsonb[]) AS n(id, details)
"""


async def mark_linked(connection: Direct, shop_id: UUID, feedback_ids: Sequence[str]) -> None:
    """No chat of theirs is offered any more; their standings exist."""
    await connection.fetchval(_MARK, shop_id, feedback_ids)


async def close_resolved(connection: Direct, shop_id: UUID, feedback_ids: Sequence[str]) -> int:
    """Closes the links, and the chats where they are here, of those that are resolved; says how many links."""
    if not feedback_ids:
        return 0
    return await _close(connection, shop_id, await connection.fetch(_TO_CLOSE, shop_id, feedback_ids))


async def close_late_chats(connection: Direct, shop_id: UUID) -> int:
    """Chats that came only after their link had been closed, unless the buyer has written since."""
    return await _close(connection, shop_id, await connection.fetch(_LATE, shop_id))


async def _close(connection: Direct, shop_id: UUID, links: Sequence[asyncpg.Record]) -> int:
    if not links:
        return 0
    wanted = {link["chat_id"]: REASONS[link["reason"]] for link in links if link["chat_id"] is not None}
    here = await close_chats(connection, shop_id, wanted)
    details = [json.dumps({"reason": link["reason"], "chat": link["chat_id"] in here}) for link in links]
    columns = [link["id"] for link in links], [link["reason"] for link in links], details
    await connection.execute(_CLOSE, shop_id, *columns, _SYSTEM, utc_now())
    return len(links)
