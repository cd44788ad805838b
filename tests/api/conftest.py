"""The app on a real database, with a fake Wildberries behind the probe."""

from collections.abc import AsyncIterator

import pytest

from app.kit.db import Database
from app.kit.secrets import Vault
from app.kit.settings import Settings
from app.main import create_app
from tests.api.clients import Clients, FakeProbe
from tests.factories import Make


@pytest.fixture
def probe() -> FakeProbe:
    return FakeProbe()


@pytest.fixture
async def clients(
    settings: Settings, database: Database, vault: Vault, probe: FakeProbe, make: Make
) -> AsyncIterator[Clients]:
    """`await clients.of(user)`, `clients.anonymous()`."""
    app = create_app(settings, database=database, vault=vault, probe=probe)
    async with Clients(app, database, make) as clients:
        yield clients
