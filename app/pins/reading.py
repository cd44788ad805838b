"""Reads a shop's whole list at Wildberries: who was unpinned, by whom, and what became of writes of unknown outcome.

A manual unpinning leaves no trace there, so only a complete reading can tell that a pin is gone.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

import structlog
from sqlalchemy.ext.asyncio import AsyncSession

from app.kit.clock import utc_now
from app.kit.db import Database
from app.pins import gate, queries, sightings
from app.pins.capability import CHECK_EVERY, learn, switch_off
from app.pins.jobs import SyncPins
from app.pins.models import Capability, Pin, PinBoard, PinState
from app.pins.ports import LARGEST_BATCH, PinPage, PinsForbidden, WildberriesBoard

log = structlog.get_logger()

S = PinState
READ_EVERY = timedelta(minutes=30)
RUN_EXPIRES = timedelta(hours=12)
ATTEMPTS = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Reader:
    """After `settle` seconds a write shows in the list or never will."""

    database: Database
    wildberries: WildberriesBoard
    settle: float


async def sync_pins(job: SyncPins, *, reader: Reader) -> None:
    """Limits, then the list; a shop that cannot pin, or never did, is looked at once a day."""
    async with reader.database.transaction() as session:
        board = await queries.lock_board(session, job.shop_id)
        # Also when this run fails for good, or the timer would ask for another at once.
        board.next_sync_at = utc_now() + await _rest(session, board)
    try:
        limits = await reader.wildberries.limits(job.shop_id)
        async with reader.database.transaction() as session:
            learn(await queries.lock_board(session, job.shop_id), limits)
        await read_list(job.shop_id, reader=reader)
    except PinsForbidden as error:
        async with reader.database.transaction() as session:
            switch_off(await queries.lock_board(session, job.shop_id), error.words)
        return
    async with reader.database.transaction() as session:
        board = await queries.lock_board(session, job.shop_id)
        board.next_sync_at = utc_now() + await _rest(session, board)


async def _rest(session: AsyncSession, board: PinBoard) -> timedelta:
    if board.capability is Capability.OFF:
        return CHECK_EVERY
    in_use = board.capability is Capability.ON or await queries.has_live_pins(session, board.shop_id)
    return READ_EVERY if in_use else CHECK_EVERY


async def read_list(shop_id: UUID, *, reader: Reader, fresh_since: datetime | None = None) -> None:
    """Carries on with the run under way, unless it began before `fresh_since`."""
    async with reader.database.transaction() as session:
        board = await _start_or_resume(session, shop_id, fresh_since)
    while True:
        standing = (board.run_started_at, board.run_pages)
        page = await reader.wildberries.page(shop_id, after=board.run_next, limit=LARGEST_BATCH)
        async with reader.database.transaction() as session:
            board = await queries.lock_board(session, shop_id)
            if (board.run_started_at, board.run_pages) != standing:
                return
            await sightings.record(session, board, page, settle=reader.settle)
            ended = _turn_page(board, page)
        if ended:
            return await _finish(board, reader=reader)


async def _start_or_resume(session: AsyncSession, shop_id: UUID, fresh_since: datetime | None) -> PinBoard:
    board, now = await queries.lock_board(session, shop_id), utc_now()
    oldest = max(now - RUN_EXPIRES, fresh_since or now - RUN_EXPIRES)
    if board.run_started_at is None or board.run_next is None or board.run_started_at < oldest:
        board.run_started_at, board.run_next = now, None
        board.run_pages = board.run_pinned = board.run_broken = 0
    return board


def _turn_page(board: PinBoard, page: PinPage) -> bool:
    """True at the end of the list; a list that does not move on is no complete one."""
    stuck = page.next is not None and page.next == board.run_next
    board.run_pages += 1
    board.run_next = page.next
    if stuck:
        board.run_broken += 1
    return stuck or page.next is None


async def _finish(run: PinBoard, *, reader: Reader) -> None:
    """Pinned ones that the list lacks are gone, if Wildberries' own count does not contradict."""
    started = run.run_started_at or utc_now()
    complete, counted = run.run_broken == 0, None
    async with reader.database.transaction() as session:
        absent = await queries.absent_from_run(session, run.shop_id, started)
    if complete and any(pin.state is S.PINNED for pin in absent):
        counted = await reader.wildberries.count_pinned(run.shop_id)
    async with reader.database.transaction() as session:
        board = await queries.lock_board(session, run.shop_id)
        if complete:
            await _judge_absent(session, board, started, believed=counted == board.run_pinned)
            await _settle_open_writes(session, board.shop_id, started, settle=reader.settle)
        board.note = _note(board, counted)
        board.run_started_at, board.run_next, board.finished_at = None, None, utc_now()


async def _judge_absent(session: AsyncSession, board: PinBoard, started: datetime, *, believed: bool) -> None:
    for pin in await queries.absent_from_run(session, board.shop_id, started):
        if pin.state is S.UNPINNING:
            gate.advance(
                session, pin, S.UNPINNED, actor=gate.WORKER, reason="На Wildberries отзыв больше не закреплён."
            )
        elif believed:
            words = "Откреплён не через WBRM: в списке Wildberries его больше нет."
            gate.advance(session, pin, S.GONE, actor=gate.WILDBERRIES, reason=words)


async def _settle_open_writes(session: AsyncSession, shop_id: UUID, started: datetime, *, settle: float) -> None:
    """What the list does not show by now was not applied: it may be written again, a few times."""
    for pin in await queries.open_writes(session, shop_id):
        if pin.claimed_at is None or pin.claimed_at + timedelta(seconds=settle) > started:
            continue
        if pin.attempts < ATTEMPTS:
            pin.claimed_at = None
        else:
            _give_up(session, pin)


def _give_up(session: AsyncSession, pin: Pin) -> None:
    if pin.state is S.QUEUED:
        words = "Wildberries несколько раз не выполнила запрос на закрепление."
        gate.advance(session, pin, S.REFUSED, actor=gate.WORKER, reason=words)
    else:
        words = "Wildberries несколько раз не выполнила запрос на открепление."
        gate.advance(session, pin, S.PINNED, actor=gate.WORKER, reason=words)
    log.warning("pin.gave_up", shop_id=str(pin.shop_id), pin_id=str(pin.id), state=pin.state.value)


def _note(board: PinBoard, counted: int | None) -> str:
    if board.run_broken:
        return f"Не удалось прочитать закрепов: {board.run_broken}."
    if counted is not None and counted != board.run_pinned:
        return f"В списке Wildberries закрепов {board.run_pinned}, а по её счёту {counted}: проверим ещё раз."
    return ""
