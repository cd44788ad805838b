"""The extension's surface on a real database: `client = await extension.client(shop)`."""

from collections.abc import AsyncIterator

import pytest

from app.kit.db import Database
from app.kit.secrets import Vault
from app.kit.settings import Settings
from app.main import create_app
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
    """`await extension.client(user_or_shop)`, `extension.stranger()`."""
    async with Extension(create_app(settings, database=database, vault=vault), database, vault, make) as extension:
        yield extension
