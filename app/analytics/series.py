"""Reads each series of figures for a period and the one before it, of one shop or several together."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import func, select, text
from sqlalchemy.ext.asyncio import AsyncSession

from app.analytics.models import RollupState
from app.analytics.period import Period, moscow_day


class Series(StrEnum):
    """One chart or table each."""

    WEEKS = "weeks"
    PRODUCTS = "products"
    STARS = "stars"
    RESPONSE_TIMES = "response_times"
    FUNNEL = "funnel"
    REPLY_EFFECT = "reply_effect"
    TAGS = "tags"
    OPERATORS = "operators"
    COSTS = "costs"


Line = Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Compared:
    """Rows of the period, and rows of the period before."""

    now: Sequence[Line]
    before: Sequence[Line]


_IN_BOTH = "shop_id = ANY(CAST(:shop_ids AS uuid[])) AND day >= :before AND day < :until"
_PERIOD = "CASE WHEN day >= :since THEN 'now' ELSE 'before' END AS period"
_PERIODS = "(VALUES ('now'), ('before')) AS p(period)"
_STARS = range(1, 6)
_ARRIVED = " + ".join(f"sum(stars_{stars})" for stars in _STARS)
_AVERAGE = (
    f"CAST(round(1.0 * ({' + '.join(f'{n} * sum(stars_{n})' for n in _STARS)}) / nullif({_ARRIVED}, 0), 3) AS float8)"
)
_NEGATIVES = "sum(stars_1) + sum(stars_2) + sum(stars_3)"


def _sums(*names: str) -> str:
    return ", ".join(f"CAST(sum({name}) AS bigint) AS {name}" for name in names)


def _or_zero(*names: str) -> str:
    return ", ".join(f"CAST(coalesce(sum({name}), 0) AS bigint) AS {name}" for name in names)


_WEEKS = f"""
SELECT {_PERIOD}, date_bin('7 days', day, '2001-01-01 00:00+03') AS week,
  CAST({_ARRIVED} AS bigint) AS arrived, {_AVERAGE} AS average_rating, {_sums("answered")},
  {_sums(*(f"stars_{stars}" for stars in _STARS))}
FROM shop_days WHERE {_IN_BOTH} GROUP BY 1, 2 ORDER BY 2
"""  # noqa: S608

_PRODUCTS = f"""
WITH sums AS (
  SELECT day >= :since AS recent, shop_id, nm_id, CAST({_ARRIVED} AS bigint) AS arrived, {_AVERAGE} AS average_rating,
    {_sums("answered")}, CAST({_NEGATIVES} AS bigint) AS negatives
  FROM product_days WHERE {_IN_BOTH} GROUP BY recent, shop_id, nm_id
), worst AS (
  SELECT shop_id, nm_id, row_number() OVER (ORDER BY negatives DESC, arrived DESC, shop_id, nm_id) AS place
  FROM sums WHERE recent ORDER BY place LIMIT :top
)
SELECT CASE WHEN s.recent THEN 'now' ELSE 'before' END AS period, w.shop_id, w.nm_id,
  coalesce(f.product_name, '') AS product_name, coalesce(f.supplier_article, '') AS supplier_article,
  s.arrived, s.average_rating, s.answered, s.negatives
FROM worst w JOIN sums s USING (shop_id, nm_id)
LEFT JOIN LATERAL (
  SELECT product_name, supplier_article FROM feedbacks f
  WHERE f.shop_id = w.shop_id AND f.nm_id = w.nm_id AND f.deleted_at IS NULL
  ORDER BY f.written_at DESC, f.wb_id DESC LIMIT 1
) f ON true
ORDER BY w.place
"""  # noqa: S608

_STAR_COUNTS = f"""
SELECT p.period, r.rating, CAST(coalesce(CASE r.rating
  {" ".join(f"WHEN {stars} THEN stars_{stars}" for stars in _STARS)} END, 0) AS bigint) AS feedbacks,
  CAST(round(1.0 * CASE r.rating {" ".join(f"WHEN {stars} THEN stars_{stars}" for stars in _STARS)} END
    / nullif(arrived, 0), 4) AS float8) AS share
FROM {_PERIODS} CROSS JOIN generate_series(1, 5) AS r(rating)
LEFT JOIN (SELECT {_PERIOD}, {", ".join(f"sum(stars_{stars}) AS stars_{stars}" for stars in _STARS)},
             {_ARRIVED} AS arrived
           FROM shop_days WHERE {_IN_BOTH} GROUP BY 1) s USING (period)
ORDER BY r.rating
"""  # noqa: S608

# One sort of bare numbers for each line is twice as fast as GROUPING SETS over all rows.
_RESPONSES = """
SELECT p.period, r.rating, taken.replies, taken.percentiles[1] AS median_seconds, taken.percentiles[2] AS p90_seconds
FROM (VALUES ('now', CAST(:since AS timestamptz), CAST(:until AS timestamptz)),
             ('before', :before, :since)) AS p(period, first, until)
CROSS JOIN (VALUES (NULL), (1), (2), (3), (4), (5)) AS r(rating)
CROSS JOIN LATERAL (
  SELECT count(*) AS replies, percentile_disc(ARRAY[0.5, 0.9]) WITHIN GROUP (ORDER BY s.seconds) AS percentiles
  FROM response_days d CROSS JOIN unnest(d.seconds) AS s(seconds)
  WHERE d.shop_id = ANY(CAST(:shop_ids AS uuid[])) AND d.day >= p.first AND d.day < p.until
    AND (r.rating IS NULL OR d.rating = r.rating)
) taken
WHERE taken.replies > 0 ORDER BY r.rating NULLS FIRST
"""

_STAGES = ("drafted", "approved", "sent", "published", "rejected", "elsewhere", "answered")
_FUNNEL = f"""
SELECT p.period, CAST(coalesce({_ARRIVED}, 0) AS bigint) AS arrived, {_or_zero(*_STAGES)}
FROM {_PERIODS} LEFT JOIN (SELECT {_PERIOD}, shop_days.* FROM shop_days WHERE {_IN_BOTH}) s USING (period)
GROUP BY 1
"""  # noqa: S608

_CHANGES = ("up", "same", "down")
_EFFECTS = f"""
SELECT p.period, a.answered, {
    ", ".join(
        f"CAST(coalesce(sum(CASE WHEN a.answered THEN answered_{change} ELSE unanswered_{change} END), 0) AS bigint)"
        f" AS {change}"
        for change in _CHANGES
    )
}
FROM {_PERIODS} CROSS JOIN (VALUES (true), (false)) AS a(answered)
LEFT JOIN (SELECT {_PERIOD}, {_sums(*(f"{a}_{c}" for a in ("answered", "unanswered") for c in _CHANGES))}
           FROM shop_days WHERE {_IN_BOTH} GROUP BY 1) s USING (period)
GROUP BY 1, 2 ORDER BY a.answered DESC
"""  # noqa: S608

_TAGS = f"""
WITH sums AS (
  SELECT {_PERIOD}, tag, {_sums("feedbacks", "negatives")} FROM tag_days WHERE {_IN_BOTH} GROUP BY 1, 2
), worst AS (
  SELECT tag, row_number() OVER (ORDER BY negatives DESC, feedbacks DESC, tag) AS place
  FROM sums WHERE period = 'now' ORDER BY place LIMIT :top
)
SELECT s.period, s.tag, s.feedbacks, s.negatives FROM worst w JOIN sums s USING (tag) ORDER BY w.place
"""  # noqa: S608

_OPERATORS = f"""
SELECT s.*, coalesce(u.name, '') AS name
FROM (SELECT {_PERIOD}, actor, {_sums("written", "edited", "approved", "withdrawn")}
      FROM operator_days WHERE {_IN_BOTH} GROUP BY 1, 2) s
LEFT JOIN users u ON s.actor = 'user:' || u.id
ORDER BY s.approved DESC, s.edited DESC, s.actor
"""  # noqa: S608

_COSTS = f"""
SELECT {_PERIOD}, model, {_sums("calls", "input_tokens", "output_tokens")},
  CAST(sum(cost_usd) AS float8) AS cost_usd, CAST(sum(cost_usd) / sum(calls) AS float8) AS usd_per_call,
  CAST(sum(seconds) / sum(calls) AS float8) AS seconds_per_call
FROM cost_days WHERE {_IN_BOTH} GROUP BY 1, 2 ORDER BY cost_usd DESC, model
"""  # noqa: S608

QUESTIONS = {
    Series.WEEKS: _WEEKS,
    Series.PRODUCTS: _PRODUCTS,
    Series.STARS: _STAR_COUNTS,
    Series.RESPONSE_TIMES: _RESPONSES,
    Series.FUNNEL: _FUNNEL,
    Series.REPLY_EFFECT: _EFFECTS,
    Series.TAGS: _TAGS,
    Series.OPERATORS: _OPERATORS,
    Series.COSTS: _COSTS,
}


async def read(
    session: AsyncSession, shop_ids: Sequence[UUID], series: Series, period: Period, *, top: int
) -> Compared:
    """`top` bounds the products and tags, those with most negatives first; they are compared with themselves."""
    values: dict[str, Any] = {
        "shop_ids": list(shop_ids),
        "before": period.before.begins_at,
        "since": period.begins_at,
        "until": period.ends_at,
    }
    if series in (Series.PRODUCTS, Series.TAGS):
        values["top"] = top
    rows = [dict(row) for row in (await session.execute(text(QUESTIONS[series]), values)).mappings()]
    sides: dict[str, list[Line]] = {"now": [], "before": []}
    for row in rows:
        if "week" in row:
            row["week"] = moscow_day(row["week"])
        sides[row.pop("period")].append(row)
    return Compared(now=sides["now"], before=sides["before"])


async def counted_through(session: AsyncSession, shop_ids: Sequence[UUID]) -> datetime | None:
    """Changes up to then are in the figures; None before anything was counted."""
    oldest: datetime | None = await session.scalar(
        select(func.min(RollupState.through)).where(RollupState.shop_id.in_(shop_ids))
    )
    return oldest
