"""Evidence over the extension's wire: never sent twice by a client, so nothing of it may be refused or doubled."""

import asyncio
import json
from typing import Any
from uuid import uuid4

import httpx
import pytest

from app.kit.db import Database
from app.shops.models import Role
from tests.cabinet.world import NM, World
from tests.extension.callers import Extension, code_of
from tests.factories import Make

pytestmark = pytest.mark.anyio
COMPLAINT: dict[str, Any] = {
    "checkDate": "01.03.2026", "cabinetName": "ИП Иванов", "articul": str(NM), "reviewId": "r-1", "feedbackRating": 1,
    "feedbackDate": "18\u00a0февр. 2026\u202fг. в 21:45", "complaintSubmitDate": "20.02.2026",
    "status": "Жалоба одобрена", "hasScreenshot": True, "fileName": "1.png", "driveLink": "https://drive.example/1",
    "complaintCategory": "Нецензурная лексика", "complaintText": "Жалоба от: ИП Иванов",
}  # fmt: skip


@pytest.fixture
async def world(database: Database, make: Make) -> World:
    return await World.open(database, make)


@pytest.fixture
async def client(extension: Extension, world: World) -> httpx.AsyncClient:
    return await extension.client(world.shop)


def said(world: World, **changes: Any) -> dict[str, Any]:
    return {"storeId": str(world.shop.id), "complaint": {**COMPLAINT, **changes}}


async def kept(world: World, column: str) -> Any:
    async with world.database.glance() as connection:
        return await connection.fetchval(f"SELECT {column} FROM evidence")


async def test_the_second_time_it_is_a_duplicate(world: World, client: httpx.AsyncClient) -> None:
    first = await client.post("/complaint-details", json=said(world))
    again = await client.post("/complaint-details", json=said(world, feedbackDate="18 февр. 2026 г. в 21:45"))

    assert (first.status_code, first.json()) == (200, {"success": True, "data": {"created": True}})
    assert again.json() == {"success": True, "data": {"created": False, "reason": "duplicate"}}


async def test_eight_at_once_are_one(world: World, client: httpx.AsyncClient) -> None:
    answers = await asyncio.gather(*(client.post("/complaint-details", json=said(world)) for _ in range(8)))

    data = [answer.json()["data"] for answer in answers]
    assert data.count({"created": True}) == 1
    assert data.count({"created": False, "reason": "duplicate"}) == 7


@pytest.mark.parametrize(
    ("change", "column", "value"),
    [
        ({"feedbackRating": ""}, "rating", None), ({"feedbackRating": "3"}, "rating", 3),
        ({"feedbackRating": 3.0}, "rating", 3), ({"feedbackRating": 9}, "rating", None),
        ({"articul": NM}, "articul", str(NM)), ({"articul": None}, "articul", ""),
        ({"hasScreenshot": "да"}, "has_screenshot", False), ({"hasScreenshot": "true"}, "has_screenshot", True),
        ({"feedbackDate": ""}, "incomplete", True), ({"complaintText": ["a"]}, "text", ""),
        ({"fileName": "я" * 5000}, "length(file_name)", 200), ({"complaintText": "я" * 9000}, "length(text)", 4000),
        ({"newField": {"a": 1}}, "raw ->> 'newField'", "{'a': 1}"), ({"checkDate": "\x00"}, "check_date", ""),
    ],
)  # fmt: skip
async def test_every_field_is_read_tolerantly(
    world: World, client: httpx.AsyncClient, change: dict[str, Any], column: str, value: Any
) -> None:
    answer = await client.post("/complaint-details", json=said(world, **change))

    assert answer.json() == {"success": True, "data": {"created": True}}
    assert await kept(world, column) == value


async def test_an_empty_complaint_and_numbers_that_are_none_are_kept(world: World, client: httpx.AsyncClient) -> None:
    body = json.dumps(said(world, feedbackRating=float("nan"), extra=float("inf")))

    odd = await client.post("/complaint-details", content=body, headers={"Content-Type": "application/json"})
    empty = await client.post("/complaint-details", json={"storeId": str(world.shop.id), "complaint": {}})

    assert [answer.json()["data"] for answer in (odd, empty)] == [{"created": True}] * 2


@pytest.mark.parametrize(
    "body", [{"complaint": COMPLAINT}, {"storeId": "{shop}"}, {"storeId": "{shop}", "complaint": None}, [], None, "x"]
)
async def test_a_body_without_its_parts_is_400(world: World, client: httpx.AsyncClient, body: Any) -> None:
    told = json.loads(json.dumps(body).replace("{shop}", str(world.shop.id)))

    answer = await client.post("/complaint-details", json=told)

    assert (answer.status_code, code_of(answer)) == (400, "VALIDATION_ERROR")


async def test_only_those_who_may_report_on_the_shop_do(world: World, extension: Extension, make: Make) -> None:
    stranger = await extension.client(await make.shop())
    viewer = await extension.client(world.shop, role=Role.VIEWER)

    answers = [
        await stranger.post("/complaint-details", json=said(world)),
        await stranger.post("/complaint-details", json={**said(world), "storeId": str(uuid4())}),
        await viewer.post("/complaint-details", json=said(world)),
    ]

    assert [answer.status_code for answer in answers] == [403, 404, 403]
    assert await kept(world, "count(*)") == 0
