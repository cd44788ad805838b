"""§1, rules for every call, on every route of the surface's own document.

Bad tokens and scopes: tests/extension/test_auth.py; the envelope of each error: test_errors.py; limits: test_limits.py;
sizes: test_sizes.py; origins: test_cors.py; foreign shops and records: test_tenants.py here.
"""

import asyncio
from datetime import datetime
from typing import Any

import httpx
import pytest

from app.kit.db import Database
from app.kit.settings import Settings
from app.main import create_app
from tests.cabinet.world import World
from tests.contract.desk import DETAILS, Desk, page_row, verdict_row
from tests.contract.routes import OF_A_RECORD, ROUTES, Victim, call
from tests.contract.shapes import instant, misfits
from tests.extension.callers import ORIGIN, Extension, code_of
from tests.factories import Make

pytestmark = pytest.mark.anyio
LIMITED = [route for route in ROUTES if route[1] != "/health"]


@pytest.mark.parametrize(("method", "path"), LIMITED)
async def test_a_good_answer_has_every_header_that_the_clients_read(
    extension: Extension,
    victim: Victim,
    method: str,
    path: str,
) -> None:
    client = await extension.client(victim.owner)
    client.headers["Origin"] = ORIGIN

    answer = await call(client, method, path, victim)

    assert answer.is_success
    assert answer.headers["content-type"] == "application/json"
    assert answer.content.decode("utf-8")
    assert answer.headers["cache-control"] == "no-store"
    assert answer.headers["access-control-allow-origin"] == ORIGIN
    assert int(answer.headers["x-ratelimit-limit"]) >= int(answer.headers["x-ratelimit-remaining"]) >= 0
    assert misfits(answer.headers["x-ratelimit-reset"], instant) == []
    assert datetime.fromisoformat(answer.headers["x-ratelimit-reset"]).tzinfo is not None
    assert "location" not in answer.headers


@pytest.mark.parametrize(("method", "path"), ROUTES)
async def test_a_slash_too_many_redirects_nowhere(
    extension: Extension,
    victim: Victim,
    method: str,
    path: str,
) -> None:
    client = await extension.client(victim.owner)

    answer = await call(client, method, f"{path}/", victim)

    assert (answer.status_code, code_of(answer)) == (404, "NOT_FOUND")


@pytest.mark.parametrize("path", [path for method, path in ROUTES if method == "POST"])
async def test_every_report_may_arrive_twice_and_eight_times_at_once(
    extension: Extension,
    victim: Victim,
    path: str,
) -> None:
    client = await extension.client(victim.owner)
    await call(client, "POST", path, victim)
    before = await counted(victim)

    answers = await asyncio.gather(*(call(client, "POST", path, victim) for _ in range(8)))

    assert {answer.status_code for answer in answers} <= ({409} if path.endswith("/sent") else {200})
    assert path in OF_A_RECORD or await counted(victim) == before


async def counted(victim: Victim) -> list[int]:
    """Rows of everything that grows with reports."""
    tables = ("standing_events", "page_states", "chat_links", "chat_link_events", "evidence", "standings")
    async with victim.database.glance() as connection:
        return [await connection.fetchval(f"SELECT count(*) FROM {table}") for table in tables]


async def test_reports_in_the_wrong_order_end_as_in_the_right_one(world: World, desk: Desk) -> None:
    """Evidence before the verdict, the verdict before «sent», the page of before all of it at the end."""
    feedback = await world.feedback()
    await world.draft(feedback)
    stale = page_row(feedback)
    text = f"{feedback.written_at:%d.%m.%Y в %H:%M}"

    kept = await desk.post(
        "/complaint-details",
        {"storeId": desk.store_id, "complaint": {**DETAILS, "feedbackDate": text, "articul": str(feedback.nm_id)}},
    )
    await desk.check(verdict_row(feedback, "Жалоба одобрена"))
    sent = await desk.sent(feedback)
    await desk.check(verdict_row(feedback, "Проверяем жалобу"))
    await desk.sync(stale)

    assert kept["data"]["created"] is True
    assert sent.status_code == 409
    assert await desk.stands(feedback, "complaint", "filed_by") == ("approved", "us")
    assert set((await desk.backlog()).values()) == {0}


async def test_a_pool_that_is_exhausted_is_503_which_the_clients_repeat(
    extension: Extension, settings: Settings, database: Database, make: Make
) -> None:
    issued = await extension.token(await make.user())
    small = Database(database.url, pool_size=1)
    app: Any = create_app(settings, database=small, vault=extension.vault)
    client: httpx.AsyncClient = Extension(app, small, extension.vault, make).with_token(issued.secret, timeout=30)

    async with small.glance():
        answer = await client.get("/stores")
    later = await client.get("/stores")
    await client.aclose()
    await small.close()

    assert (answer.status_code, code_of(answer)) == (503, "SERVICE_UNAVAILABLE")
    assert later.status_code == 200
