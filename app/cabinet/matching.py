"""Which feedbacks a page means: it knows product, stars and minute, neither an id nor, for sure, the zone of its clock.

The filing extension sends UTC, wrong by whole hours if the browser's zone is not the page's; the checking one sends
what is printed, normally Moscow's time. Both were seen on the running clients.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import NamedTuple
from uuid import UUID

from app.kit.db import Direct

MOSCOW_HOURS = 3
FILER_HOURS = (0,)
CHECKER_HOURS = (MOSCOW_HOURS, 0)
WORLD_HOURS = range(-12, 15)
FEWEST_FOR_A_GUESS = 2
"""A single key fits some feedback at some hour by mere chance."""
NEARBY = timedelta(minutes=2)

# Shifted before they are joined: a plan for any arrays would else read all feedbacks of a product for each key.
_CANDIDATES = """
WITH k AS MATERIALIZED (
  SELECT h.hours, k.n, k.nm_id, k.rating, k.minute - make_interval(hours => h.hours) AS minute
  FROM unnest($2::bigint[], $3::smallint[], $4::timestamptz[]) WITH ORDINALITY AS k(nm_id, rating, minute, n)
  CROSS JOIN unnest($5::int[]) AS h(hours)
)
SELECT k.hours, k.n, f.wb_id
FROM k JOIN feedbacks f ON f.shop_id = $1 AND f.nm_id = k.nm_id AND f.rating = k.rating
  AND f.written_minute = k.minute AND f.deleted_at IS NULL
UNION
SELECT k.hours, k.n, o.wb_id
FROM k JOIN feedback_former_keys o ON o.shop_id = $1 AND o.nm_id = k.nm_id AND o.rating = k.rating
  AND o.minute = k.minute
"""
_NEAREST = """
SELECT wb_id FROM feedbacks
WHERE shop_id = $1 AND nm_id = $2 AND rating = $3 AND written_minute BETWEEN $4 AND $5 AND deleted_at IS NULL LIMIT 2
"""


class FeedbackKey(NamedTuple):
    """Product, stars and the minute of writing as the source's clock shows it, held as if it were UTC.

    A tuple, as all that a batch makes hundreds of: it is made, compared and hashed without a line of Python.
    """

    nm_id: int
    rating: int
    minute: datetime

    def shifted(self, hours: int) -> "FeedbackKey":
        """The same key in UTC, when the clock was so many hours ahead of it."""
        return FeedbackKey(self.nm_id, self.rating, self.minute - timedelta(hours=hours)) if hours else self


@dataclass(frozen=True, slots=True, kw_only=True)
class Matched:
    """`found[n]` are the ids that key n may mean; `hours` is how far the batch's clock was ahead of UTC."""

    found: list[list[str]]
    hours: int
    unusual: bool


async def match(connection: Direct, shop_id: UUID, keys: Sequence[FeedbackKey], *, usual: tuple[int, ...]) -> Matched:
    """By the usual clocks in their order; if they explain less than half, by the one hour that explains every key."""
    by_hours = await _candidates(connection, shop_id, keys, usual)
    best = max(usual, key=lambda hours: len(by_hours[hours]))
    if 2 * len(by_hours[best]) < len(keys) and len(set(keys)) >= FEWEST_FOR_A_GUESS:
        world = await _candidates(connection, shop_id, keys, tuple(WORLD_HOURS))
        whole = [hours for hours in WORLD_HOURS if len(world[hours]) == len(keys)]
        if len(whole) == 1:
            return _matched(world, whole[0], len(keys), usual)
    return _matched(by_hours, best, len(keys), usual)


async def nearest(connection: Direct, shop_id: UUID, key: FeedbackKey) -> str | None:
    """The only feedback within two minutes of a key in UTC."""
    around = (key.minute - NEARBY, key.minute + NEARBY)
    rows = await connection.fetch(_NEAREST, shop_id, key.nm_id, key.rating, *around)
    return str(rows[0]["wb_id"]) if len(rows) == 1 else None


async def _candidates(
    connection: Direct, shop_id: UUID, keys: Sequence[FeedbackKey], hours: tuple[int, ...]
) -> dict[int, dict[int, list[str]]]:
    columns = [key.nm_id for key in keys], [key.rating for key in keys], [key.minute for key in keys]
    by_hours: dict[int, dict[int, list[str]]] = {hour: {} for hour in hours}
    for hour, number, wb_id in await connection.fetch(_CANDIDATES, shop_id, *columns, list(hours)):
        by_hours[hour].setdefault(number - 1, []).append(wb_id)
    return by_hours


def _matched(by_hours: dict[int, dict[int, list[str]]], hours: int, count: int, usual: tuple[int, ...]) -> Matched:
    found = [by_hours[hours].get(number, []) for number in range(count)]
    return Matched(found=found, hours=hours, unusual=hours != usual[0] and bool(by_hours[hours]))


def utc_minute(moment: datetime) -> datetime:
    """As keys hold it."""
    return moment.astimezone(UTC).replace(second=0, microsecond=0)
