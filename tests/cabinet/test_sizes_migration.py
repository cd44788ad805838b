"""An installation that has standings when numbers by product come needs no recount."""

from uuid import uuid4

import pytest
from sqlalchemy import text

from tests.cabinet.sizes import kept_sizes, wrong_sizes
from tests.conftest import migrate
from tests.old_database import database_at

pytestmark = pytest.mark.anyio
STANDINGS = """
INSERT INTO standings (shop_id, feedback_id, nm_id, rating, written_at, has_words, complaint_possible, key_shared,
  in_work, complaint_allowed, chat_allowed, ready, complaint)
SELECT :shop, 'f' || n, n % 3, 1 + n % 4, now(), true, true, false, n % 4 <> 0, true, true, n % 4 = 1,
  (ARRAY['none', 'draft', 'pending', 'approved', 'rejected', 'reconsidered'])[1 + n % 6]
FROM generate_series(1, 60) AS n
"""


async def test_the_migration_counts_what_is_there(cluster_url: str) -> None:
    shop = uuid4()
    async with database_at(cluster_url, "0009") as database:
        async with database.transaction() as session:
            await session.execute(text("SET LOCAL session_replication_role = replica"))
            await session.execute(text(STANDINGS), {"shop": shop})
            await session.execute(
                text("INSERT INTO shops (id, seller_id, name, created_at) VALUES (:shop, 's', '', now())"),
                {"shop": shop},
            )

        await migrate(database.url, "0010")

        async with database.direct() as connection:
            assert not await wrong_sizes(connection, shop)
            states = {state for _, _, state in await kept_sizes(connection, shop)}
    assert states == {"queued", "pending", "approved", "rejected", "reconsidered"}
