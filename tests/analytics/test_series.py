"""Each figure against the same question put to lists in memory."""

import math
import random
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from app.analytics.jobs import RefreshRollups
from app.analytics.period import Period, moscow_day
from app.analytics.refreshing import refresh_rollups
from app.analytics.series import Compared, Series, counted_through, read
from app.feedbacks.ports import IncomingFeedback
from app.kit.clock import utc_now
from app.kit.db import Database
from app.shops.models import Shop
from tests.analytics.world import World
from tests.factories import Make

pytestmark = pytest.mark.anyio
PERIOD = Period(date(2026, 4, 8), date(2026, 4, 14))
APPROVED = {"approved", "publishing", "sent", "on_moderation", "published", "rejected", "unknown", "failed"}


@pytest.fixture
async def world(database: Database, make: Make) -> World:
    world = World(database, await make.shop(), random.Random(11))
    for _ in range(5):
        await world.arrive(30)
    for doing, times in ((world.change, 40), (world.delete, 12), (world.reply, 90), (world.advance, 40)):
        for _ in range(times):
            await doing()
    await refresh_rollups(RefreshRollups(shop_id=world.shop.id), database=database)
    return world


async def ask(database: Database, series: Series, *shops: Shop, period: Period = PERIOD, top: int = 100) -> Compared:
    async with database.transaction() as session:
        return await read(session, [shop.id for shop in shops], series, period, top=top)


def within(rows: Iterable[IncomingFeedback], period: Period) -> list[IncomingFeedback]:
    return [row for row in rows if period.since <= moscow_day(row.written_at) <= period.until]


def average(rows: Sequence[IncomingFeedback]) -> float:
    return round(sum(row.rating for row in rows) / len(rows), 3)


def sides(world: World, count: Callable[[list[IncomingFeedback]], Any]) -> Compared:
    return Compared(now=count(within(world.living(), PERIOD)), before=count(within(world.living(), PERIOD.before)))


async def test_weeks_begin_on_monday_and_end_with_the_period(database: Database, world: World) -> None:
    def count(rows: list[IncomingFeedback]) -> list[dict[str, Any]]:
        weeks: dict[date, list[IncomingFeedback]] = {}
        for row in rows:
            day = moscow_day(row.written_at)
            weeks.setdefault(day - timedelta(days=day.weekday()), []).append(row)
        return [
            {
                "week": week, "arrived": len(its), "average_rating": average(its),
                "answered": sum(row.answer_text is not None for row in its),
                **{f"stars_{n}": sum(row.rating == n for row in its) for n in range(1, 6)},
            }
            for week, its in sorted(weeks.items())
        ]  # fmt: skip

    found = await ask(database, Series.WEEKS, world.shop)

    assert found == sides(world, count)
    assert len(found.now) == 2


async def test_products_with_most_negatives_come_first_and_meet_themselves(database: Database, world: World) -> None:
    found = await ask(database, Series.PRODUCTS, world.shop)

    for side, period in ((found.now, PERIOD), (found.before, PERIOD.before)):
        rows = within(world.living(), period)
        for line in side:
            its = [row for row in rows if row.nm_id == line["nm_id"]]
            assert (line["arrived"], line["average_rating"]) == (len(its), average(its))
            assert line["negatives"] == sum(row.rating <= 3 for row in its)
            assert line["answered"] == sum(row.answer_text is not None for row in its)
    assert [line["negatives"] for line in found.now] == sorted((line["negatives"] for line in found.now), reverse=True)
    assert {line["product_name"] for line in found.now} == {"Свитер"}
    worst = await ask(database, Series.PRODUCTS, world.shop, top=1)
    assert worst.now == found.now[:1]
    assert [line["nm_id"] for line in worst.before] == [found.now[0]["nm_id"]]


async def test_stars(database: Database, world: World) -> None:
    found = await ask(database, Series.STARS, world.shop)

    rows = within(world.living(), PERIOD)
    counted = Counter(row.rating for row in rows)
    assert found.now == [
        {"rating": n, "feedbacks": counted[n], "share": round(counted[n] / len(rows), 4)} for n in range(1, 6)
    ]


async def test_response_times_are_exact_percentiles(database: Database, world: World) -> None:
    found = await ask(database, Series.RESPONSE_TIMES, world.shop)

    alive = {row.wb_id: row for row in within(world.living(), PERIOD)}
    sent = [(alive[str(reply.feedback_id)], reply.sent_at) for reply in world.replies if reply.feedback_id in alive]
    taken = [(row.rating, max(0, round((at - row.written_at).total_seconds()))) for row, at in sent if at]
    for line in found.now:
        its = sorted(seconds for rating, seconds in taken if line["rating"] in (None, rating))
        assert line["replies"] == len(its)
        assert line["median_seconds"] == its[math.ceil(len(its) / 2) - 1]
        assert line["p90_seconds"] == its[math.ceil(len(its) * 0.9) - 1]
    assert found.now[0]["rating"] is None
    assert len(found.now) > 3


async def test_the_funnel_never_widens(database: Database, world: World) -> None:
    found = await ask(database, Series.FUNNEL, world.shop)

    alive = {row.wb_id: row for row in within(world.living(), PERIOD)}
    states = [(reply.state.value, reply.sent_at) for reply in world.replies if reply.feedback_id in alive]
    line = found.now[0]
    shown = {"sent", "on_moderation", "published", "rejected"}
    assert line == {
        "arrived": len(alive),
        "drafted": len(states),
        "approved": sum(state in APPROVED for state, _ in states),
        "sent": sum(state in shown or (state == "unknown" and sent is not None) for state, sent in states),
        "published": sum(state == "published" for state, _ in states),
        "rejected": sum(state == "rejected" for state, _ in states),
        "elsewhere": sum(state == "answered_elsewhere" for state, _ in states),
        "answered": sum(row.answer_text is not None for row in alive.values()),
    }
    steps = [line[name] for name in ("arrived", "drafted", "approved", "sent")]
    assert steps == sorted(steps, reverse=True)


async def test_reply_effect_compares_amendments_with_what_they_amend(database: Database, world: World) -> None:
    found = await ask(database, Series.REPLY_EFFECT, world.shop)

    counted: Counter[tuple[bool, str]] = Counter()
    for child in within(world.living(), PERIOD):
        if parent := world.feedbacks.get(child.parent_id or ""):
            change = "up" if child.rating > parent.rating else "down" if child.rating < parent.rating else "same"
            counted[parent.answer_text is not None, change] += 1
    assert counted.total() > 5
    assert found.now == [
        {"answered": answered, **{change: counted[answered, change] for change in ("up", "same", "down")}}
        for answered in (True, False)
    ]


async def test_tags_with_most_negatives_come_first(database: Database, world: World) -> None:
    found = await ask(database, Series.TAGS, world.shop)

    rows = within(world.living(), PERIOD)
    assert {line["tag"]: (line["feedbacks"], line["negatives"]) for line in found.now} == {
        tag: (sum(tag in row.tags for row in rows), sum(tag in row.tags and row.rating <= 3 for row in rows))
        for tag in {tag for row in rows for tag in row.tags}
    }
    negatives = [line["negatives"] for line in found.now]
    assert negatives == sorted(negatives, reverse=True)


async def test_operators_and_costs_belong_to_the_day_of_the_work(database: Database, world: World) -> None:
    today = Period.asked(None, None, now=utc_now())

    people = await ask(database, Series.OPERATORS, world.shop, period=today)
    costs = await ask(database, Series.COSTS, world.shop, period=today)

    for line in people.now:
        did = [(event.from_state, event.to_state) for event in world.events if event.actor == line["actor"]]
        assert line["written"] == sum(was is None for was, _ in did)
        assert line["approved"] == sum(was in ("draft", "failed") and to == "approved" for was, to in did)
        assert line["edited"] == sum(was in ("draft", "failed") and to == "draft" for was, to in did)
        assert line["withdrawn"] == sum(was == "approved" and to == "draft" for was, to in did)
    for line in costs.now:
        its = [call for call in world.calls if call.model == line["model"]]
        assert line["calls"] == len(its)
        assert line["input_tokens"] == sum(call.input_tokens for call in its)
        assert line["cost_usd"] == pytest.approx(float(sum(call.cost_usd for call in its)))
        assert line["seconds_per_call"] == pytest.approx(sum(call.seconds for call in its) / len(its), abs=1e-3)
    assert (len(people.now), len(costs.now)) == (3, 2)
    assert (await ask(database, Series.COSTS, world.shop)).now == []


async def test_an_operator_is_called_by_name(database: Database, make: Make) -> None:
    shop, user = await make.shop(), await make.user(name="Пётр")
    world = World(database, shop, random.Random(1))
    await world.arrive(5)
    for _ in range(5):
        await world.reply()
    async with database.transaction() as session:
        for event in world.events:
            row = await session.merge(event)
            row.actor = user.actor
    await refresh_rollups(RefreshRollups(shop_id=shop.id), database=database)

    found = await ask(database, Series.OPERATORS, shop, period=Period.asked(None, None, now=utc_now()))

    assert [(line["actor"], line["name"]) for line in found.now] == [(user.actor, "Пётр")]


async def test_a_feedback_of_moscow_midnight_belongs_to_the_day_that_begins(database: Database, make: Make) -> None:
    shop = await make.shop()
    midnight = datetime(2026, 4, 30, 21, tzinfo=UTC)
    for rating, offset in ((1, -1), (2, 0), (3, 1)):
        await make.feedback(shop, rating=rating, written_at=midnight + timedelta(microseconds=offset))
    await refresh_rollups(RefreshRollups(shop_id=shop.id), database=database)

    found = await ask(database, Series.STARS, shop, period=Period(date(2026, 5, 1), date(2026, 5, 1)))

    assert [line["feedbacks"] for line in found.now] == [0, 1, 1, 0, 0]
    assert [line["feedbacks"] for line in found.before] == [1, 0, 0, 0, 0]


async def test_several_shops_are_the_sum_of_each_and_a_stranger_adds_nothing(database: Database, make: Make) -> None:
    shops = [await make.shop() for _ in range(3)]
    for shop, count in zip(shops, (1, 2, 4), strict=True):
        for _ in range(count):
            await make.feedback(shop, written_at=datetime(2026, 4, 9, tzinfo=UTC), nm_id=5)
        await refresh_rollups(RefreshRollups(shop_id=shop.id), database=database)

    both = await ask(database, Series.FUNNEL, *shops[:2])
    products = await ask(database, Series.PRODUCTS, *shops[:2])

    assert both.now[0]["arrived"] == 3
    assert [(line["shop_id"], line["arrived"]) for line in products.now] == [(shops[1].id, 2), (shops[0].id, 1)]


@pytest.mark.parametrize("series", list(Series))
async def test_a_shop_without_anything_and_no_shop_at_all_have_figures_too(
    database: Database, make: Make, series: Series
) -> None:
    shop = await make.shop()

    empty, none = await ask(database, series, shop), await ask(database, series)

    assert empty == none
    assert all(not value or name in ("rating", "answered") for line in empty.now for name, value in line.items())


async def test_figures_tell_how_fresh_they_are(database: Database, make: Make) -> None:
    fresh, never = await make.shop(), await make.shop()
    await refresh_rollups(RefreshRollups(shop_id=fresh.id), database=database)

    async with database.transaction() as session:
        through = await counted_through(session, [fresh.id])
        unknown = await counted_through(session, [never.id])

    assert through is not None
    assert abs(through - utc_now()) < timedelta(minutes=1)
    assert unknown is None
