"""/api/chats: what each role may see and do, and what a file may look like."""

from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

import httpx
import pytest

from app.chats.models import MessageState
from app.kit.db import Database
from app.kit.secrets import Vault
from app.shops.models import Role, Shop
from tests.api.chat_desk import ONE, Desk, open_desk
from tests.api.clients import Clients, code_of
from tests.chats.cabinet import CHAT, event, ms_now
from tests.factories import Make

pytestmark = pytest.mark.anyio
JPEG = b"\xff\xd8\xff\xe0 jpeg"


@pytest.fixture
async def desk(clients: Clients, make: Make, database: Database, vault: Vault) -> Desk:
    return await open_desk(clients, make, database, vault)


async def test_a_chat_its_thread_and_its_list(desk: Desk) -> None:
    page = await desk.get("", counts="true")
    one = await desk.get(ONE)
    thread = await desk.get(f"{ONE}/events")

    assert [item["chat_id"] for item in page["items"]] == [CHAT]
    assert page["counts"]["waiting_for_us"] == {"count": 1, "more": False}
    assert (one["chat"]["client_name"], one["chat"]["nm_id"], one["draft"]) == ("Анна", 77, None)
    assert [line["text"] for line in thread["items"]] == ["Подойдёт ли на 46?"]
    assert "secret" not in f"{page}{one}{thread}"


async def test_a_buyer_without_a_name_is_called_one(desk: Desk) -> None:
    await desk.cabinet.hear(event(chat_id="1:nameless"))

    assert (await desk.get("/1:nameless"))["chat"]["client_name"] == "Покупатель"


@pytest.mark.parametrize(
    ("params", "found"),
    [
        ({"status": "waiting_for_us"}, 3),
        ({"status": "closed"}, 0),
        ({"search": "аНН"}, 1),
        ({"search": "размеры"}, 2),
        ({"search": "100%"}, 0),
        ({"unassigned": "true"}, 3),
        ({"assignee": str(uuid4())}, 0),
    ],
)
async def test_filters(desk: Desk, params: dict[str, str], found: int) -> None:
    await desk.cabinet.hear(event("Какой размер?", chat_id="1:b"), event("Размера нет", chat_id="1:c"))

    assert (await desk.get("", **params))["total"]["count"] == found


async def test_pages_of_chats_and_lines_follow_each_other(desk: Desk) -> None:
    await desk.cabinet.hear(*[event(f"строка {n}", chat_id=f"1:{n % 3}", wb_ms=ms_now(seconds=n)) for n in range(12)])

    chats: list[str] = []
    cursor: dict[str, str] = {}
    while True:
        page = await desk.get("", limit=2, **cursor)
        chats += [item["chat_id"] for item in page["items"]]
        if page["next_cursor"] is None:
            break
        cursor = {"cursor": page["next_cursor"]}
    first = await desk.get("/1:0/events", limit=3)
    second = await desk.get("/1:0/events", limit=3, cursor=first["next_cursor"])

    assert chats == ["1:0", "1:1", "1:2", CHAT]
    assert [line["text"] for line in first["items"] + second["items"]] == [f"строка {n}" for n in (0, 3, 6, 9)]


async def test_a_message_is_taken_once_however_often_it_is_posted(desk: Desk) -> None:
    first = await desk.send("Да,\r\nподойдёт", files=[("чек.jpg", JPEG, "application/x-evil")])
    again = await desk.send("Да,\r\nподойдёт", files=[("чек.jpg", JPEG, "image/jpeg")])

    assert (first.status_code, first.json()["state"], first.json()["text"]) == (202, "queued", "Да,\nподойдёт")
    assert first.json()["id"] == again.json()["id"]
    assert first.json()["files"][0]["content_type"] == "image/jpeg"
    assert len(await desk.cabinet.rows("SELECT 1 FROM jobs WHERE kind = 'SendMessages'")) == 1


@pytest.mark.parametrize(
    ("text", "key", "files", "code"),
    [
        ("", "k", [], "CHAT_MESSAGE_EMPTY"),
        ("я" * 1001, "k", [], "VALIDATION"),
        ("Спасибо!", "", [], "VALIDATION"),
        ("Спасибо\x00!", "k", [], "VALIDATION"),
        ("Пишите в Telegram @shop", "k", [], "CHAT_MESSAGE_BLOCKED"),
        ("Спасибо!", "k", [("photo.jpg", b"MZ program", "image/jpeg")], "CHAT_FILE_UNFIT"),
        ("Спасибо!", "k", [("photo.jpg", b"", "image/jpeg")], "CHAT_FILE_UNFIT"),
        ("Спасибо!", "k", [("big.jpg", JPEG + bytes(5 * 1024 * 1024), "image/jpeg")], "CHAT_FILE_UNFIT"),
        ("Спасибо!", "k", [(f"{n}.jpg", JPEG + bytes(4_700_000), "image/jpeg") for n in range(7)], "CHAT_FILE_UNFIT"),
        ("Спасибо!", "k", [(f"{n}.jpg", JPEG + bytes(5_000_000), "image/jpeg") for n in range(7)], "CHAT_FILE_UNFIT"),
    ],
)
async def test_what_may_not_leave_is_refused_in_one_shape(
    desk: Desk, text: str, key: str, files: list[Any], code: str
) -> None:
    answer = await desk.send(text, key=key, files=files)

    assert (answer.status_code, code_of(answer)) == (422, code)
    assert await desk.cabinet.rows("SELECT 1 FROM messages WHERE direction = 'out'") == []


async def test_json_is_no_form(desk: Desk) -> None:
    answer = await desk.client.post(f"{desk.root}{ONE}/send", json={"text": "Спасибо!", "key": "k"})

    assert (answer.status_code, code_of(answer)) == (422, "NOT_MULTIPART")


async def test_an_unknown_message_shows_the_way_out(desk: Desk) -> None:
    sent = (await desk.send()).json()
    await desk.cabinet.execute("UPDATE messages SET state = 'unknown', sending_at = now() WHERE author <> ''")
    url = f"{desk.root}{ONE}/messages/{sent['id']}"

    too_early = await desk.client.post(f"{url}/resend")
    await desk.cabinet.execute("UPDATE messages SET sought_at = now() WHERE author <> ''")
    shown = (await desk.get(f"{ONE}/events"))["items"][0]
    resent = await desk.client.post(f"{url}/resend")
    dismissed = await desk.client.post(f"{url}/dismiss", json={})

    assert (too_early.status_code, code_of(too_early)) == (409, "CHAT_MESSAGE_STATE")
    assert shown["can_resend"]
    assert (resent.status_code, resent.json()["state"]) == (202, MessageState.QUEUED)
    assert dismissed.json()["state"] == MessageState.DISMISSED


async def test_status_notes_and_draft(desk: Desk, make: Make) -> None:
    colleague = await make.member(desk.cabinet.shop)
    version = (await desk.get(ONE))["chat"]["version"]
    wanted = {"status": "in_work", "assignee_id": str(colleague.id), "version": version}

    changed = await desk.client.patch(desk.root + ONE, json=wanted)
    stale = await desk.client.patch(desk.root + ONE, json=wanted)
    noted = await desk.client.post(f"{desk.root}{ONE}/notes", json={"text": "Проверить состав"})
    drafting = await desk.client.post(f"{desk.root}{ONE}/draft")

    assert (changed.json()["status"], changed.json()["assignee_id"]) == ("in_work", str(colleague.id))
    assert (stale.status_code, code_of(stale)) == (409, "CHAT_CHANGED")
    assert noted.status_code == 201
    assert [note["text"] for note in (await desk.get(ONE))["notes"]] == ["Проверить состав"]
    assert (drafting.status_code, drafting.json()["kind"]) == (202, "DraftChatMessage")


async def test_reading_is_asked_for_and_reported(desk: Desk) -> None:
    asked = await desk.client.post(f"{desk.root}/sync")
    progress = await desk.get("/sync")

    assert (asked.status_code, asked.json()["kind"]) == (202, "SyncChats")
    assert progress["capability"] == {"can_read": True, "can_send": True, "full_limits": True, "word": ""}
    assert datetime.fromisoformat(progress["next_calls"]["events"]) <= datetime.now(UTC)


async def test_without_a_token_the_word_is_clear(desk: Desk) -> None:
    await desk.cabinet.execute("DELETE FROM shop_tokens WHERE purpose = 'chat'")

    answers = [await desk.client.post(f"{desk.root}/sync"), await desk.send()]
    progress = await desk.get("/sync")

    assert [(answer.status_code, code_of(answer)) for answer in answers] == [(403, "CHATS_OFF")] * 2
    assert "Чат с покупателями" in progress["capability"]["word"]


async def requests_of(shop: Shop, client: httpx.AsyncClient, message_id: str) -> list[httpx.Response]:
    root, chat = f"/api/chats/{shop.id}", f"/api/chats/{shop.id}{ONE}"
    return [
        await client.get(root),
        await client.get(f"{root}/sync"),
        await client.get(chat),
        await client.get(f"{chat}/events"),
        await client.get(f"{root}/download/ready"),
        await client.post(f"{root}/sync"),
        await client.post(f"{chat}/draft"),
        await client.post(f"{chat}/send", files=[("key", (None, "k")), ("text", (None, "Спасибо!"))]),
        await client.post(f"{chat}/notes", json={"text": "заметка"}),
        await client.patch(chat, json={"status": "in_work", "version": 1}),
        await client.post(f"{chat}/messages/{message_id}/resend"),
        await client.post(f"{chat}/messages/{message_id}/dismiss", json={}),
    ]


async def test_strangers_find_nothing(desk: Desk, clients: Clients, make: Make) -> None:
    message = (await desk.send()).json()["id"]
    neighbour = await make.user()
    await make.shop(owner=neighbour)

    answers = await requests_of(desk.cabinet.shop, await clients.of(neighbour), message)

    assert [(answer.status_code, code_of(answer)) for answer in answers] == [(404, "SHOP_NOT_FOUND")] * 12
    assert desk.files.asked == []


async def test_a_chat_of_another_shop_is_not_found_under_ones_own(desk: Desk, clients: Clients, make: Make) -> None:
    message = (await desk.send()).json()["id"]
    neighbour = await make.user()
    own = await make.shop(owner=neighbour)
    await desk.cabinet.execute("""UPDATE shop_tokens SET categories = '["feedbacks", "chat"]'""")

    answers = await requests_of(own, await clients.of(neighbour), message)

    assert [answer.status_code for answer in answers] == [200, 200, 404, 404, 404, 202, *[404] * 6]


async def test_a_viewer_looks_and_does_nothing(desk: Desk, clients: Clients) -> None:
    message = (await desk.send()).json()["id"]
    viewer = await clients.member(desk.cabinet.shop, Role.VIEWER)

    answers = await requests_of(desk.cabinet.shop, viewer, message)

    assert [answer.status_code for answer in answers] == [200] * 5 + [403] * 7
