"""Standings made from feedbacks and rules: any number of times, always to the same result."""

from collections.abc import Sequence
from uuid import UUID

from app.cabinet.tallies import COUNTS_FROM, TALLIED
from app.kit.db import Direct

FIRST_DAY = "timestamptz '2023-10-01 00:00+03'"
"""Wildberries takes no complaint about an older feedback."""

_COUNTS = ", ".join(f"s.{name}" for name in COUNTS_FROM.split(", "))
_RULED_COLUMNS = ("in_work", "complaint_allowed", "chat_allowed")
_COLUMNS = ("nm_id", "rating", "written_at", "has_words", "complaint_possible", "key_shared", *_RULED_COLUMNS)
_BY_RULE = f"""
    coalesce(r.work_status = 'active' AND f.child_id IS NULL
      AND f.written_at >= greatest(r.work_from, {FIRST_DAY}), false) AS in_work,
    coalesce(f.rating = ANY(r.complaint_ratings), false) AS complaint_allowed,
    coalesce(r.chats AND f.rating = ANY(r.chat_ratings), false) AS chat_allowed"""
_RULE = "LEFT JOIN product_rules r ON r.shop_id = f.shop_id AND r.nm_id = f.nm_id"
_FRESH = f"""
fresh AS MATERIALIZED (
  SELECT f.wb_id AS feedback_id, f.nm_id, f.rating, f.written_at, f.text || f.pros || f.cons <> '' AS has_words,
    f.complaint_possible, f.deleted_at IS NOT NULL AS deleted,
    EXISTS (SELECT FROM feedbacks twin WHERE twin.shop_id = f.shop_id AND twin.nm_id = f.nm_id
      AND twin.rating = f.rating AND twin.written_minute = f.written_minute AND twin.wb_id <> f.wb_id
      AND twin.deleted_at IS NULL) AS key_shared,{_BY_RULE}
  FROM feedbacks f {_RULE}
  WHERE f.shop_id = $1 AND f.wb_id = ANY($2::text[])
)"""  # noqa: S608

_KNOWN = """
SELECT feedback_id FROM standings WHERE shop_id = $1 AND feedback_id = ANY($2::text[]) ORDER BY feedback_id FOR UPDATE
"""
# Out of work they are in no queue and count for nothing, so that two who make the same one cannot count it twice.
_MAKE = f"""
WITH {_FRESH}
INSERT INTO standings (shop_id, feedback_id, {", ".join(_COLUMNS)})
SELECT $1, feedback_id, {", ".join("false" if name == "in_work" else name for name in _COLUMNS)}
FROM fresh ORDER BY feedback_id ON CONFLICT DO NOTHING
"""  # noqa: S608
_VISIBILITY = "CASE WHEN n.deleted THEN 'deleted' WHEN s.visibility = 'deleted' THEN 'unknown' ELSE s.visibility END"


def _told_apart(columns: Sequence[str]) -> str:
    """Joins no two parts of unknown size: a plan for any number of feedbacks would compare each with each."""
    return f"""
before AS MATERIALIZED (
  SELECT s.feedback_id, {_COUNTS}, {_VISIBILITY} AS new_visibility,
    {", ".join(f"n.{name} AS new_{name}" for name in columns)}
  FROM fresh n JOIN standings s ON s.shop_id = $1 AND s.feedback_id = n.feedback_id
  WHERE ({", ".join(f"s.{name}" for name in columns)}, s.visibility)
    IS DISTINCT FROM ({", ".join(f"n.{name}" for name in columns)}, {_VISIBILITY})
  ORDER BY s.feedback_id FOR UPDATE OF s
),
after AS (
  UPDATE standings s
  SET {", ".join(f"{name} = b.new_{name}" for name in columns)}, visibility = b.new_visibility
  FROM before b WHERE s.shop_id = $1 AND s.feedback_id = b.feedback_id
  RETURNING {_COUNTS}
),
{TALLIED}
SELECT count(*) FROM after
"""  # noqa: S608


_REFRESH = f"WITH {_FRESH}, {_told_apart(_COLUMNS)}"
_RULED = f"""
WITH fresh AS MATERIALIZED (
  SELECT f.wb_id AS feedback_id, f.deleted_at IS NOT NULL AS deleted,{_BY_RULE}
  FROM standings o JOIN feedbacks f ON f.shop_id = o.shop_id AND f.wb_id = o.feedback_id {_RULE}
  WHERE o.shop_id = $1 AND o.nm_id = ANY($2::bigint[])
),
{_told_apart(_RULED_COLUMNS)}"""  # noqa: S608


async def refresh_standings(connection: Direct, shop_id: UUID, feedback_ids: Sequence[str]) -> int:
    """Standings of these feedbacks exist and repeat what feedbacks and rules say; observations are kept.

    Says how many said something else before; only those are written.
    """
    wanted = sorted(set(feedback_ids))
    if not wanted:
        return 0
    known = await connection.fetch(_KNOWN, shop_id, wanted)
    if len(known) < len(wanted):
        await connection.execute(_MAKE, shop_id, wanted)
        await connection.execute(_KNOWN, shop_id, wanted)
    return int(await connection.fetchval(_REFRESH, shop_id, wanted) or 0)


async def apply_rules(connection: Direct, shop_id: UUID, nm_ids: Sequence[int]) -> int:
    """After a change of these products' rules; says for how many standings that made a difference."""
    return int(await connection.fetchval(_RULED, shop_id, list(nm_ids)) or 0)
