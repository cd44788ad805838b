"""The benches still run; how fast is not for a test to say."""

import pytest

from bench import listing, storing
from bench.data import Scale, prepare


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
