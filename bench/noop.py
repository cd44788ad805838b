"""A worker process whose only job does nothing; all around it is `app.worker.main`'s own."""

import asyncio
import signal

import uvloop

from app.kit.db import Database
from app.kit.delivery import Courier
from app.kit.jobs import Job, job
from app.kit.locks import Locks
from app.kit.logs import configure_logging
from app.kit.postgres import database_url
from app.kit.settings import Settings
from app.worker.consuming import consume, open_pool


@job
class NoOp(Job):
    """Nothing."""


async def _nothing(job: NoOp) -> None:
    return


async def work(settings: Settings) -> None:
    """Until SIGTERM."""
    stop = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stop.set)
    database = Database(database_url(settings), pool_size=settings.database_pool)
    locks = Locks(database)
    async with open_pool(database) as pool:
        await consume(settings, Courier(database, {NoOp: _nothing}, locks), pool, stop)
    await locks.close()
    await database.close()


def main() -> None:
    """With the environment's settings."""
    settings = Settings()
    configure_logging(settings)
    uvloop.run(work(settings))


if __name__ == "__main__":
    main()
