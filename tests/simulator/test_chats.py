"""Chats as they are read: list, event stream, files."""

import base64
from typing import Any

import pytest

from simulator.chats.files import PIXEL
from tests.simulator.harness import CHAT, Shop, Sim
from tests.simulator.talks import chat_shop, chats, events, opened, page, says, sign_of

pytestmark = pytest.mark.anyio


@pytest.fixture
async def talks(sim: Sim) -> Shop:
    return await chat_shop(sim)


async def test_a_chat_is_listed_with_its_signature_and_last_message(sim: Sim, talks: Shop) -> None:
    chat_id = await opened(talks, clientName="")

    said = await says(talks, chat_id, text="Есть вопрос")

    chat = (await chats(talks))[chat_id]
    assert chat["replySign"].startswith(f"{chat_id}:")
    assert len(chat["replySign"]) <= 255
    assert chat["clientName"] == ""
    assert chat["lastMessage"] == {"text": "Есть вопрос", "addTimestamp": said["addTimestamp"]}


async def test_events_may_name_a_chat_that_the_list_lacks(sim: Sim, talks: Shop) -> None:
    chat_id = await opened(talks, listed=False)

    assert await chats(talks) == {}
    assert [event["chatID"] for event in await events(talks)] == [chat_id]


async def test_only_the_first_event_of_a_chat_has_its_signature(sim: Sim, talks: Shop) -> None:
    chat_id = await opened(talks)
    await says(talks, chat_id, text="Ещё")

    first, second = await events(talks)

    assert (first["isNewChat"], first["replySign"]) == (True, await sign_of(talks, chat_id))
    assert first["message"]["attachments"]["goodCard"]["nmID"]
    assert "isNewChat" not in second
    assert "replySign" not in second


async def test_each_kind_of_line_has_its_sender_and_source(sim: Sim, talks: Shop) -> None:
    chat_id = await opened(talks)
    await sim.order(f"/chats/{chat_id}/seller-message", {"text": "Из портала"})
    await sim.order(f"/chats/{chat_id}/system-message", {"text": "Чат закрыт"})
    await sim.order(f"/chats/{chat_id}/seller-message", {"bare": True})

    shown = (await events(talks))[1:]

    assert [(one["sender"], one.get("source")) for one in shown] == [
        ("seller", "seller-portal"),
        ("wb", None),
        ("seller", "seller-portal"),
    ]
    assert "message" not in shown[2]
    assert "clientName" not in shown[0]


async def test_a_file_is_pending_and_then_shown_or_blocked(sim: Sim, talks: Shop) -> None:
    chat_id = await opened(talks)
    content = base64.b64encode(PIXEL).decode()
    files: list[dict[str, Any]] = [
        {"name": "a.png", "contentType": "image/png", "content": content},
        {"verdict": "blocked"},
        {"verdict": "pending"},
    ]
    ids = (await says(talks, chat_id, files=files))["downloadIDs"]

    pending = await talks.call("GET", f"{CHAT}/download/{ids[0]}")
    await sim.advance(30)
    ready, blocked, waiting = [await talks.call("GET", f"{CHAT}/download/{one}") for one in ids]

    assert (pending.status_code, pending.json()) == (202, {"moderationState": "pending", "retrySeconds": 29})
    assert (ready.status_code, ready.headers["content-type"], ready.content) == (200, "image/png", PIXEL)
    assert (blocked.status_code, blocked.json()["detail"]) == (451, "moderation error")
    assert (waiting.status_code, waiting.json()["retrySeconds"]) == (202, 30)
    await sim.order(f"/files/{ids[2]}/moderate", {"verdict": "ok"})
    assert (await talks.call("GET", f"{CHAT}/download/{ids[2]}")).content.startswith(b"%PDF")


async def test_an_unknown_file_is_refused_and_another_sellers_too(sim: Sim, talks: Shop) -> None:
    other = await chat_shop(sim, sid="other")
    chat_id = await opened(other)
    ids = (await says(other, chat_id, files=[{"verdict": "ok"}]))["downloadIDs"]

    answer = await talks.call("GET", f"{CHAT}/download/{ids[0]}")

    assert (answer.status_code, answer.json()["detail"]) == (400, "invalid fileID")
    assert (await talks.call("GET", f"{CHAT}/download/")).status_code == 400


async def test_files_and_images_are_attached_apart(sim: Sim, talks: Shop) -> None:
    chat_id = await opened(talks)
    await says(talks, chat_id, files=[{"name": "Чек.pdf"}, {"name": "a.jpg", "contentType": "image/jpeg"}])

    attached = (await events(talks))[-1]["message"]["attachments"]

    assert [file["name"] for file in attached["files"]] == ["Чек.pdf"]
    assert len(attached["images"]) == 1


async def test_chat_needs_its_own_category_and_has_buckets_of_its_own(sim: Sim, shop: Shop) -> None:
    basic = await chat_shop(sim, sid="basic", kind="basic")

    codes = [(await basic.hurry("GET", f"{CHAT}/{path}")).status_code for path in ("chats", "chats", "events")]
    limit = await basic.hurry("GET", f"{CHAT}/chats")

    assert (await shop.call("GET", f"{CHAT}/chats")).status_code == 401
    assert codes == [200, 429, 200]
    assert limit.headers["x-ratelimit-retry"] == "3600"


async def test_buyers_write_by_themselves(sim: Sim, talks: Shop) -> None:
    await sim.order("/knobs", {"chat_messages_per_minute": 2})

    await sim.advance(3600)

    assert 80 < len(await events(talks)) < 170
    assert len(await chats(talks)) > 10


async def test_odd_shapes_bend_events_and_chats(sim: Sim, talks: Shop) -> None:
    await sim.order("/seed", {"sid": "shop", "count": 0, "chats": 30})
    await sim.order("/shape", {"profile": "all"})

    shown = (await page(talks))["events"]

    assert any(event.get("eventType") == "refund" for event in shown)
    assert any(event.get("sender") == "bot" for event in shown)
    assert any(event["eventID"] is None for event in shown)
    listed = (await talks.call("GET", f"{CHAT}/chats")).json()["result"]
    assert any((chat.get("goodCard") or {}).get("price", 0) % 1 for chat in listed)
