"""Claims and outcomes of many jobs at once: none is held up by another's row, and none is mixed up with another."""

import asyncio
from datetime import timedelta

import pytest
from pgqueuer.domain.errors import RetryRequested
from sqlalchemy import text

from app.kit.db import Database
from app.kit.job_ledger import DONE, Ledger, Place
from app.kit.jobs import enqueue
from app.shops.models import Shop
from tests.kit.jobs import Errand, jobs, run_sql

pytestmark = pytest.mark.anyio

LOCK = text("SELECT FROM jobs WHERE id = :id FOR UPDATE")


async def places(database: Database, shop: Shop, words: str) -> list[Place]:
    """Of new jobs, one for each letter."""
    async with database.transaction() as session:
        return [Place(shop.id, await enqueue(session, Errand(shop_id=shop.id, word=word))) for word in words]


async def test_each_of_many_gets_its_own(database: Database, shop: Shop) -> None:
    a, b, gone = await places(database, shop, "abc")
    await run_sql(database, "UPDATE jobs SET attempts = 4 WHERE id = :id", id=b.id)
    await run_sql(database, "UPDATE jobs SET state = 'done' WHERE id = :id", id=gone.id)
    ledger = Ledger(database)

    found = await asyncio.gather(*(ledger.find(place) for place in (a, b, gone)))
    claimed = await asyncio.gather(*(ledger.claim(place, forget_key=False) for place in (b, gone, a)))

    assert [job and job.payload["word"] for job in found] == ["a", "b", None]
    assert claimed == [5, None, 1]


async def test_a_job_that_is_not_due_holds_up_no_other(database: Database, shop: Shop) -> None:
    early, due = await places(database, shop, "ab")
    await run_sql(database, "UPDATE jobs SET run_after = now() + interval '50 seconds' WHERE id = :id", id=early.id)
    ledger = Ledger(database)

    refused, claimed = await asyncio.gather(
        ledger.claim(early, forget_key=False), ledger.claim(due, forget_key=False), return_exceptions=True
    )

    assert isinstance(refused, RetryRequested)
    assert timedelta(seconds=45) < refused.delay <= timedelta(seconds=50)
    assert claimed == 1


async def test_a_row_that_somebody_holds_is_waited_for_and_holds_up_no_other(database: Database, shop: Shop) -> None:
    held, free = await places(database, shop, "ab")
    ledger = Ledger(database)

    async with database.transaction() as session:
        await session.execute(LOCK, {"id": held.id})
        waiting = asyncio.create_task(ledger.claim(held, forget_key=False))
        assert await asyncio.wait_for(ledger.claim(free, forget_key=False), 3) == 1
        assert not waiting.done()

    assert await asyncio.wait_for(waiting, 3) == 1


async def test_an_outcome_is_written_even_when_somebody_holds_the_row(database: Database, shop: Shop) -> None:
    held, free = await places(database, shop, "ab")
    ledger = Ledger(database)

    async with database.transaction() as session:
        await session.execute(LOCK, {"id": held.id})
        waiting = asyncio.create_task(ledger.write_down(held, DONE, key=None))
        await asyncio.wait_for(ledger.write_down(free, DONE, key=None), 3)
        assert not waiting.done()

    await asyncio.wait_for(waiting, 3)
    assert [job.state for job in await jobs(database)] == ["done", "done"]


async def test_who_asks_for_the_same_jobs_in_another_order_does_not_lock_a_group_out(
    database: Database, shop: Shop
) -> None:
    first, last = Errand(shop_id=shop.id, key="a"), Errand(shop_id=shop.id, key="b")
    async with database.transaction() as session:
        found = [Place(shop.id, await enqueue(session, job)) for job in (first, last)]
    ledger = Ledger(database)

    async with database.direct() as connection:
        await enqueue(connection, last)
        claiming = [asyncio.create_task(ledger.claim(place, forget_key=False)) for place in found]
        await asyncio.sleep(0.2)
        await enqueue(connection, first)

    assert await asyncio.wait_for(asyncio.gather(*claiming), 5) == [1, 1]
