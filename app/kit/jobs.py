"""The outbox: a job is written in the transaction that causes it and delivered at least once by PgQueuer.

`jobs` is what people see (state, error, attempts); the PgQueuer row beside it only delivers (docs/decisions/0002).
"""

import json
from dataclasses import asdict, dataclass, fields
from datetime import datetime
from enum import StrEnum
from typing import Any, ClassVar, dataclass_transform
from uuid import UUID, uuid4

import structlog
from sqlalchemy import CheckConstraint, ForeignKey, Index, text
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapped, mapped_column

from app.kit.db import Direct, Model, TextEnum, one_of


class JobState(StrEnum):
    """queued → running → done, or failed: a dead letter that a person may try again."""

    QUEUED = "queued"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"


class JobRecord(Model):
    """One job of one shop, from cause to outcome."""

    __tablename__ = "jobs"
    __table_args__ = (
        one_of("state", JobState),
        CheckConstraint("attempts >= 0", name="attempts"),
        Index(
            "uq_jobs_live_key",
            "shop_id",
            "dedupe_key",
            unique=True,
            postgresql_where=text("dedupe_key IS NOT NULL AND state IN ('queued', 'running')"),
        ),
        Index("ix_jobs_shop_state", "shop_id", "state", "created_at", "id"),
    )
    shop_id: Mapped[UUID] = mapped_column(ForeignKey("shops.id", ondelete="CASCADE"), primary_key=True)
    id: Mapped[UUID] = mapped_column(primary_key=True)
    kind: Mapped[str]
    payload: Mapped[dict[str, Any]]
    dedupe_key: Mapped[str | None]
    state: Mapped[JobState] = mapped_column(TextEnum(JobState))
    attempts: Mapped[int]
    run_after: Mapped[datetime]
    created_at: Mapped[datetime]
    started_at: Mapped[datetime | None]
    finished_at: Mapped[datetime | None]
    error_code: Mapped[str | None]
    error: Mapped[str | None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """Base of all jobs: a frozen bundle of ids. Commands are imperative, news is past tense."""

    shop_id: UUID
    urgency: ClassVar[int] = 0
    wake_up: ClassVar[bool] = False
    """A wake-up's dedupe key is free again as soon as it starts, so that news during its run wakes another.

    It needs a `lock`: only then a wake-up that waits for its next try can stand in for the other.
    """

    def lock(self) -> str | None:
        """Jobs that name the same lock never run at once, on whatever worker."""
        return None

    def dedupe_key(self) -> str | None:
        """While a job with this key is queued (or, unless it is a wake-up, running), another is not added."""
        return None


_kinds: dict[str, type[Job]] = {}


@dataclass_transform(frozen_default=True, kw_only_default=True)
def job(kind: type[Any]) -> Any:
    """Declare a job class; its name is stored in the database, so renaming one needs a migration."""
    made = dataclass(frozen=True, slots=True, kw_only=True)(kind)
    _kinds[made.__name__] = made
    return made


def known_kinds() -> dict[str, type[Job]]:
    """Every declared job class by its stored name."""
    return dict(_kinds)


def load(kind: str, payload: dict[str, Any]) -> Job:
    """The typed job from its row; unknown fields of an older version are dropped."""
    cls = _kinds[kind]
    known = {field.name: field.type for field in fields(cls)}
    values = {name: _typed(value, known[name]) for name, value in payload.items() if name in known}
    return cls(**values)


def _typed(value: Any, kind: Any) -> Any:
    return UUID(value) if kind in (UUID, "UUID") and isinstance(value, str) else value


_INSERT = """
WITH job AS (
  INSERT INTO jobs (shop_id, id, kind, payload, dedupe_key, state, attempts, run_after, created_at)
  VALUES ($1, $2, $3, $4, $5, 'queued', 0, now() + make_interval(secs => $6), clock_timestamp())
  ON CONFLICT (shop_id, dedupe_key) WHERE dedupe_key IS NOT NULL AND state IN ('queued', 'running')
  DO UPDATE SET run_after = LEAST(jobs.run_after, EXCLUDED.run_after)
  WHERE jobs.state = 'queued' AND jobs.error_code IS NULL
  RETURNING shop_id, id, kind, run_after
), delivery AS (
  INSERT INTO pgqueuer (priority, status, entrypoint, payload, execute_after, dedupe_key, headers)
  SELECT CAST($7 AS integer), 'queued', kind,
         convert_to(json_build_object('shop_id', shop_id, 'id', id)::text, 'UTF8'),
         run_after, id::text, CAST($8 AS jsonb)
  FROM job
  ON CONFLICT (dedupe_key)
  WHERE status = ANY (ARRAY['queued'::pgqueuer_status, 'picked'::pgqueuer_status]) AND dedupe_key IS NOT NULL
  DO UPDATE SET execute_after = LEAST(pgqueuer.execute_after, EXCLUDED.execute_after)
)
SELECT id FROM job
"""
_LIVE = "SELECT id FROM jobs WHERE shop_id = $1 AND dedupe_key = $2 AND state IN ('queued', 'running')"


async def enqueue(session: "AsyncSession | Direct", job: Job, *, delay: float = 0) -> UUID:
    """Write a job into the caller's transaction: both happen or neither; `delay` is in seconds.

    Returns the id of the new job, or of the live one with the same dedupe key. That one then runs no later, unless
    it waits because of trouble: a spent budget does not come back because somebody asks again.
    """
    key = job.dedupe_key()
    context = structlog.contextvars.get_contextvars()
    found = await _value(
        session,
        _INSERT,
        job.shop_id,
        uuid4(),
        type(job).__name__,
        json.dumps(asdict(job), default=str),
        key,
        float(delay),
        job.urgency,
        json.dumps({"request_id": str(context.get("request_id", ""))}),
    )
    if found is None:
        found = await _value(session, _LIVE, job.shop_id, key)
    return found or await enqueue(session, job, delay=delay)


async def _value(session: "AsyncSession | Direct", sql: str, *values: object) -> UUID | None:
    if isinstance(session, AsyncSession):
        # Not over its driver's connection: a session is lazy, that may not have begun, and would commit by itself.
        return await session.run_sync(lambda lazy: lazy.connection().exec_driver_sql(sql, values).scalar())
    found: UUID | None = await session.fetchval(sql, *values)
    return found


_GAVE_UP = text("""
SELECT EXISTS (
  SELECT FROM jobs WHERE shop_id = :shop_id AND dedupe_key = :key AND state = 'failed'
    AND finished_at > GREATEST(now() - make_interval(secs => :rest), CAST(:cured_at AS timestamptz)))
""")
_FORGET = text("DELETE FROM jobs WHERE shop_id = :shop_id AND dedupe_key = :key AND state = 'failed'")


async def enqueue_again(
    session: AsyncSession, job: Job, *, rest: float = 600, cured_at: datetime | None = None
) -> UUID | None:
    """Takes the place of a dead letter with the same key, so that a lasting failure leaves but one.

    Timers: None while that one is younger than `rest` seconds, unless its cause was gone at `cured_at`.
    """
    where = {"shop_id": job.shop_id, "key": job.dedupe_key()}
    if await session.scalar(_GAVE_UP, {**where, "rest": rest, "cured_at": cured_at}):
        return None
    await session.execute(_FORGET, where)
    return await enqueue(session, job)
