"""The database: declarative base, and the only place that commits."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from contextvars import ContextVar
from datetime import datetime
from enum import StrEnum
from typing import Any, ClassVar, Generic, TypeVar
from uuid import UUID

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    DateTime,
    Dialect,
    MetaData,
    Text,
    TypeDecorator,
    Uuid,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker, create_async_engine
from sqlalchemy.orm import DeclarativeBase

E = TypeVar("E", bound=StrEnum)
_open_transactions: ContextVar[int] = ContextVar("open_transactions", default=0)


class OpenTransaction(RuntimeError):
    """A programming error: an outside call was about to be awaited while rows may be locked."""


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


class Database:
    """An engine and its transactions; one per process."""

    def __init__(self, url: str, *, pool_size: int = 10) -> None:
        self.url = url
        self.engine = create_async_engine(
            url, pool_size=pool_size, max_overflow=pool_size, pool_timeout=5, pool_pre_ping=True, hide_parameters=True
        )
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

    async def ping(self) -> None:
        """Raises when the database is away."""
        async with self.transaction() as session:
            await session.execute(text("SELECT 1"))

    async def close(self) -> None:
        """Give all connections back."""
        await self.engine.dispose()


def forbid_open_transaction() -> None:
    """Called by every adapter before it leaves the process."""
    if _open_transactions.get():
        raise OpenTransaction("an outside call inside a transaction")
