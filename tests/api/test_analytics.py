"""/api/analytics over HTTP: whose shops, which days, as JSON and as a file."""

import csv
import io
from datetime import UTC, datetime, timedelta

import httpx
import pytest

from app.accounts.models import User
from app.analytics.jobs import RefreshRollups
from app.analytics.period import moscow_day
from app.analytics.refreshing import refresh_rollups
from app.analytics.series import Series
from app.api.analytics_wire import ROWS, ReportOut
from app.kit.clock import utc_now
from app.kit.db import Database
from app.shops.models import Role, Shop
from tests.api.clients import Clients, code_of
from tests.factories import Make

pytestmark = pytest.mark.anyio
APRIL = {"since": "2026-04-01", "until": "2026-04-30"}


async def shop_with(database: Database, make: Make, owner: User, *ratings: int) -> Shop:
    shop = await make.shop(owner=owner)
    for rating in ratings:
        await make.feedback(shop, rating=rating, written_at=datetime(2026, 4, 10, tzinfo=UTC), tags=("=cmd",))
    await refresh_rollups(RefreshRollups(shop_id=shop.id), database=database)
    return shop


def arrived(answer: httpx.Response) -> int:
    return int(answer.json()["funnel"]["now"][0]["arrived"])


async def test_a_report_has_every_series_and_names_its_days(clients: Clients, make: Make, database: Database) -> None:
    owner = await make.user()
    shop = await shop_with(database, make, owner, 5, 1)
    client = await clients.of(owner)

    answer = await client.get(f"/api/analytics/{shop.id}", params=APRIL)

    body = answer.json()
    assert answer.status_code == 200, answer.text
    assert body["timezone"] == "Europe/Moscow"
    assert body["period"] == APRIL
    assert body["before"] == {"since": "2026-03-02", "until": "2026-03-31"}
    assert body["as_of"]
    assert all(set(body[series]) == {"now", "before"} for series in Series)
    assert body["weeks"]["now"][0]["average_rating"] == 3.0
    assert body["products"]["before"] == []


async def test_unless_asked_it_is_the_last_thirty_moscow_days(clients: Clients, make: Make) -> None:
    owner = await make.user()
    shop = await make.shop(owner=owner)
    today = moscow_day(utc_now())

    answer = await (await clients.of(owner)).get(f"/api/analytics/{shop.id}", params={"series": "stars"})

    assert answer.json()["period"] == {"since": str(today - timedelta(days=29)), "until": str(today)}
    assert answer.json()["weeks"] is None
    assert answer.json()["as_of"] is None


async def test_all_shops_are_the_callers_only(clients: Clients, make: Make, database: Database) -> None:
    ours, stranger = await make.user(), await make.user()
    first, second = await shop_with(database, make, ours, 5), await shop_with(database, make, ours, 4, 3)
    foreign = await shop_with(database, make, stranger, 1, 1, 1)
    client = await clients.of(ours)

    together = await client.get("/api/analytics", params=APRIL)
    one = await client.get(f"/api/analytics/{second.id}", params=APRIL)
    theirs = await client.get(f"/api/analytics/{foreign.id}", params=APRIL)
    nobody = await (await clients.of(await make.user())).get("/api/analytics", params=APRIL)

    assert (arrived(together), arrived(one), arrived(nobody)) == (3, 2, 0)
    assert set(together.json()["shop_ids"]) == {str(first.id), str(second.id)}
    assert (theirs.status_code, code_of(theirs)) == (404, "SHOP_NOT_FOUND")


async def test_a_viewer_may_look(clients: Clients, make: Make) -> None:
    shop = await make.shop()

    answer = await (await clients.member(shop, Role.VIEWER)).get(f"/api/analytics/{shop.id}")

    assert answer.status_code == 200


@pytest.mark.parametrize("series", list(Series))
async def test_each_series_is_a_file(clients: Clients, make: Make, database: Database, series: Series) -> None:
    owner = await make.user()
    shop = await shop_with(database, make, owner, 2)

    answer = await (await clients.of(owner)).get(
        f"/api/analytics/{shop.id}", params={**APRIL, "series": series.value, "format": "csv"}
    )

    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    assert answer.headers["content-disposition"] == f'attachment; filename="{series}-2026-04-01-2026-04-30.csv"'
    assert answer.content.startswith(b"\xef\xbb\xbf")
    head, *rows = csv.reader(io.StringIO(answer.content.decode("utf-8-sig"), newline=""), delimiter=";")
    assert all(len(row) == len(head) == 1 + len(ROWS[series].model_fields) for row in rows)
    if series is Series.TAGS:
        assert rows == [["текущий", "'=cmd", "1", "1"]]


@pytest.mark.parametrize(
    ("params", "code"),
    [
        ({"since": "2026-04-02", "until": "2026-04-01"}, "BAD_PERIOD"),
        ({"since": "2010-01-01", "until": "2100-01-01"}, "BAD_PERIOD"),
        ({"since": "0001-01-01"}, "VALIDATION"),
        ({"until": "9999-12-31"}, "VALIDATION"),
        ({"since": "вчера"}, "VALIDATION"),
        ({"format": "csv"}, "ONE_SERIES"),
        ({"format": "csv", "series": ["tags", "weeks"]}, "ONE_SERIES"),
        ({"series": "nothing"}, "VALIDATION"),
        ({"top": "0"}, "VALIDATION"),
        ({"sinse": "2026-04-01"}, "VALIDATION"),
    ],
)
async def test_what_cannot_be_answered_is_refused_in_words(
    clients: Clients, make: Make, params: dict[str, str], code: str
) -> None:
    owner = await make.user()
    shop = await make.shop(owner=owner)

    answer = await (await clients.of(owner)).get(f"/api/analytics/{shop.id}", params=params)

    assert (answer.status_code, code_of(answer)) == (422, code)


def test_the_report_and_the_list_of_series_agree() -> None:
    assert set(ROWS) == set(Series)
    assert {series.value for series in Series} <= set(ReportOut.model_fields)
