"""Whether /tasks and /stores cost the same in a shop of 1.4M as in one of 300k: p50 at one connection, in turns."""

from collections.abc import Mapping
from contextlib import ExitStack
from statistics import median

import asyncpg
from cryptography.fernet import Fernet

from app.kit.postgres import plain
from bench.extension_data import TOKENS, give_tokens, rewind
from bench.extension_load import BASE, SHOP, Clock, Connection, Request, encoded
from bench.extension_servers import UNLIMITED
from bench.report import Row
from bench.serving import Web, web_process

CASES = {
    "tasks": Request(method="GET", path=f"{BASE}/stores/{SHOP}/tasks"),
    "stores, the caller has 20": Request(method="GET", path=f"{BASE}/stores"),
    "stores, the caller has all": Request(method="GET", path=f"{BASE}/stores", token=TOKENS),
}


async def flatness(urls: Mapping[str, str], *, seconds: float, repeats: int) -> list[Row]:
    """By the name of each scale its p50; `ratio` is the last one's to the first one's."""
    key = Fernet.generate_key().decode()
    limits = {"EXTENSION_READS_PER_MINUTE": str(UNLIMITED)}
    with ExitStack() as running:
        webs: dict[str, Web] = {}
        for name, url in urls.items():
            control = await asyncpg.connect(plain(url))
            await rewind(control)
            await give_tokens(control, key)
            await control.close()
            webs[name] = running.enter_context(web_process(url, SECRET_KEYS=key, **limits))
        found: dict[str, dict[str, list[float]]] = {case: {name: [] for name in urls} for case in CASES}
        for warm in (True, *[False] * repeats):
            for case, request in CASES.items():
                for name, web in webs.items():
                    p50 = await _p50(web, request, min(seconds, 1) if warm else seconds)
                    if not warm:
                        found[case][name].append(p50)
    return [_row(case, by_scale) for case, by_scale in found.items()]


async def _p50(web: Web, request: Request, seconds: float) -> float:
    connection, asked = await Connection.open(web.url, (200,)), encoded(request)

    async def ask(number: int) -> None:
        await connection.ask(asked)

    clock = Clock(seconds)
    await clock.round([ask], None)
    connection.close()
    return clock.timing().p50


def _row(case: str, by_scale: Mapping[str, list[float]]) -> Row:
    p50s = {name: round(median(found), 2) for name, found in by_scale.items()}
    first, *_, last = p50s.values()
    return {"case": case, **{f"p50 {name}": p50 for name, p50 in p50s.items()}, "ratio": round(last / first, 2)}
