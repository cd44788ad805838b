"""Ends the rest of tasks that a page lacked; how often it did is remembered until a page shows the feedback."""

from datetime import datetime
from uuid import UUID

from app.cabinet.tallies import COUNTS_FROM, TALLIED
from app.kit.db import Direct

_RESTED_SHOPS = "SELECT DISTINCT shop_id FROM standings WHERE cooling AND cool_until <= $1 LIMIT $2"
_WARM = f"""
WITH before AS MATERIALIZED (
  SELECT feedback_id, {COUNTS_FROM} FROM standings
  WHERE shop_id = $1 AND cooling AND cool_until <= $2 ORDER BY feedback_id LIMIT $3 FOR UPDATE
),
after AS (
  UPDATE standings s SET cooling = false, cool_until = NULL FROM before b
  WHERE s.shop_id = $1 AND s.feedback_id = b.feedback_id
  RETURNING {", ".join(f"s.{name}" for name in COUNTS_FROM.split(", "))}
),
{TALLIED}
SELECT count(*) FROM after
"""  # noqa: S608


async def rested_shops(connection: Direct, *, now: datetime, limit: int) -> list[UUID]:
    """Shops with a task whose rest is over."""
    return [row["shop_id"] for row in await connection.fetch(_RESTED_SHOPS, now, limit)]


async def end_rest(connection: Direct, shop_id: UUID, *, now: datetime, limit: int) -> int:
    """At most so many tasks come back to their queues; says how many did."""
    return int(await connection.fetchval(_WARM, shop_id, now, limit) or 0)
