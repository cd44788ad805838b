"""Which feedback a page means, though it knows neither its id nor, for sure, its clock's zone."""

from datetime import UTC, datetime, timedelta

import pytest

from app.cabinet.matching import CHECKER_HOURS, FILER_HOURS, FeedbackKey, Matched, match, nearest
from app.kit.db import Database
from app.shops.models import Shop
from tests.factories import Make

pytestmark = pytest.mark.anyio
EVENING = datetime(2026, 1, 7, 20, 9, tzinfo=UTC)


def key(minutes: int = 0, *, hours: int = 0, nm_id: int = 77, rating: int = 1) -> FeedbackKey:
    return FeedbackKey(nm_id, rating, EVENING + timedelta(minutes=minutes, hours=hours))


async def written(make: Make, shop: Shop, *minutes: int, rating: int = 1) -> list[str]:
    """Feedbacks so many minutes after the evening's; the seconds do not matter."""
    rows = [
        await make.feedback(shop, nm_id=77, rating=rating, written_at=EVENING + timedelta(minutes=each, seconds=37))
        for each in minutes
    ]
    return [row.wb_id for row in rows]


async def matched(database: Database, shop: Shop, *keys: FeedbackKey, usual: tuple[int, ...] = FILER_HOURS) -> Matched:
    async with database.glance() as connection:
        return await match(connection, shop.id, keys, usual=usual)


async def test_a_key_means_the_feedback_of_its_minute(database: Database, make: Make) -> None:
    shop, other = await make.shop(), await make.shop()
    first, second = await written(make, shop, 0, 1)
    await written(make, other, 0)

    found = await matched(database, shop, key(0), key(1), key(2), key(0, nm_id=78), key(0, rating=2))

    assert found.found == [[first], [second], [], [], []]
    assert (found.hours, found.unusual) == (0, False)


async def test_two_feedbacks_of_one_minute_are_several(database: Database, make: Make) -> None:
    shop = await make.shop()
    await written(make, shop, 0, 0)

    found = await matched(database, shop, key(0))

    assert len(found.found[0]) == 2


async def test_the_checkers_clock_is_moscows_and_then_utc(database: Database, make: Make) -> None:
    shop = await make.shop()
    ids = await written(make, shop, 0, 7, 11)

    moscow = await matched(database, shop, *(key(each, hours=3) for each in (0, 7, 11)), usual=CHECKER_HOURS)
    utc = await matched(database, shop, *(key(each) for each in (0, 7, 11)), usual=CHECKER_HOURS)

    assert moscow.found == utc.found == [[each] for each in ids]
    assert (moscow.hours, moscow.unusual) == (3, False)
    assert (utc.hours, utc.unusual) == (0, True)


@pytest.mark.parametrize("hours", [-9, 2, 3, 7, 14])
@pytest.mark.parametrize("usual", [FILER_HOURS, CHECKER_HOURS])
async def test_one_whole_hour_that_explains_every_row_is_believed_and_reported(
    database: Database, make: Make, hours: int, usual: tuple[int, ...]
) -> None:
    shop = await make.shop()
    ids = await written(make, shop, 0, 7, 11)

    found = await matched(database, shop, *(key(each, hours=hours) for each in (0, 7, 11)), usual=usual)

    assert found.found == [[each] for each in ids]
    assert (found.hours, found.unusual) == (hours, hours not in usual[:1])


async def test_an_hour_that_leaves_a_row_unexplained_is_not_believed(database: Database, make: Make) -> None:
    shop = await make.shop()
    await written(make, shop, 0, 7)

    found = await matched(database, shop, key(0, hours=5), key(7, hours=5), key(8, hours=5))

    assert found.found == [[], [], []]


async def test_a_single_row_is_no_reason_to_guess_the_hour(database: Database, make: Make) -> None:
    shop = await make.shop()
    await written(make, shop, 0)

    found = await matched(database, shop, key(0, hours=5))

    assert found.found == [[]]


async def test_two_hours_that_explain_every_row_explain_nothing(database: Database, make: Make) -> None:
    shop = await make.shop()
    await written(make, shop, 0, 7, 60, 67)

    found = await matched(database, shop, key(0, hours=5), key(7, hours=5))

    assert found.found == [[], []]


async def test_a_few_unknown_rows_do_not_move_the_clock(database: Database, make: Make) -> None:
    shop = await make.shop()
    ids = await written(make, shop, 0, 7, 11)

    found = await matched(database, shop, key(0), key(7), key(11), key(30))

    assert found.found == [*([each] for each in ids), []]


async def test_a_feedback_is_found_under_the_stars_it_had_before(database: Database, make: Make) -> None:
    shop = await make.shop()
    (wb_id,) = await written(make, shop, 0)
    await make.feedback(shop, wb_id=wb_id, nm_id=77, rating=4, written_at=EVENING + timedelta(seconds=37))

    found = await matched(database, shop, key(0), key(0, rating=4))

    assert found.found == [[wb_id], [wb_id]]


async def test_a_deleted_feedback_is_not_meant(database: Database, make: Make) -> None:
    shop = await make.shop()
    (wb_id,) = await written(make, shop, 0)
    async with database.direct() as connection:
        await connection.execute("UPDATE feedbacks SET deleted_at = now() WHERE wb_id = $1", wb_id)

    assert (await matched(database, shop, key(0))).found == [[]]


@pytest.mark.parametrize(("minutes", "expected"), [((0,), 0), ((2,), 0), ((3,), None), ((1, -1), None)])
async def test_the_only_feedback_within_two_minutes_is_the_nearest(
    database: Database, make: Make, minutes: tuple[int, ...], expected: int | None
) -> None:
    shop = await make.shop()
    ids = await written(make, shop, *minutes)

    async with database.glance() as connection:
        found = await nearest(connection, shop.id, key(0))

    assert found == (ids[expected] if expected is not None else None)
