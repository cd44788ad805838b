"""What the timers ask for, and of which shops."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import text, update

from app.kit.db import Database
from app.pins.models import PinState
from app.shops.models import Shop, ShopToken
from app.worker.schedule import sync_due_pins, sync_due_products, write_forgotten_pins
from tests.factories import Make
from tests.pins.conftest import Desk

pytestmark = pytest.mark.anyio


async def test_a_shop_is_read_when_its_time_has_come(desk: Desk, database: Database) -> None:
    await sync_due_pins(database)
    first = await desk.jobs()
    await desk.sync()
    await desk.forget_jobs()
    await sync_due_pins(database)
    too_early = await desk.jobs()
    await desk.time_passes(timedelta(hours=1))

    await sync_due_pins(database)

    assert (first, too_early, await desk.jobs()) == ({"SyncPins"}, set(), {"SyncPins"})


async def test_a_refused_token_is_left_alone(desk: Desk, database: Database) -> None:
    async with database.transaction() as session:
        await session.execute(update(ShopToken).values(refused_at=datetime.now(UTC)))

    await sync_due_pins(database)

    assert await desk.jobs() == set()


async def test_wishes_without_a_job_get_one(desk: Desk, make: Make, shop: Shop, database: Database) -> None:
    waiting, pinned = await make.feedback(shop), await make.feedback(shop)
    await desk.ask(pinned)
    await desk.pin()
    await desk.take_back(await desk.one())
    await desk.ask(waiting)
    await desk.forget_jobs()
    await write_forgotten_pins(database)
    too_fresh = await desk.jobs()
    await desk.time_passes()

    await write_forgotten_pins(database)

    assert too_fresh == set()
    assert {pin.state for pin in await desk.pins()} == {PinState.QUEUED, PinState.UNPINNING}
    assert await desk.jobs() == {"PinFeedbacks", "UnpinFeedbacks"}


async def test_cards_are_read_only_where_the_token_opens_them(make: Make, shop: Shop, database: Database) -> None:
    await sync_due_products(database)
    without = await _kinds(database)
    async with database.transaction() as session:
        await session.execute(update(ShopToken).values(categories=["content"]))

    await sync_due_products(database)

    assert (without, await _kinds(database)) == ([], ["SyncProducts"])


async def _kinds(database: Database) -> list[str]:
    async with database.transaction() as session:
        return list(await session.scalars(text("SELECT kind FROM jobs")))
