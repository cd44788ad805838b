"""Evidence that came before its feedback did is linked when that comes, and told to the gate as of its receipt."""

from dataclasses import fields
from datetime import timedelta
from operator import itemgetter
from typing import Final
from uuid import UUID

import asyncpg
from pydantic_core import from_json

from app.cabinet.jobs import RefreshStandings
from app.cabinet.refreshing import refresh_changed
from app.complaints.evidence import ComplaintDetails, tell
from app.complaints.wb_dates import has_time
from app.kit.clock import utc_now
from app.kit.db import Database, Direct

WAITS: Final = timedelta(days=90)
AT_ONCE: Final = 500
_ACTOR: Final = "evidence"
_FITTING: Final = """
SELECT e.*, fitting.feedback_id AS fits
FROM evidence e
CROSS JOIN LATERAL (
  SELECT min(f.wb_id) AS feedback_id FROM feedbacks f
  WHERE f.shop_id = $1 AND f.nm_id = CASE WHEN e.articul ~ '^[1-9][0-9]{0,17}$' THEN e.articul::bigint END
    AND (e.rating IS NULL OR f.rating = e.rating) AND f.written_minute = date_trunc('minute', e.feedback_at)
    AND f.deleted_at IS NULL
  HAVING count(*) = 1
) fitting
WHERE e.shop_id = $1 AND e.feedback_id IS NULL AND e.feedback_at IS NOT NULL AND e.received_at > $2
ORDER BY e.received_at LIMIT $3
"""
_LINK: Final = """
UPDATE evidence e SET feedback_id = n.feedback_id FROM unnest($2::uuid[], $3::text[]) AS n(id, feedback_id)
WHERE e.shop_id = $1 AND e.id = n.id
"""
_TOLD: Final = [field.name for field in fields(ComplaintDetails) if field.name != "raw"]


async def refresh_and_settle(job: RefreshStandings, *, database: Database) -> None:
    """The standings follow the feedbacks, and then the evidence that waited for one."""
    await refresh_changed(job, database=database)
    async with database.direct() as connection:
        await settle_evidence(connection, job.shop_id)


async def settle_evidence(connection: Direct, shop_id: UUID) -> int:
    """How many were linked: those that only one feedback fits, of the last months."""
    rows = await connection.fetch(_FITTING, shop_id, utc_now() - WAITS, AT_ONCE)
    # In the order in which everybody locks standings.
    fitting = sorted((row for row in rows if has_time(row["feedback_date"])), key=itemgetter("fits", "received_at"))
    if not fitting:
        return 0
    await connection.execute(_LINK, shop_id, [row["id"] for row in fitting], [row["fits"] for row in fitting])
    for row in fitting:
        await tell(connection, shop_id, {row["fits"]: _details(row)}, actor=_ACTOR, now=row["received_at"])
    return len(fitting)


def _details(row: asyncpg.Record) -> ComplaintDetails:
    return ComplaintDetails(**{name: row[name] for name in _TOLD}, raw=from_json(row["raw"]))
