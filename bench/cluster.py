"""The PostgreSQL of the benches: `BENCH_DATABASE_URL`, or an embedded one of their own beside the development one."""

import os
from types import TracebackType
from typing import Any

import asyncpg

from app.cli.processes import ROOT
from app.kit.postgres import for_asyncpg, plain, start_embedded


def cluster_url() -> str:
    """Starts the embedded one when none is given."""
    if given := os.environ.get("BENCH_DATABASE_URL"):
        return for_asyncpg(given)
    return for_asyncpg(start_embedded(ROOT / ".data" / "bench" / "postgres"))


def renamed(url: str, database: str) -> str:
    """The same server, another database."""
    head, _, query = url.partition("?")
    return head.rsplit("/", 1)[0] + f"/{database}" + (f"?{query}" if query else "")


class Connection:
    """`async with Connection(url) as connection`: the bare driver, closed at the end."""

    def __init__(self, url: str) -> None:
        self._url = plain(url)
        self._connection: asyncpg.Connection[Any] | None = None

    async def __aenter__(self) -> "asyncpg.Connection[Any]":
        self._connection = await asyncpg.connect(self._url)
        return self._connection

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._connection is not None:
            await self._connection.close()
