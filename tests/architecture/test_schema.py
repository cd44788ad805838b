"""The schema that the migrations make: equal to the models, distributable by shop, without surprises."""

import os
import re
import subprocess
import sys
from collections.abc import AsyncIterator, Sequence
from secrets import token_hex
from typing import Any

import asyncpg
import pytest
from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, text
from sqlalchemy.ext.asyncio import create_async_engine

from app.kit.db import Model, TextEnum
from app.kit.postgres import plain
from tests.architecture.source import ROOT, import_everything
from tests.conftest import migrate

pytestmark = pytest.mark.anyio
REFERENCE = {"users", "sessions", "access_tokens", "shops", "rate_buckets", "workers"}
"""Not data of one shop: they would be reference tables on every node of a distributed database."""
FOREIGN = "('alembic_version', 'pgqueuer', 'pgqueuer_log', 'pgqueuer_schedules', 'pgqueuer_statistics')"
OURS = f"c.relkind = 'r' AND c.relnamespace = 'public'::regnamespace AND c.relname NOT IN {FOREIGN}"

COLUMNS = f"""
SELECT c.relname, a.attname, format_type(a.atttypid, a.atttypmod) AS type, a.attnotnull, a.attgenerated::text,
       pg_get_expr(d.adbin, d.adrelid) AS filled_by
FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
LEFT JOIN pg_attrdef d ON d.adrelid = c.oid AND d.adnum = a.attnum
WHERE {OURS} ORDER BY 1, 2
"""
CONSTRAINTS = f"""
SELECT c.relname, k.conname, k.contype::text, pg_get_constraintdef(k.oid) AS definition, r.relname AS target,
       ARRAY(SELECT a.attname::text FROM unnest(k.conkey) WITH ORDINALITY key(number, place)
             JOIN pg_attribute a ON a.attrelid = k.conrelid AND a.attnum = key.number ORDER BY key.place) AS columns
FROM pg_constraint k JOIN pg_class c ON c.oid = k.conrelid LEFT JOIN pg_class r ON r.oid = k.confrelid
WHERE {OURS} AND k.contype IN ('p', 'u', 'f', 'c') ORDER BY 1, 2
"""
INDEXES = f"""
SELECT c.relname, pg_get_indexdef(i.indexrelid) AS definition, i.indisunique,
       ARRAY(SELECT pg_get_indexdef(i.indexrelid, n, true) FROM generate_series(1, i.indnkeyatts) n) AS columns
FROM pg_index i JOIN pg_class c ON c.oid = i.indrelid WHERE {OURS} ORDER BY 1, 2
"""


class EmptyDatabase:
    """Of one test, dropped after it."""

    def __init__(self, url: str) -> None:
        self.url = url

    async def run(self, work: Any) -> None:
        engine = create_async_engine(self.url)
        async with engine.begin() as connection:
            await connection.run_sync(work)
        await engine.dispose()

    async def ask(self, sql: str) -> Sequence[Any]:
        engine = create_async_engine(self.url)
        async with engine.connect() as connection:
            found = (await connection.execute(text(sql))).all()
        await engine.dispose()
        return found


async def on_server(url: str, sql: str) -> None:
    connection = await asyncpg.connect(plain(url))
    await connection.execute(sql)
    await connection.close()


@pytest.fixture
async def empty(cluster_url: str) -> AsyncIterator[EmptyDatabase]:
    name = f"wbrm_empty_{token_hex(6)}"
    await on_server(cluster_url, f'CREATE DATABASE "{name}"')
    head, _, query = cluster_url.partition("?")
    yield EmptyDatabase(head.rsplit("/", 1)[0] + f"/{name}" + (f"?{query}" if query else ""))
    await on_server(cluster_url, f'DROP DATABASE "{name}" WITH (FORCE)')


@pytest.fixture
def schema(database_url: str) -> EmptyDatabase:
    """The migrated database of this run, read only; and every table's model is known."""
    import_everything()
    return EmptyDatabase(database_url)


def alembic() -> Config:
    config = Config(ROOT / "alembic.ini")
    config.set_main_option("script_location", str(ROOT / "migrations"))
    return config


def test_history_is_one_line() -> None:
    scripts = ScriptDirectory.from_config(alembic())
    revisions = list(scripts.walk_revisions())

    assert len(scripts.get_heads()) == 1
    assert len(scripts.get_bases()) == 1
    assert not any(revision.is_merge_point or revision.is_branch_point for revision in revisions)


async def test_upgrade_gives_the_models_tables_to_the_letter(empty: EmptyDatabase, schema: EmptyDatabase) -> None:
    """Also what autogenerate does not compare: checks, partial indexes, generated columns."""
    await on_server(empty.url, "CREATE EXTENSION btree_gin")
    await empty.run(Model.metadata.create_all)

    for catalogue in (COLUMNS, CONSTRAINTS, INDEXES):
        assert await empty.ask(catalogue) == await schema.ask(catalogue)


def test_alembic_itself_finds_no_difference(database_url: str) -> None:
    """As a developer would run it: the command line imports every table by itself."""
    checked = subprocess.run(
        [sys.executable, "-m", "alembic", "check"],
        cwd=ROOT,
        env={**os.environ, "DATABASE_URL": plain(database_url)},
        capture_output=True,
        text=True,
        check=False,
    )

    assert checked.returncode == 0, checked.stdout + checked.stderr
    assert "No new upgrade operations detected" in checked.stdout


async def test_downgrade_leaves_nothing_and_upgrade_works_again(empty: EmptyDatabase) -> None:
    await migrate(empty.url)

    def down(connection: Connection) -> None:
        config = alembic()
        config.attributes["connection"] = connection
        command.downgrade(config, "base")

    await empty.run(down)
    left = await empty.ask("SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind = 'r'")
    await migrate(empty.url)

    assert [row.relname for row in left] == ["alembic_version"]


async def test_checks_hold_exactly_the_values_of_their_enums(schema: EmptyDatabase) -> None:
    checks = {(row.relname, row.conname): row.definition for row in await schema.ask(CONSTRAINTS) if row.contype == "c"}

    for table in Model.metadata.sorted_tables:
        for column in table.columns:
            if isinstance(column.type, TextEnum):
                definition = checks[table.name, f"ck_{table.name}_{column.name}"]
                assert set(re.findall(r"'([^']*)'", definition)) == {member.value for member in column.type.kind}


async def test_the_shop_stands_first_in_every_key_of_its_data(schema: EmptyDatabase) -> None:
    keys = [row for row in await schema.ask(CONSTRAINTS) if row.contype in ("p", "u", "f")]
    astray = [
        f"{row.relname}.{row.conname}"
        for row in keys
        if row.relname not in REFERENCE and row.target not in REFERENCE - {"shops"} and row.columns[0] != "shop_id"
    ]
    astray += [
        row.definition
        for row in await schema.ask(INDEXES)
        if row.relname not in REFERENCE and row.indisunique and row.columns[0] != "shop_id"
    ]

    assert astray == []


async def test_every_table_with_data_of_a_shop_has_a_primary_key(schema: EmptyDatabase) -> None:
    keyed = {row.relname for row in await schema.ask(CONSTRAINTS) if row.contype == "p"}

    assert keyed == set(Model.metadata.tables)
    assert set(Model.metadata.tables) >= REFERENCE


async def test_no_enum_types_and_no_time_without_a_zone(schema: EmptyDatabase) -> None:
    columns = await schema.ask(COLUMNS)
    enums = {row.typname for row in await schema.ask("SELECT typname FROM pg_type WHERE typtype = 'e'")}

    assert {row.type for row in columns}.isdisjoint(enums | {"timestamp without time zone", "date", "time"})
    assert any(row.type == "timestamp with time zone" for row in columns)
