"""One run of a shop's sync of questions: the unanswered list whole, then the answered one since the last run.

Wildberries serves at most 10,000 rows by offset, so pages go by date: the next one begins at the last second seen.
Without an offset, what is answered meanwhile pushes nobody past the reader.
"""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from uuid import UUID

import structlog
from sqlalchemy.ext.asyncio import AsyncSession

from app.kit.clock import utc_now
from app.kit.db import Database
from app.questions import queries, storing
from app.questions.jobs import SyncQuestions, ViewQuestion
from app.questions.models import QuestionSync
from app.questions.ports import IncomingQuestion, QuestionPage, QuestionSource

log = structlog.get_logger()

OVERLAP = timedelta(hours=3)
ROLLING = timedelta(days=30)
RESCAN_EVERY = timedelta(days=1)
LARGEST_REACH = 10_000
"""Wildberries' bound on take and skip together."""
LOOKUPS = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class QuestionPace:
    """Rows per call (of one second no more are seen), and the seconds between two runs of a shop."""

    page_size: int
    every: float


async def sync_questions(job: SyncQuestions, *, database: Database, source: QuestionSource, pace: QuestionPace) -> None:
    """Carries on where the last run stopped; raises what the source raises, with everything read so far kept."""
    async with database.transaction() as session:
        state = await start_or_resume(session, job.shop_id, every=pace.every)
    while state.running:
        state = await _next_page(state, database=database, source=source, page_size=pace.page_size)
    await _look_up_the_missing(state, database=database, source=source)


async def start_or_resume(session: AsyncSession, shop_id: UUID, *, every: float) -> QuestionSync:
    """The run under way, or a new one with its windows fixed; the next is due after `every` seconds in any case."""
    state, now = await queries.lock_sync(session, shop_id), utc_now()
    state.next_sync_at = now + timedelta(seconds=every)
    if state.running:
        return state
    rescan = state.rescanned_at is None or now - state.rescanned_at > RESCAN_EVERY
    recent = state.watermark - OVERLAP if state.watermark else None
    state.since = min(now - ROLLING, recent) if recent and rescan else recent
    if rescan:
        state.rescanned_at = now
    state.running, state.answered_list, state.until = True, False, now
    state.cursor_at, state.newest_seen, state.total_estimate = None, None, None
    state.started_at, state.progressed_at, state.pages, state.rows, state.broken_rows = now, now, 0, 0, 0
    return state


async def _next_page(
    state: QuestionSync, *, database: Database, source: QuestionSource, page_size: int
) -> QuestionSync:
    asked_for = (state.started_at, state.pages)
    page = await source.page(
        state.shop_id,
        answered=state.answered_list,
        take=page_size,
        skip=0,
        since=state.cursor_at or (state.since if state.answered_list else None),
        until=state.until,
    )
    async with database.transaction() as session:
        state = await queries.lock_sync(session, state.shop_id)
        await storing.store(session, state.shop_id, page.questions)
        # Another worker may have taken over while we waited: then this page says nothing about its cursor.
        if (state.started_at, state.pages) == asked_for:
            _turn_page(state, page, page_size)
    return state


def _turn_page(state: QuestionSync, page: QuestionPage, take: int) -> None:
    state.pages += 1
    state.rows += page.received
    state.broken_rows += page.broken
    state.progressed_at = utc_now()
    if state.total_estimate is None and page.unanswered_total is not None:
        state.total_estimate = page.unanswered_total + (0 if state.since else page.answered_total or 0)
    newest = max((question.written_at for question in page.questions), default=None)
    if newest is not None:
        state.newest_seen = max(newest, state.newest_seen or newest)
    state.cursor_at = _next_second(state, page) if page.received >= take else None
    if state.cursor_at is None and state.answered_list:
        _end(state)
    elif state.cursor_at is None:
        state.answered_list = True


def _next_second(state: QuestionSync, page: QuestionPage) -> datetime | None:
    """Where the list goes on after a full page; None when that is behind the window, or nobody can tell."""
    last = _second(page.questions[-1]) if page.questions else None
    if last is not None and last == state.cursor_at:
        last += timedelta(seconds=1)
        log.warning("questions.second_is_full", shop_id=str(state.shop_id), second=str(state.cursor_at))
    if last is None:
        log.warning("questions.page_unreadable", shop_id=str(state.shop_id), rows=page.received)
    return last if last is not None and (state.until is None or last <= state.until) else None


def _end(state: QuestionSync) -> None:
    state.running, state.finished_at = False, utc_now()
    state.watermark = max(filter(None, (state.watermark, state.newest_seen)), default=state.started_at)


def _second(question: IncomingQuestion) -> datetime:
    return question.written_at.astimezone(UTC).replace(microsecond=0)


async def _look_up_the_missing(state: QuestionSync, *, database: Database, source: QuestionSource) -> None:
    """What left the unanswered list is asked for one by one, a few each run; None means deleted."""
    started = state.started_at or utc_now()
    async with database.transaction() as session:
        missing = await queries.left_the_unanswered(
            session, state.shop_id, started_at=started, lag=OVERLAP, limit=LOOKUPS
        )
    for wb_id in missing:
        found = await source.one(state.shop_id, wb_id)
        async with database.transaction() as session:
            if found is None:
                await storing.mark_deleted(session, state.shop_id, wb_id, now=utc_now())
            else:
                await storing.store(session, state.shop_id, [found])


async def view_question(job: ViewQuestion, *, database: Database, source: QuestionSource) -> None:
    """Once is enough; Wildberries forgets nothing."""
    async with database.transaction() as session:
        question = await queries.get_question(session, job.shop_id, job.question_id)
    if question.was_viewed:
        return
    await source.view(job.shop_id, job.question_id)
    async with database.transaction() as session:
        question = await queries.get_question(session, job.shop_id, job.question_id)
        question.was_viewed = True
