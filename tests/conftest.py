"""One PostgreSQL per run, one migrated database per test process, emptied before each test that uses it."""

import asyncio
import os
import secrets
import tempfile
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import asyncpg
import hypothesis
import pytest
from alembic import command
from alembic.config import Config
from cryptography.fernet import Fernet
from hypothesis import HealthCheck
from pydantic import SecretStr
from sqlalchemy import Connection, text
from sqlalchemy.ext.asyncio import create_async_engine

from app.kit.db import Database, Model
from app.kit.postgres import for_asyncpg, plain, start_embedded
from app.kit.secrets import Vault
from app.kit.settings import Settings
from tests.factories import Make

ROOT = Path(__file__).resolve().parents[1]

# No example fails because a machine is slow; and fixtures of ours outlive the examples of a test on purpose.
hypothesis.settings.register_profile(
    "untimed", deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture]
)
hypothesis.settings.load_profile("untimed")


@pytest.fixture(scope="session")
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture(scope="session")
def cluster_url() -> str:
    """`TEST_DATABASE_URL`, or an embedded cluster of this run that goes with its last process.

    Not under pytest's own directory: another run would close that to PostgreSQL's user.
    """
    if given := os.environ.get("TEST_DATABASE_URL"):
        return for_asyncpg(given)
    run = os.environ.get("PYTEST_XDIST_TESTRUNUID") or secrets.token_hex(8)
    return for_asyncpg(start_embedded(Path(tempfile.gettempdir()) / f"wbrm-test-{run[:16]}", keep=False))


@pytest.fixture(scope="session")
def database_url(cluster_url: str) -> Iterator[str]:
    """A migrated database of this process alone."""
    name = f"wbrm_test_{secrets.token_hex(6)}"
    asyncio.run(_statement(cluster_url, f'CREATE DATABASE "{name}"'))
    head, _, query = cluster_url.partition("?")
    url = head.rsplit("/", 1)[0] + f"/{name}" + (f"?{query}" if query else "")
    asyncio.run(migrate(url))
    yield url
    asyncio.run(_statement(cluster_url, f'DROP DATABASE "{name}" WITH (FORCE)'))


async def _statement(url: str, sql: str) -> None:
    connection = await asyncpg.connect(plain(url))
    await connection.execute("SET synchronous_commit = off")
    await connection.execute(sql)
    await connection.close()


async def migrate(url: str, revision: str = "head") -> None:
    """What `alembic upgrade head` does, on this database."""

    def upgrade(connection: Connection) -> None:
        config = Config(ROOT / "alembic.ini")
        config.set_main_option("script_location", str(ROOT / "migrations"))
        config.attributes["connection"] = connection
        command.upgrade(config, revision)

    engine = create_async_engine(url)
    async with engine.begin() as connection:
        await connection.run_sync(upgrade)
    await engine.dispose()


@pytest.fixture
async def database(database_url: str) -> AsyncIterator[Database]:
    """Real commits on an emptied database."""
    database = Database(database_url, pool_size=10)
    async with database.transaction() as session:
        tables = [table.name for table in Model.metadata.sorted_tables]
        tables += ["pgqueuer", "pgqueuer_log", "pgqueuer_schedules", "pgqueuer_statistics"]
        await session.execute(text(f"TRUNCATE {', '.join(tables)} CASCADE"))
    yield database
    await database.close()


@pytest.fixture(scope="session")
def vault() -> Vault:
    return Vault([Fernet.generate_key().decode()])


@pytest.fixture
def settings(database_url: str, tmp_path: Path) -> Settings:
    return Settings(
        _env_file=None,
        database_url=SecretStr(database_url),
        data_dir=tmp_path,
        secret_keys=SecretStr(Fernet.generate_key().decode()),
    )


@pytest.fixture
def make(database: Database, vault: Vault) -> Make:
    """Factories: `await make.shop()`, `await make.feedback(shop, rating=1)` …"""
    return Make(database, vault)
