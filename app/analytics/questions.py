"""The SQL of each series: lines of the period, then marked as not `recent` those of the period before.

Whole months are read from the months, only days at the edges from the days, so that years cost about as much as weeks.
"""

from app.analytics.months import SLOT

_SHOPS = "shop_id = ANY(CAST(:shop_ids AS uuid[]))"
_MONTHS = "(month >= :before_whole AND month < :before_rest OR month >= :whole AND month < :rest)"
_DAYS = (
    "(day >= :before AND day < :before_whole OR day >= :before_rest AND day < :whole OR day >= :rest AND day < :until)"
)
_PERIODS = "(VALUES (true), (false)) AS p(recent)"
_RATINGS = range(1, 6)
_STARS = tuple(f"stars_{stars}" for stars in _RATINGS)
_ARRIVED = " + ".join(_STARS)
_NEGATIVES = "stars_1 + stars_2 + stars_3"
_AVERAGE = f"""CAST(round(
  1.0 * ({" + ".join(f"{n} * stars_{n}" for n in _RATINGS)}) / nullif({_ARRIVED}, 0), 3) AS float8)"""


def _sums(*names: str) -> str:
    return ", ".join(f"CAST(sum({name}) AS bigint) AS {name}" for name in names)


def _both(table: str, *columns: str) -> str:
    """Months and days that together are exactly both periods."""
    names = ", ".join(columns)
    return f"""(
  SELECT month >= :since AS recent, {names} FROM {table}_months WHERE {_SHOPS} AND {_MONTHS}
  UNION ALL
  SELECT day >= :since, {names} FROM {table}_days WHERE {_SHOPS} AND {_DAYS}
) AS part"""  # noqa: S608


WEEKS = f"""
SELECT recent, week, {_ARRIVED} AS arrived, {_AVERAGE} AS average_rating, answered, {", ".join(_STARS)}
FROM (SELECT day >= :since AS recent, date_bin('7 days', day, '2001-01-01 00:00+03') AS week,
        {_sums(*_STARS, "answered")}
      FROM shop_days WHERE {_SHOPS} AND day >= :before AND day < :until GROUP BY 1, 2) s
ORDER BY week
"""  # noqa: S608

# Averages and names only for those that are shown: a big seller has ten thousand products.
PRODUCTS = f"""
WITH sums AS (
  SELECT recent, shop_id, nm_id, {_sums(*_STARS, "answered")}
  FROM {_both("product", "shop_id", "nm_id", *_STARS, "answered")} GROUP BY recent, shop_id, nm_id
), worst AS (
  SELECT shop_id, nm_id, {_NEGATIVES} AS negatives, {_ARRIVED} AS arrived FROM sums WHERE recent
  ORDER BY negatives DESC, arrived DESC, shop_id, nm_id LIMIT :top
)
SELECT s.recent, w.shop_id, w.nm_id,
  coalesce(f.product_name, '') AS product_name, coalesce(f.supplier_article, '') AS supplier_article,
  {_ARRIVED} AS arrived, {_AVERAGE} AS average_rating, s.answered, {_NEGATIVES} AS negatives
FROM worst w JOIN sums s USING (shop_id, nm_id)
LEFT JOIN LATERAL (
  SELECT product_name, supplier_article FROM feedbacks f
  WHERE f.shop_id = w.shop_id AND f.nm_id = w.nm_id AND f.deleted_at IS NULL
  ORDER BY f.written_at DESC, f.wb_id DESC LIMIT 1
) f ON true
ORDER BY w.negatives DESC, w.arrived DESC, w.shop_id, w.nm_id
"""  # noqa: S608

_OF_A_RATING = f"CASE r.rating {' '.join(f'WHEN {stars} THEN stars_{stars}' for stars in _RATINGS)} END"
STARS = f"""
SELECT p.recent, r.rating, CAST(coalesce({_OF_A_RATING}, 0) AS bigint) AS feedbacks,
  CAST(round(1.0 * {_OF_A_RATING} / nullif({_ARRIVED}, 0), 4) AS float8) AS share
FROM {_PERIODS} CROSS JOIN generate_series(1, 5) AS r(rating)
LEFT JOIN (SELECT recent, {_sums(*_STARS)} FROM {_both("shop", *_STARS)} GROUP BY recent) s USING (recent)
ORDER BY r.rating
"""  # noqa: S608

# Counts by slot tell in which slot a percentile lies, and only that slot's seconds are sorted: exactly what
# percentile_disc over everything would give, at a quarter of its price.
RESPONSE_TIMES = f"""
WITH slots AS MATERIALIZED (
  SELECT month >= :since AS recent, rating, slot, replies, seconds FROM response_months WHERE {_SHOPS} AND {_MONTHS}
  UNION ALL
  SELECT day >= :since, rating, {SLOT.format("one")}, count(*), array_agg(one)
  FROM response_days CROSS JOIN unnest(seconds) AS s(one) WHERE {_SHOPS} AND {_DAYS} GROUP BY 1, 2, 3
), lines AS (
  SELECT recent, rating, slot, sum(replies) AS inside, sum(sum(replies)) OVER up_to_it AS through,
    sum(sum(replies)) OVER (PARTITION BY recent, rating) AS replies
  FROM slots GROUP BY GROUPING SETS ((recent, rating, slot), (recent, slot))
  WINDOW up_to_it AS (PARTITION BY recent, rating ORDER BY slot)
), wanted AS MATERIALIZED (
  SELECT recent, rating, slot, replies, percent, CAST(place - (through - inside) AS integer) AS place
  FROM lines CROSS JOIN (VALUES (0.5), (0.9)) AS q(percent) CROSS JOIN LATERAL ceil(percent * replies) AS place
  WHERE place > through - inside AND place <= through
  LIMIT 24 -- two periods of six lines of two percentiles: never more, but the planner would think of thousands
), near AS MATERIALIZED (
  SELECT recent, rating, slot, seconds FROM slots WHERE (recent, slot) IN (SELECT recent, slot FROM wanted)
)
SELECT recent, rating, CAST(replies AS bigint) AS replies, min(seconds) AS median_seconds, max(seconds) AS p90_seconds
FROM wanted w CROSS JOIN LATERAL (
  SELECT (array_agg(one ORDER BY one))[w.place] AS seconds FROM near n CROSS JOIN unnest(n.seconds) AS s(one)
  WHERE n.recent = w.recent AND n.slot = w.slot AND (w.rating IS NULL OR n.rating = w.rating)
) found
GROUP BY recent, rating, replies ORDER BY rating NULLS FIRST
"""  # noqa: S608

_STAGES = ("drafted", "approved", "sent", "published", "rejected", "elsewhere", "answered")
FUNNEL = f"""
SELECT p.recent, CAST(coalesce(sum({_ARRIVED}), 0) AS bigint) AS arrived, {
    ", ".join(f"CAST(coalesce(sum({stage}), 0) AS bigint) AS {stage}" for stage in _STAGES)
}
FROM {_PERIODS} LEFT JOIN {_both("shop", *_STARS, *_STAGES)} USING (recent) GROUP BY 1
"""  # noqa: S608

_CHANGES = ("up", "same", "down")
_AMENDED = [f"{answered}_{change}" for answered in ("answered", "unanswered") for change in _CHANGES]
REPLY_EFFECT = f"""
SELECT p.recent, a.answered, {
    ", ".join(
        f"CAST(coalesce(sum(CASE WHEN a.answered THEN answered_{change} ELSE unanswered_{change} END), 0) AS bigint)"
        f" AS {change}"
        for change in _CHANGES
    )
}
FROM {_PERIODS} CROSS JOIN (VALUES (true), (false)) AS a(answered)
LEFT JOIN (SELECT recent, {_sums(*_AMENDED)} FROM {_both("shop", *_AMENDED)} GROUP BY recent) s USING (recent)
GROUP BY 1, 2 ORDER BY a.answered DESC
"""  # noqa: S608

TAGS = f"""
WITH sums AS (
  SELECT recent, tag, {_sums("feedbacks", "negatives")}
  FROM {_both("tag", "tag", "feedbacks", "negatives")} GROUP BY recent, tag
), worst AS (
  SELECT tag, feedbacks, negatives FROM sums WHERE recent ORDER BY negatives DESC, feedbacks DESC, tag LIMIT :top
)
SELECT s.recent, s.tag, s.feedbacks, s.negatives FROM worst w JOIN sums s USING (tag)
ORDER BY w.negatives DESC, w.feedbacks DESC, w.tag
"""  # noqa: S608

_WORK = ("written", "edited", "approved", "withdrawn")
OPERATORS = f"""
SELECT s.*, coalesce(u.name, '') AS name
FROM (SELECT recent, actor, {_sums(*_WORK)} FROM {_both("operator", "actor", *_WORK)} GROUP BY recent, actor) s
LEFT JOIN users u ON s.actor = 'user:' || u.id
ORDER BY s.approved DESC, s.edited DESC, s.actor
"""  # noqa: S608

COSTS = f"""
SELECT recent, model, {_sums("calls", "input_tokens", "output_tokens")},
  CAST(sum(cost_usd) AS float8) AS cost_usd, CAST(sum(cost_usd) / sum(calls) AS float8) AS usd_per_call,
  CAST(sum(seconds) / sum(calls) AS float8) AS seconds_per_call
FROM {_both("cost", "model", "calls", "input_tokens", "output_tokens", "cost_usd", "seconds")}
GROUP BY recent, model ORDER BY cost_usd DESC, model
"""  # noqa: S608
