"""Pages of a shop's questions by any filter: keyset, newest first."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import ColumnElement, Select, func, literal, literal_column, select, tuple_
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import defer

from app.kit.keyset import Count, Cursor, searchable
from app.questions.models import REJECTED_BY_SELLER, Question

COUNTED_TO = 10_000

_UNSHOWN = (defer(Question.raw, raiseload=True), defer(Question.fingerprint, raiseload=True))


class QuestionAnswered(StrEnum):
    """What stands at Wildberries, not here."""

    YES = "yes"
    NO = "no"
    REJECTED = "rejected"


@dataclass(frozen=True, slots=True, kw_only=True)
class QuestionFilters:
    """All must hold; `search` is words in any form, as people write them."""

    states: Sequence[str] = ()
    no_reply_yet: bool = False
    answered: QuestionAnswered | None = None
    nm_id: int | None = None
    since: datetime | None = None
    until: datetime | None = None
    search: str = ""
    deleted: bool = False


async def page_of_questions(
    session: AsyncSession, shop_id: UUID, filters: QuestionFilters, *, after: Cursor | None, limit: int
) -> Sequence[Question]:
    """Without what only the sync reads; ask for one more than you show to learn whether there is a next page."""
    stmt = select(Question).where(*_conditions(shop_id, filters))
    if after is not None:
        stmt = stmt.where(tuple_(Question.written_at, Question.wb_id) < tuple_(literal(after.at), literal(after.id)))
    stmt = stmt.order_by(Question.written_at.desc(), Question.wb_id.desc()).limit(limit)
    return (await session.scalars(stmt.options(*_UNSHOWN))).all()


async def count_questions(session: AsyncSession, shop_id: UUID, filters: QuestionFilters) -> Count:
    """Exact up to COUNTED_TO."""
    found: int = (await session.execute(_capped(shop_id, filters))).scalar_one()
    return Count.of(found, COUNTED_TO)


async def count_question_views(
    session: AsyncSession, shop_id: UUID, filters: QuestionFilters, states: Sequence[str]
) -> dict[str, Count]:
    """The badges: what waits for a reply, and each reply state, within the other filters."""
    rest = replace(filters, states=(), no_reply_yet=False, answered=None)
    views = {"waiting": replace(rest, answered=QuestionAnswered.NO, no_reply_yet=True)}
    views |= {state: replace(rest, states=(state,)) for state in states}
    counts = [_capped(shop_id, view).scalar_subquery().label(name) for name, view in views.items()]
    row = (await session.execute(select(*counts))).one()
    return {name: Count.of(found, COUNTED_TO) for name, found in row._mapping.items()}


def _capped(shop_id: UUID, filters: QuestionFilters) -> Select[int]:
    some = select(literal(1)).where(*_conditions(shop_id, filters)).limit(COUNTED_TO + 1).subquery()
    return select(func.count()).select_from(some)


def _conditions(shop_id: UUID, filters: QuestionFilters) -> list[ColumnElement[bool]]:
    gone = Question.deleted_at.is_not(None) if filters.deleted else Question.deleted_at.is_(None)
    words = searchable(filters.search)
    optional: list[tuple[object, Callable[[], ColumnElement[bool]]]] = [
        (filters.states, lambda: Question.reply_state.in_(filters.states)),
        (filters.no_reply_yet, lambda: Question.reply_state.is_(None)),
        (filters.answered, lambda: _answered(filters.answered)),
        (filters.nm_id is not None, lambda: Question.nm_id == filters.nm_id),
        (filters.since, lambda: Question.written_at >= filters.since),
        (filters.until, lambda: Question.written_at < filters.until),
        (words, lambda: _worded(words)),
    ]
    return [Question.shop_id == shop_id, gone, *(condition() for wanted, condition in optional if wanted)]


def _answered(answered: QuestionAnswered | None) -> ColumnElement[bool]:
    if answered is QuestionAnswered.NO:
        return Question.needs_reply.is_(True)
    if answered is QuestionAnswered.YES:
        return Question.answer_text.is_not(None) & (Question.wb_state != REJECTED_BY_SELLER)
    return Question.wb_state == REJECTED_BY_SELLER


def _worded(words: str) -> ColumnElement[bool]:
    query = func.websearch_to_tsquery(literal_column("'russian'::regconfig"), words)
    return Question.searched.op("@@", is_comparison=True)(query)
