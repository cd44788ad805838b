"""What the cabinet's timers do, without waiting for them."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import text

from app.cabinet.applying import not_found, observe
from app.cabinet.gate import Observation
from app.cabinet.states import ComplaintState, Source
from app.cabinet.tallies import counts_of
from app.kit.clock import utc_now
from app.kit.db import Database
from app.shops.models import Shop
from app.worker import cabinet_timers
from tests.cabinet.sizes import kept_sizes, wrong_sizes
from tests.factories import Make

pytestmark = pytest.mark.anyio


@pytest.fixture
async def shop(make: Make) -> Shop:
    return await make.shop()


async def scalar(database: Database, sql: str) -> Any:
    async with database.transaction() as session:
        return await session.scalar(text(sql))


async def pending(database: Database, shop: Shop) -> int:
    async with database.direct() as connection:
        return int((await counts_of(connection, [shop.id]))[shop.id]["pending"])


async def file(database: Database, shop: Shop, feedback_id: str) -> None:
    seen = Observation(source=Source.CHECKER, observed_at=utc_now(), complaint=ComplaintState.PENDING)
    async with database.direct() as connection:
        await observe(connection, shop.id, {feedback_id: seen})


async def test_shops_with_news_are_refreshed_and_asked_once(database: Database, shop: Shop, make: Make) -> None:
    await make.feedback(shop)
    await make.shop()

    for _ in range(2):
        await cabinet_timers.refresh_standings(database)

    assert await scalar(database, "SELECT count(*) FROM jobs WHERE kind = 'RefreshStandings'") == 1


async def test_differences_are_folded_into_one_row_of_the_same_sum(database: Database, shop: Shop, make: Make) -> None:
    for _ in range(3):
        await file(database, shop, (await make.feedback(shop, rating=1)).wb_id)
    before = await scalar(database, "SELECT count(*) FROM tallies")

    await cabinet_timers.fold_tallies(database)

    assert (before, await scalar(database, "SELECT count(*) FROM tallies")) == (3, 1)
    assert await pending(database, shop) == 3


async def test_a_product_s_complaints_are_folded_and_what_came_to_nothing_goes(
    database: Database, shop: Shop, make: Make
) -> None:
    rows = [await make.feedback(shop, rating=1, nm_id=nm_id) for nm_id in (7, 7, 8)]
    for row in rows:
        await file(database, shop, row.wb_id)
    async with database.direct() as connection:
        approved = Observation(source=Source.CHECKER, observed_at=utc_now(), complaint=ComplaintState.APPROVED)
        await observe(connection, shop.id, {rows[2].wb_id: approved})

    await cabinet_timers.fold_tallies(database)

    async with database.direct() as connection:
        assert await kept_sizes(connection, shop.id) == {(7, 1, "pending"): 2, (8, 1, "approved"): 1}
    assert await scalar(database, "SELECT count(*) FROM complaint_sizes") == 2


async def test_the_night_puts_counts_right(database: Database, shop: Shop, make: Make) -> None:
    await file(database, shop, (await make.feedback(shop, rating=1)).wb_id)
    async with database.transaction() as session:
        await session.execute(text("UPDATE tallies SET pending = 7"))
        await session.execute(text("UPDATE complaint_sizes SET complaints = 7"))

    await cabinet_timers.recount_tallies(database)

    assert await pending(database, shop) == 1
    async with database.direct() as connection:
        assert list((await kept_sizes(connection, shop.id)).values()) == [1]
        assert not await wrong_sizes(connection, shop.id)


async def test_a_task_rests_until_its_time_and_what_was_missing_is_not_forgotten(
    database: Database, shop: Shop, make: Make
) -> None:
    rested, resting = [(await make.feedback(shop, rating=1)).wb_id for _ in range(2)]
    async with database.direct() as connection:
        await not_found(connection, shop.id, [rested], now=utc_now() - timedelta(days=2))
        await not_found(connection, shop.id, [resting], now=utc_now())

    await cabinet_timers.end_rests(database)

    async with database.transaction() as session:
        rows = await session.execute(text("SELECT feedback_id, cooling, cool_until IS NULL, not_found FROM standings"))
        assert {row[0]: tuple(row[1:]) for row in rows} == {rested: (False, True, 1), resting: (True, False, 1)}
