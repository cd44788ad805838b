"""`python -m app.worker.main`: takes jobs until told to stop; the first SIGTERM lets running jobs end."""

import asyncio
import contextlib
import os
import signal
import socket
import time
from collections.abc import AsyncIterator
from uuid import UUID, uuid4

import structlog
import uvloop
from pgqueuer.domain.errors import FailingListenerError
from sqlalchemy import text

from app.drafting.questions import CannotConfirmWriter
from app.drafting.threads import NeutralThreadWriter
from app.kit.db import Database
from app.kit.delivery import LOST_CONNECTION, Courier
from app.kit.locks import Locks
from app.kit.logs import configure_logging
from app.kit.postgres import database_url
from app.kit.secrets import build_vault
from app.kit.settings import Settings
from app.llm.complaint_writer import OpenAIComplaintWriter
from app.llm.openai_writer import OpenAIWriter, build_writer
from app.llm.question_writer import OpenAIQuestionWriter
from app.llm.thread_writer import OpenAIThreadWriter
from app.replies.ports import Publishers
from app.wildberries.build import open_wildberries
from app.worker.consuming import consume, open_pool
from app.worker.handlers import Neighbours, handlers

log = structlog.get_logger()

PATIENCE_AT_STOP = 25.0
FIRST_PAUSE, LONGEST_PAUSE = 0.5, 10.0

_BEAT = text("""
INSERT INTO workers (id, host, pid, started_at, beat_at) VALUES (:id, :host, :pid, now(), now())
ON CONFLICT (id) DO UPDATE SET beat_at = now()
""")
_FORGET = text("DELETE FROM workers WHERE id = :id OR beat_at < now() - interval '1 day'")


async def run(settings: Settings, stop: asyncio.Event) -> None:
    """Everything a worker process does; returns when `stop` is set and the running jobs have ended.

    While the database is away it tries again and again: a restart of the database needs none of ours.
    """
    me, pause = uuid4(), FIRST_PAUSE
    while not stop.is_set():
        began = time.monotonic()
        try:
            await _connected(settings, me, stop)
        except (*LOST_CONNECTION, FailingListenerError) as error:
            if time.monotonic() - began > LONGEST_PAUSE:
                pause = FIRST_PAUSE
            log.error("worker.connection_lost", again_in=pause, error=f"{type(error).__name__}: {error}")
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(stop.wait(), pause)
            pause = min(LONGEST_PAUSE, pause * 2)


async def _connected(settings: Settings, me: UUID, stop: asyncio.Event) -> None:
    database = Database(database_url(settings), pool_size=settings.database_pool)
    locks, llm = Locks(database), _llm(settings)
    async with contextlib.AsyncExitStack() as stack:
        stack.push_async_callback(database.close)
        stack.push_async_callback(locks.close)
        if llm is not None:
            stack.push_async_callback(llm.close)
        wb = await stack.enter_async_context(open_wildberries(settings, database, build_vault(settings)))
        near = Neighbours(
            database=database,
            locks=locks,
            source=wb.feedbacks,
            urgent_source=wb.urgent_feedbacks,
            publishers=Publishers(feedbacks=wb.publisher, questions=wb.question_publisher),
            questions=wb.questions,
            urgent_questions=wb.urgent_questions,
            pins=wb.pins,
            urgent_pins=wb.urgent_pins,
            cards=wb.cards,
            chats=wb.chats,
            urgent_chats=wb.urgent_chats,
            llm=llm,
            thread_writer=OpenAIThreadWriter(llm) if llm else NeutralThreadWriter(),
            question_writer=OpenAIQuestionWriter(llm) if llm else CannotConfirmWriter(),
            complaint_writer=OpenAIComplaintWriter(llm) if llm else None,
        )
        pool = await stack.enter_async_context(open_pool(database))
        await stack.enter_async_context(_beating(database, me, every=settings.worker_heartbeat_seconds / 3))
        await consume(settings, Courier(database, handlers(near, settings), locks), pool, stop)


def _llm(settings: Settings) -> OpenAIWriter | None:
    if settings.openai_api_key is None:
        return None
    return build_writer(
        api_key=settings.openai_api_key.get_secret_value(),
        model=settings.openai_model,
        price_in=settings.openai_price_in,
        price_out=settings.openai_price_out,
        base_url=settings.openai_base_url,
        timeout=settings.openai_timeout,
    )


@contextlib.asynccontextmanager
async def _beating(database: Database, me: UUID, *, every: float) -> AsyncIterator[None]:
    row = {"id": me, "host": socket.gethostname(), "pid": os.getpid()}

    async def beat() -> None:
        while True:
            try:
                async with database.transaction() as session:
                    await session.execute(_BEAT, row)
            except Exception:
                log.warning("worker.beat_missed", exc_info=True)
            await asyncio.sleep(every)

    task = asyncio.create_task(beat())
    try:
        yield
    finally:
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task
        with contextlib.suppress(*LOST_CONNECTION):
            async with database.transaction() as session:
                await session.execute(_FORGET, {"id": me})


async def _main(settings: Settings) -> None:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()

    def asked_to_stop() -> None:
        if not stop.is_set():
            log.info("worker.stopping")
            # A job cut off here is safe: it is delivered again, and looks first whether it was done.
            loop.call_later(PATIENCE_AT_STOP, os._exit, 1)
        stop.set()

    for name in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(name, asked_to_stop)
    await run(settings, stop)


def main() -> None:
    """Start a worker by the environment's settings."""
    settings = Settings()
    configure_logging(settings)
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(_main(settings))


if __name__ == "__main__":
    main()
