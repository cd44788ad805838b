"""The end of a run: what it should have seen and did not was answered elsewhere, archived, or deleted."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

import structlog
from sqlalchemy import delete
from sqlalchemy.ext.asyncio import AsyncSession

from app.feedbacks import paging, queries, storing
from app.feedbacks.models import SyncPage, SyncPhase, SyncState
from app.feedbacks.ports import FeedbackSource
from app.feedbacks.queries import Missing
from app.kit.clock import utc_now
from app.kit.db import Database

log = structlog.get_logger()

LOOKUPS = 20
LARGEST_PERCENTAGE = 30
INDEX_LAG = timedelta(hours=3)
ARCHIVED_AFTER = timedelta(days=30)


async def settle(shop_id: UUID, *, database: Database, source: FeedbackSource, pace: float) -> SyncState:
    """Look up a few, read the processed list once more for many, then end the run; `pace` in seconds."""
    async with database.transaction() as session:
        state = await queries.lock_sync(session, shop_id)
        missing = await _not_archived(session, state)
        if len(missing) > LOOKUPS and not state.second_look:
            return _look_again(state, missing)
    gone = await _look_up(shop_id, missing, database=database, source=source)
    async with database.transaction() as session:
        state = await queries.lock_sync(session, shop_id)
        if await _mark_gone(session, state, gone) and state.unanswered_since is None:
            state.unanswered_as_of = state.started_at
        await _finish(session, state, pace)
    return state


async def _not_archived(session: AsyncSession, state: SyncState) -> list[Missing]:
    """What vanished from the lists, less what simply turned thirty days old and went to the archive."""
    now = utc_now()
    missing = await queries.missing_from_run(session, state, lag=INDEX_LAG)
    old = [row.wb_id for row in missing if not row.answered and now - row.written_at > ARCHIVED_AFTER]
    await storing.mark_archived(session, state.shop_id, old, now=now)
    return [row for row in missing if row.wb_id not in set(old)]


def _look_again(state: SyncState, missing: Sequence[Missing]) -> SyncState:
    state.second_look = True
    state.processed_since = min(row.written_at for row in missing)
    paging.open_list(state, SyncPhase.PROCESSED)
    return state


async def _look_up(
    shop_id: UUID, missing: Sequence[Missing], *, database: Database, source: FeedbackSource
) -> list[str]:
    """Ids that are gone: asked for one by one when few, taken from the complete lists when many."""
    if len(missing) > LOOKUPS:
        # One that was answered a moment ago may be on neither list yet.
        return [row.wb_id for row in missing if row.settled]
    gone = []
    for row in missing:
        found = await source.one(shop_id, row.wb_id)
        if found is None:
            gone.append(row.wb_id)
            continue
        async with database.transaction() as session:
            await storing.store(session, shop_id, [found])
    return gone


async def _mark_gone(session: AsyncSession, state: SyncState, gone: Sequence[str]) -> bool:
    """False when too many vanished at once to be believed."""
    expected = await queries.expected_in_run(session, state, lag=INDEX_LAG)
    if len(gone) * 100 > LARGEST_PERCENTAGE * expected:
        state.note = f"Пропало сразу {len(gone)} из {expected} отзывов: удалёнными не отмечены."
        log.warning("sync.too_many_vanished", shop_id=str(state.shop_id), gone=len(gone), expected=expected)
        return False
    await storing.mark_deleted(session, state.shop_id, gone, now=utc_now())
    return True


async def _finish(session: AsyncSession, state: SyncState, pace: float) -> None:
    now = utc_now()
    rescanned = state.first or _reached(state.processed_since, state.started_at)
    state.rescanned_at = state.started_at if rescanned else state.rescanned_at
    state.watermark = max(filter(None, (state.watermark, state.newest_seen)), default=state.started_at)
    state.phase, state.finished_at, state.first = SyncPhase.IDLE, now, False
    state.next_sync_at = now + timedelta(seconds=pace)
    await session.execute(delete(SyncPage).where(SyncPage.shop_id == state.shop_id))


def _reached(since: datetime | None, started_at: datetime | None) -> bool:
    """Did the run read at least the rolling window?"""
    return since is None or (started_at is not None and started_at - since >= timedelta(days=29))
