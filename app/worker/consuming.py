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
from app.kit.delivery import Courier
from app.kit.settings import Settings
from app.worker.schedule import TIMERS, Timer

log = structlog.get_logger()

IDLE_POLL = timedelta(seconds=5)
LISTENER_PATIENCE = timedelta(seconds=10)
FIRST_PROBE = timedelta(seconds=2)


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
    async with _passed_on(stop, queuer.shutdown):
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


def _fired(timer: Timer, database: Database) -> Any:
    async def fire(schedule: Schedule) -> None:
        await timer.fire(database)

    return fire
