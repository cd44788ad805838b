"""Keeps standings true to feedbacks and rules, in short transactions and any number of times.

A change is seen by its `changed_at`, which is older than its commit: a moment is looked at twice each time, and some
minutes once more when no transaction that old can be open. Looking twice is cheap, since only what differs is written.
"""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from uuid import UUID

import asyncpg
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from app.cabinet.applying import observe
from app.cabinet.chat_settling import settle_chat_links
from app.cabinet.gate import Observation
from app.cabinet.jobs import RefreshStandings
from app.cabinet.pages import settle_page_states
from app.cabinet.standings import apply_rules, refresh_standings
from app.cabinet.states import ComplaintState, Source
from app.kit.clock import utc_now
from app.kit.db import Database, Direct

CHUNK = 2_000
OVERLAP = timedelta(minutes=10)
"""No transaction stays open for so long."""
MOMENT = timedelta(seconds=30)
"""Nearly none stays open for so long."""
BEGINNING = datetime(1970, 1, 1, tzinfo=UTC)

_DUE = text("""
SELECT s.id FROM shops s LEFT JOIN standing_refreshes t ON t.shop_id = s.id
WHERE CASE WHEN t.shop_id IS NULL THEN EXISTS (SELECT FROM feedbacks f WHERE f.shop_id = s.id)
  ELSE t.again_at <= :now OR EXISTS (SELECT FROM feedbacks f WHERE f.shop_id = s.id AND f.changed_at >= t.through)
  END
ORDER BY t.through NULLS FIRST LIMIT :limit
""")
_STATE = "SELECT through, again_at FROM standing_refreshes WHERE shop_id = $1"
_ALL = "SELECT wb_id FROM feedbacks WHERE shop_id = $1 AND rating <= 4 AND wb_id > $2 ORDER BY wb_id LIMIT $3"
_CHANGED = """
SELECT f.wb_id, f.changed_at FROM feedbacks f
WHERE f.shop_id = $1 AND (f.changed_at, f.wb_id) > ($2, $3)
  AND (f.rating <= 4 OR EXISTS (SELECT FROM standings s WHERE s.shop_id = f.shop_id AND s.feedback_id = f.wb_id))
ORDER BY f.changed_at, f.wb_id LIMIT $4
"""
_TWINS = """
SELECT t.wb_id FROM (
  SELECT nm_id, rating, written_minute FROM feedbacks WHERE shop_id = $1 AND wb_id = ANY($2::text[])
  UNION
  SELECT nm_id, rating, minute FROM feedback_former_keys WHERE shop_id = $1 AND wb_id = ANY($2::text[])
) k
JOIN feedbacks t ON t.shop_id = $1 AND t.nm_id = k.nm_id AND t.rating = k.rating AND t.written_minute = k.written_minute
JOIN standings s ON s.shop_id = t.shop_id AND s.feedback_id = t.wb_id
"""
_FILED_THERE = """
SELECT f.wb_id, f.changed_at, f.complaint_reason
FROM feedbacks f JOIN standings s ON s.shop_id = f.shop_id AND s.feedback_id = f.wb_id
WHERE f.shop_id = $1 AND f.wb_id = ANY($2::text[]) AND f.complaint_reason <> 0 AND s.complaint IN ('none', 'draft')
"""
_RULES = "SELECT nm_id FROM product_rules WHERE shop_id = $1 AND updated_at >= $2"
_COUNT = """
WITH counted AS (
  SELECT rating, count(*) AS feedbacks FROM feedbacks WHERE shop_id = $1 AND deleted_at IS NULL GROUP BY rating
),
gone AS (
  DELETE FROM feedback_counts WHERE shop_id = $1 AND rating NOT IN (SELECT rating FROM counted)
)
INSERT INTO feedback_counts AS c (shop_id, rating, feedbacks) SELECT $1, rating, feedbacks FROM counted
ON CONFLICT (shop_id, rating) DO UPDATE SET feedbacks = EXCLUDED.feedbacks WHERE c.feedbacks <> EXCLUDED.feedbacks
"""
_REMEMBER = """
INSERT INTO standing_refreshes AS t (shop_id, through, again_at) VALUES ($1, $2, $3)
ON CONFLICT (shop_id) DO UPDATE SET through = EXCLUDED.through, again_at = EXCLUDED.again_at
"""


async def refresh_changed(job: RefreshStandings, *, database: Database, now: datetime | None = None) -> None:
    """One at a time per shop; when it dies half-way, the next begins where the last one that ended did."""
    started, shop_id = now or utc_now(), job.shop_id
    async with database.direct() as connection:
        state = await connection.fetchrow(_STATE, shop_id)
    since = _since(state, started)
    found = False
    if state is None:
        await _build(database, shop_id)
    else:
        found = await _follow(database, shop_id, since)
    async with database.direct() as connection:
        ruled = await connection.fetch(_RULES, shop_id, since)
        await apply_rules(connection, shop_id, [row["nm_id"] for row in ruled])
    async with database.direct() as connection:
        await settle_page_states(connection, shop_id)
    # Each locks its own standings in order; together they would hold the first set while they wait for the second.
    async with database.direct() as connection:
        await settle_chat_links(connection, shop_id)
    async with database.direct() as connection:
        await connection.execute(_COUNT, shop_id)
        again_at = _again_at(state, started, found=found or state is None)
        await connection.execute(_REMEMBER, shop_id, started, again_at)


async def shops_to_refresh(session: AsyncSession, *, now: datetime, limit: int) -> Sequence[UUID]:
    """Shops with changes that are not in their standings yet, the longest waiting first."""
    return (await session.scalars(_DUE, {"now": now, "limit": limit})).all()


async def refresh_some(connection: Direct, shop_id: UUID, feedback_ids: Sequence[str]) -> None:
    """These feedbacks, and what Wildberries itself says of complaints about them."""
    await refresh_standings(connection, shop_id, feedback_ids)
    filed = {
        row["wb_id"]: Observation(
            source=Source.WILDBERRIES,
            observed_at=row["changed_at"],
            complaint=ComplaintState.PENDING,
            raw=str(row["complaint_reason"]),
        )
        for row in await connection.fetch(_FILED_THERE, shop_id, feedback_ids)
    }
    if filed:
        await observe(connection, shop_id, filed)


async def _build(database: Database, shop_id: UUID) -> None:
    """From all feedbacks that can be complained about."""
    last = ""
    while True:
        async with database.direct() as connection:
            rows = await connection.fetch(_ALL, shop_id, last, CHUNK)
            if not rows:
                return
            last = rows[-1]["wb_id"]
            await refresh_some(connection, shop_id, [row["wb_id"] for row in rows])


async def _follow(database: Database, shop_id: UUID, since: datetime) -> bool:
    """What changed, and with it those that share a key with it, or did; whether there was anything."""
    last: tuple[datetime, str] = (since, "")
    found = False
    while True:
        async with database.direct() as connection:
            rows = await connection.fetch(_CHANGED, shop_id, *last, CHUNK)
            if not rows:
                return found
            found, last = True, (rows[-1]["changed_at"], rows[-1]["wb_id"])
            changed = [row["wb_id"] for row in rows]
            twins = await connection.fetch(_TWINS, shop_id, changed)
            await refresh_some(connection, shop_id, [*changed, *(row["wb_id"] for row in twins)])


def _since(state: asyncpg.Record | None, now: datetime) -> datetime:
    """How far back a change may lie that nobody has seen yet."""
    if state is None:
        return BEGINNING
    through: datetime = state["through"]
    again_at: datetime | None = state["again_at"]
    if again_at is None:
        return through - OVERLAP
    return again_at - 2 * OVERLAP if again_at <= now else through - MOMENT


def _again_at(state: asyncpg.Record | None, now: datetime, *, found: bool) -> datetime | None:
    """A look that is still to come stays; another follows as long as there is something to see."""
    if state is not None and state["again_at"] is not None and state["again_at"] > now:
        waiting: datetime = state["again_at"]
        return waiting
    return now + OVERLAP if found else None
