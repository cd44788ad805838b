"""Reads and locks of feedbacks and of their sync; every one is scoped to a shop."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import func, select, text
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from app.feedbacks.models import Feedback, SyncPhase, SyncState
from app.kit.clock import utc_now
from app.kit.errors import NotFound


class NoSuchFeedback(NotFound):
    """No feedback with this id in this shop."""

    code = "FEEDBACK_NOT_FOUND"
    message = "Отзыв не найден."


async def get_feedback(session: AsyncSession, shop_id: UUID, wb_id: str) -> Feedback:
    """Raises NoSuchFeedback."""
    found = await session.get(Feedback, (shop_id, wb_id))
    if found is None:
        raise NoSuchFeedback
    return found


async def lock_feedback(session: AsyncSession, shop_id: UUID, wb_id: str) -> Feedback:
    """The row, locked; raises NoSuchFeedback."""
    found = await session.get(Feedback, (shop_id, wb_id), with_for_update=True)
    if found is None:
        raise NoSuchFeedback
    return found


async def lock_sync(session: AsyncSession, shop_id: UUID) -> SyncState:
    """The shop's sync, created when it has none."""
    fresh = insert(SyncState).values(shop_id=shop_id, phase=SyncPhase.IDLE, next_sync_at=utc_now(), first=True)
    defaults = {
        "cursor_skip": 0, "list_rows": 0, "second_look": False,
        "pages": 0, "rows": 0, "broken_rows": 0, "note": "",
    }  # fmt: skip
    await session.execute(fresh.values(**defaults).on_conflict_do_nothing())
    return await session.get_one(SyncState, shop_id, with_for_update=True, populate_existing=True)


async def find_sync(session: AsyncSession, shop_id: UUID) -> SyncState | None:
    """How far the shop's sync has come, if it ever began."""
    return await session.get(SyncState, shop_id)


@dataclass(frozen=True, slots=True, kw_only=True)
class Missing:
    """A feedback that a complete list should have held; `settled` when no list can be late with it any more."""

    wb_id: str
    written_at: datetime
    answered: bool
    settled: bool


_EXPECTED = """
FROM feedbacks f
WHERE f.shop_id = :shop_id AND f.deleted_at IS NULL AND f.first_seen_at < :started_at
  AND ((f.needs_reply AND NOT f.archived
        AND (CAST(:unanswered_since AS timestamptz) IS NULL OR f.written_at >= :unanswered_since))
    OR ((f.answer_text IS NOT NULL OR f.rating_only)
        AND (CAST(:processed_since AS timestamptz) IS NULL OR f.written_at >= :processed_since)
        AND f.written_at < :settled))
"""
# NOT IN is hashed; for NOT EXISTS PostgreSQL, which cannot guess how long the arrays are, compares all with all.
_MISSING = text(f"""
SELECT f.wb_id, f.written_at, f.answer_text IS NOT NULL OR f.rating_only AS answered,
       f.written_at < :settled AS settled {_EXPECTED}
  AND f.wb_id NOT IN (SELECT unnest(wb_ids) FROM feedback_sync_pages WHERE shop_id = :shop_id)
ORDER BY f.written_at
""")  # noqa: S608
_COUNT_EXPECTED = text(f"SELECT count(*) {_EXPECTED}")


async def missing_from_run(session: AsyncSession, state: SyncState, *, lag: timedelta) -> list[Missing]:
    """Known before this run, within its windows, and on none of its pages."""
    rows = await session.execute(_MISSING, _windows(state, lag))
    return [Missing(**row) for row in rows.mappings()]


async def expected_in_run(session: AsyncSession, state: SyncState, *, lag: timedelta) -> int:
    """How many known feedbacks the run's windows should have held."""
    expected: int = (await session.execute(_COUNT_EXPECTED, _windows(state, lag))).scalar_one()
    return expected


def _windows(state: SyncState, lag: timedelta) -> dict[str, Any]:
    started = state.started_at or utc_now()
    return {
        "shop_id": state.shop_id,
        "started_at": started,
        "settled": started - lag,
        "processed_since": state.processed_since,
        "unanswered_since": state.unanswered_since,
    }


async def shops_due(session: AsyncSession, *, limit: int) -> Sequence[UUID]:
    """Shops whose next sync is due, longest overdue first; archived ones and those without a token are left out."""
    due = text("""
    SELECT s.id FROM shops s
    JOIN shop_tokens t ON t.shop_id = s.id AND t.purpose = 'main' AND t.refused_at IS NULL
      AND t.expires_at > now()
    LEFT JOIN feedback_syncs y ON y.shop_id = s.id
    WHERE s.archived_at IS NULL AND coalesce(y.next_sync_at, '-infinity') <= now()
    ORDER BY y.next_sync_at NULLS FIRST LIMIT :limit
    """)
    return (await session.scalars(due, {"limit": limit})).all()


async def answered_text(session: AsyncSession, shop_id: UUID, wb_id: str | None) -> str | None:
    """What was answered to this feedback, if anything; for the parent of an amended one."""
    if wb_id is None:
        return None
    stmt = select(Feedback.answer_text).where(Feedback.shop_id == shop_id, Feedback.wb_id == wb_id)
    found: str | None = await session.scalar(stmt)
    return found


async def count_processed(session: AsyncSession, shop_id: UUID, *, since: datetime, until: datetime) -> int:
    """Feedbacks of that time that Wildberries lists as processed, as far as we know."""
    stmt = select(func.count()).where(
        Feedback.shop_id == shop_id,
        Feedback.written_at.between(since, until),
        Feedback.answer_text.is_not(None) | Feedback.rating_only,
    )
    return (await session.execute(stmt)).scalar_one()
