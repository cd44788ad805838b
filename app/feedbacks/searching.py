"""Words in feedbacks, newest first: whatever the word, neither all its matches nor all feedbacks are read.

PostgreSQL guesses between the two by the word's share of all shops, and pays for it with seconds; here the newest
feedbacks tell how frequent it is.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from sqlalchemy import ColumnElement, func, literal_column

from app.feedbacks.filters import NEWEST_FIRST, Filters, Values, where
from app.feedbacks.models import Feedback
from app.kit.db import Direct
from app.kit.keyset import Cursor

SAMPLE = 1_000
"""So many of the newest within the filters are looked through one by one."""
OFTEN = 6
"""Matches in a sample: such a word fills a page sooner by date than its matches are read."""
DEPTH = 10_000
"""How far back by date."""
COMMON = 50
"""Matches in a sample: such a word takes even the text index long to list, and is counted among the newest."""
COUNTED_AMONG = 5_000
MATCHES = 10_000
OFTEN_MATCHES = 1_000

_FITS: Final = "searched @@ websearch_to_tsquery('russian'::regconfig, {})"
_ROWS: Final = "SELECT wb_id, written_at, reply_state, needs_reply, {fits} AS fits FROM feedbacks WHERE {where} {end}"
_TALLY: Final = """
SELECT reply_state, count(*) AS seen, count(*) FILTER (WHERE fits) AS found,
  count(*) FILTER (WHERE fits AND reply_state IS NULL AND needs_reply) AS waiting, {keys} AS keys
FROM {seen} GROUP BY reply_state
"""
_WITH_KEYS: Final = f"""
WITH seen AS MATERIALIZED ({{rows}}),
  newest AS (SELECT wb_id, written_at FROM seen WHERE fits {{order}} LIMIT {{limit}})
{_TALLY.format(keys="(SELECT array_agg(wb_id {order}) FROM newest)", seen="seen")}
"""  # noqa: S608
_WITHOUT_KEYS: Final = _TALLY.format(keys="NULL::text[]", seen="({rows}) AS seen")
"""Nothing but the tallies need be read then, and an index may tell them alone."""
_BY_DATE: Final = """
SELECT wb_id FROM (SELECT wb_id, written_at, searched FROM feedbacks WHERE {where} {order} LIMIT {depth}) AS newest
WHERE {fits} {order} LIMIT {limit}
"""


@dataclass(frozen=True, slots=True)
class Tallies:
    """Matches by reply state, and those that wait for a reply; at least so many when the reading was `cut`."""

    by_state: Mapping[str | None, int]
    waiting: int
    cut: bool

    @property
    def total(self) -> int:
        return sum(self.by_state.values())


@dataclass(frozen=True, slots=True)
class Found:
    """The newest matches; the numbers of all where the reading told them, else how frequent the word is."""

    keys: Sequence[str]
    tallies: Tallies | None
    in_sample: int


@dataclass(frozen=True, slots=True)
class _Reading:
    keys: Sequence[str]
    seen: int
    tallies: Tallies


def worded(words: str) -> ColumnElement[bool]:
    """All words, in any form, for queries of an ORM's session."""
    query = func.websearch_to_tsquery(literal_column("'russian'::regconfig"), words)
    return Feedback.searched.op("@@", is_comparison=True)(query)


async def search(connection: Direct, shop_id: UUID, filters: Filters, *, after: Cursor | None, limit: int) -> Found:
    """A frequent word is soon found by date, a rare one has few rows in the text index."""
    near = await _among_newest(connection, shop_id, filters, SAMPLE, after=after, limit=limit)
    in_sample = near.tallies.total
    if near.seen < SAMPLE:
        return Found(near.keys, near.tallies, in_sample)
    if in_sample >= limit:
        return Found(near.keys, None, in_sample)
    if in_sample >= OFTEN:
        keys = await _by_date(connection, shop_id, filters, after=after, limit=limit)
        if len(keys) == limit:
            return Found(keys, None, in_sample)
    every = await _among_matches(connection, shop_id, filters, None, after=after, limit=limit)
    return Found(every.keys, every.tallies, in_sample)


async def search_tallies(
    connection: Direct, shop_id: UUID, filters: Filters, *, in_sample: int | None = None
) -> Tallies:
    """Exact as long as it is cheap; a common word is counted among the newest feedbacks."""
    if in_sample is None:
        near = await _among_newest(connection, shop_id, filters, SAMPLE)
        if near.seen < SAMPLE:
            return near.tallies
        in_sample = near.tallies.total
    if in_sample >= COMMON:
        return (await _among_newest(connection, shop_id, filters, COUNTED_AMONG)).tallies
    bound = OFTEN_MATCHES if in_sample >= OFTEN else MATCHES
    return (await _among_matches(connection, shop_id, filters, bound)).tallies


async def tallies(connection: Direct, shop_id: UUID, filters: Filters, *, bound: int) -> Tallies:
    """Without a search, of so many feedbacks at most."""
    values = Values(shop_id)
    rows = _ROWS.format(fits="true", where=where(filters, values), end=f"LIMIT {bound}")
    return (await _read(connection, rows, values, bound=bound)).tallies


async def _among_newest(
    connection: Direct, shop_id: UUID, filters: Filters, depth: int, *, after: Cursor | None = None, limit: int = 0
) -> _Reading:
    values = Values(shop_id)
    rows = _ROWS.format(
        fits=_FITS.format(values.put(filters.search)),
        where=where(filters, values, after=after),
        end=f"{NEWEST_FIRST} LIMIT {depth}",
    )
    return await _read(connection, rows, values, bound=depth, limit=limit)


async def _among_matches(
    connection: Direct,
    shop_id: UUID,
    filters: Filters,
    bound: int | None,
    *,
    after: Cursor | None = None,
    limit: int = 0,
) -> _Reading:
    values = Values(shop_id)
    fits = _FITS.format(values.put(filters.search))
    rows = _ROWS.format(
        fits="true",
        where=f"{where(filters, values, after=after)} AND {fits}",
        end="" if bound is None else f"LIMIT {bound}",
    )
    return await _read(connection, rows, values, bound=bound, limit=limit)


async def _by_date(
    connection: Direct, shop_id: UUID, filters: Filters, *, after: Cursor | None, limit: int
) -> Sequence[str]:
    """Stops as soon as the page is full."""
    values = Values(shop_id)
    stmt = _BY_DATE.format(
        fits=_FITS.format(values.put(filters.search)),
        where=where(filters, values, after=after),
        order=NEWEST_FIRST,
        depth=DEPTH,
        limit=limit,
    )
    return [row[0] for row in await connection.fetch(stmt, *values)]


async def _read(connection: Direct, rows: str, values: Values, *, bound: int | None, limit: int = 0) -> _Reading:
    template = _WITH_KEYS if limit else _WITHOUT_KEYS
    found = await connection.fetch(template.format(rows=rows, order=NEWEST_FIRST, limit=limit), *values)
    seen = sum(row["seen"] for row in found)
    told = Tallies(
        by_state={row["reply_state"]: row["found"] for row in found},
        waiting=sum(row["waiting"] for row in found),
        cut=seen == bound,
    )
    return _Reading((found[0]["keys"] if found else None) or [], seen, told)
