"""Finds the days whose figures changed, and has them counted anew.

A change is seen by its `changed_at`, which is older than its commit: the latest minutes are looked at twice. What no
`changed_at` tells (a row that is gone, a feedback that moved to another day) is put right by the weekly rebuild.
"""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from app.analytics.jobs import RefreshRollups
from app.analytics.models import RollupState
from app.analytics.rollups import DAY, OF_CALLS, OF_EVENTS, OF_FEEDBACKS, forget, recount
from app.kit.clock import utc_now
from app.kit.db import Database

OVERLAP = timedelta(minutes=10)
"""No transaction stays open for so long."""
REBUILT_EVERY = timedelta(days=7)
BEGINNING = datetime(1970, 1, 1, tzinfo=UTC)

_FEEDBACK_DAYS = text(f"""
SELECT DISTINCT {DAY.format("written_at")} FROM (
  SELECT written_at FROM feedbacks WHERE shop_id = :shop_id AND changed_at >= :since
  UNION ALL
  SELECT f.written_at FROM replies r JOIN feedbacks f ON f.shop_id = r.shop_id AND f.wb_id = r.feedback_id
  WHERE r.shop_id = :shop_id AND r.changed_at >= :since
  UNION ALL
  SELECT amending.written_at FROM feedbacks f
  JOIN feedbacks amending ON amending.shop_id = f.shop_id AND amending.parent_id = f.wb_id
  WHERE f.shop_id = :shop_id AND f.changed_at >= :since
) changed ORDER BY 1
""")  # noqa: S608
_EVENT_DAYS = text(
    f"SELECT DISTINCT {DAY.format('at')} FROM reply_events WHERE shop_id = :shop_id AND at >= :since ORDER BY 1"  # noqa: S608
)
_CALL_DAYS = text(
    f"SELECT DISTINCT {DAY.format('at')} FROM writer_calls WHERE shop_id = :shop_id AND at >= :since ORDER BY 1"  # noqa: S608
)

_DUE = text("""
SELECT s.id FROM shops s LEFT JOIN rollup_states t ON t.shop_id = s.id
WHERE CASE WHEN t.shop_id IS NULL THEN EXISTS (SELECT FROM feedbacks f WHERE f.shop_id = s.id)
  ELSE t.again_at <= :now
    OR EXISTS (SELECT FROM feedbacks f WHERE f.shop_id = s.id AND f.changed_at >= t.through)
    OR EXISTS (SELECT FROM replies r WHERE r.shop_id = s.id AND r.changed_at >= t.through)
    OR EXISTS (SELECT FROM reply_events e WHERE e.shop_id = s.id AND e.at >= t.through)
    OR EXISTS (SELECT FROM writer_calls c WHERE c.shop_id = s.id AND c.at >= t.through)
  END
ORDER BY t.through NULLS FIRST LIMIT :limit
""")


async def refresh_rollups(job: RefreshRollups, *, database: Database) -> None:
    """May run any number of times: days are replaced, never added to."""
    async with database.transaction() as session:
        await refresh(session, job.shop_id, now=utc_now())


async def refresh(session: AsyncSession, shop_id: UUID, *, now: datetime, overlap: timedelta = OVERLAP) -> None:
    """Counts what changed since the last time; everything the first time and once a week."""
    state = await session.get(RollupState, shop_id, with_for_update=True, populate_existing=True)
    if state is None or state.rebuilt_at < now - REBUILT_EVERY:
        await rebuild(session, shop_id, now=now)
        return
    changed = await _recount_since(session, shop_id, state.through - overlap)
    state.through, state.again_at = now, now + overlap if changed else None


async def rebuild(session: AsyncSession, shop_id: UUID, *, now: datetime) -> None:
    """As if nothing had been counted before."""
    await forget(session, shop_id)
    await _recount_since(session, shop_id, BEGINNING)
    await session.merge(RollupState(shop_id=shop_id, through=now, again_at=now + OVERLAP, rebuilt_at=now))


async def _recount_since(session: AsyncSession, shop_id: UUID, since: datetime) -> bool:
    """Whether there was anything to count."""
    asked = {"shop_id": shop_id, "since": since}
    found = False
    for question, tables in ((_FEEDBACK_DAYS, OF_FEEDBACKS), (_EVENT_DAYS, OF_EVENTS), (_CALL_DAYS, OF_CALLS)):
        days: Sequence[datetime] = (await session.scalars(question, asked)).all()
        await recount(session, shop_id, tables, days)
        found = found or bool(days)
    return found


async def shops_to_refresh(session: AsyncSession, *, now: datetime, limit: int) -> Sequence[UUID]:
    """Shops with changes that are not counted yet, the longest waiting first."""
    return (await session.scalars(_DUE, {"now": now, "limit": limit})).all()
