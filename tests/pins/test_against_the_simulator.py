"""Pins over real HTTP against the simulator, a process that shares no code with us."""

import asyncio
from collections.abc import AsyncIterator, Iterator

import pytest

from app.kit.db import Database
from app.kit.secrets import Vault
from app.kit.settings import Settings
from app.pins.models import Capability, PinState
from app.pins.publishing import OutcomeOpen
from app.pins.reading import Reader
from app.shops.models import Shop
from app.wildberries.build import open_wildberries
from tests.factories import Make
from tests.pins.board import FakeBoard
from tests.pins.conftest import Desk
from tests.pins.simulated import Cabinet, cabinet, pointed_at, simulator

pytestmark = [pytest.mark.anyio, pytest.mark.slow]
S = PinState
SETTLE = 1.0
PINS = "/feedbacks-api/api/feedbacks/v1/pins"


@pytest.fixture(scope="module")
def simulator_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with simulator(tmp_path_factory.mktemp("simulator")) as url:
        yield url


@pytest.fixture
async def seller(simulator_url: str) -> AsyncIterator[Cabinet]:
    async with cabinet(simulator_url, kind="personal") as seller:
        yield seller
        await seller.order("/knobs", {"has_jam": True})


@pytest.fixture
async def shop(make: Make, seller: Cabinet) -> Shop:
    return await make.shop(token=seller.token, seller_id=seller.sid)


@pytest.fixture
async def desk(
    simulator_url: str, settings: Settings, database: Database, vault: Vault, shop: Shop
) -> AsyncIterator[Desk]:
    async with open_wildberries(pointed_at(simulator_url, settings), database, vault) as wb:
        desk = Desk(database, shop, FakeBoard())
        desk.reader = Reader(database=database, wildberries=wb.urgent_pins, settle=SETTLE)
        yield desk


async def a_feedback(seller: Cabinet, make: Make, shop: Shop, **values: object) -> str:
    wb_id = await seller.writes(**values)
    await make.feedback(shop, wb_id=wb_id)
    return wb_id


async def test_pinned_listed_and_unpinned(desk: Desk, seller: Cabinet, make: Make, shop: Shop) -> None:
    await desk.ask(await a_feedback(seller, make, shop))

    await desk.pin()
    await desk.sync()
    pinned, board = await desk.one(), await desk.board()
    await desk.take_back(pinned)
    await desk.unpin()
    await desk.sync()

    assert (pinned.state, board.capability) == (S.PINNED, Capability.ON)
    assert board.limits["subscription"]["used"] == 1
    assert pinned.seen_at is not None
    assert (await desk.one()).state is S.UNPINNED
    assert (await desk.board()).limits["subscription"]["used"] == 0


async def test_errors_per_item_and_the_limit_of_a_card(desk: Desk, seller: Cabinet, make: Make, shop: Shop) -> None:
    ids = [await a_feedback(seller, make, shop) for _ in range(2)]
    stranger = (await make.feedback(shop)).wb_id
    await seller.order("/pins/errors", {"sid": seller.sid, "errors": {ids[1]: "itemNoImages"}})
    await desk.ask(*ids, stranger)

    await desk.pin()

    outcome = {pin.feedback_id: (pin.state, pin.reason) for pin in await desk.pins()}
    assert outcome[ids[0]][0] is S.PINNED
    assert outcome[ids[1]] == (S.REFUSED, "У карточки товара нет фото: закрепить отзыв нельзя.")
    assert outcome[stranger] == (S.REFUSED, "Wildberries не нашла этот отзыв.")
    assert len(await seller.called("POST")) == 1


async def test_limits_are_told_and_kept(desk: Desk, seller: Cabinet, make: Make, shop: Shop) -> None:
    await seller.order("/knobs", {"subscription_pins": {"per_unit": 50, "total": 2, "unlimited": False}})
    for _ in range(3):
        await desk.ask(await a_feedback(seller, make, shop))

    await desk.pin()
    await desk.sync()

    states = sorted(pin.state for pin in await desk.pins())
    assert states == [S.PINNED, S.PINNED, S.REFUSED]
    assert (await desk.board()).limits["subscription"]["remaining"] == 0


async def test_without_the_option_pinning_is_off(desk: Desk, seller: Cabinet, make: Make, shop: Shop) -> None:
    await seller.order("/knobs", {"has_jam": False})
    await desk.ask(await a_feedback(seller, make, shop))

    await desk.pin()
    await desk.sync()

    board = await desk.board()
    assert (await desk.one()).state is S.REFUSED
    assert board.capability is Capability.OFF
    assert "no active subscription or tariff" in board.forbidden_words


async def test_the_end_of_the_subscription_is_found_with_its_cause(
    desk: Desk, seller: Cabinet, make: Make, shop: Shop
) -> None:
    await desk.ask(await a_feedback(seller, make, shop))
    await desk.pin()
    await seller.order(f"/pins/{(await desk.one()).wb_pin_id}/unpin", {"cause": "sysTariffUnpinned"})

    await desk.sync()

    pin = await desk.one()
    assert (pin.state, pin.cause) == (S.UNPINNED, "sysTariffUnpinned")


async def test_an_unpinning_in_the_cabinet_is_found(desk: Desk, seller: Cabinet, make: Make, shop: Shop) -> None:
    await desk.ask(await a_feedback(seller, make, shop))
    await desk.pin()
    await seller.hands("DELETE", PINS, [(await desk.one()).wb_pin_id])

    await desk.sync()

    assert (await desk.one()).state is S.GONE


@pytest.mark.parametrize(("fault", "posts"), [("drop_after", 1), ("drop_before", 2)])
async def test_a_lost_answer_leaves_one_pin_and_we_know_it(
    desk: Desk, seller: Cabinet, make: Make, shop: Shop, fault: str, posts: int
) -> None:
    await desk.ask(await a_feedback(seller, make, shop))
    await seller.fault(action=fault, method="POST")

    with pytest.raises(OutcomeOpen):
        await desk.pin()
    await asyncio.sleep(SETTLE)
    await desk.pin()
    await desk.sync()

    pin = await desk.one()
    assert (pin.state, pin.wb_pin_id is not None) == (S.PINNED, True)
    assert len(await seller.called("POST")) == posts
    assert (await desk.board()).limits["subscription"]["used"] == 1


async def test_a_503_after_the_unpinning_is_read_not_repeated(
    desk: Desk, seller: Cabinet, make: Make, shop: Shop
) -> None:
    await desk.ask(await a_feedback(seller, make, shop))
    await desk.pin()
    await desk.take_back(await desk.one())
    await seller.fault(action="status", status=503, after=True, method="DELETE")

    with pytest.raises(OutcomeOpen):
        await desk.unpin()
    await asyncio.sleep(SETTLE)
    await desk.unpin()

    assert (await desk.one()).state is S.UNPINNED
    assert len(await seller.called("DELETE")) == 1


async def test_a_long_list_is_read_by_500(desk: Desk, seller: Cabinet, make: Make, shop: Shop) -> None:
    await seller.order("/knobs", {"subscription_pins": {"per_unit": 2000, "total": 0, "unlimited": True}})
    made = await seller.order("/feedbacks", {"sid": seller.sid, "feedbacks": [{"text": "Хорошо"}] * 1001})
    bodies = [{"pinMethod": "subscription", "pinOn": "nm", "feedbackId": wb_id} for wb_id in made["ids"]]
    for start in range(0, 1001, 500):
        await seller.hands("POST", PINS, bodies[start : start + 500])
        await asyncio.sleep(0.1)

    await desk.sync()

    pages = [entry for entry in await seller.called("GET") if entry["path"] == PINS]
    assert len(await desk.pins()) == 1001
    assert len(pages) == 3
