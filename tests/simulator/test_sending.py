"""The one write into a chat: what it refuses, and what it does twice."""

from typing import Any

import httpx
import pytest

from simulator.chats.files import PIXEL, SAMPLES
from tests.simulator.harness import CHAT, Shop, Sim
from tests.simulator.talks import chat_shop, chats, events, opened, sends, sign_of

pytestmark = pytest.mark.anyio
MIB = 1024 * 1024
PDF = SAMPLES["application/pdf"]


@pytest.fixture
async def talks(sim: Sim) -> Shop:
    return await chat_shop(sim)


@pytest.fixture
async def chat_id(talks: Shop) -> str:
    return await opened(talks)


async def test_a_message_returns_its_time_its_chat_and_the_signature(sim: Sim, talks: Shop, chat_id: str) -> None:
    sign = await sign_of(talks, chat_id)

    sent = await sends(talks, sign, "Добрый день")

    now = (await sim.ask("/clock"))["now"]
    assert sent.status_code == 200
    assert sent.json() == {
        "result": {"addTime": round(now * 1000), "chatID": chat_id, "sign": sign},
        "errors": [],
    }
    assert (await chats(talks))[chat_id]["lastMessage"]["text"] == "Добрый день"


@pytest.mark.parametrize("body", [{"json": {"replySign": "x", "message": "y"}}, {"data": {"message": "y"}}, {}])
async def test_only_multipart_is_understood(sim: Sim, talks: Shop, body: dict[str, Any]) -> None:
    answer = await talks.call("POST", f"{CHAT}/message", **body)

    assert (answer.status_code, answer.json()["origin"]) == (400, "proxy-chats")


@pytest.mark.parametrize(
    ("text", "detail"), [(None, 'Invalid value for "message"'), ("", 'Invalid value for "message"'), ("я" * 1001, None)]
)
async def test_a_message_needs_a_text_of_a_thousand_characters_at_most_or_a_file(
    sim: Sim, talks: Shop, chat_id: str, text: str | None, detail: str | None
) -> None:
    answer = await sends(talks, await sign_of(talks, chat_id), text)

    assert (answer.status_code, answer.json()["detail"]) == (400, detail or 'Invalid value for "message"')
    assert (await sends(talks, await sign_of(talks, chat_id), "я" * 1000)).status_code == 200


async def test_a_wrong_long_or_absent_signature_is_invalid(sim: Sim, talks: Shop, chat_id: str) -> None:
    sign = await sign_of(talks, chat_id)

    for wrong in (sign[:-1], sign + "0" * 255, "", chat_id):
        answer = await sends(talks, wrong, "Да")
        assert (answer.status_code, answer.json()["detail"]) == (400, "Invalid signature")


async def test_a_rotated_signature_is_invalid_and_the_list_has_the_new_one(sim: Sim, talks: Shop, chat_id: str) -> None:
    old = await sign_of(talks, chat_id)

    await sim.order("/signatures/rotate", {"sid": "shop", "chatId": chat_id})

    assert (await sends(talks, old, "Да")).json()["detail"] == "Invalid signature"
    assert (await sends(talks, await sign_of(talks, chat_id), "Да")).status_code == 200
    assert (await events(talks))[0]["replySign"] == old


async def test_a_rotation_in_mid_send_fails_one_send(sim: Sim, talks: Shop, chat_id: str) -> None:
    await sim.order("/signatures/rotate", {"sid": "shop", "nextSends": 1})
    sign = await sign_of(talks, chat_id)

    first = await sends(talks, sign, "Да")
    second = await sends(talks, await sign_of(talks, chat_id), "Да")

    assert (first.status_code, first.json()["detail"], second.status_code) == (400, "Invalid signature", 200)


async def test_a_signature_may_live_only_for_a_time(sim: Sim, talks: Shop, chat_id: str) -> None:
    await sim.order("/knobs", {"signature_ttl": 600})
    sign = await sign_of(talks, chat_id)
    fresh = await sends(talks, sign, "Раз")

    await sim.advance(600)

    assert (fresh.status_code, (await sends(talks, sign, "Два")).status_code) == (200, 400)
    assert await sign_of(talks, chat_id) != sign


async def test_a_send_may_return_a_new_signature_or_none(sim: Sim, talks: Shop, chat_id: str) -> None:
    sign = await sign_of(talks, chat_id)
    await sim.order("/knobs", {"sign_in_reply": "new"})
    new = (await sends(talks, sign, "Раз")).json()["result"]["sign"]
    await sim.order("/knobs", {"sign_in_reply": "absent"})

    last = (await sends(talks, new, "Два")).json()["result"]

    assert new != sign
    assert "sign" not in last


@pytest.mark.parametrize(
    ("content", "detail"),
    [
        (b"MZ\x90 a program", '"Чек.pdf" has unsupported mime type'),
        (b"", '"Чек.pdf" has unsupported mime type'),
        (PDF.ljust(5 * MIB + 1), "attachment too big. Max size: 5MiB"),
    ],
)
async def test_a_file_is_judged_by_its_content_and_size(
    sim: Sim, talks: Shop, chat_id: str, content: bytes, detail: str
) -> None:
    answer = await sends(talks, await sign_of(talks, chat_id), None, ("Чек.pdf", content))

    assert answer.status_code == 400
    assert detail in answer.json()["detail"]


async def test_thirty_megabytes_in_all_are_the_limit(sim: Sim, talks: Shop, chat_id: str) -> None:
    sign, large = await sign_of(talks, chat_id), PDF.ljust(5 * MIB)

    fits = await sends(talks, sign, None, *[("a.pdf", large)] * 6)
    too_much = await sends(talks, sign, None, *[("a.pdf", large)] * 6, ("b.png", PIXEL))

    assert (fits.status_code, too_much.status_code) == (200, 400)


async def test_a_sent_file_comes_back_in_the_echo_and_can_be_read(sim: Sim, talks: Shop, chat_id: str) -> None:
    image = PIXEL + b"\r\n--tail\r\n"
    await sends(talks, await sign_of(talks, chat_id), "Фото", ("фото 1.png", image), ("Чек.pdf", PDF))
    await sim.advance(30)

    attached = (await events(talks))[-1]["message"]["attachments"]

    assert [file["name"] for file in attached["files"]] == ["Чек.pdf"]
    answer = await talks.call("GET", f"{CHAT}/download/{attached['images'][0]['downloadID']}")
    assert answer.content == image


async def test_some_files_may_be_lost_in_a_200(sim: Sim, talks: Shop, chat_id: str) -> None:
    sign = await sign_of(talks, chat_id)

    partly = await sends(talks, sign, "Фото", ("[[fail]].png", PIXEL), ("ok.png", PIXEL))
    nothing = await sends(talks, sign, None, ("[[fail]].png", PIXEL))

    assert (partly.status_code, len(partly.json()["errors"])) == (200, 1)
    assert (nothing.status_code, len(nothing.json()["errors"])) == (200, 1)
    assert [entry["applied"] for entry in await sim.ledger(method="POST")] == [True, False]


async def test_a_repeated_message_is_a_duplicate(sim: Sim, talks: Shop, chat_id: str) -> None:
    other = await opened(talks)
    for chat in (chat_id, chat_id, other):
        await sends(talks, await sign_of(talks, chat), "Добрый день")

    summary = await sim.ask("/summary", sid="shop")

    assert (summary["messages_applied"], summary["message_duplicates"]) == (3, 1)
    sent = (await sim.ask("/messages", sid="shop"))["messages"]
    assert {"chatID": chat_id, "content": "Добрый день", "times": 2} in sent


@pytest.mark.parametrize(("action", "applied"), [("drop_before", 0), ("drop_after", 1)])
async def test_a_dropped_connection_hides_whether_the_message_was_sent(server: Sim, action: str, applied: int) -> None:
    shop = await chat_shop(server)
    sign = await sign_of(shop, await opened(shop))
    await server.order("/faults", [{"action": action, "path": "/seller/message", "times": 1}])

    with pytest.raises(httpx.RemoteProtocolError):
        await sends(shop, sign, "Дошло?")

    assert (await server.ask("/summary", sid="shop"))["messages_applied"] == applied
    assert len(await events(shop)) == 1 + applied


async def test_a_read_only_token_sends_nothing(sim: Sim, talks: Shop, chat_id: str) -> None:
    reader = await chat_shop(sim, read_only=True)

    assert (await sends(reader, await sign_of(talks, chat_id), "Да")).status_code == 403
