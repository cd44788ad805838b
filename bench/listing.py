"""GET /api/feedbacks/{shop}: lists of 50 by every filter, over HTTP and as bare SQL, in the same run."""

import argparse
import asyncio
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

import asyncpg

from app.kit.postgres import plain
from app.replies.models import ReplyState
from bench.data import TOKEN, Scale, add_scale, prepare, shop_id
from bench.load import HttpConnection, Timing, closed_loop
from bench.report import Row, add_output, output
from bench.serving import Spied, Statement, replay, spied, web_process
from bench.words import STRANGE

BAR = 150.0
Params = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Case:
    """A filter as a person would set it."""

    name: str
    params: Params


def cases() -> Iterator[Case]:
    """Every filter alone, then what people combine."""
    yield Case("no filter", {})
    for state in ReplyState:
        yield Case(f"state {state}", {"state": state.value})
    yield Case("state, three", {"state": ["approved", "sent", "unknown"]})
    yield Case("no reply yet", {"answered": "no", "no_reply_yet": "true"})
    for rating in (1, 5):
        yield Case(f"rating {rating}", {"rating": rating})
    yield Case("rating 1-3", {"rating": [1, 2, 3]})
    for answered in ("yes", "no", "not_needed"):
        yield Case(f"answered {answered}", {"answered": answered})
    yield Case("product, popular", {"product": 150_000_000})
    yield Case("product, rare", {"product": 150_000_399})
    yield Case("dates", {"since": "2025-03-01T00:00:00Z", "until": "2025-04-01T00:00:00Z"})
    yield Case("deleted", {"deleted": "true"})
    for often, word in zip(("frequent", "middling", "rare"), STRANGE, strict=True):
        yield Case(f"search, {often}", {"search": word})
    yield Case("search, nothing", {"search": "квазар"})
    yield Case("search, two words", {"search": "размер упаковка"})
    yield Case("search, a product's name", {"search": "пуховик"})
    yield Case("search + rating 1", {"search": STRANGE[0], "rating": 1})
    yield Case("search + state draft", {"search": STRANGE[1], "state": "draft"})
    yield Case("search + product", {"search": STRANGE[0], "product": 150_000_007})
    yield Case("rating 1-2 + answered no", {"rating": [1, 2], "answered": "no"})
    yield Case("rating 1 + published", {"rating": 1, "state": "published"})
    yield Case("product + rating 1-3", {"product": 150_000_007, "rating": [1, 2, 3]})
    yield Case("counts", {"counts": "true"})
    yield Case("counts + search, frequent", {"counts": "true", "search": STRANGE[0]})
    yield Case("counts + search, middling", {"counts": "true", "search": STRANGE[1]})
    yield Case("counts + product", {"counts": "true", "product": 150_000_000})
    yield Case("deep page", {"cursor": "", "until": "2024-06-01T00:00:00Z"})
    yield Case("deep page, rating 1-3", {"cursor": "", "until": "2024-06-01T00:00:00Z", "rating": [1, 2, 3]})


def path_of(params: Params) -> str:
    """Of the big shop."""
    return f"/api/feedbacks/{shop_id(0)}?{urlencode({'limit': 50, **params}, doseq=True)}"


async def final_path(spy: Spied, params: Params) -> str:
    """A deep page is asked for by a cursor, which only an earlier page can give."""
    if "cursor" not in params:
        return path_of(params)
    first, _ = await spy.get(path_of({name: value for name, value in params.items() if name != "cursor"}))
    deep = {name: value for name, value in params.items() if name not in ("until", "cursor")}
    cursor = first["next_cursor"]
    return path_of({**deep, "cursor": cursor} if cursor else deep)


async def measure(url: str, web: str, chosen: Sequence[Case], *, seconds: float, connections: int) -> list[Row]:
    """Each case: HTTP at one and at several connections, then its SQL alone at as many."""
    rows: list[Row] = []
    async with spied(url) as spy, asyncpg.create_pool(plain(url), min_size=connections, max_size=connections) as pool:
        for case in chosen:
            path = await final_path(spy, case.params)
            _, statements = await spy.get(path)
            one = await _over_http(web, path, seconds, 1)
            many = await _over_http(web, path, seconds, connections)
            floor = await _bare(pool, statements, seconds, 1)
            floors = await _bare(pool, statements, seconds, connections)
            rows.append(_row(case, one, many, floor, floors))
    return rows


async def _over_http(web: str, path: str, seconds: float, connections: int) -> Timing:
    opened = [HttpConnection(web, [path], TOKEN) for _ in range(connections)]
    try:
        return await closed_loop([connection.get for connection in opened], seconds=seconds)
    finally:
        for connection in opened:
            connection.close()


async def _bare(pool: "asyncpg.Pool[Any]", statements: list[Statement], seconds: float, connections: int) -> Timing:
    async def once() -> None:
        async with pool.acquire() as connection:
            await replay(connection, statements)

    return await closed_loop([once] * connections, seconds=seconds)


def _row(case: Case, one: Timing, many: Timing, floor: Timing, floors: Timing) -> Row:
    return {
        "case": case.name,
        "p50": one.p50,
        "p99": one.p99,
        "p50 x8": many.p50,
        "p99 x8": many.p99,
        "req/s x8": many.per_second,
        "sql p50": floor.p50,
        "sql/s x8": floors.per_second,
        "share": round(many.per_second / floors.per_second, 2),
        "met": one.p99 <= BAR,
    }


def run(url: str, *, seconds: float, only: str = "", connections: int = 8) -> list[Row]:
    """All cases whose name holds `only`, and the web process's memory at the end."""
    chosen = [case for case in cases() if only in case.name]
    with web_process(url) as web:
        rows = asyncio.run(measure(url, web.url, chosen, seconds=seconds, connections=connections))
        rows.append({"case": "memory of the web process, MB", "p50": web.megabytes, "met": web.megabytes <= 180})
    return rows


def main() -> None:
    """From the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    add_scale(parser)
    add_output(parser)
    parser.add_argument("--seconds", type=float, default=2.0, help="for each of a case's four loops")
    parser.add_argument("--only", default="", help="cases whose name holds this")
    asked = parser.parse_args()
    url = prepare(Scale(asked.feedbacks, asked.shops), fresh=asked.fresh)
    output(f"listing, {asked.feedbacks:,} feedbacks", run(url, seconds=asked.seconds, only=asked.only), asked)


if __name__ == "__main__":
    main()
