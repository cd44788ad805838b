import asyncio
import itertools
import time

import pytest
from sqlalchemy import text

from app.kit.clock import utc_now
from app.kit.db import Database
from app.kit.limits import Budget, Grant, blocked_until, close, feed_back, take

pytestmark = pytest.mark.anyio
SLOW = Budget(capacity=3, interval=100)


async def ask(
    database: Database, budget: Budget = SLOW, *, key: str = "k", urgent: bool = True, patience: float = 0
) -> Grant:
    async with database.transaction() as session:
        return await take(session, key, budget, urgent=urgent, patience=patience)


async def pass_time(database: Database, seconds: float, *, key: str = "k") -> None:
    """As if the bucket had been left alone for so long."""
    moved = ", ".join(
        f"{name} = {name} - make_interval(secs => :seconds)" for name in ("full_at", "blocked_until", "urgent_until")
    )
    async with database.transaction() as session:
        await session.execute(
            text(f"UPDATE rate_buckets SET {moved} WHERE key = :key"), {"key": key, "seconds": seconds}
        )


async def test_a_full_bucket_gives_its_capacity_at_once_and_then_says_when(database: Database) -> None:
    grants = [await ask(database) for _ in range(4)]

    assert [grant.granted for grant in grants] == [True, True, True, False]
    assert [grant.wait for grant in grants[:3]] == [0, 0, 0]
    assert grants[3].wait == pytest.approx(100, abs=1)


async def test_tokens_come_back_one_per_interval_and_never_above_capacity(database: Database) -> None:
    for _ in range(3):
        await ask(database)

    await pass_time(database, 101)
    after_one = [(await ask(database)).granted for _ in range(2)]
    await pass_time(database, 10_000)
    after_long = [(await ask(database)).granted for _ in range(4)]

    assert after_one == [True, False]
    assert after_long == [True, True, True, False]


async def test_a_capacity_of_one_is_one_call_per_interval(database: Database) -> None:
    budget = Budget(capacity=1, interval=720)

    grants = [await ask(database, budget) for _ in range(2)]
    await pass_time(database, 719)
    early = await ask(database, budget)
    await pass_time(database, 2)
    due = await ask(database, budget)

    assert [grant.granted for grant in grants] == [True, False]
    assert grants[1].wait == pytest.approx(720, abs=1)
    assert (early.granted, due.granted) == (False, True)


async def test_keys_are_apart(database: Database) -> None:
    for _ in range(3):
        await ask(database, key="one")

    assert not (await ask(database, key="one")).granted
    assert (await ask(database, key="two")).granted


async def test_a_refusal_takes_nothing(database: Database) -> None:
    for _ in range(3):
        await ask(database)

    waits = [(await ask(database)).wait for _ in range(20)]

    assert max(waits) <= 100


async def test_patience_books_tokens_in_a_row(database: Database) -> None:
    budget = Budget(capacity=2, interval=10)

    grants = [await ask(database, budget, patience=25) for _ in range(5)]

    assert [grant.granted for grant in grants] == [True, True, True, True, False]
    assert [grant.wait for grant in grants] == pytest.approx([0, 0, 10, 20, 30], abs=1)


async def test_an_urgent_refusal_keeps_the_others_out_until_its_token_is_due(database: Database) -> None:
    for _ in range(3):
        await ask(database, urgent=False)
    urgent = await ask(database, urgent=True)

    await pass_time(database, 101)
    other = await ask(database, urgent=False)
    served = await ask(database, urgent=True)

    assert not urgent.granted
    assert not other.granted
    assert other.wait > 0
    assert served.granted


async def test_an_ordinary_refusal_keeps_nobody_out(database: Database) -> None:
    for _ in range(3):
        await ask(database, urgent=False)
    await ask(database, urgent=False)

    await pass_time(database, 101)

    assert (await ask(database, urgent=False)).granted


async def test_the_others_pass_again_when_the_urgent_one_never_came_back(database: Database) -> None:
    for _ in range(3):
        await ask(database)
    await ask(database, urgent=True)

    await pass_time(database, 104)

    assert (await ask(database, urgent=False)).granted


async def test_a_closed_bucket_refuses_everybody_until_it_opens(database: Database) -> None:
    async with database.transaction() as session:
        await close(session, "k", seconds=3582)
        await close(session, "k", seconds=10)
        until = await blocked_until(session, "k")

    refused = [await ask(database, urgent=urgent, patience=60) for urgent in (False, True)]
    await pass_time(database, 3583)
    opened = await ask(database, urgent=True)

    assert until is not None
    assert (until - utc_now()).total_seconds() == pytest.approx(3582, abs=5)
    assert [grant.granted for grant in refused] == [False, False]
    assert refused[0].wait == pytest.approx(3582, abs=5)
    assert opened.granted


async def test_a_closed_bucket_may_be_in_use_already(database: Database) -> None:
    await ask(database)
    async with database.transaction() as session:
        await close(session, "k", seconds=50)

    assert not (await ask(database)).granted


async def test_a_lower_count_of_the_other_side_is_believed_a_higher_one_is_not(database: Database) -> None:
    await ask(database)
    async with database.transaction() as session:
        await feed_back(session, "k", SLOW, left=0)
    emptied = await ask(database)
    async with database.transaction() as session:
        await feed_back(session, "k", SLOW, left=2)
        await feed_back(session, "k", SLOW, left=99)
    still = await ask(database)

    assert not emptied.granted
    assert emptied.wait == pytest.approx(100, abs=1)
    assert not still.granted


async def test_many_connections_never_get_more_than_the_budget(database: Database) -> None:
    budget = Budget(capacity=5, interval=0.05)
    taken: list[float] = []
    started = time.monotonic()

    async def keep_asking() -> None:
        while time.monotonic() < started + 1.5:
            if (await ask(database, budget, urgent=False)).granted:
                taken.append(time.monotonic())
            await asyncio.sleep(0)

    await asyncio.gather(*(keep_asking() for _ in range(10)))
    seconds = time.monotonic() - started

    assert len(taken) <= budget.capacity + seconds / budget.interval
    assert len(taken) >= 0.8 * (budget.capacity + 1.5 / budget.interval)


async def test_many_at_once_on_a_new_key(database: Database) -> None:
    grants = await asyncio.gather(*(ask(database) for _ in range(18)))

    assert sum(grant.granted for grant in grants) == 3


async def test_booked_turns_of_many_connections_are_an_interval_apart(database: Database) -> None:
    budget = Budget(capacity=1, interval=10)

    grants = await asyncio.gather(*(ask(database, budget, patience=1000) for _ in range(15)))

    waits = sorted(grant.wait for grant in grants)
    assert all(late - early > 9 for early, late in itertools.pairwise(waits))


async def test_what_is_rolled_back_was_not_taken(database: Database) -> None:
    for _ in range(10):
        async with database.transaction() as session:
            await take(session, "k", SLOW)
            await session.rollback()

    assert (await ask(database)).granted
