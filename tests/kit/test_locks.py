import asyncio
from collections.abc import AsyncIterator

import pytest

from app.kit.db import Database
from app.kit.locks import Locks, LocksLost
from tests.kit.jobs import rows

pytestmark = pytest.mark.anyio


@pytest.fixture
async def ours(database: Database) -> AsyncIterator[Locks]:
    locks = Locks(database)
    yield locks
    await locks.close()


@pytest.fixture
async def theirs(database: Database) -> AsyncIterator[Locks]:
    """Another process's."""
    locks = Locks(database)
    yield locks
    await locks.close()


async def break_connections(database: Database) -> None:
    await rows(
        database,
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
        " WHERE application_name LIKE 'wbrm-locks-%' AND datname = current_database()",
    )
    await asyncio.sleep(0.1)


async def test_one_holder_here_and_elsewhere(ours: Locks, theirs: Locks) -> None:
    assert await ours.acquire("a")

    assert not await ours.acquire("a")
    assert not await theirs.acquire("a")
    assert await theirs.acquire("b")

    await ours.release("a")
    assert await theirs.acquire("a")


async def test_of_many_at_once_one_gets_it(ours: Locks, theirs: Locks) -> None:
    got = await asyncio.gather(*(locks.acquire("a") for locks in (ours, theirs) * 10))

    assert got.count(True) == 1


async def test_a_broken_connection_frees_its_locks_and_the_holder_learns_of_it(
    database: Database, ours: Locks, theirs: Locks
) -> None:
    await ours.acquire("a")
    ours.assert_held("a")

    await break_connections(database)

    with pytest.raises(LocksLost):
        ours.assert_held("a")
    assert await theirs.acquire("a")


async def test_after_a_break_the_old_holder_stays_without_even_when_others_here_go_on(
    database: Database, ours: Locks
) -> None:
    await ours.acquire("old")
    await break_connections(database)

    assert await ours.acquire("new")
    ours.assert_held("new")
    with pytest.raises(LocksLost):
        ours.assert_held("old")


async def test_after_a_break_nobody_here_takes_the_name_before_its_holder_lets_go(
    database: Database, ours: Locks
) -> None:
    await ours.acquire("a")
    await break_connections(database)

    assert not await ours.acquire("a")

    await ours.release("a")
    assert await ours.acquire("a")
    ours.assert_held("a")


async def test_what_was_never_taken_is_not_held_and_can_be_released(ours: Locks) -> None:
    await ours.release("a")

    with pytest.raises(LocksLost):
        ours.assert_held("a")


@pytest.mark.parametrize("pause", [0, 0.0005, 0.002, 0.02])
async def test_a_taker_that_is_called_off_leaves_no_lock_behind(ours: Locks, theirs: Locks, pause: float) -> None:
    await ours.acquire("another's")

    for name in ("a", "another's"):
        taker = asyncio.create_task(ours.acquire(name))
        await asyncio.sleep(pause)
        taker.cancel()
        await asyncio.wait([taker])
        if not taker.cancelled() and taker.result():
            await ours.release(name)
    await asyncio.sleep(0.2)

    assert await theirs.acquire("a")
    assert not await theirs.acquire("another's")
