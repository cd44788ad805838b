"""Named locks across processes: PostgreSQL advisory locks on one connection, freed when the process dies."""

import asyncio
import os
from collections.abc import Sequence

import asyncpg

from app.kit.db import Database
from app.kit.errors import Unavailable
from app.kit.postgres import plain
from app.kit.together import Together

# A host that vanishes closes no connection: without these its locks would stay for two hours.
_NOTICE_DEATH = {"tcp_keepalives_idle": "5", "tcp_keepalives_interval": "5", "tcp_keepalives_count": "3"}
_PATIENCE = 10.0

_TAKE = """
SELECT name FROM unnest($1::text[]) AS wanted (name) WHERE pg_try_advisory_lock(hashtextextended(name, 0))
"""
_GIVE_BACK = "SELECT pg_advisory_unlock(hashtextextended(name, 0)) FROM unnest($1::text[]) AS held (name)"


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
        self._taking = Together(self._take)
        self._giving_back = Together(self._give_back)
        self._unwanted: set[asyncio.Future[None]] = set()

    async def acquire(self, name: str) -> bool:
        """True when the lock is now ours; never waits.

        A name whose connection broke stays taken here until its holder, who may still be running, releases it.
        """
        taking = asyncio.ensure_future(self._taking(name))
        try:
            return await asyncio.shield(taking)
        except asyncio.CancelledError:
            # Nobody would ever release what comes now.
            taking.add_done_callback(lambda taken: self._give_back_later(name, taken))
            raise

    async def release(self, name: str) -> None:
        """Give it back; a lock lost with its connection is simply forgotten."""
        await self._giving_back(name)

    def _give_back_later(self, name: str, taken: "asyncio.Future[bool]") -> None:
        if not taken.cancelled() and taken.exception() is None and taken.result():
            task = asyncio.ensure_future(self.release(name))
            self._unwanted.add(task)
            task.add_done_callback(self._unwanted.discard)

    async def _take(self, names: Sequence[str]) -> list[bool]:
        async with self._guard:
            free = {name for name in names if name not in self._held}
            got: set[str] = set()
            if free:
                connection = await self._connected()
                got = {row["name"] for row in await connection.fetch(_TAKE, list(free))}
                self._held.update(dict.fromkeys(got, connection))
            return [_taken_from(got, name) for name in names]

    async def _give_back(self, names: Sequence[str]) -> list[None]:
        async with self._guard:
            held = {name: connection for name in names if (connection := self._held.pop(name, None))}
            for connection in set(held.values()):
                await _unlock(connection, [name for name in held if held[name] is connection])
            return [None] * len(names)

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


def _taken_from(got: set[str], name: str) -> bool:
    """Of namesakes only the first."""
    if name not in got:
        return False
    got.remove(name)
    return True


async def _unlock(connection: asyncpg.Connection, names: Sequence[str]) -> None:
    if connection.is_closed():
        return
    try:
        await connection.execute(_GIVE_BACK, names)
    except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError, asyncpg.InternalClientError):
        # They must not stay locked without a holder; whoever else holds one here finds it lost.
        connection.terminate()
