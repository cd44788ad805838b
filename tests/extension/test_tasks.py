"""GET /stores/{storeId}/tasks: one round of work."""

import asyncio
import re
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

import httpx
import pytest

from app.accounts.models import TokenScope
from app.cabinet.states import ChatState, ComplaintState, Visibility
from app.extension.task_items import safe_id
from app.kit.db import Database
from app.shops.models import Role
from tests.cabinet.world import NM, WORDS, World, ids
from tests.extension.callers import Extension, code_of
from tests.factories import Make

pytestmark = pytest.mark.anyio

WRITTEN = datetime(2026, 1, 7, 23, 9, 37, 123_456, tzinfo=UTC)
NOTHING = {
    "statusParses": 0, "chatOpens": 0, "chatOpensNew": 0, "chatLinks": 0, "complaints": 0, "complaintsInPayload": 0,
    "articles": 0,
}  # fmt: skip


@pytest.fixture
async def world(database: Database, make: Make) -> World:
    return await World.open(database, make)


async def tasks(client: httpx.AsyncClient, world: World) -> dict[str, Any]:
    answer = await client.get(f"/stores/{world.shop.id}/tasks")
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


def in_payload(found: dict[str, Any]) -> dict[str, int]:
    articles = found["articles"].values()
    chats = [chat["type"] for article in articles for chat in article["chatOpens"]]
    complaints = sum(len(article["complaints"]) for article in articles)
    return {
        "statusParses": sum(len(article["statusParses"]) for article in articles),
        "chatOpens": len(chats),
        "chatOpensNew": chats.count("open"),
        "chatLinks": chats.count("link"),
        "complaints": complaints,
        "complaintsInPayload": complaints,
        "articles": len(articles),
    }


async def test_each_task_has_the_shape_of_the_contract(extension: Extension, world: World) -> None:
    client = await extension.client(world.shop)
    complaint = await world.feedback(written_at=WRITTEN, buyer_name="Ольга", text="Дрянь", pros="Цвет", cons="Всё")
    await world.draft(complaint, reason_id=16)
    chat = await world.feedback(written_at=WRITTEN.replace(minute=8), rating=2, text="Мало", buyer_name="Анна")
    await world.see(chat, complaint=ComplaintState.REJECTED, chat=ChatState.AVAILABLE)
    await world.feedback(written_at=WRITTEN.replace(minute=7), rating=3, text="Так себе", buyer_name="Пётр")
    unread = await world.feedback(written_at=WRITTEN.replace(minute=6), rating=4, text="Хорошо", buyer_name="Пётр")
    await world.see(unread, chat=ChatState.UNAVAILABLE, visibility=Visibility.VISIBLE)
    await world.change(unread, read_again=True)

    found = await tasks(client, world)

    article = found["articles"][str(NM)]
    moment = "2026-01-07T23:09:37.123Z"
    assert found["storeId"] == str(world.shop.id)
    assert article["complaints"] == [
        {
            "reviewId": complaint.wb_id, "id": complaint.wb_id, "reviewKey": f"{NM}_1_2026-01-07T23:09",
            "nmId": str(NM), "productId": str(NM), "rating": 1, "date": moment, "reviewDate": moment,
            "createdAt": moment, "authorName": "Ольга", "text": "Дрянь\nЦвет\nВсё", "status": "draft",
            "reasonId": 16, "reasonName": "Нецензурная лексика",
            "complaintText": {"reasonId": 16, "reasonName": "Нецензурная лексика", "complaintText": WORDS},
        }
    ]  # fmt: skip
    moment = "2026-01-07T23:08:37.123Z"
    assert article["chatOpens"] == [
        {
            "type": "open", "reviewId": chat.wb_id, "reviewKey": f"{NM}_2_2026-01-07T23:08", "nmId": str(NM),
            "productId": str(NM), "rating": 2, "date": moment, "reviewDate": moment, "createdAt": moment,
            "authorName": "Анна", "text": "Мало",
        }
    ]  # fmt: skip
    moment = "2026-01-07T23:06:37.123Z"
    assert [each["reviewKey"][-5:] for each in article["statusParses"]] == ["23:07", "23:06"]
    assert article["statusParses"][1] == {
        "reviewId": unread.wb_id, "reviewKey": f"{NM}_4_2026-01-07T23:06", "rating": 4, "date": moment,
        "reviewDate": moment, "authorName": "Пётр", "text": "Хорошо", "currentComplaintStatus": "none",
        "currentChatStatus": "unavailable", "currentReviewStatus": "visible",
    }  # fmt: skip
    assert found["limits"] == {
        "maxChatsPerRun": 50, "maxComplaintsPerRun": 300, "cooldownBetweenChatsMs": 3000,
        "cooldownBetweenComplaintsMs": 1500,
    }  # fmt: skip


async def test_totals_are_the_payload_and_total_counts_the_backlog(extension: Extension, world: World) -> None:
    client = await extension.client(world.shop)
    await world.settings(complaints_per_run=2, chats_per_run=1, chat_pause_ms=5000)
    await world.draft(*[await world.feedback() for _ in range(4)])
    chats, links = [await world.feedback() for _ in range(2)], [await world.feedback() for _ in range(3)]
    await world.see(*chats, complaint=ComplaintState.REJECTED, chat=ChatState.AVAILABLE)
    await world.see(*links, chat=ChatState.OPENED)
    await world.rule(NM + 1)
    for nm_id in (NM, NM + 1):
        await world.feedback(nm_id=nm_id)

    found = await tasks(client, world)

    assert list(found["articles"]) == [str(NM)]
    assert found["totals"] == in_payload(found)
    assert (found["totals"]["complaints"], found["totals"]["chatOpens"], found["totals"]["statusParses"]) == (2, 1, 1)
    assert found["totalCounts"] == {
        "statusParses": 2, "chatOpens": 5, "chatOpensNew": 2, "chatLinks": 3, "complaints": 4,
    }  # fmt: skip
    assert found["limits"]["maxChatsPerRun"] == 1
    assert found["limits"]["cooldownBetweenChatsMs"] == 5000


async def test_an_article_with_only_status_parses_is_counted_and_not_sent(extension: Extension, world: World) -> None:
    client = await extension.client(world.shop)
    await world.feedback()

    found = await tasks(client, world)

    assert found["articles"] == {}
    assert found["totals"] == NOTHING
    assert found["totalCounts"]["statusParses"] == 1


async def test_a_round_is_worked_off_to_zero(extension: Extension, world: World) -> None:
    client = await extension.client(world.shop)
    await world.draft(*[await world.feedback() for _ in range(3)])

    found = await tasks(client, world)
    for item in found["articles"][str(NM)]["complaints"]:
        sent = await client.post(f"/stores/{world.shop.id}/reviews/{item['reviewId']}/complaint/sent", json={})
        assert sent.status_code == 200
    after = await tasks(client, world)

    assert found["totals"]["complaints"] == 3
    assert after["totals"] == NOTHING
    assert after["totalCounts"]["complaints"] == 0


async def test_two_operators_at_once_never_get_the_same_task(extension: Extension, world: World) -> None:
    clients = [await extension.client(world.shop) for _ in range(8)]
    await world.settings(complaints_per_run=3, chats_per_run=0)
    made = [await world.feedback() for _ in range(24)]
    await world.draft(*made)

    rounds = await asyncio.gather(*(tasks(client, world) for client in clients))
    again = await tasks(clients[0], world)

    handed = [item["reviewId"] for each in rounds for item in each["articles"][str(NM)]["complaints"]]
    assert sorted(handed) == sorted(ids(*made))
    assert again["articles"] == rounds[0]["articles"]
    assert again["totalCounts"]["complaints"] == 24


async def test_who_may_not_report_is_handed_nothing_and_takes_nothing_away(extension: Extension, world: World) -> None:
    viewer = await extension.client(world.shop, role=Role.VIEWER)
    reader = await extension.client(world.shop, scopes=[TokenScope.READ])
    operator = await extension.client(world.shop)
    await world.draft(await world.feedback())

    looked = [await tasks(client, world) for client in (viewer, reader)]
    handed = await tasks(operator, world)

    assert [(each["totals"], each["totalCounts"]["complaints"]) for each in looked] == [(NOTHING, 1)] * 2
    assert handed["totals"]["complaints"] == 1


async def test_an_archived_shop_has_no_work(extension: Extension, world: World) -> None:
    client = await extension.client(world.shop)
    await world.draft(await world.feedback())
    async with world.database.direct() as connection:
        await connection.execute("UPDATE shops SET archived_at = now()")

    found = await tasks(client, world)

    assert (found["totals"], found["totalCounts"]["complaints"]) == (NOTHING, 0)


async def test_a_foreign_shop_is_403_and_an_unknown_one_404(extension: Extension, world: World, make: Make) -> None:
    client = await extension.client(await make.shop())
    await world.draft(await world.feedback())

    foreign = await client.get(f"/stores/{world.shop.id}/tasks")
    unknown = await client.get(f"/stores/{uuid4()}/tasks")

    assert (foreign.status_code, code_of(foreign)) == (403, "FORBIDDEN")
    assert (unknown.status_code, code_of(unknown)) == (404, "NOT_FOUND")


async def test_hostile_words_pass_through_as_words(extension: Extension, world: World) -> None:
    client = await extension.client(world.shop)
    text = "'; DROP TABLE standings; -- <script>alert(1)</script> \u2028 =1+1 {{reasonId}}"
    await world.draft(await world.feedback(text=text, buyer_name=text))

    found = await tasks(client, world)

    item = found["articles"][str(NM)]["complaints"][0]
    assert (item["text"], item["authorName"]) == (text, text)


@pytest.mark.parametrize("wb_id", ["a b?c#d%2e", "ид&=+;", "x" * 40])
async def test_an_id_can_be_pasted_into_a_path_as_it_comes(extension: Extension, world: World, wb_id: str) -> None:
    client = await extension.client(world.shop)
    feedback = await world.feedback(wb_id=wb_id)
    await world.draft(feedback)

    found = await tasks(client, world)
    given = found["articles"][str(NM)]["complaints"][0]["reviewId"]
    sent = await client.post(f"/stores/{world.shop.id}/reviews/{given}/complaint/sent", json={})

    assert re.fullmatch(r"[A-Za-z0-9_.~%-]+", given)
    assert sent.status_code == 200
    assert (await world.standing(feedback))["complaint"] == "pending"


def test_the_ids_of_wildberries_go_out_as_they_are() -> None:
    assert safe_id("YX52RZEBhH9mrcYdEJuD") == "YX52RZEBhH9mrcYdEJuD"
