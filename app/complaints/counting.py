"""Outcomes counted from the standings, and the odds that drafts get from them."""

from collections.abc import Collection, Mapping
from uuid import UUID

from app.complaints.jobs import RefreshOdds
from app.complaints.marking import set_odds
from app.complaints.odds import Chances, Kind, Outcomes
from app.kit.db import Database, Direct

_GROUP = "coalesce(nullif(p.subject, ''), 'nm ' || s.nm_id)"
# The seller's own complaint may have another reason than our draft, which nobody filed.
_DRAFTS_FROM = f"""
SELECT s.feedback_id, s.complaint, s.rating::int AS rating, {_GROUP} AS product_group,
  CASE WHEN s.complaint = 'draft' OR s.filed_by = 'us' THEN c.reason_id END AS reason_id
FROM standings s
LEFT JOIN products p ON p.shop_id = s.shop_id AND p.nm_id = s.nm_id
LEFT JOIN complaints c ON c.shop_id = s.shop_id AND c.feedback_id = s.feedback_id
WHERE s.shop_id = $1
"""  # noqa: S608
_LOCK = "SELECT pg_advisory_xact_lock(hashtextextended('complaint-odds:' || $1::uuid::text, 0))"
_FORGET = "DELETE FROM complaint_odds WHERE shop_id = $1"
_COUNT = f"""
INSERT INTO complaint_odds (shop_id, level, reason_id, rating, product_group, approved, decided)
SELECT $1, (ARRAY['product', 'rating', 'reason', 'shop'])[1 + (grouping(product_group) + grouping(rating)
    + grouping(reason_id))],
  coalesce(reason_id, 0), coalesce(rating, 0), coalesce(product_group, ''),
  count(*) FILTER (WHERE complaint = 'approved'), count(*)
FROM ({_DRAFTS_FROM} AND s.complaint IN ('approved', 'rejected')) verdicts
GROUP BY GROUPING SETS ((), (reason_id), (reason_id, rating), (reason_id, rating, product_group))
HAVING count(*) > 0 AND (reason_id IS NOT NULL OR grouping(reason_id) = 1)
"""  # noqa: S608
_DRAFTS = f"{_DRAFTS_FROM} AND s.complaint = 'draft' AND c.reason_id IS NOT NULL"
_SOME_DRAFTS = f"{_DRAFTS} AND s.feedback_id = ANY($2::text[])"
_COUNTED = """
SELECT level, reason_id, rating, product_group, approved, decided FROM complaint_odds
WHERE shop_id = $1 AND (level <> 'product' OR product_group = ANY($2::text[]))
"""
_GROUPS = """
SELECT n.nm_id, coalesce(nullif(p.subject, ''), 'nm ' || n.nm_id) AS product_group
FROM unnest($2::bigint[]) AS n(nm_id) LEFT JOIN products p ON p.shop_id = $1 AND p.nm_id = n.nm_id
"""
_CHANGED = """
SELECT t.shop_id FROM (
  SELECT shop_id, sum(approved) AS approved, sum(approved + rejected) AS decided FROM tallies GROUP BY shop_id
) t
LEFT JOIN complaint_odds o ON o.shop_id = t.shop_id AND o.level = 'shop'
WHERE (t.approved, t.decided) IS DISTINCT FROM (coalesce(o.approved, 0)::numeric, coalesce(o.decided, 0)::numeric)
LIMIT $1
"""


async def refresh_odds(job: RefreshOdds, *, database: Database) -> None:
    """Counts all verdicts of the shop and gives its drafts their new odds."""
    async with database.direct() as connection:
        await connection.execute(_LOCK, job.shop_id)
        await connection.execute(_FORGET, job.shop_id)
        await connection.execute(_COUNT, job.shop_id)
        drafts = await connection.fetch(_DRAFTS, job.shop_id)
        kinds = {row["feedback_id"]: Kind(row["reason_id"], row["rating"], row["product_group"]) for row in drafts}
        await _give_odds(connection, job.shop_id, kinds)


async def give_odds(connection: Direct, shop_id: UUID, feedback_ids: Collection[str]) -> None:
    """To drafts that were written or changed just now."""
    drafts = await connection.fetch(_SOME_DRAFTS, shop_id, list(feedback_ids))
    kinds = {row["feedback_id"]: Kind(row["reason_id"], row["rating"], row["product_group"]) for row in drafts}
    await _give_odds(connection, shop_id, kinds)


async def _give_odds(connection: Direct, shop_id: UUID, kinds: Mapping[str, Kind]) -> None:
    if kinds:
        chances = await load_chances(connection, shop_id, {kind.group for kind in kinds.values()})
        await set_odds(connection, shop_id, {key: chances.of(kind).per_mille for key, kind in kinds.items()})


async def load_chances(connection: Direct, shop_id: UUID, groups: Collection[str]) -> Chances:
    """With the finest level only of these product groups."""
    rows = await connection.fetch(_COUNTED, shop_id, list(groups))
    return Chances(
        {
            (row["level"], row["reason_id"], row["rating"], row["product_group"]): Outcomes(
                row["approved"], row["decided"]
            )
            for row in rows
        }
    )


async def groups_of(connection: Direct, shop_id: UUID, nm_ids: Collection[int]) -> dict[int, str]:
    """The product's subject, or its number where no card is known."""
    return {row["nm_id"]: row["product_group"] for row in await connection.fetch(_GROUPS, shop_id, list(nm_ids))}


async def shops_with_new_verdicts(connection: Direct, *, limit: int) -> list[UUID]:
    """Those whose counted outcomes are no longer what the tallies say."""
    return [row["shop_id"] for row in await connection.fetch(_CHANGED, limit)]
