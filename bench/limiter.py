"""The token bucket: takes per second of eight callers, against the bare UPSERT, on one bucket and on many."""

import argparse
import asyncio
from collections.abc import Sequence
from typing import Any

import asyncpg
from sqlalchemy import event

from app.cli.schema import temporary_database
from app.kit.db import Database
from app.kit.limits import Budget, take
from app.kit.postgres import plain
from bench.cluster import cluster_url
from bench.load import Call, Timing, closed_loop
from bench.report import Row, add_output, output

CALLERS = 8
ENDLESS = Budget(capacity=10**9, interval=0.000001)


async def measure(url: str, seconds: float) -> list[Row]:
    """Every take is its own transaction, as in the WB client."""
    database = Database(url, pool_size=CALLERS)
    try:
        async with asyncpg.create_pool(plain(url), min_size=CALLERS, max_size=CALLERS) as pool:
            statement, values = await _statement(database)
            shared = await _compare(database, pool, (statement, values), ["one"] * CALLERS, seconds)
            own = await _compare(database, pool, (statement, values), [f"own {n}" for n in range(CALLERS)], seconds)
            return [{"case": "one bucket", **shared}, {"case": "a bucket each", **own}]
    finally:
        await database.close()


async def _compare(
    database: Database,
    pool: "asyncpg.Pool[Any]",
    bare: tuple[str, tuple[Any, ...]],
    keys: Sequence[str],
    seconds: float,
) -> Row:
    ours = await closed_loop([_taking(database, key) for key in keys], seconds=seconds)
    floor = await closed_loop([_upserting(pool, bare, key) for key in keys], seconds=seconds)
    return _row(ours, floor)


def _taking(database: Database, key: str) -> Call:
    async def once() -> None:
        async with database.transaction() as session:
            grant = await take(session, key, ENDLESS)
        if not grant.granted:
            raise RuntimeError("the bench's budget must be endless")

    return once


def _upserting(pool: "asyncpg.Pool[Any]", bare: tuple[str, tuple[Any, ...]], key: str) -> Call:
    statement, values = bare
    renamed = tuple(key if value == "sample" else value for value in values)

    async def once() -> None:
        async with pool.acquire() as connection:
            await connection.fetchval(statement, *renamed)

    return once


async def _statement(database: Database) -> tuple[str, tuple[Any, ...]]:
    """What `take` sends, as the driver gets it."""
    seen: list[tuple[str, tuple[Any, ...]]] = []

    def note(connection: Any, cursor: Any, statement: str, values: Any, *_: Any) -> None:
        seen.append((statement, tuple(values)))

    event.listen(database.engine.sync_engine, "before_cursor_execute", note)
    async with database.transaction() as session:
        await take(session, "sample", ENDLESS)
    event.remove(database.engine.sync_engine, "before_cursor_execute", note)
    return next(found for found in seen if "rate_buckets" in found[0])


def _row(ours: Timing, floor: Timing) -> Row:
    return {
        "p50": ours.p50,
        "p99": ours.p99,
        "takes/s": ours.per_second,
        "upserts/s": floor.per_second,
        "share": round(ours.per_second / floor.per_second, 2),
    }


def run(*, seconds: float = 3) -> list[Row]:
    """On an empty database."""
    with temporary_database(cluster_url()) as url:
        return asyncio.run(measure(url, seconds))


def main() -> None:
    """From the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    add_output(parser)
    parser.add_argument("--seconds", type=float, default=3)
    asked = parser.parse_args()
    output(f"limiter, {CALLERS} callers", run(seconds=asked.seconds), asked)


if __name__ == "__main__":
    main()
