"""Named locks across processes: PostgreSQL advisory locks on one connection, freed when the process dies."""

import asyncio

import asyncpg

from app.kit.db import Database
from app.kit.errors import Unavailable
from app.kit.postgres import plain


class LocksLost(Unavailable):
    """The connection that held the locks is gone: what they protected must stop before the next outside step."""

    code = "LOCKS_LOST"
    message = "Соединение с базой прервалось."


class Locks:
    """Held by name; one holder in all processes, and within this one."""

    def __init__(self, database: Database) -> None:
        self._dsn = plain(database.url)
        self._held: set[str] = set()
        self._guard = asyncio.Lock()
        self._connection: asyncpg.Connection | None = None

    async def acquire(self, name: str) -> bool:
        """True when the lock is now ours; never waits."""
        async with self._guard:
            connection = await self._connected()
            if name in self._held:
                return False
            if await connection.fetchval("SELECT pg_try_advisory_lock(hashtextextended($1, 0))", name):
                self._held.add(name)
                return True
            return False

    async def release(self, name: str) -> None:
        """Give it back; a lock lost with its connection is simply forgotten."""
        async with self._guard:
            if name not in self._held:
                return
            self._held.discard(name)
            if self._connection is not None and not self._connection.is_closed():
                await self._connection.execute("SELECT pg_advisory_unlock(hashtextextended($1, 0))", name)

    def assert_held(self, name: str) -> None:
        """Raises LocksLost when the connection broke since: another process may hold the lock by now."""
        if name not in self._held or self._connection is None or self._connection.is_closed():
            raise LocksLost

    async def _connected(self) -> asyncpg.Connection:
        if self._connection is None or self._connection.is_closed():
            self._held.clear()
            self._connection = await asyncpg.connect(self._dsn)
        return self._connection

    async def close(self) -> None:
        """Frees all locks."""
        if self._connection is not None:
            await self._connection.close()
