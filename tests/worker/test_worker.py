"""Workers as processes: they do the work, stop politely, die rudely, and outlive their database's connections."""

import asyncio
import os
import signal
import subprocess
import sys
from collections import Counter
from functools import partial
from uuid import UUID

import pytest

from app.cli.processes import ROOT
from app.feedbacks.jobs import SyncFeedbacks
from app.kit.jobs import enqueue
from app.kit.settings import Settings
from app.shops.models import Shop
from app.worker.consuming import IDLE_POLL
from tests.worker.conftest import Yard, until

pytestmark = [pytest.mark.anyio, pytest.mark.slow]


async def a_shop(yard: Yard, *, feedbacks: int = 3) -> Shop:
    seller_id = str(yard.simulator.order("/tokens")["sid"])
    plain = {"answered": 0, "archived": 0, "rating_only": 0, "amended": 0, "spread_days": 5}
    yard.simulator.order("/seed", sid=seller_id, count=feedbacks, seed=1, **plain)
    return await yard.make.shop(seller_id=seller_id, token=yard.simulator.mint_token(seller_id))


async def sync(yard: Yard, shop: Shop) -> UUID:
    async with yard.database.transaction() as session:
        return await enqueue(session, SyncFeedbacks(shop_id=shop.id))


async def jobs(yard: Yard) -> Counter[str]:
    return Counter(row.state for row in await yard.rows("SELECT state FROM jobs WHERE kind = 'SyncFeedbacks'"))


def slow_lists(yard: Yard, seconds: float) -> None:
    rule = {"action": "latency", "path": "/api/v1/feedbacks", "seconds": seconds, "times": 1}
    yard.simulator.http.post("/faults", json=[rule]).raise_for_status()


async def test_a_worker_works_and_shows_that_it_lives(yard: Yard) -> None:
    shop = await a_shop(yard)
    await sync(yard, shop)

    pid = yard.workers.start()

    await until(lambda: yard.count("replies"), seconds=20)
    [beat] = await yard.rows("SELECT pid, now() - beat_at AS ago FROM workers")
    assert beat.pid == pid
    assert beat.ago.total_seconds() < 3
    await until(lambda: all_synced(yard), seconds=10)


async def test_an_idle_worker_starts_a_job_at_once(yard: Yard) -> None:
    shop = await a_shop(yard)
    yard.workers.start()
    await until(lambda: yard.count("workers"), seconds=15)

    for pause in (3.0, 0.7, 1.1):
        await asyncio.sleep(pause)
        await sync(yard, shop)
        await until(lambda: all_synced(yard), seconds=15)

    waits = await yard.rows(
        "SELECT extract(epoch FROM started_at - created_at) AS waited FROM jobs WHERE kind = 'SyncFeedbacks'"
    )
    assert len(waits) >= 3
    assert max(row.waited for row in waits) < 1


async def test_the_documented_command_starts_and_stops_cleanly(yard: Yard) -> None:
    log = (yard.log_dir / "plain.log").open("wb")
    process = subprocess.Popen(
        [sys.executable, "-m", "app.worker.main"], cwd=ROOT, env={**os.environ, **yard.env}, stderr=log
    )
    await until(lambda: yard.count("workers"), seconds=30)

    process.send_signal(signal.SIGTERM)

    assert await asyncio.to_thread(process.wait, 10) == 0
    assert await yard.count("workers") == 0


async def test_a_polite_stop_lets_the_running_job_end(yard: Yard) -> None:
    shop = await a_shop(yard)
    slow_lists(yard, 2)
    await sync(yard, shop)
    pid = yard.workers.start()
    await until(lambda: was_asked(yard, shop), seconds=15)

    await asyncio.to_thread(yard.workers.stop, pid, seconds=20)

    assert (await jobs(yard)) == {"done": 1}
    assert await yard.count("workers") == 0


async def test_the_job_of_a_killed_worker_runs_again_elsewhere_soon(yard: Yard) -> None:
    shop = await a_shop(yard)
    slow_lists(yard, 20)
    await sync(yard, shop)
    pid = yard.workers.start()
    await until(lambda: was_asked(yard, shop), seconds=15)

    yard.workers.kill(pid)
    yard.workers.start()

    heartbeat = float(yard.env["WORKER_HEARTBEAT_SECONDS"])
    took = await until(
        lambda: yard.count("jobs WHERE kind = 'SyncFeedbacks' AND state = 'done'"),
        seconds=heartbeat + IDLE_POLL.total_seconds() + 8,
    )
    assert took < 30


def test_by_default_a_dead_workers_job_is_taken_over_within_half_a_minute() -> None:
    settings = Settings(_env_file=None)  # type: ignore[call-arg,unused-ignore]

    noticed = settings.worker_heartbeat_seconds + IDLE_POLL.total_seconds()
    longest_wait_for_a_lock = 1.2

    assert noticed + longest_wait_for_a_lock < 25


async def test_of_two_workers_one_syncs_a_shop_and_each_timer_fires_once(yard: Yard) -> None:
    shop = await a_shop(yard, feedbacks=20)
    for _ in range(2):
        yard.workers.start()
    await until(lambda: yard.count("feedbacks"), seconds=30)
    await until(lambda: yard.count("jobs WHERE kind = 'SyncFeedbacks' AND state = 'done'"), seconds=20)

    for _ in range(2):
        await yard.run("UPDATE feedback_syncs SET next_sync_at = now()")
        known = await yard.count("jobs WHERE kind = 'SyncFeedbacks'")
        await until(partial(more_than, yard, known), seconds=15)
        await until(lambda: all_synced(yard), seconds=15)

    assert (await jobs(yard)) == {"done": 3}
    fired = await yard.rows("SELECT entrypoint, count(*) AS n FROM pgqueuer_schedules GROUP BY entrypoint")
    assert {row.n for row in fired} == {1}
    ledger = yard.simulator.ask("/summary", sid=shop.seller_id)
    assert ledger["over_budget"] == 0


async def was_asked(yard: Yard, shop: Shop) -> bool:
    return bool(yard.simulator.ask("/ledger", sid=shop.seller_id)["entries"])


async def more_than(yard: Yard, known: int) -> bool:
    return await yard.count("jobs WHERE kind = 'SyncFeedbacks'") > known


async def all_synced(yard: Yard) -> bool:
    return set(await jobs(yard)) == {"done"}


async def test_a_worker_outlives_the_loss_of_every_connection(yard: Yard) -> None:
    pid = yard.workers.start()
    await until(lambda: yard.count("workers"), seconds=15)

    for _ in range(2):
        await yard.rows(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )
        await asyncio.sleep(0.5)
    shop = await a_shop(yard)
    await sync(yard, shop)

    await until(lambda: yard.count("replies"), seconds=30)
    [beat] = await yard.rows("SELECT pid FROM workers")
    assert beat.pid == pid


async def test_a_worker_waits_for_a_database_that_is_not_there_yet(yard: Yard) -> None:
    nowhere = {**os.environ, **yard.env, "DATABASE_URL": "postgresql://nobody@127.0.0.1:1/nothing"}
    log = yard.log_dir / "nowhere.log"
    process = subprocess.Popen([sys.executable, "-m", "app.worker.main"], cwd=ROOT, env=nowhere, stderr=log.open("wb"))

    async def said_twice() -> bool:
        return log.read_text().count("worker.connection_lost") >= 2

    await until(said_twice, seconds=30)
    process.send_signal(signal.SIGTERM)

    assert await asyncio.to_thread(process.wait, 10) == 0
