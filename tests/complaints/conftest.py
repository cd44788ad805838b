"""A desk of one shop."""

import pytest

from app.kit.db import Database
from tests.complaints.desk import Desk, open_desk
from tests.factories import Make


@pytest.fixture
async def desk(database: Database, make: Make) -> Desk:
    return await open_desk(database, make)
