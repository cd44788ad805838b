"""Counts whole days anew, and the months they belong to; a day that has nothing to count has no row."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from app.analytics.months import forget_months, recount_months

DAY = "date_bin('1 day', {}, '2001-01-01 00:00+03')"
"""The Moscow day of a moment, as the moment at which it begins."""

GAP = timedelta(days=7)
"""Days so near to each other are counted together with those between them."""

_DAY = DAY.format("f.written_at")
_FEEDBACKS = """feedbacks f WHERE f.shop_id = :shop_id AND f.deleted_at IS NULL
  AND f.written_at >= :first AND f.written_at < :end"""
_REPLIED = "replies r ON r.shop_id = :shop_id AND r.feedback_id = f.wb_id AND r.revision = 1"


def _joined(other: str) -> str:
    return _FEEDBACKS.replace(" WHERE", f" JOIN {other} WHERE", 1)


_STARS = ", ".join(f"stars_{stars}" for stars in range(1, 6))
_SENT = (
    "r.state IN ('sent', 'on_moderation', 'published', 'rejected') OR (r.state = 'unknown' AND r.sent_at IS NOT NULL)"
)

_PRODUCTS = f"""
INSERT INTO product_days (shop_id, day, nm_id, {_STARS}, answered)
SELECT :shop_id, {_DAY}, f.nm_id,
  {", ".join(f"count(*) FILTER (WHERE f.rating = {stars})" for stars in range(1, 6))}, count(f.answer_text)
FROM {_FEEDBACKS} GROUP BY 2, 3
"""  # noqa: S608

_REPLIES = f"""
SELECT {_DAY} AS day, count(*) AS drafted,
  count(*) FILTER (WHERE r.state NOT IN ('draft', 'answered_elsewhere')) AS approved,
  count(*) FILTER (WHERE {_SENT}) AS sent,
  count(*) FILTER (WHERE r.state = 'published') AS published,
  count(*) FILTER (WHERE r.state = 'rejected') AS rejected,
  count(*) FILTER (WHERE r.state = 'answered_elsewhere') AS elsewhere
FROM {_joined(_REPLIED)} GROUP BY 1
"""  # noqa: S608

_CHANGES = {"up": ">", "same": "=", "down": "<"}
_AMENDED = {
    f"{answered}_{change}": f"p.answer_text IS {is_not} NULL AND f.rating {sign} p.rating"
    for answered, is_not in (("answered", "NOT"), ("unanswered", ""))
    for change, sign in _CHANGES.items()
}
_AMENDMENTS = f"""
SELECT {_DAY} AS day, {", ".join(f"count(*) FILTER (WHERE {when}) AS {name}" for name, when in _AMENDED.items())}
FROM {_joined("feedbacks p ON p.shop_id = :shop_id AND p.wb_id = f.parent_id")} GROUP BY 1
"""  # noqa: S608

_FUNNEL = ("drafted", "approved", "sent", "published", "rejected", "elsewhere")
_SHOP = f"""
INSERT INTO shop_days (shop_id, day, {_STARS}, answered, {", ".join((*_FUNNEL, *_AMENDED))})
SELECT :shop_id, s.day, {_STARS}, answered, {", ".join(f"coalesce({name}, 0)" for name in (*_FUNNEL, *_AMENDED))}
FROM (SELECT day, {", ".join(f"sum(stars_{stars}) AS stars_{stars}" for stars in range(1, 6))},
        sum(answered) AS answered
      FROM product_days WHERE shop_id = :shop_id AND day >= :first AND day < :end GROUP BY day) s
LEFT JOIN ({_REPLIES}) r USING (day)
LEFT JOIN ({_AMENDMENTS}) a USING (day)
"""  # noqa: S608

_TAGS = f"""
INSERT INTO tag_days (shop_id, day, tag, feedbacks, negatives)
SELECT :shop_id, {_DAY}, t.tag, count(DISTINCT f.wb_id), count(DISTINCT f.wb_id) FILTER (WHERE f.rating <= 3)
FROM {_joined("jsonb_array_elements_text(f.tags) AS t(tag) ON true")} GROUP BY 2, 3
"""  # noqa: S608

_RESPONSES = f"""
INSERT INTO response_days (shop_id, day, rating, seconds)
SELECT :shop_id, day, rating, array_agg(seconds ORDER BY seconds)
FROM (SELECT {_DAY} AS day, f.rating,
        CAST(LEAST(GREATEST(extract(epoch FROM r.sent_at - f.written_at), 0), 2e9) AS integer) AS seconds
      FROM {_joined(_REPLIED)} AND r.sent_at IS NOT NULL) taken
GROUP BY day, rating
"""  # noqa: S608

_OPERATORS = f"""
INSERT INTO operator_days (shop_id, day, actor, written, edited, approved, withdrawn)
SELECT :shop_id, day, actor, written, edited, approved, withdrawn
FROM (SELECT {DAY.format("e.at")} AS day, e.actor,
        count(*) FILTER (WHERE e.from_state IS NULL) AS written,
        count(*) FILTER (WHERE e.from_state IN ('draft', 'failed') AND e.to_state = 'draft') AS edited,
        count(*) FILTER (WHERE e.from_state IN ('draft', 'failed') AND e.to_state = 'approved') AS approved,
        count(*) FILTER (WHERE e.from_state = 'approved' AND e.to_state = 'draft') AS withdrawn
      FROM reply_events e WHERE e.shop_id = :shop_id AND e.at >= :first AND e.at < :end
      GROUP BY 1, 2) done
WHERE written + edited + approved + withdrawn > 0
"""  # noqa: S608

_COSTS = f"""
INSERT INTO cost_days (shop_id, day, model, calls, input_tokens, output_tokens, cost_usd, seconds)
SELECT :shop_id, {DAY.format("c.at")}, c.model, count(*), sum(c.input_tokens), sum(c.output_tokens), sum(c.cost_usd),
  round(CAST(sum(c.seconds) AS numeric), 3)
FROM writer_calls c WHERE c.shop_id = :shop_id AND c.at >= :first AND c.at < :end GROUP BY 2, 3
"""  # noqa: S608

OF_FEEDBACKS = {"product_days": _PRODUCTS, "shop_days": _SHOP, "tag_days": _TAGS, "response_days": _RESPONSES}
"""In this order: the shop's stars are the sum of its products'."""
OF_EVENTS = {"operator_days": _OPERATORS}
OF_CALLS = {"cost_days": _COSTS}


async def recount(session: AsyncSession, shop_id: UUID, tables: dict[str, str], days: Sequence[datetime]) -> None:
    """Whatever stood there for these days, which come in order, is replaced; so may be days between them.

    By ranges with known ends: joined to a list of days, PostgreSQL takes each day for a ninth of the table.
    """
    for first, end in ranges(days):
        values = {"shop_id": shop_id, "first": first, "end": end}
        for table, counted in tables.items():
            old = f"DELETE FROM {table} WHERE shop_id = :shop_id AND day >= :first AND day < :end"  # noqa: S608
            await session.execute(text(old), values)
            await session.execute(text(counted), values)
    await recount_months(session, shop_id, tables, days)


def ranges(days: Sequence[datetime]) -> list[tuple[datetime, datetime]]:
    """From a first day to the end of a last one, with no gaps longer than GAP."""
    found: list[tuple[datetime, datetime]] = []
    for day in days:
        end = day + timedelta(days=1)
        if found and day - found[-1][1] <= GAP:
            found[-1] = (found[-1][0], end)
        else:
            found.append((day, end))
    return found


async def forget(session: AsyncSession, shop_id: UUID) -> None:
    """Before everything is counted anew."""
    await forget_months(session, shop_id)
    for table in (*OF_FEEDBACKS, *OF_EVENTS, *OF_CALLS):
        await session.execute(text(f"DELETE FROM {table} WHERE shop_id = :shop_id"), {"shop_id": shop_id})  # noqa: S608
