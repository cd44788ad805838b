"""The extension's surface on a real database, and a shop whose cabinet was looked at."""

from collections.abc import AsyncIterator

import httpx
import pytest

from app.kit.db import Database
from app.kit.secrets import Vault
from app.kit.settings import Settings
from app.main import create_app
from tests.cabinet.world import World
from tests.contract.desk import Desk
from tests.contract.routes import Victim, prepare_victim
from tests.extension.callers import Extension
from tests.factories import Make

GENEROUS = 1_000_000


@pytest.fixture
def settings(settings: Settings) -> Settings:
    """No test meets a limit that it did not set itself."""
    return settings.model_copy(
        update={"extension_reads_per_minute": GENEROUS, "extension_reports_per_minute": GENEROUS}
    )


@pytest.fixture
async def extension(settings: Settings, database: Database, vault: Vault, make: Make) -> AsyncIterator[Extension]:
    async with Extension(create_app(settings, database=database, vault=vault), database, vault, make) as extension:
        yield extension


@pytest.fixture
async def world(database: Database, make: Make) -> World:
    return await World.open(database, make)


@pytest.fixture
async def client(extension: Extension, world: World) -> httpx.AsyncClient:
    """Of a manager of `world.shop`."""
    return await extension.client(world.shop)


@pytest.fixture
def desk(world: World, client: httpx.AsyncClient) -> Desk:
    return Desk(world, client)


@pytest.fixture
async def victim(extension: Extension, database: Database, make: Make) -> Victim:
    """A shop of somebody else."""
    return await prepare_victim(extension, database, make)
