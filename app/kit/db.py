"""The database: declarative base, and the only place that commits."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from contextvars import ContextVar
from datetime import datetime
from enum import StrEnum
from typing import Any, ClassVar, Final, Generic, TypeAlias, TypeVar, cast
from uuid import UUID

import asyncpg
from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    DateTime,
    Dialect,
    MetaData,
    Text,
    TypeDecorator,
    Uuid,
    event,
    make_url,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.exc import DisconnectionError
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker, create_async_engine
from sqlalchemy.orm import DeclarativeBase

from app.kit.errors import Unavailable

E = TypeVar("E", bound=StrEnum)
PATIENCE: Final = 5.0
_open_transactions: ContextVar[int] = ContextVar("open_transactions", default=0)


class OpenTransaction(RuntimeError):
    """A programming error: an outside call was about to be awaited while rows may be locked."""


class PoolExhausted(Unavailable):
    """More requests at once than connections, for longer than anybody should wait."""

    code = "POOL_EXHAUSTED"
    message = "Сервис перегружен. Попробуйте через несколько секунд."


class Model(DeclarativeBase):
    """Base of all tables; every constraint gets a predictable name."""

    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
            "pk": "pk_%(table_name)s",
        }
    )
    type_annotation_map: ClassVar[dict[Any, Any]] = {
        datetime: DateTime(timezone=True),
        dict[str, Any]: JSONB,
        list[str]: JSONB,
        str: Text,
        int: BigInteger,
        UUID: Uuid,
    }


class TextEnum(TypeDecorator[E], Generic[E]):
    """A StrEnum stored as text; the CHECK beside it comes from `one_of`."""

    impl = Text
    cache_ok = True

    def __init__(self, kind: type[E]) -> None:
        super().__init__()
        self.kind = kind

    def process_bind_param(self, value: E | str | None, dialect: Dialect) -> str | None:
        return None if value is None else self.kind(value).value

    def process_result_value(self, value: str | None, dialect: Dialect) -> E | None:
        return None if value is None else self.kind(value)


def one_of(column: str, kind: type[StrEnum]) -> CheckConstraint:
    """The CHECK that keeps a text column within an enum's values."""
    values = ", ".join(f"'{member.value}'" for member in kind)
    return CheckConstraint(f"{column} IN ({values})", name=column)


Direct: TypeAlias = "asyncpg.Connection[asyncpg.Record]"
"""A connection of the driver's own: `$1` parameters, arrays, no ORM (docs/decisions/0009)."""


async def _as_it_was(connection: Direct) -> None:
    """Nothing here changes a session's settings, so there is nothing to reset, and no round trip to pay for it."""


def _refuse_closed(connection: Any, record: object, proxy: object) -> None:
    """A new one takes its place; the driver hears of an end at once, so asking needs no round trips (a ping: three)."""
    if connection.driver_connection.is_closed():
        raise DisconnectionError


class Database:
    """An engine and its transactions; one per process."""

    def __init__(self, url: str, *, pool_size: int = 10) -> None:
        self.url = url
        self._pool_size = pool_size
        self._pool: asyncpg.Pool[asyncpg.Record] | None = None
        self._opening = asyncio.Lock()
        self.engine = create_async_engine(
            url,
            pool_size=pool_size,
            max_overflow=pool_size,
            pool_timeout=PATIENCE,
            hide_parameters=True,
        )
        event.listen(self.engine.sync_engine, "checkout", _refuse_closed)
        self._sessions = async_sessionmaker(self.engine, expire_on_commit=False)

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[AsyncSession]:
        """Commits when the block ends well, rolls back when it raises; never wait for WB or an LLM inside."""
        _open_transactions.set(_open_transactions.get() + 1)
        try:
            async with self._sessions() as session, session.begin():
                yield session
        finally:
            _open_transactions.set(_open_transactions.get() - 1)

    @asynccontextmanager
    async def direct(self) -> AsyncIterator[Direct]:
        """As `transaction`, for the few hot flows that cannot pay for an ORM's session; a pool of its own."""
        _open_transactions.set(_open_transactions.get() + 1)
        try:
            async with self.glance() as connection, connection.transaction():
                yield connection
        finally:
            _open_transactions.set(_open_transactions.get() - 1)

    @asynccontextmanager
    async def glance(self) -> AsyncIterator[Direct]:
        """For hot reads: each statement is a transaction by itself. Raises PoolExhausted after five seconds."""
        pool = self._pool or await self._open_pool()
        try:
            async with asyncio.timeout(PATIENCE):  # the pool's own makes a task of each call
                connection = await pool.acquire()
        except TimeoutError as error:
            raise PoolExhausted from error
        try:
            yield cast("Direct", connection)
        finally:
            await pool.release(connection)

    async def _open_pool(self) -> "asyncpg.Pool[asyncpg.Record]":
        async with self._opening:
            if self._pool is None:
                url = make_url(self.url).set(drivername="postgresql").render_as_string(hide_password=False)
                self._pool = await asyncpg.create_pool(url, min_size=0, max_size=self._pool_size, reset=_as_it_was)
            return self._pool

    async def ping(self) -> None:
        """Raises when the database is away."""
        async with self.transaction() as session:
            await session.execute(text("SELECT 1"))

    async def close(self) -> None:
        """Give all connections back."""
        await self.engine.dispose()
        if self._pool is not None:
            await self._pool.close()


async def direct(session: AsyncSession) -> Direct:
    """The driver's connection under a session, inside the same transaction: what one writes the other sees."""
    connection = await session.connection()
    driver = cast("Direct", (await connection.get_raw_connection()).driver_connection)
    if not driver.is_in_transaction():
        await connection.execute(text("SELECT 1"))  # SQLAlchemy begins lazily, and the driver alone would autocommit
    return driver


def forbid_open_transaction() -> None:
    """Called by every adapter before it leaves the process."""
    if _open_transactions.get():
        raise OpenTransaction("an outside call inside a transaction")
