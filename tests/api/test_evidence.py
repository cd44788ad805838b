"""The bill of a month as people see it: a list, a CSV, a workbook."""

import csv
import io
import zipfile
from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest

from app.complaints.evidence import receive
from app.kit.db import Database
from app.shops.models import Role
from tests.api.clients import Clients, code_of
from tests.cabinet.world import World
from tests.complaints.proofs import DETAILS, EVENING, NOW
from tests.factories import Make

pytestmark = pytest.mark.anyio


@pytest.fixture
async def world(database: Database, make: Make) -> World:
    return await World.open(database, make)


async def send(world: World, name: str, **changes: Any) -> None:
    now = changes.pop("now", NOW)
    async with world.database.direct() as connection:
        said = replace(DETAILS, file_name=name, **changes)
        await receive(connection, world.shop.id, said, actor="user:1", now=now)


def path(world: World, ending: str = "") -> str:
    return f"/api/complaints/{world.shop.id}/evidence{ending}"


async def test_a_month_is_listed_with_its_sum(world: World, clients: Clients) -> None:
    feedback = await world.feedback(written_at=EVENING)
    await world.settings(approved_price=10_000)
    await send(world, "1.png")
    await send(world, "2.png", text="Продавец", rating=None, now=NOW + timedelta(seconds=1))
    client = await clients.member(world.shop, Role.VIEWER)

    body = (await client.get(path(world), params={"month": "2026-03"})).json()

    assert body["month"] == "2026-03"
    assert body["totals"] == {
        "lines": 2, "ours": 1, "incomplete": 1, "unlinked": 0, "paid": 1, "price": 10_000, "sum": 10_000,
    }  # fmt: skip
    assert [(item["file_name"], item["paid"], item["ours"]) for item in body["items"]] == [
        ("2.png", False, False),
        ("1.png", True, True),
    ]
    assert body["items"][1]["feedback_id"] == feedback.wb_id
    assert body["next_cursor"] is None


async def test_pages_of_a_month_follow_the_cursor(world: World, clients: Clients) -> None:
    for number in range(5):
        await send(world, f"{number}.png", now=NOW + timedelta(seconds=number))
    client = await clients.member(world.shop, Role.VIEWER)
    seen: list[str] = []
    cursor: str | None = None

    for _ in range(3):
        more = {"cursor": cursor} if cursor else {}
        body = (await client.get(path(world), params={"month": "2026-03", "limit": "2", **more})).json()
        seen += [item["file_name"] for item in body["items"]]
        cursor = body["next_cursor"]

    assert (seen, cursor) == (["4.png", "3.png", "2.png", "1.png", "0.png"], None)


async def test_without_a_month_it_is_the_present_one(world: World, clients: Clients) -> None:
    client = await clients.member(world.shop, Role.VIEWER)

    answer = await client.get(path(world))

    assert answer.status_code == 200
    assert answer.json()["items"] == []


async def test_the_months_that_have_evidence(world: World, clients: Clients) -> None:
    await send(world, "1.png")
    await send(world, "2.png", check_date="28.02.2026")
    client = await clients.member(world.shop, Role.VIEWER)

    answer = await client.get(path(world, "/months"))

    assert answer.json() == [{"month": "2026-03", "lines": 1}, {"month": "2026-02", "lines": 1}]


async def test_a_csv_opens_in_a_spreadsheet_and_runs_nothing(world: World, clients: Clients) -> None:
    await world.settings(approved_price=12_350)
    await send(world, "=cmd|' /C calc'!A0", category='@SUM(A1); "x"\n-1')
    client = await clients.member(world.shop, Role.VIEWER)

    answer = await client.get(path(world, ".csv"), params={"month": "2026-03"})

    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    assert answer.headers["content-disposition"] == 'attachment; filename="evidence-2026-03.csv"'
    assert answer.content.startswith(b"\xef\xbb\xbf")
    head, line, total = csv.reader(io.StringIO(answer.content.decode("utf-8-sig"), newline=""), delimiter=";")
    shown = dict(zip(head, line, strict=True))
    assert (shown["Файл"], shown["Причина"]) == ("'=cmd|' /C calc'!A0", '\'@SUM(A1); "x"\n-1')
    assert (shown["В счёте"], shown["Цена, ₽"]) == ("да", "123,5")
    assert (total[0], total[-2:]) == ("Итого", ["1", "123,5"])


async def test_a_workbook_holds_the_same_lines_as_words(world: World, clients: Clients) -> None:
    await send(world, "=1+1", drive_link="https://drive.example/1")
    client = await clients.member(world.shop, Role.VIEWER)

    answer = await client.get(path(world, ".xlsx"), params={"month": "2026-03"})

    assert answer.headers["content-disposition"] == 'attachment; filename="evidence-2026-03.xlsx"'
    with zipfile.ZipFile(io.BytesIO(answer.content)) as book:
        sheet = book.read("xl/worksheets/sheet1.xml").decode()
    assert ">=1+1<" in sheet
    assert "<f>" not in sheet
    assert "hyperlink" not in sheet
    assert ">Итого<" in sheet


@pytest.mark.parametrize("ending", ["", ".csv", ".xlsx"])
@pytest.mark.parametrize("month", ["2026-13", "2026-3", "март", "2026-03-01", "1999-01", "2026-03\x00", "=1"])
async def test_what_is_no_month_is_422(world: World, clients: Clients, ending: str, month: str) -> None:
    client = await clients.member(world.shop, Role.VIEWER)

    answer = await client.get(path(world, ending), params={"month": month})

    assert (answer.status_code, code_of(answer)) == (422, "VALIDATION")


async def test_a_foreign_cursor_is_refused(world: World, clients: Clients) -> None:
    client = await clients.member(world.shop, Role.VIEWER)

    answers = [await client.get(path(world), params={"cursor": each}) for each in ("x", "MjAyNi0wMS0wMSBm")]

    assert {(answer.status_code, code_of(answer)) for answer in answers} == {(422, "BAD_CURSOR")}


@pytest.mark.parametrize("ending", ["", "/months", ".csv", ".xlsx"])
async def test_a_foreign_shop_is_not_found_and_a_stranger_unknown(
    world: World, clients: Clients, make: Make, ending: str
) -> None:
    await send(world, "1.png")
    stranger = await clients.of(await make.user())

    answers = [
        await stranger.get(path(world, ending)),
        await stranger.get(f"/api/complaints/{uuid4()}/evidence{ending}"),
        await clients.anonymous().get(path(world, ending)),
    ]

    assert [answer.status_code for answer in answers] == [404, 404, 401]
