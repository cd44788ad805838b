"""Counts of a shop, kept by differences: whoever changes standings adds, in the same statement, what that changed.

A sum of differences needs no row that all writers would queue up for. A timer folds the rows into one, and `recount`
makes the truth anew from the standings, whatever happened.
"""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from app.cabinet.complaint_sizes import SIZED, fold_sizes, recount_sizes
from app.kit.db import Direct

COUNTED = {
    "queued_complaints": "queued_complaint",
    "queued_chats": "queued_chat",
    "queued_links": "queued_link",
    "queued_readings": "queued_reading",
    "potential_negatives": "potential_chat AND rating <= 3",
    "potential_fours": "potential_chat AND rating = 4",
    "candidates": "candidate",
    "to_approve": "complaint = 'draft' AND NOT ready",
    "ready": "complaint = 'draft' AND ready",
    "pending": "complaint = 'pending'",
    "approved": "complaint = 'approved'",
    "rejected": "complaint = 'rejected'",
    "reconsidered": "complaint = 'reconsidered'",
    "chats_working": "chat IN ('available', 'opened')",
    "chats_missing": "chat = 'unavailable'",
}
"""Of which standings each column of `tallies` is the number."""

COUNTS_FROM = (
    "nm_id, rating, complaint, ready, chat, queued_complaint, queued_chat, queued_link, queued_reading, potential_chat,"
    " candidate"
)
"""The columns of a standing on which the counts depend."""

PAGES = ("pages_can", "pages_cannot")
_COLUMNS = ", ".join(COUNTED)
_SUMS = ", ".join(f"count(*) FILTER (WHERE {when}) AS {name}" for name, when in COUNTED.items())
_DIFFERENCES = ", ".join(f"a.{name} - b.{name}" for name in COUNTED)
_SOME = " OR ".join(f"a.{name} <> b.{name}" for name in COUNTED)

TALLIED = f"""
tallied AS (
  INSERT INTO tallies (shop_id, {_COLUMNS})
  SELECT $1, {_DIFFERENCES} FROM (SELECT {_SUMS} FROM after) a, (SELECT {_SUMS} FROM before) b WHERE {_SOME}
),
{SIZED}"""  # noqa: S608
"""A part of a statement whose parts `before` and `after` hold COUNTS_FROM of the same rows; $1 is the shop."""

_TOTALS = ", ".join(f"coalesce(sum({name}), 0)::bigint AS {name}" for name in (*COUNTED, *PAGES))
_READ = f"""
SELECT shop_id, {_TOTALS}, max(page_at) AS page_at FROM tallies WHERE shop_id = ANY($1::uuid[]) GROUP BY shop_id
"""  # noqa: S608
_LOCK = "SELECT pg_advisory_xact_lock(hashtextextended('tallies:' || $1::uuid::text, 0))"
_FOLD = f"""
WITH gone AS (DELETE FROM tallies WHERE shop_id = $1 RETURNING *)
INSERT INTO tallies (shop_id, {_COLUMNS}, {", ".join(PAGES)}, page_at)
SELECT shop_id, {", ".join(f"sum({name})" for name in (*COUNTED, *PAGES))}, max(page_at) FROM gone GROUP BY shop_id
"""  # noqa: S608
_RECOUNT = f"""
WITH gone AS (DELETE FROM tallies WHERE shop_id = $1 RETURNING page_at)
INSERT INTO tallies (shop_id, {_COLUMNS}, {", ".join(PAGES)}, page_at)
SELECT $1, s.*, p.*, (SELECT max(page_at) FROM gone)
FROM (SELECT {_SUMS} FROM standings WHERE shop_id = $1) s,
     (SELECT count(*) FILTER (WHERE can_submit), count(*) FILTER (WHERE NOT can_submit)
      FROM page_states WHERE shop_id = $1) p
"""  # noqa: S608
_SCATTERED = "SELECT shop_id FROM tallies GROUP BY shop_id HAVING count(*) > 1 LIMIT $1"
_COUNTED_SHOPS = "SELECT shop_id FROM standing_refreshes UNION SELECT shop_id FROM tallies"
NOTHING: Mapping[str, int] = dict.fromkeys((*COUNTED, *PAGES), 0)


async def counts_of(connection: Direct, shop_ids: Sequence[UUID]) -> dict[UUID, Mapping[str, Any]]:
    """True counts by name for each shop, and `page_at`; a shop of which nothing is counted is missing."""
    return {row["shop_id"]: dict(row) for row in await connection.fetch(_READ, shop_ids)}


async def fold(connection: Direct, shop_id: UUID) -> None:
    """Many differences become one; wants an open transaction."""
    await connection.execute(_LOCK, shop_id)
    await connection.execute(_FOLD, shop_id)
    await fold_sizes(connection, shop_id)


async def recount(connection: Direct, shop_id: UUID) -> None:
    """From the rows themselves, as of one snapshot; differences of those who commit later add up to it."""
    await connection.execute(_LOCK, shop_id)
    await connection.execute(_RECOUNT, shop_id)
    await recount_sizes(connection, shop_id)


async def scattered_shops(connection: Direct, *, limit: int) -> list[UUID]:
    """Shops with something to fold."""
    return [row["shop_id"] for row in await connection.fetch(_SCATTERED, limit)]


async def counted_shops(connection: Direct) -> list[UUID]:
    """Shops of which something is counted, or should be."""
    return [row["shop_id"] for row in await connection.fetch(_COUNTED_SHOPS)]
