import asyncio

import pytest
from sqlalchemy import text

from app.kit.db import Database, OpenTransaction, direct, forbid_open_transaction

pytestmark = pytest.mark.anyio


async def test_a_block_that_raises_leaves_nothing(database: Database) -> None:
    async def fail() -> None:
        async with database.transaction() as session:
            await session.execute(text("INSERT INTO rate_buckets (key, full_at) VALUES ('k', now())"))
            raise RuntimeError

    with pytest.raises(RuntimeError):
        await fail()

    async with database.transaction() as session:
        assert await session.scalar(text("SELECT count(*) FROM rate_buckets")) == 0


async def test_an_outside_call_inside_a_transaction_is_refused(database: Database) -> None:
    forbid_open_transaction()

    async with database.transaction():
        with pytest.raises(OpenTransaction):
            forbid_open_transaction()

    forbid_open_transaction()


async def test_connections_that_the_server_ended_are_replaced_without_anybody_noticing(database: Database) -> None:
    async def who() -> int:
        async with database.transaction() as session:
            found: int = (await session.execute(text("SELECT pg_backend_pid()"))).scalar_one()
            await asyncio.sleep(0.05)
            return found

    before = set(await asyncio.gather(*(who() for _ in range(4))))
    async with database.glance() as another:
        await another.execute("SELECT pg_terminate_backend(pid) FROM unnest($1::int[]) AS pid", list(before))
    await asyncio.sleep(0.1)

    after = set(await asyncio.gather(*(who() for _ in range(4))))

    assert len(before) == 4
    assert before.isdisjoint(after)


@pytest.mark.parametrize("already_begun", [False, True])
async def test_what_the_driver_writes_under_a_session_is_rolled_back_with_it(
    database: Database, already_begun: bool
) -> None:
    async def fail() -> None:
        async with database.transaction() as session:
            if already_begun:
                await session.execute(text("SELECT 1"))
            await (await direct(session)).execute("INSERT INTO rate_buckets (key, full_at) VALUES ('k', now())")
            raise RuntimeError

    with pytest.raises(RuntimeError):
        await fail()

    async with database.transaction() as session:
        assert await session.scalar(text("SELECT count(*) FROM rate_buckets")) == 0
