"""The client over real HTTP against the simulator, a process that shares no code with it."""

import asyncio
import socket
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

from app.kit.db import Database
from app.shops.models import TokenKind
from app.shops.ports import TokenRefusedByWildberries
from app.shops.wb_token import decode_token
from app.wildberries.api import WildberriesApi
from app.wildberries.calls import Caller
from app.wildberries.errors import AmbiguousOutcome, NotObtainable, WbRateLimited
from app.wildberries.feedbacks import incoming
from app.wildberries.probe import WildberriesProbe
from app.wildberries.transport import Hosts, WildberriesTransport, open_http

pytestmark = pytest.mark.anyio
ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def simulator_url() -> Iterator[str]:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    process = subprocess.Popen([sys.executable, "-m", "simulator", "--port", str(port)], cwd=ROOT)
    url = f"http://127.0.0.1:{port}"
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline:
        try:
            httpx.get(f"{url}/__sim/clock", trust_env=False)
            break
        except httpx.TransportError:
            time.sleep(0.05)
    yield url
    process.terminate()
    process.wait(timeout=5)


@pytest.fixture
async def control(simulator_url: str) -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(base_url=f"{simulator_url}/__sim", trust_env=False) as control:
        await control.post("/reset")
        yield control


@pytest.fixture
async def api(simulator_url: str, database: Database) -> AsyncIterator[WildberriesApi]:
    hosts = Hosts(feedbacks=f"{simulator_url}/feedbacks-api", common=f"{simulator_url}/common-api")
    async with open_http() as http:
        yield WildberriesApi(WildberriesTransport(http, database, hosts=hosts))


@pytest.fixture
async def caller(control: httpx.AsyncClient) -> Caller:
    minted = await order(control, "/tokens", {})
    return Caller(token=minted["token"], seller_id=minted["sid"], kind=TokenKind.PERSONAL, urgent=True)


async def order(control: httpx.AsyncClient, path: str, body: Any) -> Any:
    answer = await control.post(path, json=body)
    assert answer.status_code == 200, answer.text
    return answer.json()


async def one_waiting(control: httpx.AsyncClient, caller: Caller, api: WildberriesApi) -> str:
    await order(control, "/seed", {"sid": caller.seller_id, "count": 3, "answered": 0, "archived": 0, "rating_only": 0})
    page = await api.feedbacks(caller, is_answered=False, take=10, skip=0)
    return page.items[0].feedback.id


async def test_three_lists_hold_everything_and_nothing_is_broken(
    api: WildberriesApi, caller: Caller, control: httpx.AsyncClient
) -> None:
    await order(control, "/seed", {"sid": caller.seller_id, "count": 300})

    waiting = await api.feedbacks(caller, is_answered=False, take=5000, skip=0)
    processed = await api.feedbacks(caller, is_answered=True, take=5000, skip=0)
    archive = await api.archive(caller, take=5000, skip=0)
    unanswered = await api.count_unanswered(caller)
    counted = await api.feedbacks_count(caller, is_answered=True)

    pages = (waiting, processed, archive)
    read = {row.feedback.id: incoming(row) for page in pages for row in page.items}
    assert [list(page.broken) for page in pages] == [[], [], []]
    assert len(read) == 300
    assert unanswered.count_unanswered == waiting.total_unanswered
    assert counted == processed.total_processed
    moments = [row.feedback.created_date for row in waiting.items]
    assert moments == sorted(moments, key=str)


async def test_a_window_is_inclusive_to_the_second(
    api: WildberriesApi, caller: Caller, control: httpx.AsyncClient
) -> None:
    wb_id = await one_waiting(control, caller, api)
    written_at = (await api.feedback(caller, wb_id)).feedback.created_date
    assert written_at is not None

    inside = await api.feedbacks(caller, is_answered=False, take=10, skip=0, date_from=written_at, date_to=written_at)
    later = written_at + timedelta(seconds=1)
    outside = await api.feedbacks(caller, is_answered=False, take=10, skip=0, date_from=later, date_to=later)

    assert wb_id in [row.feedback.id for row in inside.items]
    assert wb_id not in [row.feedback.id for row in outside.items]


async def test_an_answer_arrives_and_is_seen(api: WildberriesApi, caller: Caller, control: httpx.AsyncClient) -> None:
    wb_id = await one_waiting(control, caller, api)

    await api.answer(caller, wb_id, "Спасибо за отзыв! 👍")
    await order(control, "/clock/advance", {"seconds": 30})
    seen = incoming(await api.feedback(caller, wb_id))

    assert seen.answer_text == "Спасибо за отзыв! 👍"
    assert seen.answer_editable is True


@pytest.mark.parametrize(("fault", "arrived"), [("drop_before", 0), ("drop_after", 1)])
async def test_a_dropped_write_is_ambiguous_and_was_sent_once(
    api: WildberriesApi, caller: Caller, control: httpx.AsyncClient, fault: str, arrived: int
) -> None:
    wb_id = await one_waiting(control, caller, api)
    await order(control, "/faults", [{"action": fault, "method": "POST", "path": "answer", "times": 1}])

    with pytest.raises(AmbiguousOutcome):
        await api.answer(caller, wb_id, "Спасибо за отзыв!")

    written = (await control.get("/answers", params={"sid": caller.seller_id})).json()
    posts = (await control.get("/ledger", params={"sid": caller.seller_id, "method": "POST"})).json()["entries"]
    assert len(posts) == 1
    assert sum(answer["posts"] for answer in written.values()) == arrived


@pytest.mark.parametrize("fault", [{"action": "status", "status": 503}, {"action": "drop_before"}])
async def test_a_read_survives_two_faults(
    api: WildberriesApi, caller: Caller, control: httpx.AsyncClient, fault: dict[str, Any]
) -> None:
    await order(control, "/faults", [{**fault, "path": "count-unanswered", "times": 2}])

    assert (await api.count_unanswered(caller)).count_unanswered == 0


async def test_a_long_429_is_told_at_once(api: WildberriesApi, caller: Caller, control: httpx.AsyncClient) -> None:
    await order(control, "/faults", [{"action": "rate_limit", "seconds": 3582, "times": 1}])
    started = time.monotonic()

    with pytest.raises(WbRateLimited) as raised:
        await api.count_unanswered(caller)

    assert 3582 < raised.value.retry_after < 3582 * 1.11
    assert time.monotonic() - started < 5


async def test_an_unknown_feedback_is_not_obtainable(api: WildberriesApi, caller: Caller) -> None:
    with pytest.raises(NotObtainable) as raised:
        await api.feedback(caller, "nowhere")

    assert raised.value.status == 422


async def test_a_token_is_confirmed_or_refused(api: WildberriesApi, caller: Caller, control: httpx.AsyncClient) -> None:
    probe, facts = WildberriesProbe(api), decode_token(caller.token)

    found = await probe.confirm(caller.token, facts)
    await order(control, "/tokens/revoke", {"token": caller.token})
    with pytest.raises(TokenRefusedByWildberries):
        await probe.confirm(caller.token, facts)

    assert facts.expires_at > datetime.now(UTC)
    assert found.seller_id == caller.seller_id
    assert found.name


async def test_two_clients_together_stay_within_the_sellers_budget(
    api: WildberriesApi, caller: Caller, control: httpx.AsyncClient, database: Database
) -> None:
    second_database = Database(database.url)
    async with open_http() as http:
        second = WildberriesApi(WildberriesTransport(http, second_database, hosts=api.transport.hosts))
        calls = [client.count_unanswered(caller) for client in (api, second) for _ in range(7)]
        outcomes = await asyncio.gather(*calls)
    await second_database.close()

    told = (await control.get("/summary", params={"sid": caller.seller_id})).json()
    assert len(outcomes) == told["calls"] == 14
    assert told["over_budget"] == 0
