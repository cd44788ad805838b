"""Runs migrations on `DATABASE_URL` or the embedded PostgreSQL; tests hand over a connection of their own."""

import asyncio
import os
import sys
from typing import Any

sys.path.insert(0, os.getcwd())

from alembic import context
from sqlalchemy import Connection
from sqlalchemy.ext.asyncio import create_async_engine

import app.accounts.models
import app.analytics.models
import app.buyers.models
import app.cabinet.models
import app.cabinet.page_models
import app.chats.models
import app.chats.stream_models
import app.complaints.models
import app.feedbacks.models
import app.kit.jobs
import app.kit.limits
import app.pins.models
import app.products.models
import app.questions.models
import app.replies.models
import app.shops.models
import app.worker.models  # noqa: F401
from app.kit.db import Model, TextEnum
from app.kit.postgres import database_url
from app.kit.settings import Settings


def ours(thing: Any, name: str | None, kind: str, reflected: bool, compare_to: Any) -> bool:
    """PgQueuer's own tables are its library's business (docs/decisions/0002)."""
    table = name if kind == "table" else getattr(getattr(thing, "table", None), "name", "")
    return not str(table).startswith("pgqueuer")


def written(kind: str, thing: Any, autogen: Any) -> str | bool:
    """Migrations stand by themselves: no import from `app`."""
    return "sa.Text()" if kind == "type" and isinstance(thing, TextEnum) else False


def run(connection: Connection) -> None:
    """Upgrade or downgrade inside one transaction."""
    context.configure(
        connection=connection,
        target_metadata=Model.metadata,
        include_object=ours,
        render_item=written,
        compare_type=True,
    )
    with context.begin_transaction():
        context.run_migrations()


async def connect_and_run() -> None:
    """The command line's way."""
    engine = create_async_engine(database_url(Settings()))
    async with engine.begin() as connection:
        await connection.run_sync(run)
    await engine.dispose()


given = context.config.attributes.get("connection")
if given is not None:
    run(given)
else:
    asyncio.run(connect_and_run())
