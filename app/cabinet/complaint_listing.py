"""Complaints by their state, a page of them, for builds that do not know rounds."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final
from uuid import UUID

from app.cabinet.leasing import FREE, HELD
from app.cabinet.states import ComplaintState
from app.cabinet.tasks import FILEABLE, TASK, Task
from app.kit.db import Direct

_QUEUED: Final = f"""
SELECT 'complaint' AS kind, {HELD} AS held, {TASK}, c.reason_id, c.text AS complaint_text
FROM standings s
JOIN complaints c ON c.shop_id = s.shop_id AND c.feedback_id = s.feedback_id AND {FILEABLE}
JOIN feedbacks f ON f.shop_id = s.shop_id AND f.wb_id = s.feedback_id
WHERE s.shop_id = $1 AND s.queued_complaint AND s.rating = ANY($4::smallint[]) AND {FREE}
ORDER BY s.odds DESC, s.written_at DESC, s.feedback_id DESC LIMIT $5
"""  # noqa: S608
_FILED: Final = f"""
SELECT 'complaint' AS kind, true AS held, {TASK}, c.reason_id, c.text AS complaint_text
FROM unnest($2::text[]) AS wanted(state)
CROSS JOIN LATERAL (
  SELECT * FROM standings s
  WHERE s.shop_id = $1 AND s.complaint = wanted.state AND s.complaint <> 'none' AND s.rating = ANY($3::smallint[])
  ORDER BY s.written_at DESC, s.feedback_id DESC LIMIT $4
) s
JOIN feedbacks f ON f.shop_id = s.shop_id AND f.wb_id = s.feedback_id
LEFT JOIN complaints c ON c.shop_id = s.shop_id AND c.feedback_id = s.feedback_id
ORDER BY s.written_at DESC, s.feedback_id DESC LIMIT $4
"""  # noqa: S608


async def queued_complaints(
    connection: Direct, shop_id: UUID, token_id: UUID, ratings: Sequence[int], *, limit: int, now: datetime
) -> Sequence[Task]:
    """Drafts ready to be filed that are free for this token, the likeliest to succeed first."""
    return await connection.fetch(_QUEUED, shop_id, token_id, now, list(ratings), limit)


async def filed_complaints(
    connection: Direct, shop_id: UUID, states: Sequence[ComplaintState], ratings: Sequence[int], *, limit: int
) -> Sequence[Task]:
    """Newest feedback first; without words where the seller filed it by hand."""
    return await connection.fetch(_FILED, shop_id, [state.value for state in states], list(ratings), limit)
