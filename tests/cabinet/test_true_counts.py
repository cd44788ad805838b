"""Counts are kept by differences; whoever writes at once, and whatever happens, they are what counting anew gives."""

import asyncio
import random
from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.cabinet.applying import observe
from app.cabinet.gate import Observation
from app.cabinet.standings import refresh_standings
from app.cabinet.states import Source, WorkStatus
from app.kit.clock import utc_now
from app.kit.db import Database
from app.shops.models import Shop
from tests.cabinet.following import NM, WRITTEN, counts, refresh, rule, standing, true_counts
from tests.cabinet.rolling import STEPS, Rolling
from tests.cabinet.sizes import wrong_sizes
from tests.factories import Make

pytestmark = pytest.mark.anyio


@pytest.fixture
async def shop(make: Make) -> Shop:
    return await make.shop(owner=await make.user())


async def test_two_who_make_the_same_standings_at_once_count_them_once(
    database: Database, shop: Shop, make: Make
) -> None:
    rows = [
        await make.feedback(shop, rating=1, nm_id=NM, written_at=WRITTEN + timedelta(minutes=number))
        for number in range(20)
    ]
    await rule(database, shop, make)
    page = Observation(source=Source.FILER, observed_at=utc_now(), is_page=True, can_submit=True)

    async def report(number: int) -> None:
        some = random.Random(number).sample(rows, k=15)
        async with database.direct() as connection:
            await observe(connection, shop.id, {row.wb_id: page for row in some})

    async def follow() -> None:
        async with database.direct() as connection:
            await refresh_standings(connection, shop.id, [row.wb_id for row in rows])

    await asyncio.gather(*(report(number) for number in range(3)), *(follow() for _ in range(3)))

    found = await counts(database, shop)
    assert found == await true_counts(database, shop)
    assert found["candidates"] > 0


async def test_rules_and_refreshing_at_once_neither_deadlock_nor_miscount(
    database: Database, shop: Shop, make: Make
) -> None:
    for number in range(30):
        await make.feedback(shop, rating=1 + number % 4, nm_id=NM, written_at=WRITTEN + timedelta(minutes=number))
    statuses = (WorkStatus.ACTIVE, WorkStatus.PAUSED, WorkStatus.ACTIVE)

    await asyncio.wait_for(
        asyncio.gather(
            *(rule(database, shop, make, work_status=status) for status in statuses),
            *(refresh(database, shop) for _ in range(3)),
        ),
        timeout=30,
    )
    await refresh(database, shop)

    assert await counts(database, shop) == await true_counts(database, shop)


@given(steps=st.lists(st.sampled_from(STEPS), max_size=30), seed=st.integers(0, 10**6))
@settings(max_examples=60)
async def test_whatever_happens_counts_and_standings_are_what_making_them_anew_gives(
    database: Database, make: Make, steps: list[str], seed: int
) -> None:
    owner = await make.user()
    world = Rolling(database, await make.shop(owner=owner, token=None), owner, random.Random(seed))
    for name in ("arrive", "rule", *steps, "refresh"):
        await world.step(name)

    async with database.direct() as connection:
        sizes = await wrong_sizes(connection, world.shop.id)
    before, after = await counts(database, world.shop), await true_counts(database, world.shop)
    living = [wb_id for wb_id, row in world.feedbacks.items() if row.rating <= 4]
    made = [wb_id for wb_id in living if await standing(database, world.shop, wb_id)]
    async with database.direct() as connection:
        differing = await refresh_standings(connection, world.shop.id, living)

    assert before == after
    assert not sizes
    assert (made, differing) == (living, 0)
