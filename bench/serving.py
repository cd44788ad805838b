"""One real web process on loopback, and the SQL that a request makes it send."""

import tempfile
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import asyncpg
import httpx
import psutil
from cryptography.fernet import Fernet
from fastapi import FastAPI
from pydantic import SecretStr
from sqlalchemy import event

from app.cli.processes import Children, free_port
from app.kit.db import Database
from app.kit.postgres import plain
from app.kit.settings import Settings
from app.main import create_app
from bench.data import TOKEN


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
        options = ("--port", str(port), "--log-level", "warning", "--no-access-log")
        child = children.start("web", "uvicorn", "app.main:app", *options, env=env)
        children.wait_until_up("web", f"http://127.0.0.1:{port}/api/health")
        yield Web(f"http://127.0.0.1:{port}", psutil.Process(child.pid))


Statement = tuple[str, tuple[Any, ...]]


class Spied:
    """The same application within this process, to see which statements a request sends."""

    def __init__(self, app: FastAPI, database: Database) -> None:
        self._http = httpx.AsyncClient(
            transport=httpx.ASGITransport(app), base_url="http://bench", headers={"Authorization": f"Bearer {TOKEN}"}
        )
        self._seen: list[Statement] = []
        event.listen(database.engine.sync_engine, "before_cursor_execute", self._note)

    async def get(self, path: str) -> tuple[dict[str, Any], list[Statement]]:
        """The answer, and the statements with their values as the driver got them."""
        self._seen = []
        answer = await self._http.get(path)
        answer.raise_for_status()
        return answer.json(), self._seen

    def _note(self, connection: Any, cursor: Any, statement: str, values: Any, *_: Any) -> None:
        self._seen.append((statement, tuple(values)))


@asynccontextmanager
async def spied(database_url: str) -> AsyncIterator[Spied]:
    """Needs no lifespan: the database is given, and nothing here calls Wildberries."""
    database = Database(database_url, pool_size=2)
    settings = Settings(_env_file=None, secret_keys=SecretStr(Fernet.generate_key().decode()), log_level="WARNING")
    try:
        yield Spied(create_app(settings, database=database), database)
    finally:
        await database.close()


async def replay(
    connection: "asyncpg.Connection[Any] | asyncpg.pool.PoolConnectionProxy[Any]", statements: list[Statement]
) -> None:
    """The floor: what the request sends, in one transaction, and nothing else."""
    async with connection.transaction():
        for statement, values in statements:
            await connection.fetch(statement, *values)
