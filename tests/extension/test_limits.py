"""A token's limits: counted over all processes, never more than allowed, told with every answer."""

import asyncio
from collections import Counter
from contextlib import AsyncExitStack
from datetime import UTC, datetime, timedelta

import httpx
import pytest
from fastapi import FastAPI
from sqlalchemy import text
from starlette.datastructures import State

from app.accounts.access_tokens import find_caller
from app.accounts.models import TokenScope
from app.extension.allowance import KEPT, Allowance, Allowances
from app.kit.clock import utc_now
from app.kit.db import Database
from app.kit.secrets import Vault
from app.kit.settings import Settings
from app.main import create_app
from tests.extension.callers import Extension, code_of
from tests.factories import Make

pytestmark = pytest.mark.anyio


class Clock:
    now = 1000.0

    def __call__(self) -> float:
        return self.now


def limited(settings: Settings, *, reads: int = 100, reports: int = 600) -> Settings:
    return settings.model_copy(update={"extension_reads_per_minute": reads, "extension_reports_per_minute": reports})


async def ask(client: httpx.AsyncClient, times: int = 1, method: str = "GET") -> list[httpx.Response]:
    return [await client.request(method, "/nothing") for _ in range(times)]


def test_the_limits_are_those_of_the_contract_unless_configured() -> None:
    settings = Settings(_env_file=None)

    assert (settings.extension_reads_per_minute, settings.extension_reports_per_minute) == (100, 600)


async def test_reads_and_reports_are_counted_apart_and_per_token(
    settings: Settings, database: Database, vault: Vault, make: Make
) -> None:
    app = create_app(limited(settings, reads=3, reports=5), database=database, vault=vault)
    async with Extension(app, database, vault, make) as extension:
        user = await make.user()
        client, other = await extension.client(user), await extension.client(user)

        reads, reports, others = await ask(client, 4), await ask(client, 6, "POST"), await ask(other, 3)

    assert [answer.status_code for answer in reads] == [404] * 3 + [429]
    assert [answer.status_code for answer in reports] == [404] * 5 + [429]
    assert [answer.status_code for answer in others] == [404] * 3
    assert code_of(reads[-1]) == "RATE_LIMITED"


async def test_every_answer_tells_the_limit_what_is_left_and_when_it_is_full_again(
    settings: Settings, database: Database, vault: Vault, make: Make
) -> None:
    app = create_app(limited(settings, reads=3), database=database, vault=vault)
    async with Extension(app, database, vault, make) as extension:
        client = await extension.client(await make.user(), scopes=[TokenScope.READ])
        answers = await ask(client, 4)
        forbidden = (await ask(client, 1, "POST"))[0]

    assert [answer.headers["x-ratelimit-limit"] for answer in answers] == ["3"] * 4
    assert [answer.headers["x-ratelimit-remaining"] for answer in answers] == ["2", "1", "0", "0"]
    for number, answer in enumerate(answers):
        reset = datetime.strptime(answer.headers["x-ratelimit-reset"], "%Y-%m-%dT%H:%M:%S.%fZ").replace(tzinfo=UTC)
        assert len(answer.headers["x-ratelimit-reset"]) == 24
        assert abs(reset - utc_now() - timedelta(seconds=20 * min(number + 1, 3))) < timedelta(seconds=3)
    assert 15 <= int(answers[-1].headers["retry-after"]) <= 20
    assert "retry-after" not in answers[0].headers
    assert (forbidden.status_code, forbidden.headers["x-ratelimit-limit"]) == (403, "600")


async def instances(
    stack: AsyncExitStack, settings: Settings, database: Database, vault: Vault, make: Make, number: int
) -> list[Extension]:
    """As many processes, each with its own connections."""
    found = []
    for _ in range(number):
        own = Database(database.url, pool_size=4)
        stack.push_async_callback(own.close)
        app: FastAPI = create_app(settings, database=own, vault=vault)
        found.append(await stack.enter_async_context(Extension(app, database, vault, make)))
    return found


@pytest.mark.parametrize(("limit", "calls"), [(7, 20), (100, 400)])
async def test_two_processes_together_never_give_more_than_the_limit(
    settings: Settings, database: Database, vault: Vault, make: Make, limit: int, calls: int
) -> None:
    async with AsyncExitStack() as stack:
        both = await instances(stack, limited(settings, reads=limit), database, vault, make, 2)
        issued = await both[0].token(await make.user())
        clients = [one.with_token(issued.secret) for one in both]
        started = utc_now()
        rounds = await asyncio.gather(*(ask(clients[number % 2], calls // 10) for number in range(10)))
        seconds = (utc_now() - started).total_seconds()

    passed = Counter(answer.status_code for answers in rounds for answer in answers)
    assert set(passed) == {404, 429}
    assert limit * 0.9 - 1 <= passed[404] <= limit + limit / 60 * seconds + 1e-9


async def test_one_process_gives_all_of_the_limit(
    settings: Settings, database: Database, vault: Vault, make: Make
) -> None:
    app = create_app(limited(settings, reads=40), database=database, vault=vault)
    async with Extension(app, database, vault, make) as extension:
        client = await extension.client(await make.user())
        answers = await ask(client, 40)

    assert {answer.status_code for answer in answers} == {404}


async def taken_from(database: Database) -> int:
    """How many tokens the one bucket of the test lacks."""
    async with database.transaction() as session:
        ahead = await session.scalar(text("SELECT extract(epoch FROM full_at - clock_timestamp()) FROM rate_buckets"))
    return round(float(ahead or 0))


async def test_a_slow_caller_takes_tokens_one_by_one_and_a_fast_one_by_the_handful(database: Database) -> None:
    """At sixty a minute a token is a second."""
    slow_clock, fast_clock = Clock(), Clock()
    slow, fast = Allowance("slow", 60, slow_clock), Allowance("fast", 600, fast_clock)

    for _ in range(5):
        slow_clock.now += 1
        await slow.spend(database)
    taken_slowly = await taken_from(database)
    async with database.transaction() as session:
        await session.execute(text("DELETE FROM rate_buckets"))
    statements = 0
    for _ in range(100):
        before = fast._left
        await fast.spend(database)
        statements += before == 0

    assert taken_slowly == 5
    assert statements < 15


async def test_a_handful_that_lies_about_is_not_spent_later(database: Database) -> None:
    clock = Clock()
    allowance = Allowance("k", 60, clock)
    for _ in range(4):
        await allowance.spend(database)
    kept = allowance._left

    clock.now += KEPT
    await allowance.spend(database)

    assert kept > 0
    assert await taken_from(database) == 4 + kept + 1


async def test_who_was_refused_is_refused_without_a_query_until_a_token_is_due(database: Database) -> None:
    clock = Clock()
    allowance = Allowance("k", 1, clock)
    first, refused = await allowance.spend(database), await allowance.spend(database)

    async with database.transaction() as session:
        await session.execute(text("DELETE FROM rate_buckets"))
    again = await allowance.spend(database)
    clock.now += refused.wait + 1
    later = await allowance.spend(database)

    assert [one.granted for one in (first, refused, again, later)] == [True, False, False, True]
    assert 55 < refused.wait <= 60
    assert again.wait <= refused.wait


async def test_tokens_come_back_with_time(settings: Settings, database: Database, vault: Vault, make: Make) -> None:
    user = await make.user()
    state = State({"settings": limited(settings, reads=60), "database": database})
    async with Extension(create_app(settings, database=database, vault=vault), database, vault, make) as extension:
        issued = await extension.token(user)
    allowances = [Allowances(state, clock=Clock()) for _ in range(2)]
    async with database.glance() as connection:
        caller = await find_caller(connection, vault.keyed_hashes(issued.secret), now=utc_now())
    assert caller is not None
    for _ in range(60):
        await allowances[0].spend(caller, reporting=False)
    async with database.transaction() as session:
        await session.execute(text("UPDATE rate_buckets SET full_at = full_at - make_interval(secs => 30)"))

    standing = await allowances[1].spend(caller, reporting=False)

    assert standing.granted
    assert standing.remaining == pytest.approx(29, abs=1)
