"""Chats over the extension's wire: opened, anchored, written in, failed."""

import asyncio
from datetime import timedelta
from typing import Any
from uuid import uuid4

import httpx
import pytest

from app.accounts.models import TokenScope
from app.cabinet.states import ChatState, ComplaintState, Visibility, WorkStatus
from app.feedbacks.models import Feedback
from app.kit.clock import utc_now
from app.kit.db import Database
from app.shops.models import Role
from tests.cabinet.world import NM, World
from tests.extension.callers import Extension, code_of
from tests.factories import Make

pytestmark = pytest.mark.anyio
URL = "https://seller.wildberries.ru/chat?chatId=1%3Aabc"


@pytest.fixture
async def world(database: Database, make: Make) -> World:
    return await World.open(database, make)


@pytest.fixture
async def client(extension: Extension, world: World) -> httpx.AsyncClient:
    return await extension.client(world.shop)


def said(world: World, feedback: Feedback, *, ending: str = "", **more: Any) -> dict[str, Any]:
    minute = feedback.written_at.strftime("%Y-%m-%dT%H:%M")
    context = {
        "nmId": feedback.nm_id, "rating": feedback.rating, "reviewDate": f"{minute}:00.000Z",
        "reviewKey": f"{feedback.nm_id}_{feedback.rating}_{minute}{ending}",
    }  # fmt: skip
    return {
        "storeId": str(world.shop.id), "reviewContext": context, "chatUrl": URL, "openedAt": utc_now().isoformat(),
        "status": "CHAT_OPENED", **more,
    }  # fmt: skip


async def record_of(world: World, client: httpx.AsyncClient, **more: Any) -> str:
    answer = await client.post("/chat/opened", json=said(world, await world.feedback(), **more))
    return str(answer.json()["chatRecordId"])


async def link(world: World, column: str) -> Any:
    async with world.database.glance() as connection:
        return await connection.fetchval(f"SELECT {column} FROM chat_links")


async def test_opened_answers_201_and_then_200_with_the_same_facts_twice(
    world: World, client: httpx.AsyncClient
) -> None:
    feedback = await world.feedback()

    first = await client.post("/chat/opened", json=said(world, feedback))
    again = await client.post("/chat/opened", json=said(world, feedback, ending=":00.000Z"))

    assert (first.status_code, again.status_code) == (201, 200)
    body = first.json()
    record = body.pop("data")
    assert body == {"success": True, **record}
    assert record == {
        "chatRecordId": again.json()["chatRecordId"], "reviewMatched": True, "reviewResolved": False,
        "resolvedReason": None, "message": "Чат привязан к отзыву.",
    }  # fmt: skip
    assert (await world.standing(feedback))["chat_linked"]


async def test_eight_at_once_make_one(world: World, client: httpx.AsyncClient) -> None:
    body = said(world, await world.feedback())

    answers = await asyncio.gather(*(client.post("/chat/opened", json=body) for _ in range(8)))

    assert sorted(answer.status_code for answer in answers) == [200] * 7 + [201]
    assert len({answer.json()["chatRecordId"] for answer in answers}) == 1


async def test_a_missing_chat_id_is_filled_in_later(world: World, client: httpx.AsyncClient) -> None:
    feedback = await world.feedback()
    for url in ("https://seller.wildberries.ru/chat", None, URL):
        await client.post("/chat/opened", json=said(world, feedback, chatUrl=url))

    assert (await link(world, "chat_id"), await link(world, "chat_url")) == ("1:abc", URL)


async def test_an_unknown_feedback_is_not_matched_yet(world: World, client: httpx.AsyncClient) -> None:
    feedback = await world.feedback()
    feedback.rating = 3

    answer = await client.post("/chat/opened", json=said(world, feedback))

    assert (answer.status_code, answer.json()["reviewMatched"]) == (201, False)


async def test_a_resolved_feedback_is_said_to_be(world: World, client: httpx.AsyncClient) -> None:
    feedback = await world.feedback()
    await world.see(feedback, complaint=ComplaintState.APPROVED, visibility=Visibility.HIDDEN)

    answer = await client.post("/chat/opened", json=said(world, feedback))

    assert (answer.json()["reviewResolved"], answer.json()["resolvedReason"]) == (True, "complaint_approved")


@pytest.mark.parametrize(
    "context",
    [
        {"reviewKey": "{key}", "nmId": None, "rating": "", "reviewDate": "давно"},
        {"reviewKey": "{key}:37.000Z", "extra": {"a": [1]}},
        {"reviewKey": None, "nmId": str(NM), "rating": "1", "reviewDate": "{minute}:37.123Z"},
        {"nmId": NM, "rating": 1.0, "reviewDate": "{minute}:00+00:00"},
    ],
)
async def test_a_context_is_read_tolerantly(world: World, client: httpx.AsyncClient, context: dict[str, Any]) -> None:
    feedback = await world.feedback()
    minute = feedback.written_at.strftime("%Y-%m-%dT%H:%M")
    key = f"{NM}_1_{minute}"
    told = {
        name: value.format(key=key, minute=minute) if isinstance(value, str) else value
        for name, value in context.items()
    }

    answer = await client.post(
        "/chat/opened", json={"storeId": str(world.shop.id), "reviewContext": told, "openedAt": None, "status": 5}
    )

    assert (answer.status_code, answer.json()["reviewMatched"]) == (201, True)


@pytest.mark.parametrize("opened_at", ["0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-12:00", 1e308, "вчера", -1])
async def test_a_time_that_cannot_be_is_now(world: World, client: httpx.AsyncClient, opened_at: Any) -> None:
    before = utc_now()

    answer = await client.post("/chat/opened", json=said(world, await world.feedback(), openedAt=opened_at))

    assert answer.status_code == 201
    assert before <= await link(world, "opened_at") <= utc_now()


@pytest.mark.parametrize(
    "change",
    [
        {"reviewContext": None}, {"reviewContext": []}, {"reviewContext": {}}, {"storeId": None},
        {"reviewContext": {"reviewKey": "1_9_2026-01-01T00:00"}},
        {"reviewContext": {"nmId": -5, "rating": 1, "reviewDate": "2026-01-01T00:00:00Z"}},
        {"reviewContext": {"nmId": 1, "rating": 1, "reviewDate": "2026-01-01T00:00:00"}},
    ],
)  # fmt: skip
async def test_what_names_no_feedback_is_400(world: World, client: httpx.AsyncClient, change: dict[str, Any]) -> None:
    answer = await client.post("/chat/opened", json=said(world, await world.feedback(), **change))

    assert (answer.status_code, code_of(answer)) == (400, "VALIDATION_ERROR")
    assert await link(world, "count(*)") == 0


async def test_hostile_words_are_kept_as_words_and_a_script_is_no_address(
    world: World, client: httpx.AsyncClient
) -> None:
    hostile = "'; DROP TABLE chat_links; --\x00<script>"

    record = await record_of(world, client, chatUrl="javascript:alert(1)//?chatId=1:abc", status=hostile)
    answer = await client.post(f"/chat/{record}/anchor", json={"systemMessageText": hostile, "status": hostile})

    assert answer.status_code == 200
    assert (await link(world, "chat_url"), await link(world, "chat_id")) == ("", None)
    assert await link(world, "anchor_text") == hostile.replace("\x00", "")


async def test_what_became_of_a_chat_is_kept_on_its_record(world: World, client: httpx.AsyncClient) -> None:
    record = await record_of(world, client)
    at = (utc_now() - timedelta(minutes=1)).replace(microsecond=0)

    answers = [
        await client.post(
            f"/chat/{record}/anchor",
            json={
                "systemMessageText": "Чат о товаре", "parsedNmId": str(NM), "parsedProductTitle": "Свитер",
                "anchorFoundAt": at.isoformat(), "status": "ANCHOR_FOUND",
            },
        ),
        await client.post(f"/chat/{record}/message-sent", json={"status": "MESSAGE_SENT", "messageType": "first"}),
        await client.post(
            f"/chat/{record}/error", json={"errorCode": 17, "errorMessage": "Нет кнопки", "stage": "отправка"}
        ),
    ]  # fmt: skip

    assert [answer.status_code for answer in answers] == [200] * 3
    assert answers[0].json() == {
        "success": True, "chatRecordId": record, "data": {"chatRecordId": record}, "message": "Записано.",
    }  # fmt: skip
    assert (await link(world, "anchor_status"), await link(world, "anchor_nm_id")) == ("ANCHOR_FOUND", NM)
    assert (await link(world, "anchor_at"), await link(world, "message_status")) == (at, "MESSAGE_SENT")
    assert (await link(world, "error_code"), await link(world, "error_stage")) == ("17", "отправка")


@pytest.mark.parametrize("path", ["anchor", "message-sent", "error"])
@pytest.mark.parametrize("body", [{}, {"status": None, "stage": [], "parsedNmId": "x", "occurredAt": {}}])
async def test_a_report_may_lack_everything(
    world: World, client: httpx.AsyncClient, path: str, body: dict[str, Any]
) -> None:
    record = await record_of(world, client)

    assert (await client.post(f"/chat/{record}/{path}", json=body)).status_code == 200


@pytest.mark.parametrize("path", ["anchor", "message-sent", "error"])
async def test_another_tenants_record_and_an_unknown_one_are_equally_not_found(
    world: World, client: httpx.AsyncClient, extension: Extension, make: Make, path: str
) -> None:
    record = await record_of(world, client)
    stranger = await extension.client(await make.shop())

    answers = [
        await stranger.post(f"/chat/{each}/{path}", json={"status": "SKIPPED"})
        for each in (record, uuid4(), "1", "null", record.upper(), "%00")
    ]

    assert {(answer.status_code, code_of(answer)) for answer in answers} == {(404, "NOT_FOUND")}
    assert len({answer.text for answer in answers}) == 1
    assert (await link(world, "message_status"), await link(world, "anchor_status")) == ("", "")


async def test_a_foreign_shop_is_403_an_unknown_one_404_and_a_viewer_reports_nothing(
    world: World, extension: Extension, make: Make
) -> None:
    feedback = await world.feedback()
    stranger = await extension.client(await make.shop())
    viewer = await extension.client(world.shop, role=Role.VIEWER)
    reader = await extension.client(world.shop, scopes=[TokenScope.READ])

    answers = [
        await stranger.post("/chat/opened", json=said(world, feedback)),
        await stranger.post("/chat/opened", json=said(world, feedback, storeId=str(uuid4()))),
        await viewer.post("/chat/opened", json=said(world, feedback)),
        await reader.post("/chat/opened", json=said(world, feedback)),
        await stranger.get(f"/chat/stores/{world.shop.id}/rules"),
        await stranger.get(f"/chat/stores/{uuid4()}/rules"),
    ]

    assert [answer.status_code for answer in answers] == [403, 404, 403, 403, 403, 404]
    assert await link(world, "count(*)") == 0


async def test_shops_with_chats_are_listed_with_what_waits_there(
    world: World, client: httpx.AsyncClient, extension: Extension, make: Make
) -> None:
    feedback = await world.feedback(rating=4)
    await world.see(feedback, chat=ChatState.AVAILABLE, visibility=Visibility.VISIBLE)
    without = await World.open(world.database, make)
    await without.rule(NM, chats=False)

    answer = await client.get("/chat/stores")

    assert answer.json() == [
        {
            "id": str(world.shop.id), "storeId": str(world.shop.id), "name": world.shop.name, "isActive": True,
            "chatFeatureActive": True, "pendingChatsCount": 1,
        }
    ]  # fmt: skip
    assert (await (await extension.client(without.shop)).get("/chat/stores")).json() == []


async def test_the_rules_name_every_product_that_has_one(world: World, client: httpx.AsyncClient) -> None:
    await world.feedback(product_name="Свитер")
    await world.rule(7, work_status=WorkStatus.PAUSED, chats=False, chat_ratings=[1, 2])
    before = (await client.get(f"/chat/stores/{world.shop.id}/rules")).json()["globalLimits"]
    await world.settings(chats_per_run=12, chat_pause_ms=9000)

    answer = await client.get(f"/chat/stores/{world.shop.id}/rules")

    assert before == {"maxChatsPerRun": 50, "cooldownBetweenChatsMs": 3000}
    assert answer.json() == {
        "storeId": str(world.shop.id),
        "globalLimits": {"maxChatsPerRun": 12, "cooldownBetweenChatsMs": 9000},
        "items": [
            {
                "nmId": 7, "productTitle": "", "isActive": False, "chatEnabled": False, "starsAllowed": [1, 2],
                "requiredComplaintStatus": "rejected",
            },
            {
                "nmId": NM, "productTitle": "Свитер", "isActive": True, "chatEnabled": True,
                "starsAllowed": [1, 2, 3, 4], "requiredComplaintStatus": "rejected",
            },
        ],
    }  # fmt: skip
