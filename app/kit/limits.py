"""One token bucket in PostgreSQL for every budget: Wildberries' and our own (docs/decisions/0003)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from typing import Any

from sqlalchemy import TextClause, text
from sqlalchemy.dialects.postgresql import asyncpg
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapped, mapped_column

from app.kit.db import Direct, Model

GRACE = timedelta(seconds=3)


class RateBucket(Model):
    """A bucket is one instant, `full_at`: each token taken moves it an interval into the future."""

    __tablename__ = "rate_buckets"
    key: Mapped[str] = mapped_column(primary_key=True)
    full_at: Mapped[datetime]
    blocked_until: Mapped[datetime | None]
    urgent_until: Mapped[datetime | None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Budget:
    """`capacity` tokens at once, then one per `interval` seconds."""

    capacity: int
    interval: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Grant:
    """A token was taken: use it after `wait` seconds; or refused: ask again after `wait` seconds."""

    granted: bool
    wait: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Handful:
    """Tokens taken at once; the bucket is full again in `full_in` seconds, and has one in `wait` if it had none."""

    tokens: int
    full_in: float
    wait: float


_TAKE = text("""
INSERT INTO rate_buckets AS b (key, full_at)
VALUES (:key, clock_timestamp() + make_interval(secs => CAST(:interval AS float8) * CAST(:tokens AS float8)))
ON CONFLICT (key) DO UPDATE
SET full_at = GREATEST(b.full_at, clock_timestamp()) + make_interval(secs => :interval * :tokens)
WHERE coalesce(b.blocked_until, '-infinity') <= clock_timestamp()
  AND (:urgent OR coalesce(b.urgent_until, '-infinity') <= clock_timestamp())
  AND b.full_at <= clock_timestamp() + make_interval(secs => :interval * (:capacity - :tokens) + :patience)
RETURNING extract(epoch FROM b.full_at - clock_timestamp()) - :interval * :capacity
""")

_REFUSED = text("""
SELECT GREATEST(
  b.blocked_until - clock_timestamp(),
  CASE WHEN NOT :urgent THEN b.urgent_until - clock_timestamp() END,
  b.full_at - clock_timestamp() - make_interval(secs => CAST(:interval AS float8) * (CAST(:capacity AS float8) - 1)),
  interval '0'
) FROM rate_buckets b WHERE b.key = :key
""")

_URGENT = text("""
UPDATE rate_buckets SET urgent_until = GREATEST(urgent_until, clock_timestamp() + CAST(:ahead AS interval))
WHERE key = :key
""")

_FEED_BACK = text("""
UPDATE rate_buckets
SET full_at = GREATEST(full_at, clock_timestamp() + make_interval(secs => :ahead))
WHERE key = :key
""")

_CLOSE = text("""
INSERT INTO rate_buckets AS b (key, full_at, blocked_until)
VALUES (:key, clock_timestamp(), clock_timestamp() + make_interval(secs => :seconds))
ON CONFLICT (key) DO UPDATE SET blocked_until = GREATEST(b.blocked_until, EXCLUDED.blocked_until)
""")


async def take(session: AsyncSession, key: str, budget: Budget, *, urgent: bool = True, patience: float = 0) -> Grant:
    """Take a token, or book one that comes free within `patience` seconds.

    An urgent caller who is refused keeps the others out until its token is due.
    """
    asked = {"key": key, "interval": budget.interval, "capacity": float(budget.capacity), "urgent": urgent}
    booked = await session.scalar(_TAKE, {**asked, "tokens": 1.0, "patience": patience})
    if booked is not None:
        return Grant(granted=True, wait=max(0.0, float(booked)))
    refused: timedelta = (await session.execute(_REFUSED, asked)).scalar_one()
    if urgent:
        await session.execute(_URGENT, {"key": key, "ahead": refused + GRACE})
    return Grant(granted=False, wait=refused.total_seconds())


async def take_handful(connection: Direct, key: str, budget: Budget, wanted: int) -> Handful:
    """As many as wanted, or one, or none; on a bare connection, for requests that come by the hundred."""
    capacity = float(budget.capacity)
    asked = {"key": key, "interval": budget.interval, "capacity": capacity, "urgent": True, "patience": 0.0}
    for tokens in sorted({wanted, 1}, reverse=True):
        booked = await connection.fetchval(*_bare(_TAKE, {**asked, "tokens": float(tokens)}))
        if booked is not None:
            return Handful(tokens=tokens, full_in=float(booked) + budget.interval * capacity, wait=0.0)
    refused: timedelta = await connection.fetchval(*_bare(_REFUSED, asked)) or timedelta()
    wait = refused.total_seconds()
    return Handful(tokens=0, full_in=wait + budget.interval * (capacity - 1), wait=wait)


def _bare(statement: TextClause, values: Mapping[str, Any]) -> tuple[Any, ...]:
    """The same statement for the driver without SQLAlchemy above it."""
    sql, names = _for_driver(statement)
    return (sql, *(values[name] for name in names))


@cache
def _for_driver(statement: TextClause) -> tuple[str, Sequence[str]]:
    compiled = statement.compile(dialect=asyncpg.dialect())  # type: ignore[no-untyped-call]
    return str(compiled), compiled.positiontup or ()


async def feed_back(session: AsyncSession, key: str, budget: Budget, *, left: int) -> None:
    """Believe the other side when it says that fewer tokens are left than we thought."""
    if left < budget.capacity:
        ahead = budget.interval * (budget.capacity - left)
        await session.execute(_FEED_BACK, {"key": key, "ahead": ahead})


async def close(session: AsyncSession, key: str, *, seconds: float) -> None:
    """Nobody passes for so many seconds; a longer closure stays."""
    await session.execute(_CLOSE, {"key": key, "seconds": seconds})


async def blocked_until(session: AsyncSession, key: str) -> datetime | None:
    """Until when the bucket is closed, if it is."""
    row = await session.get(RateBucket, key)
    return row.blocked_until if row else None


_FORGET_IDLE = text("""
DELETE FROM rate_buckets
WHERE GREATEST(full_at, blocked_until, urgent_until) < clock_timestamp() - make_interval(days => 1)
""")


async def forget_idle_buckets(session: AsyncSession) -> None:
    """A bucket that has been full and open for a day is as good as none."""
    await session.execute(_FORGET_IDLE)
