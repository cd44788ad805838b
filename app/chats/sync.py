"""One run of a shop's sync: the list of chats, then the global event stream from where the last run stopped.

Each page is asked for from a millisecond before the cursor: whether Wildberries' `next` includes its own millisecond or
not, no event at a page's edge is lost, and what comes twice is known by its id.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

import structlog
from sqlalchemy import func, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from app.chats import queries, storing
from app.chats.capability import get_chat_token
from app.chats.jobs import SyncChats
from app.chats.models import Chat, Message, MessageState
from app.chats.moments import milliseconds, moment
from app.chats.ports import ChatCall, ChatLimits, ChatSource, EventPage
from app.chats.stream_models import ChatSync, SyncPhase
from app.kit.clock import utc_now
from app.kit.db import Database
from app.kit.errors import Forbidden, RateLimited, Unauthorized

log = structlog.get_logger()

USUAL_PAGE = 50
LOOK_BACK_MS = 60_000


@dataclass(frozen=True, slots=True, kw_only=True)
class ChatPace:
    """Seconds: between two runs; until a lost write shows or never will; and, in Wildberries' time, for an echo."""

    every: float
    settle: float
    echo_within: float = 600


@dataclass(frozen=True, slots=True, kw_only=True)
class Reach:
    """What the shop's token lets one run do."""

    full: bool
    every: float


async def sync_chats(
    job: SyncChats, *, database: Database, source: ChatSource, limits: ChatLimits, pace: ChatPace
) -> None:
    """Carries on where the last run stopped; what was read so far is kept, whatever the source raises."""
    reach = await _start_or_resume(job.shop_id, database=database, limits=limits, pace=pace)
    try:
        await _list(job.shop_id, database=database, source=source)
        while await _read_page(job.shop_id, reach, database=database, source=source, pace=pace):
            pass
    except (Forbidden, Unauthorized) as error:
        await _note_trouble(job.shop_id, error.message, database=database)
        raise


async def _start_or_resume(shop_id: UUID, *, database: Database, limits: ChatLimits, pace: ChatPace) -> Reach:
    async with database.transaction() as session:
        state, now = await queries.lock_sync(session, shop_id), utc_now()
        # Also when this run fails for good, or the timer would ask for another at once, and again and again.
        state.next_sync_at = now + timedelta(seconds=pace.every)
        token = await get_chat_token(session, shop_id)
        full = limits.is_full(token.kind)
        every = max(pace.every, limits.budget(token.kind, ChatCall.EVENTS).interval)
        state.next_sync_at = now + timedelta(seconds=every)
        if state.phase is SyncPhase.IDLE:
            state.phase, state.started_at, state.progressed_at = SyncPhase.LISTING, now, now
        if full and not state.from_oldest:
            # Nothing read so far, or a slow token began with the present; what is known already is skipped by its id.
            state.from_oldest, state.cursor_ms = True, None
        if full and state.phase is SyncPhase.LISTING:
            await _look_back(session, state)
        return Reach(full=full, every=every)


async def _look_back(session: AsyncSession, state: ChatSync) -> None:
    """An echo may enter the stream behind what we have read; for a message in doubt that stretch is read again."""
    lost = select(func.min(Message.sending_at)).where(
        Message.shop_id == state.shop_id, Message.state == MessageState.UNKNOWN, Message.sought_at.is_(None)
    )
    since = await session.scalar(lost)
    if since is not None and state.cursor_ms is not None:
        state.cursor_ms = max(1, min(state.cursor_ms, milliseconds(since) - LOOK_BACK_MS))


async def _list(shop_id: UUID, *, database: Database, source: ChatSource) -> None:
    async with database.transaction() as session:
        state = await queries.lock_sync(session, shop_id)
    if state.phase is not SyncPhase.LISTING:
        return
    try:
        await refresh_list(shop_id, database=database, source=source)
    except RateLimited:
        # The list has a budget of its own; a slow token may have spent this hour's on a signature.
        if state.cursor_ms is None:
            raise
    async with database.transaction() as session:
        state = await queries.lock_sync(session, shop_id)
        state.phase = SyncPhase.READING
        if not state.from_oldest and state.cursor_ms is None:
            state.cursor_ms = await _present(session, shop_id)


async def refresh_list(shop_id: UUID, *, database: Database, source: ChatSource) -> None:
    """Also how a new reply sign is got."""
    asked_at = utc_now()
    chats = await source.chats(shop_id)
    async with database.transaction() as session:
        state = await queries.lock_sync(session, shop_id)
        state.chats = await storing.store_list(session, shop_id, chats, asked_at=asked_at)
        state.listed_at, state.progressed_at, state.trouble = asked_at, utc_now(), None


async def _present(session: AsyncSession, shop_id: UUID) -> int:
    """By Wildberries' clock if it has told a time."""
    newest = await session.scalar(select(func.max(Chat.last_message_at)).where(Chat.shop_id == shop_id))
    return milliseconds(newest or utc_now())


async def _read_page(shop_id: UUID, reach: Reach, *, database: Database, source: ChatSource, pace: ChatPace) -> bool:
    """False when the run is over: at the end of the stream, or after one page for a token with one call an hour."""
    async with database.transaction() as session:
        state = await queries.lock_sync(session, shop_id)
    if state.phase is not SyncPhase.READING:
        return False
    asked_at, asked_for = utc_now(), (state.cursor_ms, state.nudge)
    page = await source.events(shop_id, after_ms=_after(state))
    async with database.transaction() as session:
        state = await queries.lock_sync(session, shop_id)
        new = await storing.store_events(session, shop_id, page.events, echo_within=pace.echo_within)
        if (state.cursor_ms, state.nudge) != asked_for or state.phase is not SyncPhase.READING:
            return True  # another worker took over while we waited: this page says nothing about its cursor
        _count(state, page, new)
        if _read_on(state, page, new):
            await _reach_end(session, state, asked_at=asked_at, settle=pace.settle)
        elif reach.full:
            return True
        state.phase, state.finished_at = SyncPhase.IDLE, utc_now()
        state.next_sync_at = utc_now() + timedelta(seconds=reach.every)
    return False


def _after(state: ChatSync) -> int | None:
    return None if state.cursor_ms is None else max(1, state.cursor_ms - 1 + state.nudge)


def _count(state: ChatSync, page: EventPage, new: int) -> None:
    state.pages += 1
    state.events += new
    state.progressed_at, state.trouble = utc_now(), None
    times = [moment(event.wb_ms) for event in page.events]
    if times:
        state.oldest_at = min(filter(None, (state.oldest_at, min(times))))
        state.newest_at = max(filter(None, (state.newest_at, max(times))))


def _read_on(state: ChatSync, page: EventPage, new: int) -> bool:
    """Move the cursor behind this page; True at the end of the stream."""
    known = state.cursor_ms
    state.largest_page = max(state.largest_page, len(page.events))
    if page.total > 0 and page.next_ms and (known is None or page.next_ms > known):
        state.cursor_ms, state.nudge = page.next_ms, 0
        return False
    # A cluster of one millisecond may fill a page, and lead to itself when it is asked for from just before it.
    is_full = len(page.events) >= max(2, min(state.largest_page, USUAL_PAGE))
    if known is not None and state.nudge < 2 and page.events and (new or is_full):
        state.nudge += 1
        return False
    state.nudge = 0
    return True


async def _reach_end(session: AsyncSession, state: ChatSync, *, asked_at: datetime, settle: float) -> None:
    """Whatever was sent well before this call would have shown: what did not may be sent again by a person."""
    state.caught_up_at = asked_at
    if state.from_oldest and state.backfilled_at is None:
        state.backfilled_at = utc_now()
        log.info("chats.backfilled", shop_id=str(state.shop_id), events=state.events, pages=state.pages)
    unseen = (
        Message.shop_id == state.shop_id,
        Message.state == MessageState.UNKNOWN,
        Message.sought_at.is_(None),
        Message.sending_at <= asked_at - timedelta(seconds=settle),
    )
    await session.execute(
        update(Message).where(*unseen).values(sought_at=asked_at), execution_options={"synchronize_session": False}
    )


async def _note_trouble(shop_id: UUID, words: str, *, database: Database) -> None:
    async with database.transaction() as session:
        state = await queries.lock_sync(session, shop_id)
        state.trouble, state.phase = words, SyncPhase.IDLE
