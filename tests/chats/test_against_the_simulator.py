"""Chats over real HTTP against the simulator, a process that shares no code with us; its ledger is the judge."""

import asyncio
import random
import socket
import subprocess
import sys
import time
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx
import pytest
from cryptography.fernet import Fernet
from sqlalchemy import text

from app.chats import service
from app.chats.files import CheckedFile
from app.chats.jobs import SendMessages, SyncChats
from app.chats.models import MessageState
from app.chats.ports import ChatLimits
from app.chats.sending import send_messages
from app.chats.sync import ChatPace, sync_chats
from app.cli.stack import Simulator, Stack
from app.kit.db import Database
from app.kit.errors import RateLimited, Unavailable
from app.kit.secrets import Vault
from app.kit.settings import Settings
from app.shops.models import Shop, TokenKind
from app.wildberries.chat_files import WildberriesChatFiles
from app.wildberries.chats import ChatCallers, PublishedChatLimits, WildberriesChats
from app.wildberries.transport import Hosts, WildberriesTransport, open_http
from tests.chaos.workers import Workers
from tests.chats.cabinet import chat_token
from tests.factories import Make

pytestmark = pytest.mark.anyio
ROOT = Path(__file__).resolve().parents[2]
SELLER = "5f3c1b7e-0000-4000-8000-0000000000c4"
PNG = CheckedFile(name="чек 👍.png", content_type="image/png", content=b"\x89PNG\r\n\x1a\n" + bytes(64))
SPEED = 60.0
S = MessageState
THREAD = "SELECT chat_id, event_id, direction, sender, text, at, state FROM messages ORDER BY event_id, id"


@pytest.fixture(scope="module")
def simulator_url() -> Iterator[str]:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [sys.executable, "-m", "simulator", "--port", str(port), "--speed", str(SPEED)]
    process = subprocess.Popen(command, cwd=ROOT)
    url = f"http://127.0.0.1:{port}"
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        try:
            httpx.get(f"{url}/__sim/clock", trust_env=False)
            break
        except httpx.TransportError:
            time.sleep(0.05)
    yield url
    process.terminate()
    process.wait(timeout=5)


class Chats:
    """One seller's chats, there and here."""

    def __init__(self, url: str, database: Database, shop: Shop, transport: WildberriesTransport, vault: Vault) -> None:
        self.url, self.database, self.shop = url, database, shop
        self.simulator = Simulator(url)
        callers = ChatCallers(database, vault)
        self.wildberries = WildberriesChats(transport, callers, urgent=True)
        self.files = WildberriesChatFiles(transport, callers)
        settings = Settings(_env_file=None, wb_speed=SPEED)
        self.limits: ChatLimits = PublishedChatLimits(settings)
        self.pace = ChatPace(every=1, settle=2, echo_within=600 * SPEED)

    async def sync(self) -> None:
        while True:
            try:
                return await sync_chats(
                    SyncChats(shop_id=self.shop.id),
                    database=self.database, source=self.wildberries, limits=self.limits, pace=self.pace,
                )  # fmt: skip
            except RateLimited as limited:
                await asyncio.sleep(limited.retry_after)

    async def post(self, chat_id: str) -> None:
        job = SendMessages(shop_id=self.shop.id, chat_id=chat_id)
        while True:
            try:
                return await send_messages(
                    job, database=self.database, sender=self.wildberries, source=self.wildberries, settle=20,
                    still_ours=lambda: None,
                )  # fmt: skip
            except RateLimited as limited:
                await asyncio.sleep(limited.retry_after)

    async def write(self, chat_id: str, words: str, *files: CheckedFile) -> UUID:
        async with self.database.transaction() as session:
            sent = await service.send(
                session, self.shop.id, chat_id, text=words, files=files, key=f"{chat_id} {words}", actor="user:1"
            )
        return sent.id

    async def rows(self, sql: str) -> list[Any]:
        async with self.database.transaction() as session:
            return list(await session.execute(text(sql)))

    async def wipe(self) -> None:
        async with self.database.transaction() as session:
            await session.execute(text("TRUNCATE chats, chat_syncs, chat_events CASCADE"))

    def calls(self, path: str) -> list[dict[str, Any]]:
        told = self.simulator.http.get("/ledger", params={"sid": SELLER, "path": path}).json()
        return list(told["entries"])

    def opened(self, count: int) -> list[str]:
        """New chats, each begun by the buyer."""
        made: Any = self.simulator.order("/chats", sid=SELLER, chats=[{"clientName": "Анна"}] * count)
        for chat_id in made["ids"]:
            self.simulator.order(f"/chats/{chat_id}/client-message", text="Подойдёт ли на 46?")
        return [str(chat_id) for chat_id in made["ids"]]


@pytest.fixture
async def chats(simulator_url: str, database: Database, vault: Vault, make: Make) -> AsyncIterator[Chats]:
    async for opened in _chats(simulator_url, database, vault, make, kind="personal"):
        yield opened


@pytest.fixture
async def slow_chats(simulator_url: str, database: Database, vault: Vault, make: Make) -> AsyncIterator[Chats]:
    async for opened in _chats(simulator_url, database, vault, make, kind="basic"):
        yield opened


async def _chats(url: str, database: Database, vault: Vault, make: Make, *, kind: str) -> AsyncIterator[Chats]:
    simulator = Simulator(url)
    simulator.order("/reset")
    token = str(simulator.order("/tokens", sid=SELLER, kind=kind, categories=["chat", "feedbacks"])["token"])
    shop = await make.shop(seller_id=SELLER)
    async with database.transaction() as session:
        session.add(chat_token(shop, vault.encrypt(token), kind=TokenKind(kind)))
    hosts = Hosts(feedbacks=f"{url}/f", common=f"{url}/c", chat=f"{url}/buyer-chat-api")
    async with open_http() as http:
        yield Chats(url, database, shop, WildberriesTransport(http, database, hosts=hosts, speed=SPEED), vault)


@pytest.mark.parametrize("edges", ["repeat", "lose", "inclusive"])
async def test_pages_with_edges_within_a_millisecond_and_a_crash_leave_the_same_database(
    chats: Chats, edges: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    chats.simulator.order("/knobs", event_edges=edges, events_page=20)
    made: Any = chats.simulator.order(
        "/seed", sid=SELLER, count=0, chats=6, events_per_chat=12, same_ms=0.6, unlisted_chats=0.3, seed=3
    )
    await chats.sync()
    undisturbed = await chats.rows(THREAD)
    await chats.wipe()

    read, fetched = chats.wildberries.events, 0

    async def dies(shop_id: UUID, *, after_ms: int | None) -> Any:
        nonlocal fetched
        fetched += 1
        page = await read(shop_id, after_ms=after_ms)
        if fetched in (2, 4):
            raise Unavailable
        return page

    monkeypatch.setattr(chats.wildberries, "events", dies)
    for _ in range(2):
        with pytest.raises(Unavailable):
            await chats.sync()
    await chats.sync()

    assert await chats.rows("SELECT count(*) FROM chat_events") == [(made["events"],)]
    assert made["events"] >= 60
    assert await chats.rows(THREAD) == undisturbed


async def test_a_message_with_a_file_arrives_and_comes_back_as_one_line(chats: Chats) -> None:
    (chat_id,) = chats.opened(1)
    await chats.sync()

    await chats.write(chat_id, "Подойдёт, спасибо за вопрос!", PNG)
    await chats.post(chat_id)
    chats.simulator.order("/clock/advance", seconds=40)
    await chats.sync()

    lines = await chats.rows("SELECT state, event_id, attachments FROM messages WHERE direction = 'out'")
    (line,) = lines
    assert (line.state, bool(line.event_id)) == (S.SENT, True)
    download_id = line.attachments[0]["download_id"]
    async with chats.files.open(chats.shop.id, download_id) as download:
        assert download.chunks is not None
        assert b"".join([chunk async for chunk in download.chunks]) == PNG.content


async def test_a_signature_rotated_in_mid_send_costs_one_refresh_and_one_retry(chats: Chats) -> None:
    (chat_id,) = chats.opened(1)
    await chats.sync()
    before = len(chats.calls("seller/chats"))
    chats.simulator.order("/signatures/rotate", sid=SELLER, nextSends=1)

    message = await chats.write(chat_id, "Подойдёт, спасибо за вопрос!")
    await chats.post(chat_id)

    assert len(chats.calls("seller/chats")) - before == 1
    assert [entry["status"] for entry in chats.calls("seller/message")] == [400, 200]
    assert await chats.rows(f"SELECT state FROM messages WHERE id = '{message}'") == [("sent",)]


async def test_a_slow_token_asks_twice_and_then_rests(slow_chats: Chats) -> None:
    slow_chats.opened(3)

    await slow_chats.sync()
    with pytest.raises(RateLimited) as limited:
        await sync_chats(
            SyncChats(shop_id=slow_chats.shop.id), database=slow_chats.database, source=slow_chats.wildberries,
            limits=slow_chats.limits, pace=slow_chats.pace,
        )  # fmt: skip

    told: Any = slow_chats.simulator.ask("/summary", sid=SELLER)
    assert limited.value.retry_after > 3000 / SPEED
    assert (len(slow_chats.calls("seller/")), told["over_budget"]) == (2, 0)


FAULTS = [
    {"action": "drop_before", "method": "POST", "path": "seller/message", "probability": 0.12},
    {"action": "drop_after", "method": "POST", "path": "seller/message", "probability": 0.12},
    {"action": "status", "status": 502, "after": True, "method": "POST", "path": "seller/message", "probability": 0.04},
    {"action": "latency", "method": "POST", "path": "seller/message", "probability": 0.3, "seconds": 0.2},
]


@pytest.mark.slow
async def test_two_hundred_sends_with_cut_connections_and_killed_workers(
    simulator_url: str, database: Database, make: Make, tmp_path: Path
) -> None:
    key = Fernet.generate_key().decode()
    environment = {
        **Stack.plan(database.url, web_port=0, simulator_port=0, speed=SPEED, data_dir=tmp_path).env,
        "WB_CHAT_URL": f"{simulator_url}/buyer-chat-api", "WB_FEEDBACKS_URL": f"{simulator_url}/feedbacks-api",
        "WB_COMMON_URL": f"{simulator_url}/common-api", "WB_CONTENT_URL": f"{simulator_url}/content-api",
        "SECRET_KEYS": key, "SETTLE_SECONDS": "4", "WORKER_HEARTBEAT_SECONDS": "3", "CHAT_SYNC_SECONDS": "2",
        "OPENAI_API_KEY": "",
    }  # fmt: skip
    async for chats in _chats(simulator_url, database, Vault([key]), make, kind="personal"):
        ids = chats.opened(40)
        await chats.sync()
        chats.simulator.http.post("/faults", json=FAULTS).raise_for_status()
        with Workers(tmp_path / "workers.log", environment) as workers:
            await _rage(chats, ids, workers)
            chats.simulator.http.delete("/faults").raise_for_status()
            workers.start()
            await _settled(chats, seconds=90)
        _judge(chats, await chats.rows("SELECT state, text, sought_at FROM messages WHERE direction = 'out'"))


async def _rage(chats: Chats, ids: list[str], workers: Workers) -> None:
    chance = random.Random(7)
    for _ in range(2):
        workers.start()
    for number in range(200):
        await chats.write(ids[number % len(ids)], f"Сообщение номер {number}, спасибо!")
        if number % 20 == 19:
            await asyncio.sleep(chance.uniform(0.3, 1.2))
            workers.kill(chance.choice(workers.alive))
            workers.start()


async def _settled(chats: Chats, *, seconds: float) -> None:
    """Nothing is under way, and what is unknown was sought."""
    open_ones = (
        "SELECT 1 FROM messages WHERE state IN ('queued', 'sending') OR (state = 'unknown' AND sought_at IS NULL)"
    )
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline and await chats.rows(open_ones):
        await asyncio.sleep(0.5)


def _judge(chats: Chats, ours: list[Any]) -> None:
    told: Any = chats.simulator.ask("/messages", sid=SELLER)
    arrived = Counter({str(one["content"]): int(one["times"]) for one in told["messages"]})
    states = Counter(row.state for row in ours)
    summary: Any = chats.simulator.ask("/summary", sid=SELLER)
    print(states, len(arrived), summary["message_duplicates"], summary["over_budget"])  # noqa: T201
    assert len(ours) == 200
    assert set(states) <= {"sent", "failed", "unknown"}
    assert summary["message_duplicates"] == 0
    assert max(arrived.values()) == 1
    there = " ".join(arrived)
    for row in ours:
        assert (f"{row.text}" in there) == (row.state == "sent"), row
