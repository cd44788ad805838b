"""Complaints of a shop by product, rating and state, kept by differences as `tallies` are.

Older builds are told them with every list; counted live they cost tens of milliseconds in a shop with 20,000 drafts.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from app.cabinet.states import ComplaintState
from app.kit.db import Direct

QUEUED: Final = "queued"
"""The state of a draft that the extension may file; drafts that wait for anything are in no list."""

_LISTED: Final = f"""
CASE WHEN queued_complaint THEN '{QUEUED}'
  WHEN complaint IN ({", ".join(f"'{state}'" for state in ComplaintState if state.filed)}) THEN complaint END"""

SIZED: Final = f"""
sized AS (
  INSERT INTO complaint_sizes (shop_id, nm_id, rating, state, complaints)
  SELECT $1, nm_id, rating, state, sum(difference)
  FROM (
    SELECT nm_id, rating, {_LISTED} AS state, 1 AS difference FROM after
    UNION ALL SELECT nm_id, rating, {_LISTED}, -1 FROM before
  ) changed
  WHERE state IS NOT NULL GROUP BY nm_id, rating, state HAVING sum(difference) <> 0
)"""  # noqa: S608
"""A part of a statement whose parts `before` and `after` hold the same standings; $1 is the shop."""

_READ: Final = """
SELECT nm_id IS NULL AS is_rating, coalesce(nm_id, rating)::text AS name, sum(complaints) AS complaints
FROM complaint_sizes WHERE shop_id = $1 AND rating = ANY($2::smallint[]) AND state = ANY($3::text[])
GROUP BY GROUPING SETS ((nm_id), (rating)) HAVING sum(complaints) <> 0
"""
# Only what is in parts: a shop has thousands of products, of which a few change between two folds.
_FOLD: Final = """
WITH scattered AS (
  SELECT nm_id, rating, state FROM complaint_sizes
  WHERE shop_id = $1 GROUP BY nm_id, rating, state HAVING count(*) > 1 OR sum(complaints) = 0
),
gone AS (
  DELETE FROM complaint_sizes c USING scattered s
  WHERE c.shop_id = $1 AND c.nm_id = s.nm_id AND c.rating = s.rating AND c.state = s.state RETURNING c.*
)
INSERT INTO complaint_sizes (shop_id, nm_id, rating, state, complaints)
SELECT $1, nm_id, rating, state, sum(complaints) FROM gone GROUP BY nm_id, rating, state HAVING sum(complaints) <> 0
"""
_RECOUNT: Final = f"""
WITH gone AS (DELETE FROM complaint_sizes WHERE shop_id = $1)
INSERT INTO complaint_sizes (shop_id, nm_id, rating, state, complaints)
SELECT $1, nm_id, rating, {_LISTED}, count(*) FROM standings
WHERE shop_id = $1 AND (queued_complaint OR complaint <> 'none') AND {_LISTED} IS NOT NULL GROUP BY 2, 3, 4
"""  # noqa: S608


@dataclass(frozen=True, slots=True)
class Sizes:
    """How many complaints there are, by rating and by product, both as text."""

    by_rating: dict[str, int]
    by_product: dict[str, int]

    @property
    def total(self) -> int:
        return sum(self.by_rating.values())


async def sizes_of(
    connection: Direct, shop_id: UUID, ratings: Sequence[int], *, queued: bool, states: Sequence[ComplaintState]
) -> Sizes:
    """All there are, whoever they are lent to; drafts only as far as they are ready to be filed."""
    wanted = [*([QUEUED] if queued else []), *(state.value for state in states)]
    sizes = Sizes(dict.fromkeys(map(str, ratings), 0), {})
    for is_rating, name, complaints in await connection.fetch(_READ, shop_id, ratings, wanted):
        (sizes.by_rating if is_rating else sizes.by_product)[name] = complaints
    return sizes


async def fold_sizes(connection: Direct, shop_id: UUID) -> None:
    """The differences of each product become one row; wants the lock of the shop's counts."""
    await connection.execute(_FOLD, shop_id)


async def recount_sizes(connection: Direct, shop_id: UUID) -> None:
    """From the standings, as of one snapshot; wants the lock of the shop's counts."""
    await connection.execute(_RECOUNT, shop_id)
