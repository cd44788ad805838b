"""Whatever changes, in whatever order, refreshing what changed leaves the very rows that a rebuild makes."""

import random
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import text

from app.analytics.jobs import RefreshRollups
from app.analytics.models import RollupState
from app.analytics.months import MONTHS
from app.analytics.refreshing import OVERLAP, rebuild, refresh, refresh_rollups, shops_to_refresh
from app.analytics.rollups import OF_CALLS, OF_EVENTS, OF_FEEDBACKS
from app.kit.clock import utc_now
from app.kit.db import Database
from tests.analytics.world import World
from tests.factories import Make

pytestmark = pytest.mark.anyio
DAYS = (*OF_FEEDBACKS, *OF_EVENTS, *OF_CALLS)
TABLES = (*DAYS, *(table.replace("_days", "_months") for table in DAYS))
STEPS = st.lists(st.sampled_from(("arrive", "change", "delete", "reply", "advance", "refresh")), max_size=25)


async def rollups_of(database: Database, world: World) -> dict[str, Sequence[Any]]:
    async with database.transaction() as session:
        return {
            table: (
                await session.execute(
                    text(f"SELECT t.* FROM {table} t WHERE shop_id = :shop ORDER BY t"), {"shop": world.shop.id}
                )
            ).all()
            for table in TABLES
        }


async def step(world: World, name: str) -> None:
    if name == "refresh":
        async with world.database.transaction() as session:
            await refresh(session, world.shop.id, now=utc_now(), overlap=timedelta())
    elif name == "arrive":
        await world.arrive(world.dice.randint(1, 5))
    else:
        await getattr(world, name)()


@given(steps=STEPS, seed=st.integers(0, 10**6))
@settings(max_examples=40)
async def test_refreshing_step_by_step_equals_a_rebuild(
    database: Database, make: Make, steps: list[str], seed: int
) -> None:
    world = World(database, await make.shop(token=None), random.Random(seed))
    for name in ("refresh", *steps, "refresh"):
        await step(world, name)
    refreshed = await rollups_of(database, world)

    async with database.transaction() as session:
        await rebuild(session, world.shop.id, now=utc_now())

    assert await rollups_of(database, world) == refreshed


def test_every_day_has_its_month() -> None:
    assert set(MONTHS) == set(DAYS)


async def test_a_second_run_changes_nothing(database: Database, make: Make) -> None:
    world = World(database, await make.shop(), random.Random(3))
    await world.arrive(60)
    for _ in range(20):
        await world.reply()
    job = RefreshRollups(shop_id=world.shop.id)
    await refresh_rollups(job, database=database)
    once = await rollups_of(database, world)

    await refresh_rollups(job, database=database)

    assert await rollups_of(database, world) == once
    assert all(once[table] for table in TABLES)


async def due(database: Database, *, after: timedelta = timedelta()) -> Sequence[Any]:
    async with database.transaction() as session:
        return await shops_to_refresh(session, now=utc_now() + after, limit=10)


async def test_only_shops_with_changes_are_due(database: Database, make: Make) -> None:
    quiet, empty = await make.shop(), await make.shop()
    await make.feedback(quiet)

    before = await due(database)
    await refresh_rollups(RefreshRollups(shop_id=quiet.id), database=database)
    after = await due(database)
    feedback = await make.feedback(quiet)
    changed = await due(database)

    assert (list(before), list(after), list(changed)) == ([quiet.id], [], [quiet.id])
    assert empty.id not in changed
    assert feedback.shop_id == quiet.id


async def test_a_change_committed_late_is_counted_by_a_second_look(database: Database, make: Make) -> None:
    shop = await make.shop()
    await make.feedback(shop, rating=5)
    await refresh_rollups(RefreshRollups(shop_id=shop.id), database=database)
    late = await make.feedback(shop, rating=1)
    async with database.transaction() as session:
        await session.execute(
            text("UPDATE feedbacks SET changed_at = changed_at - interval '5 minutes' WHERE wb_id = :id"),
            {"id": late.wb_id},
        )

    unnoticed, looked_for = await due(database), await due(database, after=OVERLAP)
    await refresh_rollups(RefreshRollups(shop_id=shop.id), database=database)

    assert (list(unnoticed), list(looked_for)) == ([], [shop.id])
    async with database.transaction() as session:
        assert await session.scalar(text("SELECT sum(stars_1) FROM shop_days")) == 1


async def test_what_no_time_of_change_tells_is_put_right_within_a_week(database: Database, make: Make) -> None:
    shop = await make.shop()
    await make.feedback(shop)
    await refresh_rollups(RefreshRollups(shop_id=shop.id), database=database)
    async with database.transaction() as session:
        await session.execute(text("DELETE FROM feedbacks"))

    async with database.transaction() as session:
        await refresh(session, shop.id, now=utc_now() + timedelta(days=8))
        left = await session.scalar(text("SELECT count(*) FROM shop_days"))
        state = await session.get_one(RollupState, shop.id)

    assert left == 0
    assert state.rebuilt_at > utc_now() + timedelta(days=7)
