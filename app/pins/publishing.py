"""Brings queued pins and unpinnings to Wildberries; a write of unknown outcome is settled by reading, never repeated.

Claim (short transaction) → write (no transaction) → record (short transaction), as replies are published.
"""

import time
from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import TypeVar
from uuid import UUID

import structlog
from sqlalchemy.ext.asyncio import AsyncSession

from app.kit.clock import utc_now
from app.kit.errors import Conflict, Invalid, NotFound, RateLimited, Unavailable, WbrmError
from app.kit.jobs import enqueue
from app.pins import gate, queries
from app.pins.capability import switch_off
from app.pins.jobs import PinFeedbacks, SyncPins, UnpinFeedbacks
from app.pins.models import Pin, PinOn, PinState
from app.pins.ports import LARGEST_BATCH, OutcomeUnknown, PinOutcome, PinsForbidden, PinWish
from app.pins.reading import Reader, read_list
from app.pins.words import ALREADY_PINNED, refusal

log = structlog.get_logger()

S = PinState
T = TypeVar("T")
READ_BACK = 5.0


class OutcomeOpen(RateLimited):
    """A write may still be under way; look again when it cannot be any more."""

    code = "PIN_OUTCOME_OPEN"
    message = "Проверяем, выполнила ли Wildberries предыдущий запрос."


class ClaimTooOld(Unavailable):
    """This process stood still so long that another may have taken over: it must not write."""

    code = "CLAIM_TOO_OLD"
    message = "Попытка устарела и будет повторена."


@dataclass(frozen=True, slots=True, kw_only=True)
class PinWriter:
    """`still_ours` raises when another worker could hold this job's lock."""

    reader: Reader
    still_ours: Callable[[], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """Pins that this process alone may write now."""

    shop_id: UUID
    pins: Sequence[Pin]
    at: datetime
    since: float

    def fence(self, writer: PinWriter) -> None:
        """By both clocks: the one stands still while the machine sleeps, the other may be set back."""
        writer.still_ours()
        age = max(time.monotonic() - self.since, (utc_now() - self.at).total_seconds())
        if age > writer.reader.settle / 2:
            raise ClaimTooOld


async def pin_feedbacks(job: PinFeedbacks, *, writer: PinWriter) -> None:
    """All that is queued, in batches."""
    await _settle(job.shop_id, writer)
    while claim := await _claim(job.shop_id, S.QUEUED, writer):
        wishes = [_wish(pin) for pin in claim.pins]
        write = partial(writer.reader.wildberries.pin, job.shop_id, wishes)
        outcomes = await _written(claim, write, refused=S.REFUSED, writer=writer)
        if outcomes is not None:
            by_place = {(outcome.wish.feedback_id, outcome.wish.pin_on): outcome for outcome in outcomes}
            await _record(claim, partial(_pinned, by_place), writer)


async def unpin_feedbacks(job: UnpinFeedbacks, *, writer: PinWriter) -> None:
    """All that a person wants unpinned, in batches."""
    await _settle(job.shop_id, writer)
    while claim := await _claim(job.shop_id, S.UNPINNING, writer):
        ids = [pin.wb_pin_id for pin in claim.pins if pin.wb_pin_id is not None]
        write = partial(writer.reader.wildberries.unpin, job.shop_id, ids)
        unpinned = await _written(claim, write, refused=S.PINNED, writer=writer)
        if unpinned is not None:
            await _record(claim, partial(_unpinned, set(unpinned)), writer)


async def _settle(shop_id: UUID, writer: PinWriter) -> None:
    """Read before writing, where an earlier write is open or Wildberries' id is not known yet."""
    async with writer.reader.database.transaction() as session:
        claims = [pin.claimed_at for pin in await queries.open_writes(session, shop_id) if pin.claimed_at]
        nameless = await queries.nameless(session, shop_id)
    if not claims and not nameless:
        return
    settled_at = max(claims, default=utc_now()) + timedelta(seconds=writer.reader.settle if claims else 0)
    left = (settled_at - utc_now()).total_seconds()
    if left > 0:
        raise OutcomeOpen(left)
    await read_list(shop_id, reader=writer.reader, fresh_since=settled_at)


async def _claim(shop_id: UUID, state: PinState, writer: PinWriter) -> Claim | None:
    since, now = time.monotonic(), utc_now()
    async with writer.reader.database.transaction() as session:
        await queries.lock_board(session, shop_id)
        pins = await queries.to_write(session, shop_id, state, limit=LARGEST_BATCH)
        for pin in pins:
            pin.claimed_at = now
            pin.attempts += 1
    return Claim(shop_id=shop_id, pins=pins, at=now, since=since) if pins else None


def _wish(pin: Pin) -> PinWish:
    return PinWish(feedback_id=pin.feedback_id, pin_on=pin.pin_on, pin_method=pin.pin_method)


async def _written(
    claim: Claim, write: Callable[[Callable[[], None]], Awaitable[T]], *, refused: PinState, writer: PinWriter
) -> T | None:
    """Its answer, or None when Wildberries refused the whole batch.

    What was surely not applied may be written again; what may have been stays claimed for the next run to settle.
    """
    try:
        return await write(partial(claim.fence, writer))
    except OutcomeUnknown as error:
        log.warning("pins.ambiguous", shop_id=str(claim.shop_id), pins=len(claim.pins))
        raise OutcomeOpen(writer.reader.settle) from error
    except PinsForbidden as error:
        await _forbidden(claim, error, refused=refused, writer=writer)
    except (Invalid, Conflict, NotFound) as error:
        await _record(claim, partial(_back, refused, error.message), writer)
    except WbrmError:
        await _record(claim, _unclaimed, writer)
        raise
    return None


async def _forbidden(claim: Claim, error: PinsForbidden, *, refused: PinState, writer: PinWriter) -> None:
    """Whatever else waits would meet the same refusal."""
    await _record(claim, partial(_back, refused, error.message), writer)
    async with writer.reader.database.transaction() as session:
        switch_off(await queries.lock_board(session, claim.shop_id), error.words)
        state = claim.pins[0].state
        while waiting := await queries.to_write(session, claim.shop_id, state, limit=LARGEST_BATCH):
            for pin in waiting:
                _back(refused, error.message, session, pin)
            await session.flush()
    log.warning("pins.forbidden", shop_id=str(claim.shop_id), words=error.words)


async def _record(claim: Claim, outcome: Callable[[AsyncSession, Pin], None], writer: PinWriter) -> None:
    """Only while the claim stands; raises OutcomeOpen for those of which the answer said nothing."""
    async with writer.reader.database.transaction() as session:
        await queries.lock_board(session, claim.shop_id)
        pins = await queries.pins_by_id(session, claim.shop_id, [pin.id for pin in claim.pins])
        ours = [pin for pin in pins if pin.claimed_at == claim.at]
        for pin in ours:
            outcome(session, pin)
        left_open = any(pin.claimed_at is not None for pin in ours)
        if any(pin.state in (S.PINNED, S.UNPINNED) for pin in ours):
            await enqueue(session, SyncPins(shop_id=claim.shop_id), delay=READ_BACK)
    if left_open:
        raise OutcomeOpen(writer.reader.settle)


def _pinned(outcomes: Mapping[tuple[str, PinOn], PinOutcome], session: AsyncSession, pin: Pin) -> None:
    outcome = outcomes.get((pin.feedback_id, pin.pin_on))
    if outcome is None:
        return
    if not outcome.errors:
        pin.wb_pin_id = outcome.wb_pin_id
        gate.advance(session, pin, S.PINNED, actor=gate.WORKER, reason="Wildberries закрепила отзыв.")
    elif any(code == ALREADY_PINNED for code, _ in outcome.errors):
        # Its id comes with the next reading.
        gate.advance(session, pin, S.PINNED, actor=gate.WORKER, reason="Отзыв уже был закреплён.")
    else:
        words = " ".join(dict.fromkeys(refusal(code, said) for code, said in outcome.errors))
        gate.advance(session, pin, S.REFUSED, actor=gate.WORKER, reason=words)


def _unpinned(wb_pin_ids: Collection[int], session: AsyncSession, pin: Pin) -> None:
    if pin.wb_pin_id in wb_pin_ids:
        gate.advance(
            session, pin, S.UNPINNED, actor=gate.WORKER, reason="Wildberries открепила отзыв по нашей просьбе."
        )


def _back(state: PinState, words: str, session: AsyncSession, pin: Pin) -> None:
    gate.advance(session, pin, state, actor=gate.WORKER, reason=words)


def _unclaimed(session: AsyncSession, pin: Pin) -> None:
    pin.claimed_at, pin.attempts = None, max(0, pin.attempts - 1)
