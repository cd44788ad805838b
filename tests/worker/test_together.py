"""Two web processes and two workers before one Wildberries: nobody is synced twice, nobody exceeds a budget."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from typing import Any

import httpx
import pytest

from app.accounts.passwords import hash_password
from app.cli.processes import Children, free_port
from app.shops.models import Role, Shop
from tests.worker.conftest import Yard, until

pytestmark = [pytest.mark.anyio, pytest.mark.slow]
SHOPS, FEEDBACKS = 3, 30
PASSWORD = "Надёжный пароль 2026"
OPEN = "('approved', 'publishing', 'sent', 'on_moderation', 'unknown')"


@pytest.fixture
def addresses(yard: Yard) -> Iterator[list[str]]:
    """Of the two web processes."""
    with Children(yard.log_dir, quiet=True) as children:
        found = []
        for number in (1, 2):
            port = str(free_port())
            web = ("uvicorn", "app.main:app", "--port", port, "--log-level", "warning", "--no-access-log")
            children.start(f"web-{number}", *web, env=yard.env)
            found.append(f"http://127.0.0.1:{port}")
        for number, address in enumerate(found, 1):
            children.wait_until_up(f"web-{number}", f"{address}/api/health")
        yield found


@pytest.fixture
async def clients(addresses: list[str], yard: Yard) -> AsyncIterator[list[httpx.AsyncClient]]:
    """The same person at both."""
    user = await yard.make.user(password_hash=await hash_password(PASSWORD))
    clients = [httpx.AsyncClient(base_url=f"{address}/api", timeout=30, trust_env=False) for address in addresses]
    for client in clients:
        opened = await client.post("/auth/token", json={"email": user.email, "password": PASSWORD})
        client.headers["Authorization"] = f"Bearer {opened.raise_for_status().json()['token']}"
    yield clients
    for client in clients:
        await client.aclose()


async def our_shops(yard: Yard) -> list[Shop]:
    owner = (await yard.rows("SELECT id FROM users"))[0].id
    shops = []
    for number in range(SHOPS):
        seller_id = str(yard.simulator.order("/tokens")["sid"])
        plain = {"answered": 0.3, "archived": 0, "rating_only": 0.1, "amended": 0, "spread_days": 20}
        yard.simulator.order("/seed", sid=seller_id, count=FEEDBACKS, seed=number, **plain)
        shop = await yard.make.shop(seller_id=seller_id, token=yard.simulator.mint_token(seller_id))
        await yard.run(
            "INSERT INTO memberships (shop_id, user_id, role, joined_at) VALUES (:shop, :user, :role, now())",
            shop=shop.id, user=owner, role=Role.OWNER.value,
        )  # fmt: skip
        shops.append(shop)
    return shops


async def test_together(yard: Yard, clients: list[httpx.AsyncClient]) -> None:
    shops = await our_shops(yard)
    for _ in range(2):
        yard.workers.start()

    asked = await asyncio.gather(
        *(client.post(f"/feedbacks/{shop.id}/sync") for shop in shops for client in clients * 4)
    )
    await until(lambda: synced(yard), seconds=40)
    await until(lambda: drafted(yard), seconds=40)
    published = await publish_everything(yard, clients)
    await until(lambda: nothing_open(yard), seconds=60)

    assert {answer.status_code for answer in asked} == {202}
    assert len({answer.json()["id"] for answer in asked}) == SHOPS
    runs = Counter(row.shop_id for row in await yard.rows("SELECT shop_id FROM jobs WHERE kind = 'SyncFeedbacks'"))
    assert set(runs.values()) == {1}
    for shop in shops:
        ledger: dict[str, Any] = yard.simulator.ask("/summary", sid=shop.seller_id)
        assert ledger["over_budget"] == 0
        assert ledger["duplicates"] == 0
    assert sum(int(str(yard.simulator.ask("/summary", sid=s.seller_id)["answered"])) for s in shops) == published > 0


async def publish_everything(yard: Yard, clients: list[httpx.AsyncClient]) -> int:
    """Each reply is approved at both web processes at the same time."""
    drafts = await yard.rows("SELECT shop_id, feedback_id, version FROM replies WHERE NOT needs_human")
    for draft in drafts:
        path, body = f"/feedbacks/{draft.shop_id}/{draft.feedback_id}/publish", {"version": draft.version}
        both = await asyncio.gather(*(client.post(path, json=body) for client in clients))
        assert all(answer.status_code in (202, 409) for answer in both), [answer.text for answer in both]
        assert any(answer.status_code == 202 for answer in both)
    return len(drafts)


async def synced(yard: Yard) -> bool:
    return await yard.count("jobs WHERE kind = 'SyncFeedbacks' AND state = 'done'") == SHOPS


async def drafted(yard: Yard) -> bool:
    return await yard.count("feedbacks WHERE needs_reply AND reply_state IS NULL") == 0


async def nothing_open(yard: Yard) -> bool:
    return await yard.count(f"replies WHERE state IN {OPEN}") == 0
