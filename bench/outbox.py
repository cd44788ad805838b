"""The outbox: jobs enqueued each in its own transaction, worked by one process, and how long an idle one takes."""

import argparse
import asyncio
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from uuid import UUID, uuid4

import asyncpg
import psutil
import uvloop
from cryptography.fernet import Fernet

from app.cli.processes import ChildDied, Children
from app.cli.schema import temporary_database
from app.kit.db import Database
from app.kit.jobs import enqueue
from app.kit.postgres import plain
from bench.cluster import Connection, cluster_url
from bench.load import Timing, closed_loop, timing
from bench.noop import NoOp
from bench.report import Row, add_output, output

WRITERS = 8
ENQUEUE_BAR, WORK_BAR, LATENCY_BAR = 2_000, 1_000, 100
_BARE = """
INSERT INTO jobs (shop_id, id, kind, payload, state, attempts, run_after, created_at)
VALUES ($1, $2, 'Bare', '{}', 'done', 0, now(), now())
"""


async def enqueueing(url: str, shop: UUID, *, writers: int, seconds: float) -> list[Row]:
    """Each in a transaction of its own, against one bare INSERT into the same table in its own transaction."""
    database = Database(url, pool_size=writers)

    async def in_a_session() -> None:
        async with database.transaction() as session:
            await enqueue(session, NoOp(shop_id=shop))

    async def over_the_driver() -> None:
        async with database.direct() as connection:
            await enqueue(connection, NoOp(shop_id=shop))

    async with asyncpg.create_pool(plain(url), min_size=writers, max_size=writers) as pool:

        async def bare() -> None:
            async with pool.acquire() as connection:
                await connection.execute(_BARE, shop, uuid4())

        floor = await closed_loop([bare] * writers, seconds=seconds)
        driver = await closed_loop([over_the_driver] * writers, seconds=seconds)
        session = await closed_loop([in_a_session] * writers, seconds=seconds)
    await database.close()
    return [
        _enqueued(f"enqueued, {writers} at once", driver, floor),
        _enqueued(f"enqueued in a session, {writers} at once", session, floor),
    ]


def _enqueued(case: str, taken: Timing, floor: Timing) -> Row:
    return {
        "case": case,
        "per second": taken.per_second,
        "p50 ms": taken.p50,
        "p99 ms": taken.p99,
        "bare INSERT/s": floor.per_second,
        "share": round(taken.per_second / floor.per_second, 2),
        "met": taken.per_second >= ENQUEUE_BAR,
    }


async def working(url: str, process: psutil.Process) -> Row:
    """What waits now, until nothing does; timed by the database's own stamps."""
    async with Connection(url) as connection:
        while await connection.fetchval("SELECT EXISTS (SELECT FROM jobs WHERE state IN ('queued', 'running'))"):
            if process.status() == psutil.STATUS_ZOMBIE:
                raise ChildDied("the worker ended before its work")
            await asyncio.sleep(0.3)
        [(jobs, seconds)] = await connection.fetch(
            "SELECT count(*), extract(epoch FROM max(finished_at) - min(started_at)) FROM jobs WHERE kind = 'NoOp'"
        )
    speed = jobs / max(0.001, float(seconds))
    return {"case": f"worked, {jobs} no-ops", "per second": round(speed, 1), "met": speed >= WORK_BAR}


async def idle_latency(url: str, shop: UUID, *, times: int) -> Row:
    """From the moment the commit returned to the moment the job was claimed."""
    database = Database(url, pool_size=1)
    committed: dict[UUID, float] = {}
    for _ in range(times):
        async with database.transaction() as session:
            job_id = await enqueue(session, NoOp(shop_id=shop))
        committed[job_id] = time.time()
        await asyncio.sleep(0.15)
    await asyncio.sleep(6)
    await database.close()
    async with Connection(url) as connection:
        started = await connection.fetch(
            "SELECT id, extract(epoch FROM started_at) AS at FROM jobs WHERE id = ANY($1)", list(committed)
        )
    taken = timing([max(0.0, float(row["at"]) - committed[row["id"]]) for row in started], 1)
    return {"case": "idle, commit to start", "p50 ms": taken.p50, "p99 ms": taken.p99, "met": taken.p99 <= LATENCY_BAR}


@contextmanager
def worker(url: str) -> Iterator[psutil.Process]:
    """`app.worker.main` but for its handlers."""
    with Children(Path(".data/logs"), quiet=True) as children:
        env = {"DATABASE_URL": plain(url), "SECRET_KEYS": Fernet.generate_key().decode(), "LOG_LEVEL": "WARNING"}
        yield psutil.Process(children.start("worker", "bench.noop", env=env).pid)


async def _a_shop(url: str) -> UUID:
    shop = uuid4()
    async with Connection(url) as connection:
        await connection.execute(
            "INSERT INTO shops (id, seller_id, name, created_at) VALUES ($1, 'bench', '', now())", shop
        )
    return shop


async def measure(url: str, *, seconds: float, jobs: int) -> list[Row]:
    """Enqueue with nobody listening, then let one worker in, then trouble it while it idles."""
    shop = await _a_shop(url)
    rows = []
    for writers in (1, WRITERS):
        rows += await enqueueing(url, shop, writers=writers, seconds=seconds)
    async with Connection(url) as connection:
        await connection.execute("TRUNCATE jobs, pgqueuer")
    await _enqueue_many(url, shop, jobs)
    with worker(url) as process:
        cpu = process.cpu_times
        rows.append(await working(url, process))
        rows[-1]["worker's CPU, s"] = round(sum(cpu()[:2]), 1)
        rows.append(await idle_latency(url, shop, times=100))
        megabytes = round(process.memory_info().rss / 2**20, 1)
        rows.append({"case": "memory of the worker, MB", "per second": megabytes, "met": megabytes <= 180})
    return rows


async def _enqueue_many(url: str, shop: UUID, jobs: int) -> None:
    database = Database(url, pool_size=1)
    async with database.transaction() as session:
        for _ in range(jobs):
            await enqueue(session, NoOp(shop_id=shop))
    await database.close()


def run(*, seconds: float = 3, jobs: int = 5_000) -> list[Row]:
    """On an empty database."""
    with temporary_database(cluster_url()) as url:
        return uvloop.run(measure(url, seconds=seconds, jobs=jobs))


def main() -> None:
    """From the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    add_output(parser)
    parser.add_argument("--seconds", type=float, default=3, help="for each enqueueing loop")
    parser.add_argument("--jobs", type=int, default=5_000)
    asked = parser.parse_args()
    output("outbox", run(seconds=asked.seconds, jobs=asked.jobs), asked)


if __name__ == "__main__":
    main()
