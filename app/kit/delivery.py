"""Runs jobs: PgQueuer brings the delivery notes, this decides by an error's kind what becomes of a job."""

import asyncio
import json
import random
import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

import asyncpg
import structlog
from pgqueuer.domain.errors import RetryRequested
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from app.kit import metrics
from app.kit.db import Database
from app.kit.errors import Invalid, RateLimited, Unavailable, WbrmError
from app.kit.jobs import Job, JobRecord, JobState, known_kinds, load
from app.kit.locks import Locks

log = structlog.get_logger()

Handler = Callable[[Any], Awaitable[None]]
TRIES = 8
LONGEST_BACKOFF = 300.0

LOST_CONNECTION = (
    OSError,
    SQLAlchemyError,
    asyncpg.PostgresError,
    asyncpg.InterfaceError,
    asyncpg.InternalClientError,  # a connection that is cut while a statement is being prepared
)
ELSEWHERE_KNOWN = timedelta(minutes=1)
RECORD_AGAIN_AFTER = (0.2, 1.0, 3.0, 5.0)

_CLAIM = text("""
UPDATE jobs SET state = 'running', started_at = clock_timestamp(),
  attempts = attempts + CASE state WHEN 'queued' THEN 1 ELSE 0 END,  -- a killed worker is not the job's fault
  dedupe_key = CASE WHEN :forget_key THEN NULL ELSE dedupe_key END
WHERE shop_id = :shop_id AND id = :id AND state IN ('queued', 'running') AND run_after <= clock_timestamp()
RETURNING attempts
""")
_TOO_EARLY = text("""
SELECT extract(epoch FROM run_after - clock_timestamp()) FROM jobs
WHERE shop_id = :shop_id AND id = :id AND state IN ('queued', 'running')
""")
_STAND_IN = text("""
UPDATE jobs SET state = 'done', finished_at = clock_timestamp()
WHERE shop_id = :shop_id AND dedupe_key = :key AND state = 'queued' AND id <> :id
""")
_OUTCOME = text("""
UPDATE jobs SET state = :state, attempts = attempts - :refund, error_code = :code, error = :error,
  dedupe_key = coalesce(:key, dedupe_key), run_after = now() + make_interval(secs => :delay),
  finished_at = CASE WHEN :state = 'queued' THEN NULL ELSE clock_timestamp() END
WHERE shop_id = :shop_id AND id = :id
""")


class Unreadable(Invalid):
    """The job was written by a version that this one does not understand."""

    code = "JOB_UNREADABLE"
    message = "Задание записано другой версией программы и не может быть выполнено."


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What becomes of a job: its state, and for a queued one the seconds until the next try."""

    state: JobState
    delay: float = 0
    refund: int = 0
    code: str | None = None
    error: str | None = None


DONE = Verdict(state=JobState.DONE)


class Courier:
    """Hands each delivered job to its handler, at most one worker at a time."""

    def __init__(self, database: Database, handlers: Mapping[type[Job], Handler], locks: Locks) -> None:
        self.database = database
        self.handlers = handlers
        self.locks = locks

    async def deliver(self, note: bytes) -> None:
        """Run the job of this note; raises RetryRequested when it shall be delivered again."""
        where = {name: UUID(value) for name, value in json.loads(note).items()}
        try:
            async with self.database.transaction() as session:
                record = await session.get(JobRecord, (where["shop_id"], where["id"]))
            if record is not None and record.state in (JobState.QUEUED, JobState.RUNNING):
                await self._hand_over(record)
        except LOST_CONNECTION as error:
            log.warning("job.not_delivered", job_id=str(where["id"]), error=type(error).__name__)
            await asyncio.sleep(random.uniform(0.5, 1.5))
            raise RetryRequested(timedelta(seconds=1)) from error

    async def _hand_over(self, record: JobRecord) -> None:
        if record.kind not in known_kinds():
            log.error("job.kind_unknown", kind=record.kind, job_id=str(record.id))
            raise RetryRequested(ELSEWHERE_KNOWN)
        try:
            job = load(record.kind, record.payload)
        except (TypeError, ValueError) as error:
            await self._record(record, None, judge(Unreadable(), 0))
            log.error("job.unreadable", kind=record.kind, job_id=str(record.id), exc_info=error)
            return
        held: list[str] = []
        try:
            for name in filter(None, (f"job:{record.id}", job.lock())):
                if not await self.locks.acquire(name):
                    raise RetryRequested(timedelta(seconds=random.uniform(0.3, 1.2)))
                held.append(name)
            await self._run(record, job)
        finally:
            for name in reversed(held):
                await self.locks.release(name)

    async def _run(self, record: JobRecord, job: Job) -> None:
        attempts = await self._claim(record, job)
        if attempts is None:
            return
        started = time.monotonic()
        with structlog.contextvars.bound_contextvars(
            job_id=str(record.id), kind=record.kind, shop_id=str(record.shop_id)
        ):
            verdict = await self._attempt(job, attempts)
        metrics.JOB_SECONDS.labels(kind=record.kind).observe(time.monotonic() - started)
        metrics.JOBS.labels(kind=record.kind, outcome=verdict.state.value).inc()
        await self._record(record, job, verdict)
        if verdict.state is JobState.QUEUED:
            raise RetryRequested(timedelta(seconds=verdict.delay), verdict.code)

    async def _attempt(self, job: Job, attempts: int) -> Verdict:
        try:
            await self.handlers[type(job)](job)
        except Exception as error:
            return judge(error, attempts)
        return DONE

    async def _claim(self, record: JobRecord, job: Job) -> int | None:
        """None when it was finished meanwhile; PgQueuer may also bring it early, after a heartbeat came late."""
        values = {"shop_id": record.shop_id, "id": record.id}
        async with self.database.transaction() as session:
            attempts: int | None = await session.scalar(_CLAIM, {**values, "forget_key": job.wake_up})
            left = await session.scalar(_TOO_EARLY, values) if attempts is None else None
        if left is not None:
            raise RetryRequested(timedelta(seconds=max(0.0, float(left))))
        return attempts

    async def _record(self, record: JobRecord, job: Job | None, verdict: Verdict) -> None:
        """Tries for a while: an outcome that is not written down means that the job runs once more."""
        for pause in RECORD_AGAIN_AFTER:
            try:
                return await self._write_down(record, job, verdict)
            except LOST_CONNECTION as error:
                log.warning("job.outcome_not_kept", job_id=str(record.id), error=type(error).__name__)
                await asyncio.sleep(pause)
        await self._write_down(record, job, verdict)

    async def _write_down(self, record: JobRecord, job: Job | None, verdict: Verdict) -> None:
        where = {"shop_id": record.shop_id, "id": record.id}
        key = job.dedupe_key() if job and job.wake_up and verdict.state is not JobState.DONE else None
        values = {
            "state": verdict.state.value,
            "refund": verdict.refund,
            "code": verdict.code,
            "error": verdict.error,
            "delay": verdict.delay,
        }
        async with self.database.transaction() as session:
            if key is not None and verdict.state is JobState.QUEUED:
                await session.execute(_STAND_IN, {**where, "key": key})
            await session.execute(_OUTCOME, {**where, **values, "key": key})


def judge(error: Exception, attempts: int) -> Verdict:
    """By the error's kind: wait (not counted as a try), back off, or give up."""
    code = error.code if isinstance(error, WbrmError) else type(error).__name__
    words = error.message if isinstance(error, WbrmError) else "Внутренняя ошибка, подробности в журнале сервера."
    if isinstance(error, RateLimited):
        delay = error.retry_after * random.uniform(1.0, 1.03) + random.uniform(0, 0.5)
        log.info("job.waits", code=code, delay=round(delay, 1))
        return Verdict(state=JobState.QUEUED, delay=delay, refund=1, code=code, error=words)
    may_pass = isinstance(error, Unavailable) or not isinstance(error, WbrmError)
    if may_pass and attempts < TRIES:
        delay = min(LONGEST_BACKOFF, 2.0**attempts) * random.uniform(0.7, 1.3)
        log.warning("job.backs_off", code=code, attempts=attempts, delay=round(delay, 1), exc_info=error)
        return Verdict(state=JobState.QUEUED, delay=delay, code=code, error=words)
    log.error("job.gave_up", code=code, attempts=attempts, exc_info=error)
    return Verdict(state=JobState.FAILED, code=code, error=words)
