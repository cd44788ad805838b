"""From a person's wish to a pin at Wildberries, whatever breaks on the way."""

from datetime import timedelta

import pytest

from app.pins.capability import PinsUnavailable
from app.pins.models import Capability, PinOn, PinState
from app.pins.ports import PinLimits
from app.pins.publishing import OutcomeOpen
from app.pins.service import NotPinned
from app.pins.words import REFUSALS
from app.shops.models import Shop
from tests.factories import Make
from tests.pins.board import FakeBoard, seen
from tests.pins.conftest import Desk

pytestmark = pytest.mark.anyio
S = PinState


async def test_a_wish_is_queued_with_its_job_and_pinned_with_its_id(
    desk: Desk, make: Make, shop: Shop, wildberries: FakeBoard
) -> None:
    [asked] = await desk.ask(await make.feedback(shop, photo_count=2))
    jobs = await desk.jobs()

    await desk.pin()

    pin = await desk.one()
    assert asked.pin is not None
    assert asked.pin.state is S.QUEUED
    assert jobs == {"PinFeedbacks"}
    assert (pin.state, pin.wb_pin_id) == (S.PINNED, 101)
    assert await desk.history() == [("olga", "queued"), ("worker", "pinned")]
    assert "SyncPins" in await desk.jobs()


async def test_each_item_has_its_own_outcome(desk: Desk, make: Make, shop: Shop, wildberries: FakeBoard) -> None:
    good, full, odd = [await make.feedback(shop) for _ in range(3)]
    wildberries.errors = {full.wb_id: "unitLimitReached", odd.wb_id: "somethingNew"}
    await desk.ask(good, full, odd)

    await desk.pin()

    by_feedback = {pin.feedback_id: pin for pin in await desk.pins()}
    assert by_feedback[good.wb_id].state is S.PINNED
    assert by_feedback[full.wb_id].state is S.REFUSED
    assert by_feedback[full.wb_id].reason == REFUSALS["unitLimitReached"]
    assert by_feedback[odd.wb_id].reason == "Wildberries отказалась закрепить отзыв: said in English."


async def test_already_pinned_counts_as_pinned_and_learns_its_id(
    desk: Desk, make: Make, shop: Shop, wildberries: FakeBoard
) -> None:
    feedback = await make.feedback(shop)
    wildberries.put(seen(7, feedback.wb_id))
    await desk.ask(feedback)

    await desk.pin()
    unnamed = await desk.one()
    await desk.sync()

    assert (unnamed.state, unnamed.wb_pin_id) == (S.PINNED, None)
    assert ((await desk.one()).state, (await desk.one()).wb_pin_id) == (S.PINNED, 7)


async def test_what_is_pinned_is_not_queued_again(desk: Desk, make: Make, shop: Shop) -> None:
    feedback = await make.feedback(shop)
    await desk.ask(feedback)
    await desk.pin()

    [again, elsewhere] = [*await desk.ask(feedback), *await desk.ask(feedback, on=PinOn.IMT)]

    assert again.pin is not None
    assert again.pin.state is S.PINNED
    assert elsewhere.pin is not None
    assert elsewhere.pin.state is S.QUEUED


async def test_unknown_and_deleted_feedbacks_are_refused_here(desk: Desk, make: Make, shop: Shop) -> None:
    other = await make.feedback(await make.shop())

    asked = await desk.ask("nowhere", other)

    assert [item.error for item in asked] == ["Отзыв не найден.", "Отзыв не найден."]
    assert await desk.pins() == []


@pytest.mark.parametrize(("silence", "writes"), [("after", 1), ("before", 2)])
async def test_a_lost_answer_is_read_before_anything_is_written_again(
    desk: Desk, make: Make, shop: Shop, wildberries: FakeBoard, silence: str, writes: int
) -> None:
    await desk.ask(await make.feedback(shop))
    wildberries.silence = silence

    with pytest.raises(OutcomeOpen):
        await desk.pin()
    with pytest.raises(OutcomeOpen):
        await desk.pin()
    calls_while_open = list(wildberries.calls)
    await desk.time_passes()
    await desk.pin()

    assert calls_while_open == ["pin"]
    assert wildberries.calls[:2] == ["pin", "page"]
    assert wildberries.calls.count("pin") == writes
    assert (await desk.one()).state is S.PINNED
    assert len(wildberries.pins) == 1


async def test_an_item_missing_from_the_answer_is_sought_in_the_list(
    desk: Desk, make: Make, shop: Shop, wildberries: FakeBoard
) -> None:
    await desk.ask(await make.feedback(shop))
    wildberries.forgets_items = True

    with pytest.raises(OutcomeOpen):
        await desk.pin()
    await desk.time_passes()
    await desk.pin()

    assert (await desk.one()).wb_pin_id == 101
    assert wildberries.calls.count("pin") == 1


async def test_a_write_that_never_works_is_given_up(desk: Desk, make: Make, shop: Shop, wildberries: FakeBoard) -> None:
    await desk.ask(await make.feedback(shop))
    for _ in range(3):
        wildberries.silence = "before"
        with pytest.raises(OutcomeOpen):
            await desk.pin()
        await desk.time_passes()

    await desk.pin()

    assert (await desk.one()).state is S.REFUSED
    assert wildberries.calls.count("pin") == 3


async def test_403_switches_pinning_off_for_a_day(desk: Desk, make: Make, shop: Shop, wildberries: FakeBoard) -> None:
    wildberries.forbidden, wildberries.has = (
        "no active subscription or tariff",
        PinLimits(subscription=None, tariff=None),
    )
    await desk.ask(await make.feedback(shop))

    await desk.pin()
    with pytest.raises(PinsUnavailable, match="no active subscription") as raised:
        await desk.ask(await make.feedback(shop))
    await desk.time_passes(timedelta(days=1))
    await desk.ask(await make.feedback(shop))

    board, first = await desk.board(), (await desk.pins())[0]
    assert (board.capability, board.forbidden_words) == (Capability.OFF, "no active subscription or tariff")
    assert "«Джем»" in raised.value.message
    assert first.state is S.REFUSED
    assert "«Джем»" in first.reason


async def test_an_option_seen_in_the_limits_switches_pinning_on_again(
    desk: Desk, make: Make, shop: Shop, wildberries: FakeBoard
) -> None:
    wildberries.forbidden = "no active subscription or tariff"
    await desk.ask(await make.feedback(shop))
    await desk.pin()
    off = (await desk.board()).next_sync_at - (await desk.board()).checked_at  # type: ignore[operator]
    wildberries.forbidden = ""

    await desk.sync()
    await desk.ask(await make.feedback(shop))

    assert off == timedelta(days=1)
    assert (await desk.board()).capability is Capability.ON


async def test_our_own_unpinning(desk: Desk, make: Make, shop: Shop, wildberries: FakeBoard) -> None:
    await desk.ask(await make.feedback(shop))
    await desk.pin()

    await desk.take_back(await desk.one())
    jobs = await desk.jobs()
    await desk.unpin()
    await desk.sync()

    assert "UnpinFeedbacks" in jobs
    assert (await desk.one()).state is S.UNPINNED
    assert wildberries.pins == {}
    assert (await desk.history())[2:] == [("olga", "unpinning"), ("worker", "unpinned")]
    with pytest.raises(NotPinned):
        await desk.take_back(await desk.one())


@pytest.mark.parametrize(("silence", "writes"), [("after", 1), ("before", 2)])
async def test_a_lost_unpinning_is_read_first(
    desk: Desk, make: Make, shop: Shop, wildberries: FakeBoard, silence: str, writes: int
) -> None:
    await desk.ask(await make.feedback(shop))
    await desk.pin()
    await desk.take_back(await desk.one())
    wildberries.silence = silence

    with pytest.raises(OutcomeOpen):
        await desk.unpin()
    await desk.time_passes()
    await desk.unpin()

    assert (await desk.one()).state is S.UNPINNED
    assert wildberries.calls.count("unpin") == writes


async def test_a_wish_not_sent_yet_is_simply_taken_back(
    desk: Desk, make: Make, shop: Shop, wildberries: FakeBoard
) -> None:
    await desk.ask(await make.feedback(shop))

    await desk.take_back(await desk.one())
    await desk.pin()

    assert (await desk.one()).state is S.REFUSED
    assert wildberries.calls == []


async def test_batches_of_500(desk: Desk, make: Make, shop: Shop, wildberries: FakeBoard) -> None:
    feedbacks = [await make.feedback(shop) for _ in range(501)]
    await desk.ask(*feedbacks[:500])
    await desk.ask(feedbacks[500])

    await desk.pin()

    assert wildberries.calls == ["pin", "pin"]
    assert len(wildberries.pins) == 501
