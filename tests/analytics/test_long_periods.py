"""What is read by months is what its days say, and what the rows say."""

import math
import random
from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import text

from app.analytics.jobs import RefreshRollups
from app.analytics.period import Period, month_after, month_of, moscow_day
from app.analytics.refreshing import refresh_rollups
from app.analytics.series import Line, Series, read
from app.feedbacks.ports import IncomingFeedback
from app.feedbacks.storing import mark_deleted, store
from app.kit.clock import utc_now
from app.kit.db import Database
from tests.analytics.world import World
from tests.factories import Make, incoming

pytestmark = pytest.mark.anyio
PERIODS = (
    Period(date(2026, 1, 17), date(2026, 4, 11)),
    Period(date(2026, 2, 1), date(2026, 4, 30)),
    Period(date(2026, 2, 28), date(2026, 4, 1)),
    Period(date(2026, 3, 20), date(2026, 4, 12)),
    Period(date(2025, 3, 15), date(2026, 5, 20)),
)
SUMMED = {
    Series.STARS: ("rating", ("feedbacks",)),
    Series.PRODUCTS: ("nm_id", ("arrived", "answered", "negatives")),
    Series.FUNNEL: ("", ("arrived", "drafted", "approved", "sent", "published", "rejected", "elsewhere", "answered")),
    Series.REPLY_EFFECT: ("answered", ("up", "same", "down")),
    Series.TAGS: ("tag", ("feedbacks", "negatives")),
}


@pytest.fixture
async def world(database: Database, make: Make) -> World:
    """Seven months, refreshed in between, so that old months change after they were counted."""
    world = World(database, await make.shop(), random.Random(7), days=range(-180, 30))
    for _ in range(3):
        await world.arrive(120)
        for doing, times in ((world.change, 8), (world.delete, 4), (world.reply, 40), (world.advance, 8)):
            for _ in range(times):
                await doing()
        await refreshed(world)
    return world


async def refreshed(world: World) -> None:
    await refresh_rollups(RefreshRollups(shop_id=world.shop.id), database=world.database)


async def lines(world: World, series: Series, period: Period) -> Sequence[Line]:
    async with world.database.transaction() as session:
        return (await read(session, [world.shop.id], series, period, top=100)).now


def total(found: Iterable[Line], key: str, names: Sequence[str]) -> Counter[tuple[Any, str]]:
    """Of each line's figures; nothing stays of those that are zero."""
    counted: Counter[tuple[Any, str]] = Counter()
    for line in found:
        for name in names:
            counted[line.get(key), name] += line[name]
    return +counted


@pytest.mark.parametrize("period", PERIODS[:4], ids=str)
async def test_a_long_period_is_the_sum_of_its_days(world: World, period: Period) -> None:
    days = [period.since + timedelta(days=number) for number in range(period.days)]

    for series, (key, names) in SUMMED.items():
        together = total(await lines(world, series, period), key, names)
        apart = total([line for day in days for line in await lines(world, series, Period(day, day))], key, names)
        assert together == apart
        assert together.total() > 5


@pytest.mark.parametrize("period", PERIODS, ids=str)
async def test_a_long_period_is_what_the_rows_say(world: World, period: Period) -> None:
    rows = within(world, period)

    stars = await lines(world, Series.STARS, period)
    weeks = await lines(world, Series.WEEKS, period)

    assert [line["feedbacks"] for line in stars] == [sum(row.rating == n for row in rows) for n in range(1, 6)]
    assert sum(line["arrived"] for line in weeks) == len(rows)
    for line in await lines(world, Series.PRODUCTS, period):
        ratings = [row.rating for row in rows if row.nm_id == line["nm_id"]]
        assert line["arrived"] == len(ratings)
        assert line["average_rating"] == pytest.approx(sum(ratings) / len(ratings), abs=0.00051)


@pytest.mark.parametrize("period", PERIODS, ids=str)
async def test_median_and_p90_of_a_long_period_are_exact(world: World, period: Period) -> None:
    alive = {row.wb_id: row for row in within(world, period)}
    sent = [(alive[str(reply.feedback_id)], reply.sent_at) for reply in world.replies if reply.feedback_id in alive]
    taken = [(row.rating, max(0, round((at - row.written_at).total_seconds()))) for row, at in sent if at]

    found = await lines(world, Series.RESPONSE_TIMES, period)

    assert [line["rating"] for line in found] == [None, *sorted({rating for rating, _ in taken})]
    for line in found:
        its = sorted(seconds for rating, seconds in taken if line["rating"] in (None, rating))
        assert line["replies"] == len(its)
        assert line["median_seconds"] == its[math.ceil(len(its) / 2) - 1]
        assert line["p90_seconds"] == its[math.ceil(len(its) * 0.9) - 1]


@pytest.mark.parametrize("period", PERIODS[:3], ids=str)
async def test_the_period_before_is_counted_like_any_other(world: World, period: Period) -> None:
    for series in Series:
        async with world.database.transaction() as session:
            before = (await read(session, [world.shop.id], series, period, top=100)).before

        assert sorted(map(str, before)) == sorted(map(str, await lines(world, series, period.before)))


async def test_work_and_costs_of_this_month_are_those_of_today(world: World) -> None:
    today = moscow_day(utc_now())
    month = month_of(utc_now())
    whole = Period(moscow_day(month), moscow_day(month_after(month)) - timedelta(days=1))

    for series in (Series.OPERATORS, Series.COSTS):
        together = await lines(world, series, whole)
        assert together == await lines(world, series, Period(today, today))
        assert len(together) > 1


async def test_an_old_month_is_counted_again_and_never_added_to(database: Database, make: Make) -> None:
    world = World(database, await make.shop(), random.Random(5))
    january = [incoming(rating=1, written_at=datetime(2026, 1, day, 12, tzinfo=UTC)) for day in (3, 20, 31)]
    await kept(world, january)

    await kept(world, [incoming(wb_id=january[0].wb_id, rating=5, written_at=january[0].written_at)])
    once = await lines(world, Series.STARS, Period(date(2025, 12, 20), date(2026, 2, 10)))
    async with database.transaction() as session:
        await mark_deleted(session, world.shop.id, [january[1].wb_id], now=utc_now())
    await refreshed(world)
    await refreshed(world)
    at_last = await lines(world, Series.STARS, Period(date(2025, 12, 20), date(2026, 2, 10)))

    assert [line["feedbacks"] for line in once] == [2, 0, 0, 0, 1]
    assert [line["feedbacks"] for line in at_last] == [1, 0, 0, 0, 1]


async def test_a_month_that_stands_as_counted_is_not_written_again(database: Database, make: Make) -> None:
    world = World(database, await make.shop(), random.Random(5))
    april = datetime(2026, 4, 10, tzinfo=UTC)
    await kept(world, [incoming(nm_id=number, rating=4, written_at=april) for number in (1, 2)])
    before = await written(world)

    await kept(world, [incoming(nm_id=2, rating=4, written_at=april)])
    after = await written(world)

    assert (before[1] == after[1], before[2] == after[2]) == (True, False)


async def kept(world: World, rows: Sequence[IncomingFeedback]) -> None:
    async with world.database.transaction() as session:
        await store(session, world.shop.id, rows)
    await refreshed(world)


async def written(world: World) -> dict[int, str]:
    """By product, the transaction that wrote its month."""
    async with world.database.transaction() as session:
        found = await session.execute(
            text("SELECT nm_id, CAST(CAST(xmin AS text) AS bigint) AS writer FROM product_months")
        )
        return {row.nm_id: row.writer for row in found}


def within(world: World, period: Period) -> list[IncomingFeedback]:
    return [row for row in world.living() if period.since <= moscow_day(row.written_at) <= period.until]
