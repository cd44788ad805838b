"""The benches' database as a shop has it that works with the extensions: standings, pages, drafts, verdicts, chats.

All of it by SQL in a copy, and a second copy of what writes touch, so that each loop begins where the last one did.
"""

import asyncio
import hashlib
from pathlib import Path
from uuid import uuid5

from sqlalchemy.schema import CreateTable

import app.cabinet.models
import app.cabinet.page_models
import app.complaints.models  # noqa: F401
from app.cabinet.models import Standing
from app.cabinet.tallies import recount
from app.cli.schema import migrate
from app.kit.db import Database, Direct, Model
from app.kit.secrets import Vault
from bench.buyers import NOW
from bench.cluster import Connection, cluster_url, renamed
from bench.data import NAMESPACE, Scale, ddl, prepare, shop_id, stamp_of
from bench.extension_seed import SEED, TOUCHED

TOKENS = 40
MEMBER_OF = 20
USER = uuid5(NAMESPACE, "extension")
LISTED = uuid5(NAMESPACE, "extension of all shops")
"""A member of every shop; the other one of the first twenty, however many there are."""

_COLUMNS = [column.name for column in Standing.__table__.columns if column.computed is None]
_SET = ", ".join(_COLUMNS[2:])
_WERE = ", ".join(f"b.{name}" for name in _COLUMNS[2:])
_ARE = ", ".join(f"s.{name}" for name in _COLUMNS[2:])
_REWIND = (
    f"UPDATE standings s SET ({_SET}) = ({_WERE}) FROM bench.standings b WHERE s.shop_id = $1 AND b.shop_id = $1"
    f" AND s.feedback_id = b.feedback_id AND ({_ARE}) IS DISTINCT FROM ({_WERE})",
    "DELETE FROM page_states p WHERE shop_id = $1 AND NOT EXISTS (SELECT FROM bench.page_states b WHERE"
    " (b.shop_id, b.nm_id, b.rating, b.minute) = (p.shop_id, p.nm_id, p.rating, p.minute))",
    "UPDATE page_states p SET (statuses, can_submit, could_submit, chat_status, read_at, updated_at) ="
    " (b.statuses, b.can_submit, b.could_submit, b.chat_status, b.read_at, b.updated_at) FROM bench.page_states b"
    " WHERE p.shop_id = $1 AND p.updated_at <> b.updated_at"
    " AND (b.shop_id, b.nm_id, b.rating, b.minute) = (p.shop_id, p.nm_id, p.rating, p.minute)",
    "DELETE FROM standing_events WHERE shop_id = $1 AND at > (SELECT at FROM bench.seeded)",
    "DELETE FROM chat_links WHERE shop_id = $1 AND created_at > (SELECT at FROM bench.seeded)",
    "DELETE FROM chat_link_events WHERE shop_id = $1 AND at > (SELECT at FROM bench.seeded)",
    "DELETE FROM tallies WHERE shop_id = $1",
    "INSERT INTO tallies SELECT * FROM bench.tallies WHERE shop_id = $1",
    "DELETE FROM complaint_sizes WHERE shop_id = $1",
    "INSERT INTO complaint_sizes SELECT * FROM bench.complaint_sizes WHERE shop_id = $1",
)


def seasoned(scale: Scale, *, server: str | None = None, fresh: bool = False) -> str:
    """The address of the copy; made anew when the seed or the tables changed."""
    source = prepare(scale, server=server, fresh=fresh)
    server = server or cluster_url()
    name = f"{scale.database}_extension"
    url, stamp = renamed(source, name), _stamp()
    if fresh or asyncio.run(stamp_of(server, name)) != stamp:
        asyncio.run(_copy(server, scale.database, name))
        migrate(url)
        asyncio.run(_seed(url, scale))
        asyncio.run(_note(server, name, stamp))
    migrate(url)
    return url


def _stamp() -> str:
    here = Path(__file__)
    names = (
        "standings",
        "page_states",
        "product_rules",
        "complaints",
        "chat_links",
        "tallies",
        "complaint_sizes",
        "standing_events",
    )
    schema = [ddl(CreateTable(Model.metadata.tables[name])) for name in names]
    made_by = [path.read_text() for path in (here, here.with_name("extension_seed.py"), here.with_name("data.py"))]
    return hashlib.sha256("".join([*schema, *made_by]).encode()).hexdigest()[:16]


async def _copy(server: str, source: str, name: str) -> None:
    async with Connection(server) as connection:
        await connection.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')
        await connection.execute(f'CREATE DATABASE "{name}" TEMPLATE "{source}"')


async def _note(server: str, name: str, stamp: str) -> None:
    async with Connection(server) as connection:
        await connection.execute(f"COMMENT ON DATABASE \"{name}\" IS '{stamp}'")


async def _seed(url: str, scale: Scale) -> None:
    async with Connection(url) as connection:
        await connection.execute("SET session_replication_role = replica")
        await connection.execute("SET work_mem = '256MB'")
        for statement in SEED:
            await connection.execute(statement)
        for user, shops in ((USER, min(MEMBER_OF, scale.shops)), (LISTED, scale.shops)):
            await connection.execute(
                "INSERT INTO users (id, email, name, password_hash, created_at)"
                " VALUES ($1, $1::uuid::text, '', '-', $2)",
                user,
                NOW,
            )
            members = [(shop_id(number), user, NOW) for number in range(shops)]
            await connection.executemany(
                "INSERT INTO memberships (shop_id, user_id, role, joined_at) VALUES ($1, $2, 'manager', $3)", members
            )
    database = Database(url)
    for number in range(scale.shops):
        async with database.direct() as direct:
            await recount(direct, shop_id(number))
    await database.close()
    async with Connection(url) as connection:
        await connection.execute("CREATE SCHEMA bench; CREATE TABLE bench.seeded AS SELECT clock_timestamp() AS at")
        for table in ("standings", "page_states", "tallies", "complaint_sizes"):
            await connection.execute(f"CREATE TABLE bench.{table} AS SELECT * FROM {table}")
        await connection.execute("ALTER TABLE bench.page_states ADD PRIMARY KEY (shop_id, nm_id, rating, minute)")
        for table in TOUCHED:
            await connection.execute(f"ALTER TABLE {table} SET (autovacuum_enabled = false)")
        await connection.execute("VACUUM ANALYZE")


async def rewind(connection: Direct) -> None:
    """The big shop as it was seeded, and no dead rows."""
    async with connection.transaction():
        await connection.execute("SET LOCAL work_mem = '128MB'")
        for statement in _REWIND:
            await connection.execute(statement, shop_id(0))
    for table in TOUCHED:
        await connection.execute(f"VACUUM {table}")


def secret(number: int) -> str:
    """Of an extension's token; the last one is of the user with all shops."""
    return f"wbrm_{number:032x}"


async def give_tokens(connection: Direct, key: str) -> None:
    """Such as a process with this key in SECRET_KEYS accepts."""
    vault = Vault([key])
    await connection.execute("DELETE FROM access_tokens WHERE user_id = ANY($1)", [USER, LISTED])
    await connection.executemany(
        "INSERT INTO access_tokens (id, user_id, token_hash, last4, label, scopes, created_at)"
        " VALUES ($1, $2, $3, 'last', 'bench', '[\"read\", \"report\"]', $4)",
        [
            (
                uuid5(NAMESPACE, secret(number)), USER if number < TOKENS else LISTED,
                vault.keyed_hashes(secret(number))[0], NOW,
            )
            for number in range(TOKENS + 1)
        ],
    )  # fmt: skip
