import pytest
from sqlalchemy import text

from app.kit.db import Database, OpenTransaction, forbid_open_transaction

pytestmark = pytest.mark.anyio


async def test_a_block_that_raises_leaves_nothing(database: Database) -> None:
    async def fail() -> None:
        async with database.transaction() as session:
            await session.execute(text("INSERT INTO rate_buckets (key, full_at) VALUES ('k', now())"))
            raise RuntimeError

    with pytest.raises(RuntimeError):
        await fail()

    async with database.transaction() as session:
        assert await session.scalar(text("SELECT count(*) FROM rate_buckets")) == 0


async def test_an_outside_call_inside_a_transaction_is_refused(database: Database) -> None:
    forbid_open_transaction()

    async with database.transaction():
        with pytest.raises(OpenTransaction):
            forbid_open_transaction()

    forbid_open_transaction()
