"""Runs jobs: PgQueuer brings the delivery notes, this decides by an error's kind what becomes of a job."""

import asyncio
import json
import random
import time
from collections.abc import Awaitable, Callable, Mapping
from datetime import timedelta
from typing import Any
from uuid import UUID

import asyncpg
import structlog
from pgqueuer.domain.errors import RetryRequested
from sqlalchemy.exc import SQLAlchemyError

from app.kit import metrics
from app.kit.db import Database, PoolExhausted
from app.kit.errors import Invalid, RateLimited, Unavailable, WbrmError
from app.kit.job_ledger import DONE, Found, Ledger, Place, Verdict
from app.kit.jobs import Job, JobState, known_kinds, load
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
    PoolExhausted,
    asyncpg.InternalClientError,  # a connection that is cut while a statement is being prepared
)
ELSEWHERE_KNOWN = timedelta(minutes=1)
RECORD_AGAIN_AFTER = (0.2, 1.0, 3.0, 5.0)


class Unreadable(Invalid):
    """The job was written by a version that this one does not understand."""

    code = "JOB_UNREADABLE"
    message = "Задание записано другой версией программы и не может быть выполнено."


class Courier:
    """Hands each delivered job to its handler, at most one worker at a time."""

    def __init__(self, database: Database, handlers: Mapping[type[Job], Handler], locks: Locks) -> None:
        self.database = database
        self.ledger = Ledger(database)
        self.handlers = handlers
        self.locks = locks

    async def deliver(self, note: bytes) -> None:
        """Run the job of this note; raises RetryRequested when it shall be delivered again."""
        ids = json.loads(note)
        place = Place(UUID(ids["shop_id"]), UUID(ids["id"]))
        try:
            found = await self.ledger.find(place)
            if found is not None:
                await self._hand_over(found)
        except LOST_CONNECTION as error:
            log.warning("job.not_delivered", job_id=str(place.id), error=type(error).__name__)
            await asyncio.sleep(random.uniform(0.5, 1.5))
            raise RetryRequested(timedelta(seconds=1)) from error

    async def _hand_over(self, found: Found) -> None:
        job_id = str(found.place.id)
        if found.kind not in known_kinds():
            log.error("job.kind_unknown", kind=found.kind, job_id=job_id)
            raise RetryRequested(ELSEWHERE_KNOWN)
        try:
            job = load(found.kind, found.payload)
        except (TypeError, ValueError) as error:
            await self._record(found.place, None, judge(Unreadable(), 0))
            log.error("job.unreadable", kind=found.kind, job_id=job_id, exc_info=error)
            return
        held: list[str] = []
        try:
            for name in filter(None, (f"job:{job_id}", job.lock())):
                if not await self.locks.acquire(name):
                    raise RetryRequested(timedelta(seconds=random.uniform(0.3, 1.2)))
                held.append(name)
            await self._run(found, job)
        finally:
            for name in reversed(held):
                await self.locks.release(name)

    async def _run(self, found: Found, job: Job) -> None:
        attempts = await self.ledger.claim(found.place, forget_key=job.wake_up)
        if attempts is None:
            return
        started = time.monotonic()
        with structlog.contextvars.bound_contextvars(
            job_id=str(found.place.id), kind=found.kind, shop_id=str(found.place.shop_id)
        ):
            verdict = await self._attempt(job, attempts)
        metrics.JOB_SECONDS.labels(kind=found.kind).observe(time.monotonic() - started)
        metrics.JOBS.labels(kind=found.kind, outcome=verdict.state.value).inc()
        await self._record(found.place, job, verdict)
        if verdict.state is JobState.QUEUED:
            raise RetryRequested(timedelta(seconds=verdict.delay), verdict.code)

    async def _attempt(self, job: Job, attempts: int) -> Verdict:
        try:
            await self.handlers[type(job)](job)
        except Exception as error:
            return judge(error, attempts)
        return DONE

    async def _record(self, place: Place, job: Job | None, verdict: Verdict) -> None:
        """Tries for a while: an outcome that is not written down means that the job runs once more."""
        key = job.dedupe_key() if job and job.wake_up and verdict.state is not JobState.DONE else None
        for pause in RECORD_AGAIN_AFTER:
            try:
                return await self.ledger.write_down(place, verdict, key=key)
            except LOST_CONNECTION as error:
                log.warning("job.outcome_not_kept", job_id=str(place.id), error=type(error).__name__)
                await asyncio.sleep(pause)
        await self.ledger.write_down(place, verdict, key=key)


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
