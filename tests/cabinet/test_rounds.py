"""How much one round of work holds, and what of a longer queue comes first."""

from collections import Counter

import pytest

from app.cabinet.limits import Limits, limits_of
from app.cabinet.queues import (
    MOST_ARTICLES,
    MOST_CHATS,
    MOST_COMPLAINTS,
    MOST_READINGS_EACH,
    by_article,
)
from app.cabinet.states import ChatState, ComplaintState
from app.kit.db import Database
from tests.cabinet.world import NM, World, ids
from tests.factories import Make

pytestmark = pytest.mark.anyio


@pytest.fixture
async def world(database: Database, make: Make) -> World:
    return await World.open(database, make)


async def test_the_likeliest_complaints_are_taken_and_the_newest_comes_first(world: World) -> None:
    old, unlikely, new = [await world.drafted(minutes=minutes) for minutes in (30, 20, 10)]
    await world.change(old, new, odds=500)
    await world.change(unlikely, odds=100)

    found = await world.offered(Limits(complaints_per_run=2))

    assert [task["feedback_id"] for task in found] == [new.wb_id, old.wb_id]


async def test_the_product_with_most_work_comes_first(world: World) -> None:
    await world.rule(NM + 1)
    few = await world.drafted(minutes=1)
    many = [await world.drafted(nm_id=NM + 1) for _ in range(2)]

    articles = by_article(await world.offered())

    assert list(articles) == [NM + 1, NM]
    assert [task["feedback_id"] for task in articles[NM + 1].complaints] == [each.wb_id for each in many]
    assert {task["feedback_id"] for task in articles[NM].complaints} == ids(few)


async def test_a_round_is_bounded_whatever_waits(world: World) -> None:
    complaints = [await world.feedback() for _ in range(MOST_COMPLAINTS + 5)]
    await world.draft(*complaints)
    chats = [await world.feedback() for _ in range(MOST_CHATS + 5)]
    await world.see(*chats[::2], complaint=ComplaintState.REJECTED, chat=ChatState.AVAILABLE)
    await world.see(*chats[1::2], chat=ChatState.OPENED)
    for _ in range(MOST_READINGS_EACH + 5):
        await world.feedback()

    found = Counter(task["kind"] for task in await world.offered())

    assert found["complaint"] == MOST_COMPLAINTS
    assert found["open"] + found["link"] == MOST_CHATS
    assert found["reading"] == MOST_READINGS_EACH


async def test_a_round_has_at_most_so_many_products_and_takes_those_with_most_work(world: World) -> None:
    products = [NM + place for place in range(1, MOST_ARTICLES + 4)]
    for nm_id in products:
        await world.rule(nm_id)
        await world.drafted(nm_id=nm_id)
    busy = await world.drafted(nm_id=products[-1])

    articles = by_article(await world.offered())

    assert len(articles) == MOST_ARTICLES
    assert next(iter(articles)) == busy.nm_id


async def test_a_shops_own_limits_cut_a_round(world: World) -> None:
    for _ in range(3):
        await world.drafted()
        await world.rejected()
    await world.settings(complaints_per_run=2, chats_per_run=1)

    async with world.database.glance() as connection:
        limits = await limits_of(connection, world.shop.id)
    found = Counter(task["kind"] for task in await world.offered(limits))

    assert (found["complaint"], found["open"]) == (2, 1)
