"""A hundred thousand random sequences of reports about complaints and chats; prints JSON, exit 1 if one breaks a rule.

`.venv/bin/python -m bench.sequences --sequences 100000`: the storm of tests/cabinet, in many shops on all cores.
"""

import argparse
import asyncio
import json
import sys
import time
from concurrent.futures import ProcessPoolExecutor
from dataclasses import asdict
from datetime import UTC, datetime
from multiprocessing import get_context
from uuid import uuid4

import asyncpg

from app.cli.schema import temporary_database
from app.kit.db import Database
from app.kit.postgres import plain
from app.shops.models import Shop
from bench.cluster import cluster_url
from tests.cabinet.outcome import Outcome, wrong_counts
from tests.cabinet.storm import Storm

AT_ONCE = 500


async def _shop(url: str, *, sequences: int, ticks: int, seed: int) -> Outcome:
    database = Database(url, pool_size=4)
    shop = Shop(id=uuid4(), seller_id=str(uuid4()), name="Буря", created_at=datetime.now(UTC))
    async with database.transaction() as session:
        session.add(shop)
    outcome = await Storm(database, shop.id, feedbacks=sequences, first=0, seed=seed).run(ticks)
    outcome.wrong_counts = await wrong_counts(database, shop.id)
    await database.close()
    return outcome


def shop_of_storms(url: str, sequences: int, ticks: int, seed: int) -> Outcome:
    """In a process of its own."""
    return asyncio.run(_shop(url, sequences=sequences, ticks=ticks, seed=seed))


async def _hurry(url: str) -> None:
    """Nothing here outlives the run, so nobody waits for the disk."""
    connection = await asyncpg.connect(plain(url))
    name = await connection.fetchval("SELECT current_database()")
    await connection.execute(f'ALTER DATABASE "{name}" SET synchronous_commit = off')
    await connection.close()


def main() -> int:
    """From the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sequences", type=int, default=100_000)
    parser.add_argument("--ticks", type=int, default=8)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--processes", type=int, default=4)
    asked = parser.parse_args()
    began, total = time.monotonic(), Outcome()
    sizes = [min(AT_ONCE, asked.sequences - first) for first in range(0, asked.sequences, AT_ONCE)]
    with (
        temporary_database(cluster_url()) as url,
        ProcessPoolExecutor(asked.processes, mp_context=get_context("spawn")) as pool,
    ):
        asyncio.run(_hurry(url))
        runs = [pool.submit(shop_of_storms, url, size, asked.ticks, asked.seed + n) for n, size in enumerate(sizes)]
        for number, run in enumerate(runs, 1):
            total = total.plus(run.result())
            if number % 20 == 0:
                print(f"{number * AT_ONCE} sequences, {total.reports} reports", file=sys.stderr, flush=True)
    seconds = round(time.monotonic() - began)
    print(json.dumps({**asdict(total), "holds": total.holds, "seconds": seconds}, indent=2, ensure_ascii=False))
    return 0 if total.holds else 1


if __name__ == "__main__":
    raise SystemExit(main())
