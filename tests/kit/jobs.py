"""Job kinds of these tests, and a look into both tables."""

from typing import Any

from sqlalchemy import text

from app.kit.db import Database
from app.kit.jobs import Job, job


@job
class Errand(Job):
    """Any plain job."""

    word: str = ""
    key: str | None = None
    locked: str | None = None

    def dedupe_key(self) -> str | None:
        return self.key

    def lock(self) -> str | None:
        return self.locked


@job
class Call(Job):
    """Any wake-up."""

    wake_up = True

    def dedupe_key(self) -> str:
        return "call"

    def lock(self) -> str:
        return f"call:{self.shop_id}"


async def rows(database: Database, sql: str, **values: Any) -> list[Any]:
    async with database.transaction() as session:
        return list(await session.execute(text(sql), values))


async def jobs(database: Database) -> list[Any]:
    """Oldest first."""
    return await rows(database, "SELECT * FROM jobs ORDER BY created_at, id")


async def deliveries(database: Database) -> list[Any]:
    return await rows(database, "SELECT *, execute_after - now() AS due_in FROM pgqueuer ORDER BY id")


async def run_sql(database: Database, sql: str, **values: Any) -> None:
    async with database.transaction() as session:
        await session.execute(text(sql), values)
