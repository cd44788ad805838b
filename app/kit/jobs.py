"""The outbox: a job is written in the transaction that causes it and delivered at least once by PgQueuer.

`jobs` is what people see (state, error, attempts); the PgQueuer row beside it only delivers (docs/decisions/0002).
"""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass, fields
from datetime import datetime
from enum import StrEnum
from typing import Any, ClassVar, dataclass_transform
from uuid import UUID, uuid4

import structlog
from sqlalchemy import CheckConstraint, ForeignKey, Index, select, text
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapped, mapped_column

from app.kit.clock import utc_now
from app.kit.db import Model, TextEnum, one_of
from app.kit.errors import Conflict, NotFound


class NoSuchJob(NotFound):
    """No job with this id in the caller's shops."""

    message = "Задание не найдено."


class NotADeadLetter(Conflict):
    """Only a failed job can be tried again."""

    code = "JOB_NOT_FAILED"
    message = "Повторить можно только задание, которое завершилось ошибкой."


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


_INSERT = text("""
WITH job AS (
  INSERT INTO jobs (shop_id, id, kind, payload, dedupe_key, state, attempts, run_after, created_at)
  VALUES (:shop_id, :id, :kind, CAST(:payload AS jsonb), :dedupe_key, 'queued', 0,
          now() + make_interval(secs => :delay), clock_timestamp())
  ON CONFLICT (shop_id, dedupe_key) WHERE dedupe_key IS NOT NULL AND state IN ('queued', 'running')
  DO UPDATE SET run_after = LEAST(jobs.run_after, EXCLUDED.run_after)
  WHERE jobs.state = 'queued' AND jobs.error_code IS NULL
  RETURNING id, run_after
), delivery AS (
  INSERT INTO pgqueuer (priority, status, entrypoint, payload, execute_after, dedupe_key, headers)
  SELECT :urgency, 'queued', :kind,
         convert_to(json_build_object('shop_id', CAST(:shop_id AS uuid), 'id', id)::text, 'UTF8'),
         run_after, id::text, CAST(:headers AS jsonb)
  FROM job
  ON CONFLICT (dedupe_key)
  WHERE status = ANY (ARRAY['queued'::pgqueuer_status, 'picked'::pgqueuer_status]) AND dedupe_key IS NOT NULL
  DO UPDATE SET execute_after = LEAST(pgqueuer.execute_after, EXCLUDED.execute_after)
)
SELECT id FROM job
""")

_LIVE = text("SELECT id FROM jobs WHERE shop_id = :shop_id AND dedupe_key = :key AND state IN ('queued', 'running')")


async def enqueue(session: AsyncSession, job: Job, *, delay: float = 0) -> UUID:
    """Write a job into the caller's transaction: both happen or neither; `delay` is in seconds.

    Returns the id of the new job, or of the live one with the same dedupe key. That one then runs no later, unless
    it waits because of trouble: a spent budget does not come back because somebody asks again.
    """
    key = job.dedupe_key()
    context = structlog.contextvars.get_contextvars()
    params = {
        "shop_id": job.shop_id,
        "id": uuid4(),
        "kind": type(job).__name__,
        "payload": json.dumps(asdict(job), default=str),
        "dedupe_key": key,
        "delay": float(delay),
        "urgency": job.urgency,
        "headers": json.dumps({"request_id": str(context.get("request_id", ""))}),
    }
    found: UUID | None = await session.scalar(_INSERT, params)
    if found is None:
        found = await session.scalar(_LIVE, {"shop_id": job.shop_id, "key": key})
    return found or await enqueue(session, job, delay=delay)


_DELIVER_AGAIN = text("""
INSERT INTO pgqueuer (priority, status, entrypoint, payload, execute_after, dedupe_key)
SELECT 0, 'queued', j.kind, convert_to(json_build_object('shop_id', j.shop_id, 'id', j.id)::text, 'UTF8'),
       now(), j.id::text
FROM jobs j
WHERE j.state IN ('queued', 'running') AND j.run_after < now() - make_interval(secs => :overdue)
  AND (CAST(:shop_id AS uuid) IS NULL OR j.shop_id = :shop_id) AND (CAST(:id AS uuid) IS NULL OR j.id = :id)
  AND NOT EXISTS (
    SELECT FROM pgqueuer q WHERE q.dedupe_key = j.id::text AND q.status IN ('queued', 'picked')
  )
ON CONFLICT DO NOTHING
""")


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


async def deliver_lost(session: AsyncSession, *, overdue: float = 15) -> None:
    """A live job whose delivery was lost (PgQueuer drops a cancelled one) is delivered again."""
    await session.execute(_DELIVER_AGAIN, {"overdue": overdue, "shop_id": None, "id": None})


async def try_again(session: AsyncSession, shop_id: UUID, job_id: UUID) -> JobRecord:
    """Queue a dead letter once more, with its attempts forgotten; raises NotADeadLetter."""
    record = await lock_job(session, shop_id, job_id)
    if record.state is not JobState.FAILED:
        raise NotADeadLetter
    record.state, record.attempts, record.error, record.error_code = JobState.QUEUED, 0, None, None
    # Its key may be another's by now.
    record.run_after, record.finished_at, record.dedupe_key = utc_now(), None, None
    await session.flush()
    await session.execute(_DELIVER_AGAIN, {"overdue": -60, "shop_id": shop_id, "id": job_id})
    return record


async def get_job(session: AsyncSession, shop_id: UUID, job_id: UUID) -> JobRecord:
    """Raises NoSuchJob."""
    record = await session.get(JobRecord, (shop_id, job_id))
    if record is None:
        raise NoSuchJob
    return record


async def find_job(session: AsyncSession, shop_ids: Sequence[UUID], job_id: UUID) -> JobRecord | None:
    """Looked for only in these shops."""
    stmt = select(JobRecord).where(JobRecord.shop_id.in_(shop_ids), JobRecord.id == job_id)
    return (await session.scalars(stmt)).one_or_none()


async def jobs_of_shops(
    session: AsyncSession, shop_ids: Sequence[UUID], *, state: JobState | None, limit: int
) -> Sequence[JobRecord]:
    """Newest first."""
    stmt = select(JobRecord).where(JobRecord.shop_id.in_(shop_ids))
    if state is not None:
        stmt = stmt.where(JobRecord.state == state)
    return (await session.scalars(stmt.order_by(JobRecord.created_at.desc()).limit(limit))).all()


async def lock_job(session: AsyncSession, shop_id: UUID, job_id: UUID) -> JobRecord:
    """The job's row, locked against a worker's or another person's change."""
    record = await session.get(JobRecord, (shop_id, job_id), with_for_update=True)
    if record is None:
        raise NoSuchJob
    return record


_PURGE = text("""
WITH old AS (
  DELETE FROM jobs WHERE state = 'done' AND finished_at < now() - make_interval(days => :days)
)
DELETE FROM pgqueuer_log WHERE created < now() - make_interval(days => :days)
""")


async def purge_done(session: AsyncSession, *, days: int = 7) -> None:
    """Forget what went well long ago; dead letters stay."""
    await session.execute(_PURGE, {"days": days})
