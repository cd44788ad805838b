"""A courier, and a handler that does as it is told."""

from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import pytest
from pgqueuer.domain.errors import RetryRequested

from app.kit.db import Database
from app.kit.delivery import Courier
from app.kit.jobs import Job, enqueue
from app.kit.locks import Locks
from tests.kit.jobs import Call, Errand, deliveries


@dataclass
class Handler:
    """Does what it is told, remembers whom it served and how many at once."""

    does: Any = None
    served: list[Job] = field(default_factory=list)
    at_once: int = 0
    most_at_once: int = 0

    async def __call__(self, job: Job) -> None:
        self.served.append(job)
        self.at_once += 1
        self.most_at_once = max(self.most_at_once, self.at_once)
        try:
            if isinstance(self.does, Exception):
                raise self.does
            if self.does is not None:
                await self.does()
        finally:
            self.at_once -= 1


async def courier_with(database: Database, handler: Handler) -> tuple[Courier, Locks]:
    locks = Locks(database)
    return Courier(database, {Errand: handler, Call: handler}, locks), locks


async def put(database: Database, job: Job) -> bytes:
    """The delivery note of a new job."""
    async with database.transaction() as session:
        await enqueue(session, job)
    return bytes((await deliveries(database))[-1].payload)


async def retry_of(courier: Courier, note: bytes) -> timedelta:
    with pytest.raises(RetryRequested) as asked:
        await courier.deliver(note)
    return asked.value.delay
