"""Couriers of two workers, and the handler they share."""

from collections.abc import AsyncIterator

import pytest

from app.kit.db import Database
from app.kit.delivery import Courier
from app.shops.models import Shop
from tests.factories import Make
from tests.kit.courier import Handler, courier_with


@pytest.fixture
def handler() -> Handler:
    return Handler()


@pytest.fixture
async def courier(database: Database, handler: Handler) -> AsyncIterator[Courier]:
    courier, locks = await courier_with(database, handler)
    yield courier
    await locks.close()


@pytest.fixture
async def another(database: Database, handler: Handler) -> AsyncIterator[Courier]:
    """Another worker's."""
    courier, locks = await courier_with(database, handler)
    yield courier
    await locks.close()


@pytest.fixture
async def shop(make: Make) -> Shop:
    return await make.shop()
