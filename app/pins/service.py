"""What a person does with pins: ask for some, take some back, look at Wildberries now."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.feedbacks.models import Feedback
from app.kit.errors import Conflict
from app.kit.jobs import Job, enqueue, enqueue_again
from app.pins import gate, queries
from app.pins.capability import assert_on, best_method
from app.pins.jobs import PinFeedbacks, SyncPins, UnpinFeedbacks
from app.pins.models import Pin, PinBoard, PinMethod, PinOn, PinState

S = PinState


class NotPinned(Conflict):
    """Only what is pinned, or still waits to be, can be unpinned."""

    code = "NOT_PINNED"
    message = "Этот отзыв сейчас не закреплён."


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """Without a method the shop's limits choose one."""

    feedback_id: str
    pin_on: PinOn
    pin_method: PinMethod | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A wish and its pin, or why there is none."""

    feedback_id: str
    pin_on: PinOn
    pin: Pin | None
    error: str | None


async def pin(session: AsyncSession, shop_id: UUID, wishes: Sequence[Wish], *, actor: str) -> list[Asked]:
    """Queued for the worker, each by itself; one that is pinned already stays as it is. Raises PinsUnavailable."""
    board = await queries.lock_board(session, shop_id)
    await assert_on(session, board)
    wanted = {wish.feedback_id for wish in wishes}
    feedbacks = await queries.feedbacks_by_id(session, shop_id, wanted)
    live = {(pin.feedback_id, pin.pin_on): pin for pin in await queries.live_pins_of(session, shop_id, wanted)}
    asked = []
    for wish in wishes:
        error = _objection(feedbacks.get(wish.feedback_id))
        found = live.get((wish.feedback_id, wish.pin_on))
        if error is None and found is None:
            found = _queue(session, board, wish, feedbacks[wish.feedback_id], actor=actor)
            live[wish.feedback_id, wish.pin_on] = found
        asked.append(Asked(feedback_id=wish.feedback_id, pin_on=wish.pin_on, pin=found, error=error))
    await session.flush()
    if any(item.pin and item.pin.state is S.QUEUED for item in asked):
        await _wake(session, PinFeedbacks(shop_id=shop_id))
    return asked


def _objection(feedback: Feedback | None) -> str | None:
    if feedback is None:
        return "Отзыв не найден."
    return "Отзыв удалён на Wildberries." if feedback.deleted_at else None


def _queue(session: AsyncSession, board: PinBoard, wish: Wish, feedback: Feedback, *, actor: str) -> Pin:
    method = wish.pin_method or best_method(board)
    queued = gate.open_pin(
        session,
        shop_id=board.shop_id,
        feedback_id=wish.feedback_id,
        pin_on=wish.pin_on,
        pin_method=method,
        actor=actor,
    )
    queued.nm_id, queued.imt_id = feedback.nm_id, feedback.imt_id
    return queued


async def unpin(session: AsyncSession, shop_id: UUID, pin_ids: Sequence[UUID], *, actor: str) -> Sequence[Pin]:
    """All of them or none: raises NoSuchPin and NotPinned. One that was not sent yet is simply taken back."""
    await queries.lock_board(session, shop_id)
    pins = await queries.pins_by_id(session, shop_id, pin_ids)
    for found in pins:
        if found.state is S.PINNED:
            gate.advance(session, found, S.UNPINNING, actor=actor, reason="Поставлен в очередь на открепление.")
        elif found.state is S.QUEUED and found.claimed_at is None:
            gate.advance(session, found, S.REFUSED, actor=actor, reason="Отменено до отправки.")
        elif found.state is not S.UNPINNING:
            raise NotPinned
    await session.flush()
    if any(found.state is S.UNPINNING for found in pins):
        await _wake(session, UnpinFeedbacks(shop_id=shop_id))
    return pins


async def look_now(session: AsyncSession, shop_id: UUID) -> UUID:
    """The id of the job that reads limits and list; a person may ask for it at any time."""
    return await _wake(session, SyncPins(shop_id=shop_id))


async def _wake(session: AsyncSession, job: Job) -> UUID:
    return await enqueue_again(session, job, rest=0) or await enqueue(session, job)
