"""What the list at Wildberries tells, and what only its completeness tells."""

from datetime import timedelta

import pytest

from app.kit.errors import Unavailable
from app.pins.models import PinState
from app.pins.ports import PinLimits
from app.shops.models import Shop
from tests.factories import Make
from tests.pins.board import FakeBoard, seen
from tests.pins.conftest import Desk

pytestmark = pytest.mark.anyio
S = PinState


async def test_pins_made_outside_are_found_page_by_page(desk: Desk, wildberries: FakeBoard) -> None:
    wildberries.page_size = 500
    wildberries.put(*(seen(number, f"fb{number}") for number in range(1, 1202)))

    await desk.sync()

    assert wildberries.calls == ["limits", "page", "page", "page"]
    assert len(await desk.pins()) == 1201
    assert set(await desk.history()) == {("wildberries", "pinned")}


async def test_an_automatic_unpinning_is_found_with_its_cause(
    desk: Desk, make: Make, shop: Shop, wildberries: FakeBoard
) -> None:
    feedback = await make.feedback(shop)
    await desk.ask(feedback)
    await desk.pin()
    wildberries.put(seen(101, feedback.wb_id, cause="sysLimitReached"))

    await desk.sync()
    await desk.sync()

    pin = await desk.one()
    assert (pin.state, pin.cause) == (S.UNPINNED, "sysLimitReached")
    assert "лимит" in pin.reason
    assert await desk.history() == [("olga", "queued"), ("worker", "pinned"), ("wildberries", "unpinned")]


async def test_a_manual_unpinning_is_gone_after_a_complete_reading(desk: Desk, wildberries: FakeBoard) -> None:
    wildberries.put(seen(1, "a"), seen(2, "b"))
    await desk.sync()
    await desk.time_passes()
    del wildberries.pins[1]

    await desk.sync()

    first, second = await desk.pins()
    assert (first.state, second.state) == (S.GONE, S.PINNED)
    assert (await desk.history())[-1] == ("wildberries", "gone")


async def test_nothing_is_gone_when_the_reading_breaks_off(desk: Desk, wildberries: FakeBoard) -> None:
    wildberries.page_size = 1
    wildberries.put(seen(1, "a"), seen(2, "b"), seen(3, "c"))
    await desk.sync()
    await desk.time_passes()
    del wildberries.pins[3]

    def break_off(number: int) -> None:
        if number == 5:
            raise Unavailable

    wildberries.before_page = break_off
    with pytest.raises(Unavailable):
        await desk.sync()
    states_before = [pin.state for pin in await desk.pins()]
    wildberries.before_page = lambda number: None
    wildberries.calls.clear()
    await desk.sync()

    assert states_before == [S.PINNED] * 3
    assert [pin.state for pin in await desk.pins()] == [S.PINNED, S.PINNED, S.GONE]
    assert wildberries.calls == ["limits", "page", "count"]


async def test_nothing_is_gone_when_wildberries_counts_more_than_it_lists(desk: Desk, wildberries: FakeBoard) -> None:
    wildberries.put(seen(1, "a"), seen(2, "b"))
    await desk.sync()
    await desk.time_passes()
    del wildberries.pins[1]
    wildberries.count_is_off_by = 1

    await desk.sync()

    assert [pin.state for pin in await desk.pins()] == [S.PINNED, S.PINNED]
    assert "проверим ещё раз" in (await desk.board()).note


async def test_a_gone_pin_that_shows_again_is_pinned_again(desk: Desk, wildberries: FakeBoard) -> None:
    wildberries.put(seen(1, "a"))
    await desk.sync()
    await desk.time_passes()
    pin = wildberries.pins.pop(1)
    await desk.sync()
    await desk.time_passes()
    wildberries.put(pin)

    await desk.sync()

    assert (await desk.one()).state is S.PINNED


async def test_a_shop_that_pins_is_read_often_and_another_daily(desk: Desk, wildberries: FakeBoard) -> None:
    wildberries.has = PinLimits(subscription=None, tariff=None)
    await desk.sync()
    idle = await desk.board()
    wildberries.put(seen(1, "a"))
    await desk.sync()
    busy = await desk.board()

    assert idle.next_sync_at - (idle.finished_at or idle.next_sync_at) > timedelta(hours=23)
    assert busy.next_sync_at - (busy.finished_at or busy.next_sync_at) < timedelta(hours=1)
