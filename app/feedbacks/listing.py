"""Pages of a shop's feedbacks by any filter: keyset, newest first, never an OFFSET, never a COUNT without an end."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import (
    ColumnElement,
    Select,
    and_,
    func,
    literal,
    literal_column,
    select,
    true,
    tuple_,
    union_all,
)
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import defer

from app.feedbacks.models import Feedback
from app.feedbacks.searching import searched_keys, searched_tallies, tallies
from app.kit.keyset import Count, Cursor, searchable

COUNTED_TO = 10_000
"""Counts stop here and say so: a seller cannot use «12 847», and the database need not read it."""
SCANNED_TO = 100_000
"""Where an index alone tells, this many entries at most are read for the badges."""

_NEWEST_FIRST = (Feedback.written_at.desc(), Feedback.wb_id.desc())
_UNSHOWN = (defer(Feedback.raw, raiseload=True), defer(Feedback.fingerprint, raiseload=True))


class Answered(StrEnum):
    """What stands at Wildberries, not here."""

    YES = "yes"
    NO = "no"
    NOT_NEEDED = "not_needed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Filters:
    """All must hold; `search` is words in any form, as people write them."""

    states: Sequence[str] = ()
    no_reply_yet: bool = False
    ratings: Sequence[int] = ()
    answered: Answered | None = None
    nm_id: int | None = None
    since: datetime | None = None
    until: datetime | None = None
    search: str = ""
    deleted: bool = False

    def __post_init__(self) -> None:
        """What PostgreSQL cannot hold stands in no feedback either."""
        object.__setattr__(self, "search", searchable(self.search))


async def page_of_feedbacks(
    session: AsyncSession, shop_id: UUID, filters: Filters, *, after: Cursor | None, limit: int
) -> Sequence[Feedback]:
    """Newest first, without what only the sync reads; ask for one more than you show to learn of a next page."""
    conditions = [*_conditions(shop_id, filters), *_older_than(after)]
    keys: Sequence[str] | Select[str]
    if filters.search:
        keys = await searched_keys(session, conditions, filters.search, limit=limit)
    else:
        keys = _keys(_branches(filters), conditions, limit=limit)
    stmt = select(Feedback).where(Feedback.shop_id == shop_id, Feedback.wb_id.in_(keys)).order_by(*_NEWEST_FIRST)
    return (await session.scalars(stmt.options(*_UNSHOWN))).all()


async def count_feedbacks(session: AsyncSession, shop_id: UUID, filters: Filters) -> Count:
    """Exact up to COUNTED_TO, and of a frequent word no more than the newest feedbacks tell."""
    conditions = _conditions(shop_id, filters)
    if filters.search:
        found = await searched_tallies(session, conditions, filters.search)
        return _count(found.total, cut=found.cut)
    return _count((await session.execute(_capped(conditions))).scalar_one())


async def count_views(
    session: AsyncSession, shop_id: UUID, filters: Filters, states: Sequence[str]
) -> dict[str, Count]:
    """The badges: what waits for a reply, and each reply state, within the other filters."""
    rest = replace(filters, states=(), no_reply_yet=False, answered=None)
    if rest.search or rest.nm_id is not None or rest.ratings or rest.deleted:
        return await _views_in_one_pass(session, shop_id, rest, states)
    views = {"waiting": replace(rest, answered=Answered.NO, no_reply_yet=True)}
    views |= {state: replace(rest, states=(state,)) for state in states}
    counts = [_capped(_conditions(shop_id, view)).scalar_subquery().label(name) for name, view in views.items()]
    row = (await session.execute(select(*counts))).one()
    return {name: _count(found) for name, found in row._mapping.items()}


async def _views_in_one_pass(
    session: AsyncSession, shop_id: UUID, rest: Filters, states: Sequence[str]
) -> dict[str, Count]:
    """Where no index knows the view: the matches are read once, and not without an end."""
    conditions = _conditions(shop_id, rest)
    if rest.search:
        found = await searched_tallies(session, conditions, rest.search)
    else:
        found = await tallies(session, conditions, bound=SCANNED_TO)
    counts = {"waiting": found.waiting, **{state: found.by_state.get(state, 0) for state in states}}
    return {name: _count(number, cut=found.cut) for name, number in counts.items()}


def _capped(conditions: Sequence[ColumnElement[bool]]) -> Select[int]:
    some = select(literal_column("1")).where(*conditions).limit(COUNTED_TO + 1).subquery()
    return select(func.count()).select_from(some)


def _count(found: int, *, cut: bool = False) -> Count:
    return Count(count=min(found, COUNTED_TO), more=cut or found > COUNTED_TO)


def _keys(
    branches: Sequence[ColumnElement[bool]], conditions: Sequence[ColumnElement[bool]], *, limit: int
) -> Select[str]:
    """Read from the index alone; each branch is one ordered range of one index, and the newest of all are taken."""
    ranges = [
        select(Feedback.wb_id, Feedback.written_at).where(*conditions, branch).order_by(*_NEWEST_FIRST).limit(limit)
        for branch in branches
    ]
    found = ranges[0].subquery() if len(ranges) == 1 else union_all(*ranges).subquery()
    return select(found.c.wb_id).order_by(found.c.written_at.desc(), found.c.wb_id.desc()).limit(limit)


def _branches(filters: Filters) -> list[ColumnElement[bool]]:
    """PostgreSQL reads `x IN (…)` in date order only by sorting all of it or by filtering everything."""
    if len(filters.states) > 1:
        return [Feedback.reply_state == state for state in dict.fromkeys(filters.states)]
    if filters.ratings and filters.nm_id is None and not filters.states and filters.answered is None:
        return [Feedback.rating == rating for rating in dict.fromkeys(filters.ratings)]
    return [true()]


def _older_than(after: Cursor | None) -> list[ColumnElement[bool]]:
    if after is None:
        return []
    return [tuple_(Feedback.written_at, Feedback.wb_id) < tuple_(literal(after.at), literal(after.id))]


def _conditions(shop_id: UUID, filters: Filters) -> list[ColumnElement[bool]]:
    """All but the search."""
    gone = Feedback.deleted_at.is_not(None) if filters.deleted else Feedback.deleted_at.is_(None)
    optional: list[tuple[object, Callable[[], ColumnElement[bool]]]] = [
        (filters.states, lambda: Feedback.reply_state.in_(filters.states)),
        (filters.no_reply_yet, lambda: Feedback.reply_state.is_(None)),
        (filters.ratings, lambda: Feedback.rating.in_(filters.ratings)),
        (filters.nm_id is not None, lambda: Feedback.nm_id == filters.nm_id),
        (filters.since, lambda: Feedback.written_at >= filters.since),
        (filters.until, lambda: Feedback.written_at < filters.until),
    ]
    asked = [condition() for wanted, condition in optional if wanted]
    if filters.answered is not None:
        asked.append(_answered(filters.answered))
    if filters.answered is Answered.NO and not filters.deleted:
        return [Feedback.shop_id == shop_id, *asked]  # needs_reply says that it is not gone
    return [Feedback.shop_id == shop_id, gone, *asked]


def _answered(answered: Answered) -> ColumnElement[bool]:
    if answered is Answered.NO:
        return and_(Feedback.needs_reply)
    if answered is Answered.YES:
        return Feedback.answer_text.is_not(None)
    return Feedback.answer_text.is_(None) & ~Feedback.needs_reply
