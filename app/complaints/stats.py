"""What complaints brought, by reason; and what was not spent on asking about feedbacks beyond complaining."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from app.cabinet.models import RESOLVED
from app.kit.db import Direct

_BY_REASON = """
SELECT coalesce(CASE WHEN s.filed_by = 'us' THEN c.reason_id END, 0)::int AS reason_id,
  count(*) FILTER (WHERE s.complaint = 'approved') AS approved,
  count(*) FILTER (WHERE s.complaint = 'rejected') AS rejected,
  count(*) FILTER (WHERE s.complaint = 'reconsidered') AS reconsidered,
  count(*) FILTER (WHERE s.complaint = 'pending') AS pending
FROM standings s LEFT JOIN complaints c ON c.shop_id = s.shop_id AND c.feedback_id = s.feedback_id
WHERE s.shop_id = $1 AND s.complaint IN ('pending', 'approved', 'rejected', 'reconsidered')
  AND coalesce(s.filed_at, s.complaint_at) >= $2 AND coalesce(s.filed_at, s.complaint_at) < $3
GROUP BY 1 ORDER BY 1
"""
_CALLS = """
SELECT count(*) AS calls, count(DISTINCT feedback_id) AS feedbacks, coalesce(sum(cost_usd), 0) AS cost
FROM complaint_calls WHERE shop_id = $1
"""
_CONSIDERED = """
SELECT count(*) FILTER (WHERE c.why_not <> '' AND c.version = 0) AS no_ground,
  count(*) FILTER (WHERE c.version > 0) AS drafted
FROM complaints c WHERE c.shop_id = $1 AND c.writer <> 'person'
"""
# Only what the rules want and a writer could have judged counts: stars without words are never asked about anyway.
_ASKABLE = f"""
SELECT count(*) FILTER (WHERE asked) AS asked,
  count(*) FILTER (WHERE NOT asked AND impossible) AS saved,
  count(*) FILTER (WHERE NOT asked AND NOT impossible) AS waiting
FROM (
  SELECT complaint_possible IS FALSE OR can_submit IS FALSE OR {RESOLVED}
      OR complaint IN ('pending', 'approved', 'rejected', 'reconsidered') AS impossible,
    EXISTS (SELECT FROM complaints c WHERE c.shop_id = s.shop_id AND c.feedback_id = s.feedback_id
      AND c.writer <> 'person')
    OR EXISTS (SELECT FROM complaint_calls l WHERE l.shop_id = s.shop_id AND l.feedback_id = s.feedback_id) AS asked
  FROM standings s WHERE shop_id = $1 AND in_work AND complaint_allowed AND has_words
) askable
"""  # noqa: S608


@dataclass(frozen=True, slots=True, kw_only=True)
class ReasonStats:
    """Complaints filed in the period; reason 0 is one that we do not know, mostly the seller's own."""

    reason_id: int
    approved: int
    rejected: int
    reconsidered: int
    pending: int

    @property
    def decided(self) -> int:
        return self.approved + self.rejected

    @property
    def approval_rate(self) -> float | None:
        return self.approved / self.decided if self.decided else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Savings:
    """Feedbacks that a writer was asked about, and those of which a page or Wildberries told that it is no use.

    `waiting` are neither: nobody has read their page yet, or they are candidates.
    """

    asked: int
    saved: int
    waiting: int
    calls: int
    cost_usd: Decimal
    cost_per_feedback_usd: Decimal | None

    @property
    def share(self) -> float | None:
        """None before there is anything to compare."""
        told = self.saved + self.asked
        return self.saved / told if told else None

    @property
    def saved_usd(self) -> Decimal | None:
        """At what one asked feedback cost on average; None when no model was paid."""
        return None if self.cost_per_feedback_usd is None else self.saved * self.cost_per_feedback_usd


@dataclass(frozen=True, slots=True, kw_only=True)
class Considered:
    """What writers made of the feedbacks that they looked at."""

    drafted: int
    no_ground: int

    @property
    def no_ground_share(self) -> float | None:
        looked_at = self.drafted + self.no_ground
        return self.no_ground / looked_at if looked_at else None


async def stats_by_reason(
    connection: Direct, shop_id: UUID, *, since: datetime, until: datetime
) -> Sequence[ReasonStats]:
    """Filed from `since` on and before `until`; where the filing day is unknown, first seen then."""
    return [ReasonStats(**row) for row in await connection.fetch(_BY_REASON, shop_id, since, until)]


async def savings_of(connection: Direct, shop_id: UUID) -> Savings:
    """Over all time: the states of pages change, and a feedback is asked about once."""
    counts = await connection.fetchrow(_ASKABLE, shop_id)
    calls = await connection.fetchrow(_CALLS, shop_id)
    assert counts is not None
    assert calls is not None
    mean = calls["cost"] / calls["feedbacks"] if calls["feedbacks"] else None
    return Savings(**counts, calls=calls["calls"], cost_usd=calls["cost"], cost_per_feedback_usd=mean)


async def considered_of(connection: Direct, shop_id: UUID) -> Considered:
    """Over all time."""
    row = await connection.fetchrow(_CONSIDERED, shop_id)
    assert row is not None
    return Considered(**row)
