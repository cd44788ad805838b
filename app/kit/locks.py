"""Named locks across processes: PostgreSQL advisory locks on one connection, freed when the process dies."""

import asyncio
import os

import asyncpg

from app.kit.db import Database
from app.kit.errors import Unavailable
from app.kit.postgres import plain

# A host that vanishes closes no connection: without these its locks would stay for two hours.
_NOTICE_DEATH = {"tcp_keepalives_idle": "5", "tcp_keepalives_interval": "5", "tcp_keepalives_count": "3"}
_PATIENCE = 10.0


class LocksLost(Unavailable):
    """The connection that held the locks is gone: what they protected must stop before the next outside step."""

    code = "LOCKS_LOST"
    message = "Соединение с базой прервалось."


class Locks:
    """Held by name; one holder in all processes, and within this one."""

    def __init__(self, database: Database) -> None:
        self._dsn = plain(database.url)
        self._held: dict[str, asyncpg.Connection] = {}
        self._guard = asyncio.Lock()
        self._connection: asyncpg.Connection | None = None

    async def acquire(self, name: str) -> bool:
        """True when the lock is now ours; never waits.

        A name whose connection broke stays taken here until its holder, who may still be running, releases it.
        """
        async with self._guard:
            if name in self._held:
                return False
            connection = await self._connected()
            if await connection.fetchval("SELECT pg_try_advisory_lock(hashtextextended($1, 0))", name):
                self._held[name] = connection
                return True
            return False

    async def release(self, name: str) -> None:
        """Give it back; a lock lost with its connection is simply forgotten."""
        async with self._guard:
            connection = self._held.pop(name, None)
            if connection is None or connection.is_closed():
                return
            try:
                await connection.execute("SELECT pg_advisory_unlock(hashtextextended($1, 0))", name)
            except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError, asyncpg.InternalClientError):
                # It must not stay locked without a holder; whoever else holds one here finds it lost.
                connection.terminate()

    def assert_held(self, name: str) -> None:
        """Raises LocksLost when the connection broke since: another process may hold the lock by now."""
        connection = self._held.get(name)
        if connection is None or connection is not self._connection or connection.is_closed():
            raise LocksLost

    async def _connected(self) -> asyncpg.Connection:
        if self._connection is None or self._connection.is_closed():
            named = {"application_name": f"wbrm-locks-{os.getpid()}", **_NOTICE_DEATH}
            self._connection = await asyncpg.connect(
                self._dsn, timeout=_PATIENCE, command_timeout=_PATIENCE, server_settings=named
            )
        return self._connection

    async def close(self) -> None:
        """Frees all locks."""
        if self._connection is not None:
            self._connection.terminate()
