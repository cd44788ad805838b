"""The bill: our approved complaints of a Moscow month, each feedback once."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from app.complaints.bill import (
    TITLES,
    Totals,
    month_from,
    month_name,
    months_of,
    page_of_bill,
    sheet_rows,
    totals_of,
    whole_bill,
)
from app.complaints.evidence import receive
from app.kit.db import Database
from app.kit.keyset import BadCursor, Cursor
from tests.cabinet.world import World
from tests.complaints.proofs import DETAILS, EVENING, NOW
from tests.factories import Make

pytestmark = pytest.mark.anyio
MARCH = month_from("2026-03")


@pytest.fixture
async def world(database: Database, make: Make) -> World:
    return await World.open(database, make)


async def send(world: World, name: str, **changes: Any) -> None:
    now = changes.pop("now", NOW)
    async with world.database.direct() as connection:
        said = replace(DETAILS, file_name=name, **changes)
        await receive(connection, world.shop.id, said, actor="user:1", now=now)


async def totals(world: World, month: datetime = MARCH) -> Totals:
    async with world.database.glance() as connection:
        return await totals_of(connection, world.shop.id, month)


async def test_ours_that_were_approved_are_paid_for(world: World) -> None:
    await world.settings(approved_price=15_050)
    await send(world, "1.png")
    await send(world, "2.png", status="")
    await send(world, "3.png", status="Жалоба отклонена")
    await send(world, "4.png", status="Не одобрена")
    await send(world, "5.png", text="Продавец пишет сам")
    await send(world, "6.png", check_date="28.02.2026")

    found = await totals(world)

    assert found == Totals(lines=5, ours=4, incomplete=1, unlinked=5, paid=2, price=15_050)
    assert found.sum == 30_100


async def test_a_feedback_is_paid_for_once_whatever_the_month(world: World) -> None:
    await world.feedback(written_at=EVENING)
    await send(world, "1.png", now=NOW)
    await send(world, "2.png", now=NOW + timedelta(seconds=1))
    await send(world, "3.png", now=NOW + timedelta(days=40), check_date="")

    assert ((await totals(world)).paid, (await totals(world, month_from("2026-04"))).paid) == (1, 0)


async def test_without_settings_the_price_is_nothing(world: World) -> None:
    await send(world, "1.png")

    assert (await totals(world)).sum == 0


async def test_another_shops_bill_is_its_own(world: World, make: Make) -> None:
    await send(world, "1.png")
    other = await make.shop()

    async with world.database.glance() as connection:
        lines = await whole_bill(connection, other.id, MARCH)
        page = await page_of_bill(connection, other.id, MARCH, after=None, limit=10)
        months = await months_of(connection, other.id)
        found = await totals_of(connection, other.id, MARCH)

    assert (lines, page, months, found.lines) == ([], [], [], 0)


async def test_pages_follow_each_other_without_gaps(world: World) -> None:
    for number in range(7):
        await send(world, f"{number}.png", now=NOW + timedelta(seconds=number // 3))
    seen: list[str] = []
    after: Cursor | None = None

    async with world.database.glance() as connection:
        while page := await page_of_bill(connection, world.shop.id, MARCH, after=after, limit=2):
            seen += [row["file_name"] for row in page]
            after = Cursor(at=page[-1]["received_at"], id=str(page[-1]["id"]))

    assert sorted(seen) == [f"{number}.png" for number in range(7)]
    assert seen[0] == "6.png"


async def test_a_cursor_of_another_list_is_refused(world: World) -> None:
    async with world.database.glance() as connection:
        with pytest.raises(BadCursor):
            await page_of_bill(connection, world.shop.id, MARCH, after=Cursor(at=NOW, id="fb1"), limit=2)


async def test_months_are_listed_newest_first(world: World) -> None:
    await send(world, "1.png")
    await send(world, "2.png", check_date="28.02.2026")
    await send(world, "3.png", check_date="2026-02-28T21:30:00Z")

    async with world.database.glance() as connection:
        months = await months_of(connection, world.shop.id)

    assert [(month_name(row["month"]), row["lines"]) for row in months] == [("2026-03", 2), ("2026-02", 1)]


async def test_a_sheet_ends_with_the_sum(world: World) -> None:
    await send(world, "1.png")
    await send(world, "2.png", now=NOW + timedelta(seconds=1), text="Продавец", drive_link="javascript:alert(1)")

    async with world.database.glance() as connection:
        lines = await whole_bill(connection, world.shop.id, MARCH)
    rows = list(sheet_rows(lines, 12_345))

    assert all(len(row) == len(TITLES) for row in rows)
    assert [row[-2:] for row in rows] == [(True, 123.45), (False, 0.0), (1, 123.45)]
    assert [row[TITLES.index("Ссылка")] for row in rows] == ["https://drive.example/1", "", ""]
    assert rows[0][0] == "02.03.2026 12:30"


def test_a_month_is_read_as_it_is_named() -> None:
    assert month_name(month_from("2026-02")) == "2026-02"
    assert month_from("2026-02") == datetime(2026, 1, 31, 21, tzinfo=UTC)
