"""Databases: brought to the newest schema, made and dropped for a demonstration."""

import asyncio
import os
from collections.abc import Iterator
from contextlib import contextmanager
from secrets import token_hex

import asyncpg
from alembic import command
from alembic.config import Config

from app.cli.processes import ROOT
from app.kit.postgres import plain


def migrate(url: str) -> None:
    """`alembic upgrade head` on this database."""
    os.environ["DATABASE_URL"] = plain(url)
    config = Config(ROOT / "alembic.ini")
    config.set_main_option("script_location", str(ROOT / "migrations"))
    command.upgrade(config, "head")


@contextmanager
def temporary_database(url: str) -> Iterator[str]:
    """An empty, migrated database on the same server, dropped at the end."""
    name = f"wbrm_demo_{token_hex(4)}"
    asyncio.run(_run(url, f'CREATE DATABASE "{name}"'))
    temporary = _renamed(url, name)
    try:
        migrate(temporary)
        yield temporary
    finally:
        asyncio.run(_run(url, f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)'))


def _renamed(url: str, name: str) -> str:
    head, _, query = url.partition("?")
    return head.rsplit("/", 1)[0] + f"/{name}" + (f"?{query}" if query else "")


async def _run(url: str, sql: str) -> None:
    connection = await asyncpg.connect(plain(url))
    try:
        await connection.execute(sql)
    finally:
        await connection.close()
