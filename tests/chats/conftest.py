"""A shop whose chat token works."""

import pytest

from app.kit.db import Database
from app.kit.secrets import Vault
from tests.chats.cabinet import Cabinet, FakeWildberries, chat_token
from tests.factories import Make


@pytest.fixture
def wildberries() -> FakeWildberries:
    return FakeWildberries()


@pytest.fixture
async def cabinet(database: Database, make: Make, vault: Vault, wildberries: FakeWildberries) -> Cabinet:
    shop = await make.shop()
    async with database.transaction() as session:
        session.add(chat_token(shop, vault.encrypt("chat.token.signature")))
    return Cabinet(database, shop, wildberries)
