"""An installation that has days when months come needs no rebuild."""

from collections.abc import AsyncIterator, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from app.analytics.months import MONTHS, forget_months, recount_months
from app.kit.db import Database
from tests.conftest import migrate
from tests.old_database import database_at

pytestmark = pytest.mark.anyio
FIRST = datetime(2026, 1, 20, 21, tzinfo=UTC)
DAYS = (
    "FROM generate_series(0, 40) AS n"
    " CROSS JOIN LATERAL (SELECT CAST(:first AS timestamptz) + n * interval '1 day' AS day) AS d"
)
FILLED = (
    f"INSERT INTO product_days SELECT :shop, day, n % 3, 1, n, 0, 2, n, 1 {DAYS}",
    f"INSERT INTO shop_days SELECT :shop, day, 1, n, 3, 4, 5, 6, 7, 8, n, 1, 2, 3, 4, 5, 6, 7, n, 1 {DAYS}",
    f"INSERT INTO tag_days SELECT :shop, day, 't' || n % 2, n, 1 {DAYS}",
    f"INSERT INTO operator_days SELECT :shop, day, 'auto', n, 2, 3, 4 {DAYS}",
    f"INSERT INTO cost_days SELECT :shop, day, 'gpt', n, 900, 120, 0.000001 * n, 1.5 {DAYS}",
    f"INSERT INTO response_days SELECT :shop, day, 1 + n % 5, ARRAY[0, 7 * n, 100000 * n] {DAYS}",
)


@pytest.fixture
async def old(cluster_url: str) -> AsyncIterator[Database]:
    """As it was before there were months."""
    async with database_at(cluster_url, "0005") as database:
        yield database


async def months(session: AsyncSession) -> dict[str, Sequence[Any]]:
    names = [table.replace("_days", "_months") for table in MONTHS]
    return {
        name: [tuple(row) for row in await session.execute(text(f"SELECT t.* FROM {name} t ORDER BY t"))]
        for name in names
    }


async def test_the_migration_fills_the_months_as_a_recount_would(old: Database) -> None:
    shop: UUID = uuid4()
    async with old.transaction() as session:
        await session.execute(
            text("INSERT INTO shops (id, seller_id, name, created_at) VALUES (:shop, 's', '', now())"), {"shop": shop}
        )
        for statement in FILLED:
            await session.execute(text(statement), {"shop": shop, "first": FIRST})

    await migrate(old.url, "0006")

    async with old.transaction() as session:
        migrated = await months(session)
        await forget_months(session, shop)
        await recount_months(session, shop, MONTHS, [FIRST + timedelta(days=number) for number in range(41)])
        recounted = await months(session)
    assert migrated == recounted
    assert all(len({row[1] for row in rows}) == 3 for rows in migrated.values())
