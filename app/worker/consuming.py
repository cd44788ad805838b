"""The loop around PgQueuer: deliveries go to the courier, timers fire."""

import asyncio
import contextlib
import os
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import asyncpg
import structlog
from pgqueuer import AsyncpgPoolDriver, PgQueuer, QueueManager
from pgqueuer.domain.errors import FailingListenerError
from pgqueuer.models import HealthCheckEvent, Schedule
from pgqueuer.models import Job as Delivered

from app.kit.db import Database
from app.kit.delivery import LOST_CONNECTION, Courier
from app.kit.postgres import plain
from app.kit.settings import Settings
from app.worker.schedule import TIMERS, Timer

log = structlog.get_logger()

IDLE_POLL = timedelta(seconds=5)
LISTENER_PATIENCE = timedelta(seconds=10)
FIRST_PROBE = timedelta(seconds=2)
LOOK_EVERY = 0.025

# As PgQueuer's trigger would: said by an INSERT, it would make all transactions that enqueue commit one by one.
_WAKE_UP_FOR_WORK = """
SELECT pg_notify('ch_pgqueuer', json_build_object(
  'channel', 'ch_pgqueuer', 'operation', 'insert', 'sent_at', now(), 'table', 'pgqueuer', 'type', 'table_changed_event'
)::text)
WHERE EXISTS (
  SELECT FROM pgqueuer WHERE entrypoint = ANY($1::text[]) AND status = 'queued' AND execute_after <= now())
"""


class PatientQueueManager(QueueManager):
    """Gives its listener a second chance, once: PgQueuer may send the first probe before it listens."""

    heard = False

    async def listener_healthy(self, timeout: timedelta = LISTENER_PATIENCE) -> HealthCheckEvent:
        if not self.heard:
            with contextlib.suppress(FailingListenerError):
                return await self._hear(FIRST_PROBE)
        return await self._hear(timeout)

    async def _hear(self, timeout: timedelta) -> HealthCheckEvent:
        event = await super().listener_healthy(timeout)
        self.heard = True
        return event


def open_pool(database: Database) -> "asyncpg.pool.Pool[Any]":
    """PgQueuer's connections, which do not wait for the disk: what a crash of the server takes, `jobs` still knows.

    A pick or a completion that is lost brings the job once more, and its row says whether it is done or not yet due.
    """
    unhurried = {"synchronous_commit": "off"}
    return asyncpg.create_pool(plain(database.url), min_size=2, max_size=6, server_settings=unhurried, reset=_as_it_was)


async def _as_it_was(connection: "asyncpg.Connection[Any]") -> None:
    """PgQueuer leaves nothing behind on a connection but its listener, which it takes back itself."""


async def consume(settings: Settings, courier: Courier, pool: "asyncpg.Pool[Any]", stop: asyncio.Event) -> None:
    """Takes jobs and fires timers until `stop` is set; raises what broke the connection."""
    queuer = PgQueuer(AsyncpgPoolDriver(pool))
    queuer.qm = PatientQueueManager(queuer.qm.queries)
    queuer.qm.shutdown = queuer.shutdown

    async def deliver(delivered: Delivered) -> None:
        cause = (delivered.headers or {}).get("request_id") or str(delivered.id)
        with structlog.contextvars.bound_contextvars(request_id=cause):
            await courier.deliver(delivered.payload or b"{}")

    for kind in courier.handlers:
        queuer.entrypoint(kind.__name__)(deliver)
    for timer in TIMERS:
        queuer.schedule(timer.name, timer.cron)(_fired(timer, courier.database))
    log.info("worker.started", pid=os.getpid(), concurrency=settings.worker_concurrency)
    async with _passed_on(stop, queuer.shutdown), _looking_for_work(queuer.qm, pool, settings.worker_concurrency):
        await queuer.run(
            dequeue_timeout=IDLE_POLL,
            batch_size=max(1, settings.worker_concurrency // 2),
            max_concurrent_tasks=settings.worker_concurrency,
            heartbeat_timeout=timedelta(seconds=settings.worker_heartbeat_seconds),
            shutdown_on_listener_failure=True,
        )
    log.info("worker.stopped", pid=os.getpid())


@contextlib.asynccontextmanager
async def _passed_on(stop: asyncio.Event, shutdown: asyncio.Event) -> AsyncIterator[None]:
    """PgQueuer sets its own event when it fails, which must not look as if we had been asked to stop."""

    async def wait() -> None:
        await stop.wait()
        shutdown.set()

    task = asyncio.create_task(wait())
    try:
        yield
    finally:
        task.cancel()


@contextlib.asynccontextmanager
async def _looking_for_work(manager: QueueManager, pool: "asyncpg.Pool[Any]", hands: int) -> AsyncIterator[None]:
    """Wakes the worker when a job waits and a hand is free; a look costs a fraction of a millisecond."""
    kinds = list(manager.entrypoint_registry)

    async def look() -> None:
        while True:
            await asyncio.sleep(LOOK_EVERY)
            if len(manager.job_context) < hands:
                with contextlib.suppress(*LOST_CONNECTION):  # whoever works on it says so
                    await pool.execute(_WAKE_UP_FOR_WORK, kinds)

    task = asyncio.create_task(look())
    try:
        yield
    finally:
        task.cancel()


def _fired(timer: Timer, database: Database) -> Any:
    async def fire(schedule: Schedule) -> None:
        await timer.fire(database)

    return fire
