"""Pages of a shop's feedbacks by any filter: keyset, newest first, never an OFFSET, never a COUNT without an end."""

import base64
import binascii
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import ColumnElement, func, literal, literal_column, select, tuple_
from sqlalchemy.ext.asyncio import AsyncSession

from app.feedbacks.models import Feedback
from app.kit.errors import Invalid

COUNTED_TO = 10_000
"""Counts stop here and say so: a seller cannot use «12 847», and the database need not read it."""


class BadCursor(Invalid):
    """Not one of ours."""

    code = "BAD_CURSOR"
    message = "Неизвестный курсор. Начните список сначала."


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


@dataclass(frozen=True, slots=True, kw_only=True)
class Cursor:
    """The last row of the page before."""

    written_at: datetime
    wb_id: str

    def __str__(self) -> str:
        return base64.urlsafe_b64encode(f"{self.written_at.isoformat()} {self.wb_id}".encode()).decode()

    @classmethod
    def parse(cls, text: str) -> "Cursor":
        """Raises BadCursor."""
        try:
            written_at, wb_id = base64.urlsafe_b64decode(text.encode()).decode().split(" ", 1)
            moment = datetime.fromisoformat(written_at)
        except (ValueError, binascii.Error) as error:
            raise BadCursor from error
        if moment.tzinfo is None or "\x00" in wb_id:
            raise BadCursor
        return cls(written_at=moment, wb_id=wb_id)


@dataclass(frozen=True, slots=True, kw_only=True)
class Count:
    """`more` when there are at least this many and counting stopped."""

    count: int
    more: bool


async def page_of_feedbacks(
    session: AsyncSession, shop_id: UUID, filters: Filters, *, after: Cursor | None, limit: int
) -> Sequence[Feedback]:
    """Newest first; ask for one more than you show to learn whether there is a next page."""
    stmt = select(Feedback).where(*_conditions(shop_id, filters))
    if after is not None:
        stmt = stmt.where(
            tuple_(Feedback.written_at, Feedback.wb_id) < tuple_(literal(after.written_at), literal(after.wb_id))
        )
    stmt = stmt.order_by(Feedback.written_at.desc(), Feedback.wb_id.desc()).limit(limit)
    return (await session.scalars(stmt)).all()


async def count_feedbacks(session: AsyncSession, shop_id: UUID, filters: Filters) -> Count:
    """Exact up to COUNTED_TO."""
    some = select(literal(1)).where(*_conditions(shop_id, filters)).limit(COUNTED_TO + 1).subquery()
    found: int = (await session.execute(select(func.count()).select_from(some))).scalar_one()
    return Count(count=min(found, COUNTED_TO), more=found > COUNTED_TO)


async def count_views(
    session: AsyncSession, shop_id: UUID, filters: Filters, states: Sequence[str]
) -> dict[str, Count]:
    """The badges: what waits for a reply, and each reply state, within the other filters."""
    rest = replace(filters, states=(), no_reply_yet=False, answered=None)
    waiting = await count_feedbacks(session, shop_id, replace(rest, answered=Answered.NO, no_reply_yet=True))
    counts = {"waiting": waiting}
    for state in states:
        counts[state] = await count_feedbacks(session, shop_id, replace(rest, states=(state,)))
    return counts


def _conditions(shop_id: UUID, filters: Filters) -> list[ColumnElement[bool]]:
    gone = Feedback.deleted_at.is_not(None) if filters.deleted else Feedback.deleted_at.is_(None)
    optional: list[tuple[object, Callable[[], ColumnElement[bool]]]] = [
        (filters.states, lambda: Feedback.reply_state.in_(filters.states)),
        (filters.no_reply_yet, lambda: Feedback.reply_state.is_(None)),
        (filters.ratings, lambda: Feedback.rating.in_(filters.ratings)),
        (filters.nm_id, lambda: Feedback.nm_id == filters.nm_id),
        (filters.since, lambda: Feedback.written_at >= filters.since),
        (filters.until, lambda: Feedback.written_at < filters.until),
        (filters.search, lambda: _worded(filters.search)),
    ]
    asked = [condition() for wanted, condition in optional if wanted]
    if filters.answered is not None:
        asked.append(_answered(filters.answered))
    return [Feedback.shop_id == shop_id, gone, *asked]


def _worded(search: str) -> ColumnElement[bool]:
    query = func.websearch_to_tsquery(literal_column("'russian'::regconfig"), search)
    return Feedback.searched.op("@@", is_comparison=True)(query)


def _answered(answered: Answered) -> ColumnElement[bool]:
    if answered is Answered.NO:
        return Feedback.needs_reply.is_(True)
    if answered is Answered.YES:
        return Feedback.answer_text.is_not(None)
    return Feedback.answer_text.is_(None) & Feedback.needs_reply.is_(False)
