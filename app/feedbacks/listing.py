"""Pages of a shop's feedbacks by any filter: keyset, newest first, never an OFFSET, never a COUNT without an end."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final
from uuid import UUID

import asyncpg

from app.feedbacks.filters import NEWEST_FIRST, Answered, Filters, Values, ranges, where
from app.feedbacks.searching import Tallies, search, search_tallies, tallies
from app.kit.db import Direct
from app.kit.keyset import Count, Cursor

COUNTED_TO = 10_000
"""Counts stop here and say so: a seller cannot use «12 847», and the database need not read it."""
SCANNED_TO = 100_000
"""Where an index alone tells, this many entries at most are read for the badges."""

SHOWN: Final = (
    "wb_id", "nm_id", "rating", "text", "pros", "cons", "written_at", "buyer_name", "product_name", "brand_name",
    "supplier_article", "size", "color", "order_status", "matching_size", "tags", "photo_count", "has_video",
    "rating_only", "archived", "deleted_at", "parent_id", "child_id", "needs_reply", "answer_text", "answer_state",
    "answer_editable", "reply_state",
)  # fmt: skip
# An array, since for `IN (SELECT …)` PostgreSQL plans a join that costs more than the rows.
_SHOW: Final = f"""
SELECT {", ".join(SHOWN)} FROM feedbacks WHERE shop_id = $1 AND wb_id = ANY({{keys}}) {NEWEST_FIRST}
"""  # noqa: S608
_KEYS: Final = f"SELECT wb_id, written_at FROM feedbacks WHERE {{where}} {NEWEST_FIRST} LIMIT {{limit}}"  # noqa: S608


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """Rows of `SHOWN`, `tags` as JSON, newest first; the total only of a first page, badges where they were asked for.

    `more`: it is not the last one.
    """

    rows: Sequence[asyncpg.Record]
    more: bool
    total: Count | None
    badges: Mapping[str, Count] | None


async def page_of_feedbacks(
    connection: Direct,
    shop_id: UUID,
    filters: Filters,
    *,
    after: Cursor | None = None,
    limit: int,
    badges: Sequence[str] = (),
) -> Page:
    """A badge is a reply state; beside those, `waiting` counts what waits for a reply. All within the other filters."""
    rows: Sequence[asyncpg.Record]
    told: Tallies | None = None
    if filters.search:
        found = await search(connection, shop_id, filters, after=after, limit=limit + 1)
        rows = await connection.fetch(_SHOW.format(keys="$2"), shop_id, found.keys) if found.keys else []
        if after is None and len(rows) > limit:
            told = found.tallies or await search_tallies(connection, shop_id, filters, in_sample=found.in_sample)
    else:
        rows = await _newest(connection, shop_id, filters, after, limit + 1)
    more = len(rows) > limit
    return Page(
        rows=rows[:limit],
        more=more,
        total=None if after else await _total(connection, shop_id, filters, told) if more else _count(len(rows)),
        badges=await _views(connection, shop_id, filters, badges, told) if badges else None,
    )


async def _newest(
    connection: Direct, shop_id: UUID, filters: Filters, after: Cursor | None, limit: int
) -> Sequence[asyncpg.Record]:
    """Keys are read from the index alone; each part is one ordered range, and the newest of all are taken."""
    values = Values(shop_id)
    parts = [_KEYS.format(where=part, limit=limit) for part in ranges(filters, values, after=after)]
    if len(parts) > 1:
        every = " UNION ALL ".join(f"({part})" for part in parts)
        keys = f"SELECT wb_id FROM ({every}) AS parts {NEWEST_FIRST} LIMIT {limit}"  # noqa: S608
    else:
        keys = f"SELECT wb_id FROM ({parts[0]}) AS newest"  # noqa: S608
    return await connection.fetch(_SHOW.format(keys=f"ARRAY({keys})"), *values)


async def _total(connection: Direct, shop_id: UUID, filters: Filters, told: Tallies | None) -> Count:
    """Exact up to COUNTED_TO, unless the words are too frequent."""
    if told is not None:
        return _count(told.total, cut=told.cut)
    values = Values(shop_id)
    return _count(await connection.fetchval(f"SELECT {_capped(filters, values)}", *values))


async def _views(
    connection: Direct, shop_id: UUID, filters: Filters, states: Sequence[str], told: Tallies | None
) -> Mapping[str, Count]:
    rest = filters.but_views
    if rest.search:
        known = told if rest == filters else None
        return _of_tallies(known or await search_tallies(connection, shop_id, rest), states)
    if rest.nm_id is not None or rest.ratings or rest.deleted:
        # No index knows the view: the matches are read once, and not without an end.
        return _of_tallies(await tallies(connection, shop_id, rest, bound=SCANNED_TO), states)
    values = Values(shop_id)
    views = {"waiting": replace(rest, answered=Answered.NO, no_reply_yet=True)}
    views |= {state: replace(rest, states=(state,)) for state in states}
    counts = ", ".join(_capped(view, values) for view in views.values())
    row = await connection.fetchrow(f"SELECT {counts}", *values)
    return {name: _count(number) for name, number in zip(views, row or (), strict=True)}


def _of_tallies(told: Tallies, states: Sequence[str]) -> Mapping[str, Count]:
    counts = {"waiting": told.waiting, **{state: told.by_state.get(state, 0) for state in states}}
    return {name: _count(number, cut=told.cut) for name, number in counts.items()}


def _capped(filters: Filters, values: Values) -> str:
    some = f"SELECT 1 FROM feedbacks WHERE {where(filters, values)} LIMIT {COUNTED_TO + 1}"  # noqa: S608
    return f"(SELECT count(*) FROM ({some}) AS counted)"  # noqa: S608


def _count(found: int, *, cut: bool = False) -> Count:
    return Count(count=min(found, COUNTED_TO), more=cut or found > COUNTED_TO)
