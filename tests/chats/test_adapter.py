"""The chat adapter on Wildberries' wire: tolerant in what it reads, exact in what it sends."""

from collections.abc import AsyncIterator, Callable
from email.parser import BytesParser
from email.policy import HTTP
from typing import Any

import httpx
import pytest

from app.chats.models import Sender
from app.chats.ports import AmbiguousSend, FileBlocked, Outgoing, SignatureRefused
from app.kit.db import Database
from app.kit.errors import Invalid, RateLimited
from app.kit.secrets import Vault
from app.wildberries.chat_files import WildberriesChatFiles
from app.wildberries.chats import ChatCallers, WildberriesChats
from app.wildberries.errors import BudgetSpent, WbUnavailable
from app.wildberries.transport import Hosts, WildberriesTransport, open_http
from tests.chats.cabinet import JPEG, Cabinet

pytestmark = pytest.mark.anyio
TEXT_ONLY = Outgoing(reply_sign="1:chat:secret", text="Спасибо!", files=[])
Respond = Callable[[httpx.Request], httpx.Response]


class Wire:
    """Answers as told, and remembers what it was asked."""

    def __init__(self) -> None:
        self.answers: list[httpx.Response | Exception] = []
        self.requests: list[httpx.Request] = []

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(request)
        answer = self.answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer

    def says(self, body: Any, status: int = 200, **more: Any) -> None:
        self.answers.append(httpx.Response(status, json=body, **more))


@pytest.fixture
def wire() -> Wire:
    return Wire()


@pytest.fixture
async def transport(wire: Wire, database: Database) -> AsyncIterator[WildberriesTransport]:
    hosts = Hosts(feedbacks="https://f.example", common="https://c.example", chat="https://chat.example/prefix")
    async with open_http(httpx.MockTransport(wire)) as http:
        yield WildberriesTransport(http, database, hosts=hosts, speed=1000)


@pytest.fixture
def chats(transport: WildberriesTransport, database: Database, vault: Vault) -> WildberriesChats:
    return WildberriesChats(transport, ChatCallers(database, vault), urgent=True)


def parts_of(request: httpx.Request) -> list[tuple[str, str | None, bytes]]:
    head = b"Content-Type: " + request.headers["content-type"].encode() + b"\r\n\r\n"
    message = BytesParser(policy=HTTP).parsebytes(head + request.content)
    return [
        (
            str(part.get_param("name", header="content-disposition")),
            part.get_filename(),
            bytes(part.get_payload(decode=True)),
        )
        for part in message.iter_parts()
    ]


async def test_a_text_alone_is_multipart_too(chats: WildberriesChats, wire: Wire, cabinet: Cabinet) -> None:
    wire.says({"result": {"addTime": 1712848270018, "chatID": "1:chat", "sign": "1:chat:new"}, "errors": []})
    fenced: list[int] = []

    accepted = await chats.send(cabinet.shop.id, TEXT_ONLY, lambda: fenced.append(len(wire.requests)))

    (request,) = wire.requests
    assert request.headers["content-type"].startswith("multipart/form-data; boundary=")
    assert parts_of(request) == [
        ("replySign", None, b"1:chat:secret"),
        ("message", None, "Спасибо!".encode()),
    ]
    assert request.headers["authorization"] == "Bearer chat.token.signature"
    assert str(request.url) == "https://chat.example/prefix/api/v1/seller/message"
    assert (accepted.wb_ms, accepted.reply_sign) == (1712848270018, "1:chat:new")
    assert fenced == [0]


async def test_files_go_along_each_in_its_part(chats: WildberriesChats, wire: Wire, cabinet: Cabinet) -> None:
    wire.says({"result": {"addTime": 1, "chatID": "1:chat"}, "errors": ["файл пропал", None]})

    accepted = await chats.send(cabinet.shop.id, Outgoing(reply_sign="s", text="", files=[JPEG, JPEG]), lambda: None)

    assert [(name, content) for name, _, content in parts_of(wire.requests[0])] == [
        ("replySign", b"s"),
        ("file", JPEG.content),
        ("file", JPEG.content),
    ]
    assert 'filename="чек.jpg"'.encode() in wire.requests[0].content
    assert list(accepted.errors) == ["файл пропал"]


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        (httpx.Response(500), AmbiguousSend),
        (httpx.Response(302, headers={"location": "/"}), AmbiguousSend),
        (httpx.ReadTimeout("x"), AmbiguousSend),
        (httpx.Response(200, text="<html>"), AmbiguousSend),
        (httpx.Response(200, json={"result": None, "errors": ["?"]}), AmbiguousSend),
        (httpx.Response(400, json={"title": "Invalid signature", "detail": "", "status": 400}), SignatureRefused),
        (httpx.Response(400, json={"title": "x", "detail": "Invalid signature"}), SignatureRefused),
        (httpx.Response(400, json={"title": 'Invalid value for "message"'}), Invalid),
        (httpx.Response(429, headers={"x-ratelimit-retry": "5"}), RateLimited),
    ],
)
async def test_every_answer_to_a_message_has_one_meaning(
    chats: WildberriesChats, wire: Wire, cabinet: Cabinet, answer: httpx.Response | Exception, error: type[Exception]
) -> None:
    wire.answers = [answer]

    with pytest.raises(error) as raised:
        await chats.send(cabinet.shop.id, TEXT_ONLY, lambda: None)

    assert len(wire.requests) == 1
    assert "secret" not in str(raised.value)


async def test_a_fence_keeps_the_message_here(chats: WildberriesChats, wire: Wire, cabinet: Cabinet) -> None:
    def closed() -> None:
        raise RateLimited(1)

    with pytest.raises(RateLimited):
        await chats.send(cabinet.shop.id, TEXT_ONLY, closed)

    assert wire.requests == []


async def test_a_page_is_read_whatever_it_lacks(chats: WildberriesChats, wire: Wire, cabinet: Cabinet) -> None:
    whole = {
        "chatID": "1:a", "eventID": "e1", "eventType": "message", "sender": "client", "source": "ios",
        "addTimestamp": 1698037340000, "clientName": "Анна", "isNewChat": True, "replySign": "1:a:secret",
        "message": {
            "text": "Чек",
            "attachments": {
                "goodCard": {"nmID": 5, "rid": "r1", "price": 10.5},
                "files": [{"name": "Чек.pdf", "downloadID": "d1", "size": 5, "contentType": "application/pdf",
                           "url": "https://x"}],
                "images": [{"downloadID": "d2", "url": "https://y"}],
            },
        },
    }  # fmt: skip
    wire.says({"result": {"next": 7, "totalEvents": 4, "events": [
        whole, {"chatID": "1:a", "eventID": "e2", "eventType": "message", "addTimestamp": 5}, {"eventType": "refund"},
        "nonsense",
    ]}})  # fmt: skip

    page = await chats.events(cabinet.shop.id, after_ms=3)

    first, bare, refund, nonsense = page.events
    assert (page.next_ms, page.total, wire.requests[0].url.query) == (7, 4, b"next=3")
    assert (first.sender, first.nm_id, first.rid, first.reply_sign) == (Sender.CLIENT, 5, "r1", "1:a:secret")
    assert [one["download_id"] for one in first.attachments] == ["d1", "d2"]
    assert "secret" not in repr(first)
    assert "url" not in str(first.attachments)
    assert "replySign" not in first.raw
    assert (bare.is_message, bare.sender) == (False, Sender.WB)
    assert [one.event_id[:6] for one in (refund, nonsense)] == ["print:", "print:"]
    assert refund.wb_ms == 3


@pytest.mark.parametrize("events", [None, []])
async def test_an_empty_page_names_no_times(
    chats: WildberriesChats, wire: Wire, cabinet: Cabinet, events: list[Any] | None
) -> None:
    wire.says({"result": {"next": 0, "totalEvents": 0, "events": events}})

    page = await chats.events(cabinet.shop.id, after_ms=None)

    assert (list(page.events), page.total, page.next_ms) == ([], 0, None)
    assert wire.requests[0].url.query == b""


async def test_one_broken_chat_does_not_lose_the_list(chats: WildberriesChats, wire: Wire, cabinet: Cabinet) -> None:
    wire.says(
        {"result": [{"replySign": "s"}, {"chatID": "1:a", "clientName": None, "lastMessage": {"addTimestamp": 5}}]}
    )

    (chat,) = await chats.chats(cabinet.shop.id)

    assert (chat.chat_id, chat.reply_sign, chat.client_name) == ("1:a", None, "")


async def test_chat_calls_together_keep_to_one_a_second(
    wire: Wire, database: Database, vault: Vault, cabinet: Cabinet
) -> None:
    hosts = Hosts(feedbacks="https://f.example", common="https://c.example", chat="https://chat.example")
    async with open_http(httpx.MockTransport(wire)) as http:
        slow = WildberriesChats(
            WildberriesTransport(http, database, hosts=hosts, speed=0.1), ChatCallers(database, vault)
        )
        wire.says({"result": []})
        await slow.chats(cabinet.shop.id)
        with pytest.raises(BudgetSpent):
            await slow.events(cabinet.shop.id, after_ms=None)

    assert len(wire.requests) == 1


@pytest.fixture
def files(transport: WildberriesTransport, database: Database, vault: Vault) -> WildberriesChatFiles:
    return WildberriesChatFiles(transport, ChatCallers(database, vault))


async def test_a_file_is_streamed(files: WildberriesChatFiles, wire: Wire, cabinet: Cabinet) -> None:
    wire.answers = [httpx.Response(200, content=b"%PDF", headers={"content-type": "application/pdf; x=1"})]

    async with files.open(cabinet.shop.id, "a/../b") as download:
        assert download.chunks is not None
        read = b"".join([chunk async for chunk in download.chunks])

    assert (read, download.content_type, download.length) == (b"%PDF", "application/pdf", 4)
    assert wire.requests[0].url.raw_path == b"/prefix/api/v1/seller/download/a%2F..%2Fb"


async def test_a_file_may_wait_or_be_blocked(files: WildberriesChatFiles, wire: Wire, cabinet: Cabinet) -> None:
    wire.says({"moderationState": "pending", "retrySeconds": 12}, 202)
    wire.says({"title": "Unavailable for Legal Reasons", "detail": "moderation error"}, 451)
    wire.says({}, 503)

    async with files.open(cabinet.shop.id, "d1") as download:
        assert (download.chunks, download.retry_seconds) == (None, 12)
    for error in (FileBlocked, WbUnavailable):
        with pytest.raises(error):
            async with files.open(cabinet.shop.id, "d1"):
                raise AssertionError
