"""A page of 5,000 feedbacks: read from Wildberries' JSON, and stored when all are new, known, or changed."""

import argparse
import asyncio
import copy
import json
import random
import time
from collections.abc import Awaitable, Callable, Sequence
from statistics import median
from typing import Any

import asyncpg
from sqlalchemy import event

from app.feedbacks.ports import IncomingFeedback
from app.feedbacks.storing import store
from app.kit.db import Database
from app.wildberries.decoding import decode
from app.wildberries.feedbacks import incoming
from app.wildberries.models import parse_page
from bench.buyers import CONTENT, Buyers
from bench.cluster import Connection
from bench.data import Scale, add_scale, prepare, shop_id
from bench.report import Row, add_output, output
from bench.serving import Statement

PAGE = 5_000
BAR = 1.0


def page_of(count: int) -> list[dict[str, Any]]:
    """In Wildberries' shape; never the same ids as in the database."""
    buyers = Buyers(random.Random(), CONTENT)
    return [buyers.feedback() for _ in range(count)]


def read(body: bytes) -> list[IncomingFeedback]:
    """As the client does, from bytes to typed feedbacks."""
    return [incoming(row) for row in parse_page(decode(body)["data"]).items]


def _body(rows: Sequence[dict[str, Any]]) -> bytes:
    return json.dumps({"data": {"feedbacks": rows}, "error": False}, ensure_ascii=False).encode()


def _changed(rows: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """Each was just answered and looked at, which moves it to other indexes too."""
    changed = copy.deepcopy(list(rows))
    for row in changed:
        row["answer"] = {"text": "Здравствуйте! Спасибо за отзыв.", "state": "wbRu", "editable": True}
        row["wasViewed"] = not row["wasViewed"]
    return changed


class Storing:
    """One page and its changed twin, stored by us and by the bare statements in turn."""

    def __init__(self, database: Database, bare: "asyncpg.Connection[Any]", count: int) -> None:
        self.database = database
        self.bare = bare
        rows = page_of(count)
        self.bodies = _body(rows), _body(_changed(rows))
        self.first, self.second = (read(body) for body in self.bodies)
        self._statements: list[Statement] = []
        event.listen(database.engine.sync_engine, "before_cursor_execute", self._note)

    def _note(self, connection: Any, cursor: Any, statement: str, values: Any, *_: Any) -> None:
        if "unnest" in statement:
            self._statements.append((statement, tuple(values)))

    async def ours(self, page: Sequence[IncomingFeedback]) -> float:
        """Seconds until it is committed."""
        started = time.perf_counter()
        async with self.database.transaction() as session:
            await store(session, shop_id(0), page)
        return time.perf_counter() - started

    async def alone(self) -> float:
        """Seconds of the statements that `_remember` saw, with the same values, over the bare driver."""
        started = time.perf_counter()
        async with self.bare.transaction():
            for statement, values in self._statements:
                await self.bare.fetch(statement, *values)
        return time.perf_counter() - started

    async def forget(self) -> None:
        """As before the bench."""
        ids = [feedback.wb_id for feedback in self.first]
        await self.bare.execute("DELETE FROM feedbacks WHERE shop_id = $1 AND wb_id = ANY($2)", shop_id(0), ids)
        await self.bare.execute("DELETE FROM jobs; DELETE FROM pgqueuer")

    async def rows(self, repeats: int) -> list[Row]:
        """What each kind of page costs; medians."""

        async def known() -> None:
            await self.ours(self.first)

        reading = [_seconds(lambda: read(self.bodies[0])) for _ in range(repeats)]
        made: list[Row] = [{"case": "read from JSON", "seconds": round(median(reading), 3)}]
        made.append(await self._compare("all new", self.forget, self.first, repeats))
        made.append(await self._compare("all known, unchanged", known, self.first, repeats))
        made.append(await self._compare("all changed", known, self.second, repeats))
        await self.forget()
        return made

    async def _compare(
        self, name: str, before: Callable[[], Awaitable[None]], page: Sequence[IncomingFeedback], repeats: int
    ) -> Row:
        ours, alone = [], []
        for _ in range(repeats):
            await before()
            ours.append(await self.ours(page))
            await before()
            await self._remember(page)
            alone.append(await self.alone())
        taken, floor = median(ours), median(alone)
        return {
            "case": name,
            "seconds": round(taken, 3),
            "sql alone": round(floor, 3),
            "times sql": round(taken / floor, 2),
            "met": taken <= BAR,
        }

    async def _remember(self, page: Sequence[IncomingFeedback]) -> None:
        """The statements of this page, without their effect."""
        self._statements = []
        async with self.database.transaction() as session:
            await store(session, shop_id(0), page)
            await session.rollback()


def _seconds(work: Callable[[], object]) -> float:
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


async def measure(url: str, *, page: int, repeats: int) -> list[Row]:
    """Into the big shop, which is left as it was."""
    database = Database(url, pool_size=2)
    try:
        async with Connection(url) as bare:
            rows = await Storing(database, bare, page).rows(repeats)
            await bare.execute("VACUUM ANALYZE feedbacks")
    finally:
        await database.close()
    return rows


def run(url: str, *, page: int = PAGE, repeats: int = 5) -> list[Row]:
    """All three kinds of page, and the reading."""
    return asyncio.run(measure(url, page=page, repeats=repeats))


def main() -> None:
    """From the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    add_scale(parser)
    add_output(parser)
    parser.add_argument("--page", type=int, default=PAGE)
    parser.add_argument("--repeats", type=int, default=5)
    asked = parser.parse_args()
    url = prepare(Scale(asked.feedbacks, asked.shops), fresh=asked.fresh)
    output(f"storing a page of {asked.page:,}", run(url, page=asked.page, repeats=asked.repeats), asked)


if __name__ == "__main__":
    main()
