"""The sync over real HTTP with the simulator's process: 25,000 feedbacks, complete, at the least number of calls."""

import asyncio
import random
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from math import ceil
from typing import Any

import httpx
import pytest
from sqlalchemy import func, select, update

from app.cli.processes import Children, free_port
from app.feedbacks.jobs import SyncFeedbacks
from app.feedbacks.models import Feedback, SyncState
from app.feedbacks.sync import SyncPace, sync_feedbacks
from app.kit.db import Database
from app.kit.secrets import Vault
from app.kit.settings import Settings
from app.shops.models import Shop
from app.wildberries.build import open_wildberries
from tests.factories import Make

pytestmark = [pytest.mark.anyio, pytest.mark.slow]
SPEED = 50
ROWS = 25_000
LIST = "/feedbacks-api/api/v1/feedbacks"


@pytest.fixture(scope="module")
def simulator_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A process of its own, fifty times faster than the world."""
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    with Children(tmp_path_factory.mktemp("simulator"), quiet=True) as children:
        children.start("simulator", "simulator", "--port", str(port), "--speed", str(SPEED), env={})
        children.wait_until_up("simulator", f"{url}/__sim/clock")
        yield url


class Simulator:
    """One seller's cabinet, by the control API."""

    def __init__(self, http: httpx.AsyncClient) -> None:
        self.http = http
        self.sid = ""

    async def order(self, path: str, **body: Any) -> Any:
        answer = await self.http.post(f"/__sim{path}", json=body)
        answer.raise_for_status()
        return answer.json()

    async def ask(self, path: str, /, **params: Any) -> Any:
        answer = await self.http.get(f"/__sim{path}", params={"sid": self.sid, **params})
        answer.raise_for_status()
        return answer.json()

    async def fill(self, rows: int) -> list[str]:
        """Unanswered, of the last 25 days; two share each second."""
        now, ids = datetime.now(UTC), []
        for start in range(0, rows, 5000):
            ages = [25 * 86_400 * (n // 2 * 2) / rows for n in range(start, start + 5000)]
            written = [
                {"text": "Хорошо", "createdDate": (now - timedelta(seconds=int(age))).isoformat()} for age in ages
            ]
            ids += (await self.order("/feedbacks", sid=self.sid, feedbacks=written))["ids"]
        return ids

    async def list_calls(self) -> list[str]:
        entries = (await self.ask("/ledger", method="GET", path=LIST, limit=1000))["entries"]
        return [entry["path"] for entry in entries]


@pytest.fixture
async def simulator(simulator_url: str) -> AsyncIterator[Simulator]:
    async with httpx.AsyncClient(base_url=simulator_url, timeout=60, trust_env=False) as http:
        yield Simulator(http)


@pytest.fixture
async def shop(simulator: Simulator, make: Make) -> Shop:
    minted = await simulator.order("/tokens", kind="personal")
    simulator.sid = minted["sid"]
    return await make.shop(token=minted["token"], seller_id=minted["sid"])


@pytest.fixture
def settings(settings: Settings, simulator_url: str) -> Settings:
    return settings.model_copy(
        update={
            "wb_feedbacks_url": f"{simulator_url}/feedbacks-api",
            "wb_common_url": f"{simulator_url}/common-api",
            "wb_speed": SPEED,
        }
    )


@asynccontextmanager
async def answering(simulator: Simulator, wb_ids: list[str], *, over: float) -> AsyncIterator[None]:
    """Meanwhile somebody answers these in the portal, one after another, within so many seconds."""

    async def answer_all() -> None:
        for wb_id in wb_ids:
            await simulator.order(f"/feedbacks/{wb_id}/answer", text="Спасибо за отзыв!")
            await asyncio.sleep(over / len(wb_ids) / 2)

    task = asyncio.create_task(answer_all())
    yield
    await task


async def run(shop: Shop, *, database: Database, settings: Settings, vault: Vault, page_size: int) -> SyncState:
    async with open_wildberries(settings, database, vault) as wb:
        pace = SyncPace(page_size=page_size, every=600)
        await sync_feedbacks(SyncFeedbacks(shop_id=shop.id), database=database, source=wb.feedbacks, pace=pace)
    async with database.transaction() as session:
        return await session.get_one(SyncState, shop.id)


async def stored_ids(database: Database, shop: Shop) -> set[str]:
    async with database.transaction() as session:
        return set(await session.scalars(select(Feedback.wb_id).where(Feedback.shop_id == shop.id)))


async def test_25000_are_synced_while_500_are_being_answered(
    simulator: Simulator, shop: Shop, database: Database, settings: Settings, vault: Vault
) -> None:
    ids = await simulator.fill(ROWS)
    chosen = random.Random(1).sample(ids, k=500)

    async with answering(simulator, chosen, over=8):
        await run(shop, database=database, settings=settings, vault=vault, page_size=500)

    calls, tally = await simulator.list_calls(), await simulator.ask("/summary")
    least = ceil(ROWS / 500) + ceil(500 / 500) + 1
    assert await stored_ids(database, shop) == set(ids)
    assert len(calls) <= least * 1.05
    assert tally["over_budget"] == 0

    async with database.transaction() as session:
        await session.execute(update(SyncState).values(rescanned_at=datetime.now(UTC) - timedelta(days=2)))
    await run(shop, database=database, settings=settings, vault=vault, page_size=5000)

    async with database.transaction() as session:
        answered = await session.scalar(
            select(func.count()).where(Feedback.shop_id == shop.id, Feedback.answer_text.is_not(None))
        )
        deleted = await session.scalar(
            select(func.count()).where(Feedback.shop_id == shop.id, Feedback.deleted_at.is_not(None))
        )
    assert (answered, deleted) == (500, 0)


async def test_a_quiet_cabinet_costs_the_minimum_at_the_largest_page(
    simulator: Simulator, shop: Shop, database: Database, settings: Settings, vault: Vault
) -> None:
    ids = await simulator.fill(ROWS)

    state = await run(shop, database=database, settings=settings, vault=vault, page_size=5000)

    calls, tally = await simulator.list_calls(), await simulator.ask("/summary")
    assert await stored_ids(database, shop) == set(ids)
    assert sorted(calls) == [LIST] * (5 + 1) + [f"{LIST}/archive"]
    assert (state.rows, tally["over_budget"]) == (ROWS, 0)
