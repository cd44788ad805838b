"""One run of a shop's sync: list after list, page after page, each page and the cursor in one transaction.

Pages go by date, not by offset, so that an answer given meanwhile cannot push others past the reader
(docs/decisions/0005).
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

import structlog
from sqlalchemy import delete
from sqlalchemy.ext.asyncio import AsyncSession

from app.feedbacks import paging, queries, storing, vanished
from app.feedbacks.jobs import SyncFeedbacks
from app.feedbacks.models import SyncPage, SyncPhase, SyncState
from app.feedbacks.ports import FeedbackList, FeedbackPage, FeedbackSource
from app.kit.clock import utc_now
from app.kit.db import Database

log = structlog.get_logger()

OVERLAP = timedelta(hours=3)
ROLLING = timedelta(days=30)
RESCAN_EVERY = timedelta(days=1)
LONG_BACKLOG = 20_000

LISTS = {
    SyncPhase.UNANSWERED: FeedbackList.UNANSWERED,
    SyncPhase.PROCESSED: FeedbackList.PROCESSED,
    SyncPhase.ARCHIVE: FeedbackList.ARCHIVE,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class SyncPace:
    """Rows per call, and the seconds between two runs of a shop."""

    page_size: int
    every: float


async def sync_feedbacks(job: SyncFeedbacks, *, database: Database, source: FeedbackSource, pace: SyncPace) -> None:
    """Carries on where the last run stopped; raises what the source raises, with everything read so far kept."""
    async with database.transaction() as session:
        state = await start_or_resume(session, job.shop_id, every=pace.every)
    while state.phase is not SyncPhase.IDLE:
        if state.phase is SyncPhase.VANISHED:
            state = await vanished.settle(job.shop_id, database=database, source=source, pace=pace.every)
        else:
            state = await _next_page(state, database=database, source=source, page_size=pace.page_size)


async def start_or_resume(session: AsyncSession, shop_id: UUID, *, every: float) -> SyncState:
    """The run under way, or a new one with its windows fixed; the next is due after `every` seconds in any case."""
    state, now = await queries.lock_sync(session, shop_id), utc_now()
    # Also when this one fails for good, or the timer would ask for another at once, and again and again.
    state.next_sync_at = now + timedelta(seconds=every)
    if state.phase is not SyncPhase.IDLE:
        return state
    state.first = state.watermark is None
    rescan = state.rescanned_at is None or now - state.rescanned_at > RESCAN_EVERY
    recent = state.watermark - OVERLAP if state.watermark else None
    state.processed_since = recent if state.first or not rescan else min(now - ROLLING, recent or now)
    long_backlog = (state.backlog or 0) > LONG_BACKLOG and not rescan
    state.unanswered_since = recent if long_backlog else None
    state.until, state.started_at, state.progressed_at = now, now, now
    state.pages = state.rows = state.broken_rows = 0
    state.total_estimate, state.newest_seen, state.note, state.second_look = None, None, "", False
    paging.open_list(state, SyncPhase.UNANSWERED)
    await session.execute(delete(SyncPage).where(SyncPage.shop_id == shop_id))
    return state


async def _next_page(state: SyncState, *, database: Database, source: FeedbackSource, page_size: int) -> SyncState:
    which, asked_for = LISTS[state.phase], (state.started_at, state.pages)
    page = await source.page(
        state.shop_id,
        which,
        take=paging.rows_to_take(state, page_size),
        skip=state.cursor_skip,
        since=state.cursor_at or _list_since(state),
        until=state.until,
    )
    async with database.transaction() as session:
        state = await queries.lock_sync(session, state.shop_id)
        await storing.store(session, state.shop_id, page.feedbacks, archived=which is FeedbackList.ARCHIVE)
        # Another worker may have taken over while we waited: then this page says nothing about its cursor.
        if (state.started_at, state.pages) == asked_for:
            _turn_page(session, state, page, page_size)
    return state


def _turn_page(session: AsyncSession, state: SyncState, page: FeedbackPage, page_size: int) -> None:
    rows_before = state.list_rows
    _count(state, page)
    ids = [feedback.wb_id for feedback in page.feedbacks]
    session.add(SyncPage(shop_id=state.shop_id, number=state.pages, wb_ids=ids))
    ended = paging.read_on(state, page, page_size, whole=_is_whole(state))
    state.rows += state.list_rows - rows_before
    if ended:
        _close_list(state)


def _is_whole(state: SyncState) -> bool:
    """Does the list's total, which knows no window, tell how many rows to expect?"""
    return state.phase is not SyncPhase.ARCHIVE and _list_since(state) is None


def _list_since(state: SyncState) -> datetime | None:
    return state.unanswered_since if state.phase is SyncPhase.UNANSWERED else state.processed_since


def _count(state: SyncState, page: FeedbackPage) -> None:
    state.pages += 1
    state.broken_rows += page.broken
    state.progressed_at = utc_now()
    if page.unanswered_total is not None:
        state.backlog = page.unanswered_total
    if page.unanswered_total is not None and state.total_estimate is None:
        state.total_estimate = _estimate(state, page)
    newest = max((feedback.written_at for feedback in page.feedbacks), default=None)
    if newest and state.phase is not SyncPhase.ARCHIVE:
        state.newest_seen = max(newest, state.newest_seen or newest)


def _estimate(state: SyncState, page: FeedbackPage) -> int | None:
    """Rows of the whole run; the processed list and the archive hold much the same, so they count twice."""
    unanswered, processed = page.unanswered_total or 0, page.processed_total or 0
    return unanswered + 2 * processed if state.first else unanswered


def _close_list(state: SyncState) -> None:
    if state.phase is SyncPhase.UNANSWERED:
        paging.open_list(state, SyncPhase.PROCESSED)
    elif state.phase is SyncPhase.PROCESSED and state.first and not state.second_look:
        paging.open_list(state, SyncPhase.ARCHIVE)
    else:
        paging.open_list(state, SyncPhase.VANISHED)
