"""The benches still run; how fast is not for a test to say."""

import asyncpg
import pytest
import uvloop

from app.cabinet.standings import refresh_standings
from app.cabinet.tallies import counts_of, recount
from app.kit.postgres import plain
from bench import extension, listing, storing
from bench.data import Scale, prepare, shop_id
from bench.extension_data import rewind, seasoned
from bench.extension_flat import CASES, flatness
from bench.extension_goals import GOALS
from tests.cabinet.sizes import kept_sizes

SHOP = shop_id(0)


@pytest.fixture(scope="module")
def bench_url(cluster_url: str) -> str:
    """Five hundred feedbacks among two shops."""
    return prepare(Scale(500, 2, small=20), server=cluster_url, fresh=True)


def test_every_filter_is_measured_beside_its_sql(bench_url: str) -> None:
    rows = listing.run(bench_url, seconds=0, connections=2)

    assert [row["case"] for row in rows[:-1]] == [case.name for case in listing.cases()]
    assert all(row["share"] for row in rows[:-1])


def test_a_page_is_stored_new_known_and_changed(bench_url: str) -> None:
    rows = storing.run(bench_url, page=50, repeats=1)

    assert [row["case"] for row in rows] == ["read from JSON", "all new", "all known, unchanged", "all changed"]


@pytest.fixture(scope="module")
def extension_url(cluster_url: str) -> str:
    """Two thousand feedbacks among two shops, with standings and pages."""
    return seasoned(Scale(2000, 2, small=20), server=cluster_url, fresh=True)


def test_every_row_of_the_performance_table_is_measured_beside_its_sql_and_bare_http(extension_url: str) -> None:
    rows = uvloop.run(extension.run(extension_url, seconds=0, repeats=1, loads=(1, 2), rows=8))

    measured = {str(row["case"]): row for row in rows[:-1]}
    assert set(GOALS) < set(measured)
    assert all(row["share x2"] and row["json share"] for row in measured.values())
    assert all(measured[name]["statements"] for name in GOALS if not name.startswith("401"))


def test_tasks_and_stores_are_compared_between_scales(extension_url: str) -> None:
    rows = uvloop.run(flatness({"small": extension_url, "big": extension_url}, seconds=0, repeats=1))

    assert [row["case"] for row in rows] == list(CASES)
    assert all(row["ratio"] for row in rows)


def test_seeded_standings_say_what_feedbacks_and_rules_say(extension_url: str) -> None:
    async def differing() -> tuple[int, bool]:
        connection = await asyncpg.connect(plain(extension_url))
        await rewind(connection)
        ids = [row[0] for row in await connection.fetch("SELECT feedback_id FROM standings WHERE shop_id = $1", SHOP)]
        before = await counts_of(connection, [SHOP]), await kept_sizes(connection, SHOP)
        async with connection.transaction():
            differ = await refresh_standings(connection, SHOP, ids)
            await recount(connection, SHOP)
        after = await counts_of(connection, [SHOP]), await kept_sizes(connection, SHOP)
        await connection.close()
        return differ, before == after

    differ, counted = uvloop.run(differing())

    assert differ == 0
    assert counted
