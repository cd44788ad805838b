"""One real web process on loopback, and the SQL that a request makes it send."""

import asyncio
import tempfile
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import asyncpg
import httpx
import psutil
from asyncpg.connection import LoggedQuery
from cryptography.fernet import Fernet
from fastapi import FastAPI
from pydantic import SecretStr
from sqlalchemy import event

from app.cli.processes import Children, free_port
from app.kit.db import Database, Direct
from app.kit.postgres import plain
from app.kit.settings import Settings
from app.main import create_app
from bench.data import TOKEN

PATIENT = ("--timeout-keep-alive", "300")
"""Connections outlive the rewinding of tables between two rounds."""


@dataclass(frozen=True, slots=True)
class Web:
    """Where it listens, and how much memory it holds."""

    url: str
    process: psutil.Process

    @property
    def megabytes(self) -> float:
        return round(self.process.memory_info().rss / 2**20, 1)


@contextmanager
def web_process(database_url: str, **settings: str) -> Iterator[Web]:
    """uvicorn as it is run in production, one process; stopped at the end."""
    port = free_port()
    with tempfile.TemporaryDirectory(prefix="wbrm-bench-") as logs, Children(Path(logs), quiet=True) as children:
        env = {
            "DATABASE_URL": plain(database_url),
            "SECRET_KEYS": Fernet.generate_key().decode(),
            "LOG_LEVEL": "WARNING",
            "LOG_FORMAT": "json",
            **settings,
        }
        options = ("--port", str(port), "--log-level", "warning", "--no-access-log", *PATIENT)
        child = children.start("web", "uvicorn", "app.main:app", *options, env=env)
        children.wait_until_up("web", f"http://127.0.0.1:{port}/api/health")
        yield Web(f"http://127.0.0.1:{port}", psutil.Process(child.pid))


Statement = tuple[str, tuple[Any, ...]]


class SpiedDatabase(Database):
    """Notes what goes to PostgreSQL, over an ORM's session or over the driver's own connections."""

    def __init__(self, url: str) -> None:
        super().__init__(url, pool_size=2)
        self.seen: list[Statement] = []
        engine = self.engine.sync_engine
        event.listen(engine, "begin", lambda *_: self.seen.append(("BEGIN", ())))
        event.listen(engine, "before_cursor_execute", self._note)
        event.listen(engine, "commit", lambda *_: self.seen.append(("COMMIT", ())))

    @asynccontextmanager
    async def glance(self) -> AsyncIterator[Direct]:
        async with super().glance() as connection:
            with connection.query_logger(self._note_glance):
                yield connection

    def _note(self, connection: Any, cursor: Any, statement: str, values: Any, *_: Any) -> None:
        self.seen.append((statement, tuple(values)))

    def _note_glance(self, logged: LoggedQuery) -> None:
        if not any(words in logged.query for words in _OF_THE_DRIVER):
            self.seen.append((logged.query, tuple(logged.args)))


_OF_THE_DRIVER = ("typeinfo_tree", "'jit'")
"""Asked once a connection, not once a request."""


class Spied:
    """The same application within this process, to see which statements a request sends."""

    def __init__(self, app: FastAPI, database: SpiedDatabase) -> None:
        self._http = httpx.AsyncClient(
            transport=httpx.ASGITransport(app), base_url="http://bench", headers={"Authorization": f"Bearer {TOKEN}"}
        )
        self._database = database

    async def get(self, path: str) -> tuple[dict[str, Any], list[Statement]]:
        """The answer, and the statements with their values as the driver got them."""
        self._database.seen = []
        answer = await self._http.get(path)
        answer.raise_for_status()
        await asyncio.sleep(0)  # the driver tells its listeners in the loop's next turn
        return answer.json(), self._database.seen


@asynccontextmanager
async def spied(database_url: str) -> AsyncIterator[Spied]:
    """Needs no lifespan: the database is given, and nothing here calls Wildberries."""
    database = SpiedDatabase(database_url)
    settings = Settings(_env_file=None, secret_keys=SecretStr(Fernet.generate_key().decode()), log_level="WARNING")
    try:
        yield Spied(create_app(settings, database=database), database)
    finally:
        await database.close()


async def replay(
    connection: "asyncpg.Connection[Any] | asyncpg.pool.PoolConnectionProxy[Any]", statements: list[Statement]
) -> None:
    """The floor: what the request sends, its BEGIN and COMMIT too, and nothing else."""
    for statement, values in statements:
        if values:
            await connection.fetch(statement, *values)
        else:
            await connection.execute(statement)
