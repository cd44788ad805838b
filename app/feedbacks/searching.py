"""Words in feedbacks, newest first: whatever the word, neither all its matches nor all feedbacks are read."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Select, Subquery, func, literal_column, select, true
from sqlalchemy.dialects.postgresql import aggregate_order_by
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.sql.elements import SQLCoreOperations

from app.feedbacks.models import Feedback

NEWEST = 3_000
"""Looked through one by one; a word that is not among them `limit` times is in less than two of a hundred."""
COUNTED_AMONG = 5_000
MATCHES = 10_000
FREQUENT = 0.02


@dataclass(frozen=True, slots=True)
class Tallies:
    """Matches by reply state, and those that wait for a reply; at least so many when the reading was `cut`."""

    by_state: Mapping[str | None, int]
    waiting: int
    cut: bool

    @property
    def total(self) -> int:
        return sum(self.by_state.values())


def worded(search: str, searched: SQLCoreOperations[str] = Feedback.searched) -> ColumnElement[bool]:
    """All words, in any form."""
    query = func.websearch_to_tsquery(literal_column("'russian'::regconfig"), search)
    return searched.op("@@", is_comparison=True)(query)


async def searched_keys(
    session: AsyncSession, conditions: Sequence[ColumnElement[bool]], search: str, *, limit: int
) -> Sequence[str]:
    """The newest matches: a frequent word is soon found by date, a rare one has few rows in the text index.

    PostgreSQL guesses between the two by the word's share of all shops, and pays for it with seconds.
    """
    seen, near = await _among_the_newest(session, conditions, search)
    if seen < NEWEST or len(near) >= limit:
        return near[:limit]
    matches = (
        select(Feedback.wb_id, Feedback.written_at)
        .where(*conditions, worded(search))
        .cte("matches")
        .prefix_with("MATERIALIZED")
    )
    newest_first = matches.c.written_at.desc(), matches.c.wb_id.desc()
    return (await session.scalars(select(matches.c.wb_id).order_by(*newest_first).limit(limit))).all()


async def _among_the_newest(
    session: AsyncSession, conditions: Sequence[ColumnElement[bool]], search: str
) -> tuple[int, Sequence[str]]:
    read = select(Feedback.wb_id, Feedback.written_at, Feedback.searched)
    newest = _newest(read, conditions, NEWEST)
    in_order = aggregate_order_by(newest.c.wb_id, newest.c.written_at.desc(), newest.c.wb_id.desc())
    found = func.array_agg(in_order).filter(worded(search, newest.c.searched))
    seen, near = (await session.execute(select(func.count(), found).select_from(newest))).one()
    return seen, near or []


async def searched_tallies(session: AsyncSession, conditions: Sequence[ColumnElement[bool]], search: str) -> Tallies:
    """Exact for a word that is not frequent; a frequent one is counted among the newest feedbacks."""
    read = select(Feedback.reply_state, Feedback.needs_reply, worded(search).label("matches"))
    near = await _tallies(session, _newest(read, conditions, COUNTED_AMONG), bound=COUNTED_AMONG)
    if not near.cut or near.total >= FREQUENT * COUNTED_AMONG:
        return near
    return await tallies(session, [*conditions, worded(search)], bound=MATCHES)


async def tallies(session: AsyncSession, conditions: Sequence[ColumnElement[bool]], *, bound: int) -> Tallies:
    """Of `bound` feedbacks at most."""
    read = select(Feedback.reply_state, Feedback.needs_reply, true().label("matches"))
    return await _tallies(session, read.where(*conditions).limit(bound).subquery(), bound=bound)


async def _tallies(session: AsyncSession, read: Subquery, *, bound: int) -> Tallies:
    state, matches = read.c.reply_state, read.c.matches
    waits = matches & state.is_(None) & read.c.needs_reply
    stmt = select(state, func.count().filter(matches), func.count().filter(waits), func.count()).group_by(state)
    rows = (await session.execute(stmt)).all()
    return Tallies(
        by_state={state: found for state, found, *_ in rows},
        waiting=sum(waiting for *_, waiting, _ in rows),
        cut=sum(seen for *_, seen in rows) == bound,
    )


def _newest(read: Select[*tuple[Any, ...]], conditions: Sequence[ColumnElement[bool]], limit: int) -> Subquery:
    newest_first = Feedback.written_at.desc(), Feedback.wb_id.desc()
    return read.where(*conditions).order_by(*newest_first).limit(limit).subquery()
