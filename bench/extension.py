"""The extension's API under load: our endpoint, its SQL alone and bare HTTP with that SQL, in one run.

Each loop is closed: 1, 8 and 32 connections. What writes is asked of rows that are ready for it, each once; then the
tables are rewound while the clock stands still. SQL and bare HTTP replay exactly what the application sent for the same
requests, on the same rows.
"""

import argparse
import sys
from collections.abc import Mapping, Sequence
from contextlib import AsyncExitStack
from typing import Any

import asyncpg
import uvloop
from cryptography.fernet import Fernet

from app.kit.postgres import plain
from bench.cores import on_cores, postmaster_of
from bench.data import Scale, add_scale, shop_id
from bench.extension_data import give_tokens, rewind, seasoned
from bench.extension_flat import flatness
from bench.extension_goals import MEGABYTES
from bench.extension_load import Ask, Clock, Connection, encoded
from bench.extension_meter import Meter
from bench.extension_replay import Program, open_pool, replay
from bench.extension_rows import Measured, row, show
from bench.extension_servers import UNLIMITED, bare_path, bare_process, heard
from bench.extension_work import Work, works
from bench.report import Row, add_output, output
from bench.serving import Web, web_process

LOADS = (1, 8, 32)
KINDS = ("ours", "plain", "json", "sql")
BIG = Scale(1_400_000, 100)
POOL = 10
"""DATABASE_POOL's default, for all three."""

_LEND_ON = """
UPDATE standings SET leased_until = now() + interval '15 minutes' WHERE shop_id = $1 AND leased_to IS NOT NULL
"""


class Bench:
    """The servers, a pool for the SQL alone, and a connection that rewinds."""

    def __init__(
        self, ours: Web, bare: Web, pool: "asyncpg.Pool[Any]", control: "asyncpg.Connection[Any]",
        programs: Mapping[str, Sequence[Program]],
    ) -> None:  # fmt: skip
        self.ours, self.bare, self.pool, self.control, self.programs = ours, bare, pool, control, programs

    async def measure(self, work: Work, kind: str, load: int, seconds: float, into: Measured | None) -> None:
        """One loop; the first of each kind goes into nothing, it warms up."""
        web = {"ours": self.ours, "plain": self.bare, "json": self.bare}.get(kind)
        meter = await Meter.of(web.process if web else None, self.control)
        clock = Clock(seconds, at_least=load)
        async with AsyncExitStack() as opened:
            asks = [await self._ask(work, kind, web, opened) for _ in range(load)]
            while not clock.over:
                await self.prepare(work)
                with meter:
                    await clock.round(asks, len(work.requests) if work.writes else None)
        if into is not None:
            into.timings.setdefault(load, []).append(clock.timing())
            if load == LOADS[1]:
                into.server.append(meter.server / len(clock.taken))
                into.database.append(meter.database / len(clock.taken))

    async def _ask(self, work: Work, kind: str, web: Web | None, opened: AsyncExitStack) -> Ask:
        size = len(work.requests)
        if web is None:
            programs = self.programs[work.name]

            async def alone(number: int) -> None:
                await replay(self.pool, programs[number % size])

            return alone
        http = await Connection.open(web.url, work.answers)
        opened.callback(http.close)
        ready = [
            encoded(each, path="" if kind == "ours" else bare_path(kind, work.name, number))
            for number, each in enumerate(work.requests)
        ]

        async def ask(number: int) -> None:
            await http.ask(ready[number % size])

        return ask

    async def prepare(self, work: Work) -> None:
        """The rows as the first request of this work shall find them."""
        if work.writes:
            await rewind(self.control)
        if work.leased:
            await self.control.execute(_LEND_ON, shop_id(0))


async def caught(url: str, key: str, control: "asyncpg.Connection[Any]", chosen: Sequence[Work]) -> Any:
    """What each request of each work sends to the database; afterwards the tables are as they were."""
    programs: dict[str, list[Program]] = {}
    async with heard(url, key) as app:
        for work in chosen:
            await rewind(control)
            if work.leased:
                await app.program(work.requests[0], work.answers)
            programs[work.name] = [await app.program(request, work.answers) for request in work.requests]
    await rewind(control)
    return programs


async def run(
    url: str, *, seconds: float, repeats: int, loads: Sequence[int] = LOADS, only: str = "", rows: int = 100,
    kinds: Sequence[str] = KINDS,
) -> list[Row]:  # fmt: skip
    """Every row of the table whose name holds `only`, and the server's memory at the end; `kinds` begins with ours."""
    key = Fernet.generate_key().decode()
    control = await asyncpg.connect(plain(url))
    await give_tokens(control, key)
    await rewind(control)  # a run that was broken off left its rows behind
    chosen = [work for work in await works(control, rows=rows) if only in work.name]
    programs = await caught(url, key, control, chosen)
    limits = {name: str(UNLIMITED) for name in ("EXTENSION_READS_PER_MINUTE", "EXTENSION_REPORTS_PER_MINUTE")}
    told = {work.name: (work.answers[0], programs[work.name]) for work in chosen}
    made: list[Row] = []
    with (
        web_process(url, SECRET_KEYS=key, DATABASE_POOL=str(POOL), **limits) as ours,
        bare_process(url, told, pool=POOL) as bare,
    ):
        pool = await open_pool(plain(url), POOL)
        bench = Bench(ours, bare, pool, control, programs)
        for work in chosen:
            if work.leased:
                await rewind(control)
                await bench.measure(work, "ours", 1, 0, None)
            measured = {kind: Measured() for kind in kinds}
            for kind in kinds:
                await bench.measure(work, kind, max(loads), min(seconds, 1), None)
            for _ in range(repeats):
                for load in loads:
                    for kind, into in measured.items():
                        await bench.measure(work, kind, load, seconds, into)
            made.append(row(work.name, measured, loads, programs[work.name]))
            print(made[-1], file=sys.stderr, flush=True)
        await rewind(control)
        await pool.close()
        made.append({"case": "memory of the web process, MB", "MB": ours.megabytes, "met": ours.megabytes <= MEGABYTES})
    await control.close()
    return made


def main() -> None:
    """From the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    add_scale(parser)
    add_output(parser)
    parser.add_argument("--seconds", type=float, default=10.0, help="for each loop")
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--only", default="", help="rows whose name holds this")
    parser.add_argument("--loads", type=int, nargs="+", default=LOADS, help="connections; CPU is metered at 8")
    parser.add_argument("--beside", nargs="*", choices=KINDS[1:], default=KINDS[1:], help="what is measured as well")
    parser.add_argument("--cores", type=int, default=2, help="for client, server and database together; 0: all")
    parser.add_argument("--flat", action="store_true", help="only /tasks and /stores, at 1.4M of 100 shops as well")
    asked = parser.parse_args()
    scale = Scale(asked.feedbacks, asked.shops)
    if asked.flat:
        urls = {each.database: seasoned(each, fresh=asked.fresh) for each in (scale, BIG)}
        rows = uvloop.run(flatness(urls, seconds=asked.seconds, repeats=asked.repeats))
        output("extension, flat", rows, asked)
        return
    url = seasoned(scale, fresh=asked.fresh)
    with on_cores(asked.cores, uvloop.run(postmaster_of(url))):
        work = run(
            url, seconds=asked.seconds, repeats=asked.repeats, loads=asked.loads, only=asked.only,
            kinds=("ours", *asked.beside),
        )  # fmt: skip
        rows = uvloop.run(work)
    show(f"extension, {asked.feedbacks:,} feedbacks", rows, asked)


if __name__ == "__main__":
    main()
