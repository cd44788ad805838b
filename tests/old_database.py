"""A database as an earlier version left it."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from secrets import token_hex

import asyncpg

from app.kit.db import Database
from app.kit.postgres import plain
from tests.conftest import migrate


@asynccontextmanager
async def database_at(cluster_url: str, revision: str) -> AsyncIterator[Database]:
    """One of its own, dropped at the end; `migrate(database.url, …)` takes it on."""
    name = f"wbrm_old_{token_hex(6)}"
    connection = await asyncpg.connect(plain(cluster_url))
    await connection.execute(f'CREATE DATABASE "{name}"')
    head, _, query = cluster_url.partition("?")
    url = head.rsplit("/", 1)[0] + f"/{name}" + (f"?{query}" if query else "")
    await migrate(url, revision)
    database = Database(url, pool_size=1)
    yield database
    await database.close()
    await connection.execute(f'DROP DATABASE "{name}" WITH (FORCE)')
    await connection.close()
