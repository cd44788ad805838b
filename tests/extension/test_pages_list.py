"""GET /review-statuses: what the pages showed last."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import httpx
import pytest

from app.extension.page_list import written_at
from app.extension.wire import wire_time
from app.kit.db import Database
from tests.cabinet.world import NM, World
from tests.extension.callers import Extension, code_of
from tests.factories import Make

pytestmark = pytest.mark.anyio

MINUTE = datetime(2026, 1, 7, 20, 9, tzinfo=UTC)


@pytest.fixture
async def world(database: Database, make: Make) -> World:
    return await World.open(database, make)


async def listed(client: httpx.AsyncClient, world: World, **params: Any) -> dict[str, Any]:
    answer = await client.get("/review-statuses", params={"storeId": str(world.shop.id), **params})
    assert answer.status_code == 200, answer.text
    assert answer.json()["success"] is True
    found: dict[str, Any] = answer.json()["data"]
    return found


async def test_a_reading_comes_back_in_the_shape_of_the_contract(extension: Extension, world: World) -> None:
    client = await extension.client(world.shop)
    at = datetime(2026, 2, 1, 10, 0, 0, 5_000, tzinfo=UTC)
    await world.page(
        MINUTE, rating=2, can_submit=False, statuses=["Жалоба отклонена", "Выкуп"], chat_status="chat_available",
        rating_excluded=True, feedback_date="2026-01-07T20:09:37.000Z", read_at=at, created_at=at, updated_at=at,
    )  # fmt: skip

    found = await listed(client, world)

    moment = "2026-02-01T10:00:00.005Z"
    assert found == {
        "total": 1,
        "reviews": [
            {
                "reviewKey": f"{NM}_2_2026-01-07T20:09", "productId": str(NM), "rating": 2,
                "reviewDate": "2026-01-07T20:09:37.000Z", "statuses": ["Жалоба отклонена", "Выкуп"],
                "canSubmitComplaint": False, "chatStatus": "chat_available", "ratingExcluded": True,
                "parsedAt": moment, "createdAt": moment, "updatedAt": moment,
            }
        ],
        "stats": {"canSubmit": 0, "cannotSubmit": 1},
    }  # fmt: skip


async def test_matched_and_unmatched_are_listed_newest_first_and_by_can_submit(
    extension: Extension, world: World
) -> None:
    client = await extension.client(world.shop)
    for number in range(6):
        await world.page(
            MINUTE + timedelta(minutes=number), can_submit=number % 3 == 0,
            feedback_id="known" if number % 2 else None, created_at=MINUTE + timedelta(days=number),
        )  # fmt: skip

    every, yes, no = [await listed(client, world, canSubmit=which) for which in ("all", "true", "false")]
    few = await listed(client, world, limit=2)

    def minutes(found: dict[str, Any]) -> list[int]:
        return [int(row["reviewKey"][-2:]) - 9 for row in found["reviews"]]

    assert (minutes(every), every["total"]) == ([5, 4, 3, 2, 1, 0], 6)
    assert (minutes(yes), yes["total"]) == ([3, 0], 2)
    assert (minutes(no), no["total"]) == ([5, 4, 2, 1], 4)
    assert (minutes(few), few["total"]) == ([5, 4], 6)
    assert every["stats"] == yes["stats"] == no["stats"] == {"canSubmit": 2, "cannotSubmit": 4}


async def test_more_than_a_hundred_is_a_hundred(extension: Extension, world: World) -> None:
    client = await extension.client(world.shop)
    for number in range(103):
        await world.page(MINUTE + timedelta(minutes=number))

    found, usual = await listed(client, world, limit=1000), await listed(client, world)

    assert (len(found["reviews"]), len(usual["reviews"]), found["total"]) == (100, 50, 103)


@pytest.mark.parametrize(
    ("told", "second"),
    [
        ("2026-01-07T20:09:37.000Z", 37),
        ("2026-01-07T23:09:37+03:00", 37),
        ("2026-01-07T20:09:37", 37),
        ("2026-01-07T20:09:37.123456Z", 37),
        ("2026-01-07T23:09:37.000Z", 0),
        ("2026-01-07T20:09:99.000Z", 0),
        ("7 янв. 2026 г.", 0),
        ("", 0),
    ],
)
def test_a_date_is_told_to_the_second_only_if_it_is_of_the_keys_minute(told: str, second: int) -> None:
    assert written_at(told, "2026-01-07T20:09:00.000Z")[:19] == f"2026-01-07T20:09:{second:02}"


async def test_moments_are_utc_to_the_millisecond(extension: Extension, world: World) -> None:
    client = await extension.client(world.shop)
    await world.page(MINUTE)
    async with world.database.direct() as connection:
        await connection.execute("UPDATE page_states SET read_at = '2026-01-07 23:59:59.999999+03'")

    [found] = (await listed(client, world))["reviews"]

    assert found["parsedAt"] == wire_time(datetime(2026, 1, 7, 20, 59, 59, 999999, tzinfo=UTC))


@pytest.mark.parametrize("params", [{"limit": 0}, {"limit": "many"}, {"canSubmit": "yes"}])
async def test_what_cannot_be_understood_is_400(extension: Extension, world: World, params: dict[str, Any]) -> None:
    client = await extension.client(world.shop)

    answer = await client.get("/review-statuses", params={"storeId": str(world.shop.id), **params})

    assert (answer.status_code, code_of(answer)) == (400, "VALIDATION_ERROR")


async def test_a_shop_must_be_named_be_known_and_be_ones_own(extension: Extension, world: World, make: Make) -> None:
    client = await extension.client(await make.shop())
    await world.page(MINUTE)

    unnamed = await client.get("/review-statuses")
    unknown = await client.get("/review-statuses", params={"storeId": str(uuid4())})
    foreign = await client.get("/review-statuses", params={"storeId": str(world.shop.id)})

    assert [answer.status_code for answer in (unnamed, unknown, foreign)] == [400, 404, 403]
