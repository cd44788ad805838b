"""Changes of a standing that no observation brings: triage, approval, odds; each with its history and its counts."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from app.cabinet.states import Source, Triage
from app.cabinet.tallies import COUNTS_FROM, TALLIED
from app.kit.db import Direct

_RETURNED = ", ".join(f"s.{name}" for name in COUNTS_FROM.split(", "))


def _marking(*, change: str, unless: str, before: str, after: str) -> str:
    """One statement: what changes, for which rows it is none, and how the history calls both sides."""
    return f"""
WITH asked AS (SELECT * FROM unnest($2::text[], $3::text[]) AS asked(feedback_id, raw)),
before AS MATERIALIZED (
  SELECT feedback_id, triage, {COUNTS_FROM} FROM standings
  WHERE shop_id = $1 AND feedback_id = ANY($2::text[]) AND NOT ({unless}) ORDER BY feedback_id FOR UPDATE
),
after AS (
  UPDATE standings s SET {change} FROM before o
  WHERE s.shop_id = $1 AND s.feedback_id = o.feedback_id
  RETURNING s.feedback_id, {_RETURNED}
),
{TALLIED},
told AS (
  INSERT INTO standing_events (shop_id, feedback_id, track, from_state, to_state, source, observed_at, actor, raw)
  SELECT $1, feedback_id, 'approval', {before}, {after}, $4, $5, $6, raw FROM before JOIN asked USING (feedback_id)
)
SELECT count(*) FROM after
"""  # noqa: S608


_SET_TRIAGE = _marking(
    change="triage = $7",
    unless="triage = $7",
    before="CASE triage WHEN 'open' THEN complaint ELSE triage END",
    after="CASE $7::text WHEN 'open' THEN complaint ELSE $7 END",
)
_SET_READY = _marking(
    change="ready = $7",
    unless="complaint <> 'draft' OR ready = $7",
    before="CASE WHEN ready THEN 'queued' ELSE 'draft' END",
    after="CASE WHEN $7 THEN 'queued' ELSE 'draft' END",
)
# No count depends on the odds; they only order the queue.
_SET_ODDS = """
WITH wanted AS MATERIALIZED (
  SELECT s.feedback_id, n.odds
  FROM unnest($2::text[], $3::smallint[]) AS n(feedback_id, odds) JOIN standings s USING (feedback_id)
  WHERE s.shop_id = $1 AND s.odds <> n.odds ORDER BY s.feedback_id FOR UPDATE OF s
)
UPDATE standings s SET odds = w.odds FROM wanted w WHERE s.shop_id = $1 AND s.feedback_id = w.feedback_id
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Mark:
    """Who changes it and when."""

    source: Source
    actor: str
    at: datetime


async def set_triage(
    connection: Direct, shop_id: UUID, feedbacks: Mapping[str, str], triage: Triage, *, mark: Mark
) -> None:
    """`feedbacks` are ids, each with the words for its history; those that stand so already get no line."""
    if feedbacks:
        words = list(feedbacks), list(feedbacks.values())
        await connection.fetchval(_SET_TRIAGE, shop_id, *words, mark.source, mark.at, mark.actor, triage)


async def set_ready(
    connection: Direct, shop_id: UUID, feedbacks: Mapping[str, str], ready: bool, *, mark: Mark
) -> None:
    """Drafts enter the extension's queue, or leave it; what is no draft stays as it is."""
    if feedbacks:
        words = list(feedbacks), list(feedbacks.values())
        await connection.fetchval(_SET_READY, shop_id, *words, mark.source, mark.at, mark.actor, ready)


async def set_odds(connection: Direct, shop_id: UUID, odds: Mapping[str, int]) -> None:
    """Per mille, by feedback."""
    if odds:
        await connection.execute(_SET_ODDS, shop_id, list(odds), list(odds.values()))
