"""A database of the benches: one big shop among small ones, straight into PostgreSQL and kept for the next run."""

import argparse
import asyncio
import hashlib
import random
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID, uuid5

import asyncpg
from sqlalchemy.dialects import postgresql
from sqlalchemy.schema import CreateIndex, CreateTable, ExecutableDDLElement

import app.accounts.models
import app.shops.models  # noqa: F401
from app.cli.schema import migrate
from app.kit.db import Model
from app.kit.postgres import plain
from app.kit.secrets import token_hash
from bench.buyers import COMPLAINING, CONTENT, NOW, Buyers
from bench.cluster import Connection, cluster_url, renamed
from bench.rows import FEEDBACK_COLUMNS, REPLY_COLUMNS, Rows

NAMESPACE = UUID("b6d1a5f2-0000-4000-8000-00000000be7c")
TOKEN = "wbs_bench"
CHUNK = 20_000
SMALL = 2_500
WRITERS = 3
FILLED = ("feedbacks", "replies", "shops", "memberships", "users", "sessions")


@dataclass(frozen=True, slots=True)
class Scale:
    """The big shop's feedbacks, and how many shops there are in all."""

    feedbacks: int
    shops: int
    small: int = SMALL

    @property
    def database(self) -> str:
        return f"wbrm_bench_{self.feedbacks}_{self.shops}"


def shop_id(number: int) -> UUID:
    """Shop 0 is the big one."""
    return uuid5(NAMESPACE, str(number))


def prepare(scale: Scale, *, server: str | None = None, fresh: bool = False) -> str:
    """The database's address; filled when it is missing or the generator or the migrations changed."""
    server = server or cluster_url()
    return asyncio.run(_prepare(server, scale, fresh=fresh))


async def _prepare(server: str, scale: Scale, *, fresh: bool) -> str:
    url, stamp = renamed(server, scale.database), _stamp(scale)
    if not fresh and await stamp_of(server, scale.database) == stamp:
        await _renew_login(url)
        return url
    async with Connection(server) as connection:
        await connection.execute(f'DROP DATABASE IF EXISTS "{scale.database}" WITH (FORCE)')
        await connection.execute(f'CREATE DATABASE "{scale.database}"')
    await asyncio.to_thread(migrate, url)
    await _fill(url, scale)
    async with Connection(server) as connection:
        await connection.execute(f"COMMENT ON DATABASE \"{scale.database}\" IS '{stamp}'")
    return url


def _stamp(scale: Scale) -> str:
    generator = [(Path(__file__).parent / f"{name}.py").read_text() for name in ("words", "buyers", "rows", "data")]
    tables = [Model.metadata.tables[name] for name in FILLED]
    schema = [ddl(CreateTable(table)) + "".join(sorted(ddl(CreateIndex(i)) for i in table.indexes)) for table in tables]
    return hashlib.sha256("".join([*generator, *schema, str(scale)]).encode()).hexdigest()[:16]


def ddl(element: ExecutableDDLElement) -> str:
    """As PostgreSQL would get it."""
    return str(element.compile(dialect=postgresql.dialect()))  # type: ignore[no-untyped-call]


async def stamp_of(server: str, database: str) -> str | None:
    """What a database was filled by."""
    async with Connection(server) as connection:
        found: str | None = await connection.fetchval(
            "SELECT shobj_description(oid, 'pg_database') FROM pg_database WHERE datname = $1", database
        )
    return found


async def _fill(url: str, scale: Scale) -> None:
    started = time.monotonic()
    async with Connection(url) as connection:
        await _people(connection, scale)
        indexes = await _drop_indexes(connection)
    parts = list(_parts(scale))
    if scale.feedbacks <= CHUNK:
        for part in parts:
            await copy_part(url, *part)
    else:
        with ProcessPoolExecutor(WRITERS) as pool:
            loop = asyncio.get_running_loop()
            await asyncio.gather(*[loop.run_in_executor(pool, _copy, url, *part) for part in parts])
    await asyncio.gather(*[_execute(url, statement) for statement in indexes])
    await _execute(url, "VACUUM ANALYZE")
    print(f"{scale}: filled in {time.monotonic() - started:.0f} s", file=sys.stderr)


def _parts(scale: Scale) -> Iterator[tuple[int, int, int]]:
    """(shop, first row, rows), so that several processes can share the work."""
    for first in range(0, scale.feedbacks, CHUNK):
        yield 0, first, min(CHUNK, scale.feedbacks - first)
    for number in range(1, scale.shops):
        yield number, 0, scale.small


def _copy(url: str, shop: int, first: int, count: int) -> None:
    asyncio.run(copy_part(url, shop, first, count))


async def copy_part(url: str, shop: int, first: int, count: int) -> None:
    """Feedbacks and their replies by COPY; the foreign key is kept by construction, not checked."""
    dice = random.Random(f"{shop}:{first}")
    buyers = Buyers(dice, COMPLAINING if shop == 0 else CONTENT, 150_000_000 + shop * 1000)
    rows = Rows(shop_id(shop), dice)
    for _ in range(count):
        rows.add(buyers.feedback())
    async with Connection(url) as connection:
        await connection.execute("SET session_replication_role = replica")
        await connection.copy_records_to_table("feedbacks", records=rows.feedbacks, columns=FEEDBACK_COLUMNS)
        await connection.copy_records_to_table("replies", records=rows.replies, columns=REPLY_COLUMNS)


async def _people(connection: "asyncpg.Connection", scale: Scale) -> None:
    user = uuid5(NAMESPACE, "user")
    shops = [(shop_id(number), f"seller-{number}", f"Магазин {number}", NOW) for number in range(scale.shops)]
    await connection.executemany("INSERT INTO shops (id, seller_id, name, created_at) VALUES ($1, $2, $3, $4)", shops)
    await connection.execute(
        "INSERT INTO users (id, email, name, password_hash, created_at) VALUES ($1, 'bench@example.com', '', '-', $2)",
        user, NOW,
    )  # fmt: skip
    members = [(row[0], user, NOW) for row in shops]
    await connection.executemany(
        "INSERT INTO memberships (shop_id, user_id, role, joined_at) VALUES ($1, $2, 'owner', $3)", members
    )
    await connection.execute(
        "INSERT INTO sessions (token_hash, user_id, kind, created_at, last_used_at, expires_at, user_agent)"
        " VALUES ($1, $2, 'bearer', $3, $3, $4, 'bench')",
        token_hash(TOKEN), user, NOW, datetime.now(UTC) + timedelta(days=1),
    )  # fmt: skip


async def _renew_login(url: str) -> None:
    await _execute(url, "UPDATE sessions SET expires_at = now() + interval '1 day'")


async def _drop_indexes(connection: "asyncpg.Connection") -> list[str]:
    """Filling first and indexing afterwards is several times faster."""
    found = await connection.fetch(
        "SELECT indexname, indexdef FROM pg_indexes WHERE tablename = 'feedbacks' AND indexname LIKE 'ix_%'"
    )
    for row in found:
        await connection.execute(f"DROP INDEX {row['indexname']}")
    return [row["indexdef"] for row in found]


async def _execute(url: str, statement: str) -> None:
    async with Connection(url) as connection:
        await connection.execute("SET maintenance_work_mem = '512MB'")
        await connection.execute(statement)


def add_scale(parser: argparse.ArgumentParser, *, feedbacks: int = 300_000, shops: int = 20) -> None:
    """The options that every bench on this data has."""
    parser.add_argument("--feedbacks", type=int, default=feedbacks, help="of the big shop")
    parser.add_argument("--shops", type=int, default=shops)
    parser.add_argument("--fresh", action="store_true", help="fill the database anew")


def main() -> None:
    """Only fill."""
    parser = argparse.ArgumentParser(description=__doc__)
    add_scale(parser)
    asked = parser.parse_args()
    print(plain(prepare(Scale(asked.feedbacks, asked.shops), fresh=asked.fresh)))


if __name__ == "__main__":
    main()
