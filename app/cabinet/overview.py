"""Shops in figures, for those who ask often: nothing is counted here, all of it is kept."""

from typing import Final
from uuid import UUID

import asyncpg

from app.cabinet.tallies import COUNTED, PAGES
from app.kit.db import Direct

SUMMED: Final = ", ".join(f"coalesce(sum(t.{name}), 0)::bigint AS {name}" for name in (*COUNTED, *PAGES))
"""Columns of a shop's counts, from its rows `t` of tallies."""

_TO_DO: Final = (
    "queued_complaints", "queued_chats", "queued_links", "queued_readings", "potential_negatives", "potential_fours",
    "chats_working", "chats_missing",
)  # fmt: skip
_SHOPS: Final = f"""
SELECT s.id, s.name, s.archived_at IS NULL AS active, counts.*
FROM memberships m JOIN shops s ON s.id = m.shop_id
CROSS JOIN LATERAL (
  SELECT {", ".join(f"coalesce(sum(t.{name}), 0)::bigint AS {name}" for name in _TO_DO)}
  FROM tallies t WHERE t.shop_id = s.id
) counts
WHERE m.user_id = $1 ORDER BY s.archived_at IS NOT NULL, s.name, s.id
"""  # noqa: S608
_RATINGS: Final = "SELECT rating, feedbacks FROM feedback_counts WHERE shop_id = $1"


async def shops_with_counts(connection: Direct, user_id: UUID) -> list[asyncpg.Record]:
    """id, name, active and what there is to do in every shop of a user; archived ones last, their counts untouched."""
    return await connection.fetch(_SHOPS, user_id)


async def feedbacks_by_rating(connection: Direct, shop_id: UUID) -> dict[int, int]:
    """All five ratings; feedbacks deleted at Wildberries are not in it."""
    known = {row["rating"]: row["feedbacks"] for row in await connection.fetch(_RATINGS, shop_id)}
    return {rating: known.get(rating, 0) for rating in range(1, 6)}


def chats_offered(counts: asyncpg.Record) -> bool | None:
    """Whether the cabinet has the chat feature, as far as its pages showed; None when they showed nothing."""
    if counts["chats_working"]:
        return True
    return False if counts["chats_missing"] else None
