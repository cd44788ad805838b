"""Whether the database answers, and with which schema."""

import asyncio
from typing import Final

from sqlalchemy import text
from sqlalchemy.exc import ProgrammingError, SQLAlchemyError

from app.kit.db import Database

PATIENCE: Final = 1.5


async def schema_revision(database: Database) -> str | None:
    """Empty for a schema that was never migrated, None when the database does not answer in time."""
    asking = asyncio.create_task(_ask_revision(database))
    # Not wait_for: that waits for the cancelled query, whose rollback hangs on the same dead connection.
    await asyncio.wait({asking}, timeout=PATIENCE)
    if not asking.done():
        asking.cancel()
        return None
    return asking.result()


async def _ask_revision(database: Database) -> str | None:
    try:
        async with database.transaction() as session:
            return str(await session.scalar(text("SELECT version_num FROM alembic_version")) or "")
    except ProgrammingError:
        return ""
    except (SQLAlchemyError, OSError):
        return None
