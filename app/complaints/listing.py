"""The tabs of a shop's complaints: keyset pages and counts."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, and_, func, literal, select, tuple_
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import defer

from app.cabinet.models import Standing, StandingEvent
from app.cabinet.states import ComplaintState, Triage
from app.cabinet.tallies import NOTHING, counts_of
from app.complaints.counting import groups_of, load_chances
from app.complaints.models import Complaint, ComplaintDraft
from app.complaints.odds import Chance, Kind
from app.feedbacks.models import Feedback
from app.feedbacks.queries import NoSuchFeedback
from app.feedbacks.searching import worded
from app.kit.db import direct
from app.kit.keyset import BadCursor, Count, Cursor, searchable

COUNTED_TO = 10_000
_UNSHOWN = (defer(Feedback.raw, raiseload=True), defer(Feedback.fingerprint, raiseload=True))
_S = ComplaintState


class Tab(StrEnum):
    """What a person may want to see together."""

    CANDIDATES = "candidates"
    TO_APPROVE = "to_approve"
    QUEUED = "queued"
    PENDING = "pending"
    APPROVED = "approved"
    REJECTED = "rejected"
    NO_GROUND = "no_ground"
    DISMISSED = "dismissed"


_IN: Mapping[Tab, ColumnElement[bool]] = {
    Tab.CANDIDATES: and_(Standing.candidate),
    Tab.TO_APPROVE: and_(Standing.complaint == _S.DRAFT, ~Standing.ready),
    Tab.QUEUED: and_(Standing.complaint == _S.DRAFT, Standing.ready),
    Tab.PENDING: Standing.complaint == _S.PENDING,
    Tab.APPROVED: Standing.complaint == _S.APPROVED,
    Tab.REJECTED: Standing.complaint.in_((_S.REJECTED, _S.RECONSIDERED)),
    Tab.NO_GROUND: and_(Standing.triage == Triage.NO_GROUND, Standing.complaint == _S.NONE),
    Tab.DISMISSED: and_(Standing.triage == Triage.DISMISSED, Standing.complaint == _S.NONE),
}
BY_ODDS = frozenset({Tab.TO_APPROVE, Tab.QUEUED})
"""What is still to be decided or filed goes by the chance; the rest by age."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ComplaintFilters:
    """All must hold; `search` is words of the feedback in any form."""

    tab: Tab
    ratings: Sequence[int] = ()
    nm_id: int | None = None
    reason_id: int | None = None
    search: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """A feedback in a list of complaints; `chance` only while a complaint with a reason is still to be filed."""

    standing: Standing
    feedback: Feedback
    complaint: Complaint | None
    chance: Chance | None


@dataclass(frozen=True, slots=True, kw_only=True)
class History:
    """All that happened, oldest first."""

    events: Sequence[StandingEvent]
    drafts: Sequence[ComplaintDraft]


async def page_of_complaints(
    session: AsyncSession, shop_id: UUID, filters: ComplaintFilters, *, after: Cursor | None, limit: int
) -> list[Row]:
    """Ask for one more than you show."""
    stmt = _rows().where(Standing.shop_id == shop_id, _IN[filters.tab], *_conditions(filters))
    order: list[ColumnElement[Any]] = [Standing.written_at.desc(), Standing.feedback_id.desc()]
    if filters.tab in BY_ODDS:
        order.insert(0, Standing.odds.desc())
    if after is not None:
        stmt = stmt.where(_after(after, by_odds=filters.tab in BY_ODDS))
    return await _with_chances(session, shop_id, stmt.order_by(*order).limit(limit))


def cursor_after(row: Row, tab: Tab) -> Cursor:
    """Where the page after this row begins."""
    standing = row.standing
    key = f"{standing.odds}:{standing.feedback_id}" if tab in BY_ODDS else standing.feedback_id
    return Cursor(at=standing.written_at, id=key)


def _after(after: Cursor, *, by_odds: bool) -> ColumnElement[bool]:
    if not by_odds:
        return tuple_(Standing.written_at, Standing.feedback_id) < tuple_(literal(after.at), literal(after.id))
    odds, _, feedback_id = after.id.partition(":")
    if not (odds.isascii() and odds.isdigit() and len(odds) <= 4 and feedback_id):
        raise BadCursor
    seen = tuple_(literal(int(odds)), literal(after.at), literal(feedback_id))
    return tuple_(Standing.odds, Standing.written_at, Standing.feedback_id) < seen


def _rows() -> Select[Standing, Feedback, Complaint]:
    return (
        select(Standing, Feedback, Complaint)
        .join(Feedback, and_(Feedback.shop_id == Standing.shop_id, Feedback.wb_id == Standing.feedback_id))
        .outerjoin(
            Complaint, and_(Complaint.shop_id == Standing.shop_id, Complaint.feedback_id == Standing.feedback_id)
        )
        .options(*_UNSHOWN)
    )


def _conditions(filters: ComplaintFilters) -> list[ColumnElement[bool]]:
    words = searchable(filters.search)
    asked = [
        (bool(filters.ratings), Standing.rating.in_(filters.ratings)),
        (filters.nm_id is not None, Standing.nm_id == filters.nm_id),
        (filters.reason_id is not None, Complaint.reason_id == filters.reason_id),
        (bool(words), worded(words)),
    ]
    return [condition for wanted, condition in asked if wanted]


async def _with_chances(session: AsyncSession, shop_id: UUID, stmt: Select[Standing, Feedback, Complaint]) -> list[Row]:
    found = (await session.execute(stmt)).all()
    connection = await direct(session)
    groups = await groups_of(connection, shop_id, {standing.nm_id for standing, *_ in found})
    chances = await load_chances(connection, shop_id, set(groups.values()))
    rows = []
    for standing, feedback, complaint in found:
        chance = None
        if complaint is not None and complaint.reason_id is not None and not standing.complaint.filed:
            chance = chances.of(Kind(complaint.reason_id, standing.rating, groups[standing.nm_id]))
        rows.append(Row(standing=standing, feedback=feedback, complaint=complaint, chance=chance))
    return rows


async def get_row(session: AsyncSession, shop_id: UUID, feedback_id: str) -> Row:
    """One feedback, whatever its tab; raises NoSuchFeedback also where no standing is kept."""
    stmt = _rows().where(Standing.shop_id == shop_id, Standing.feedback_id == feedback_id)
    for row in await _with_chances(session, shop_id, stmt.execution_options(populate_existing=True)):
        return row
    raise NoSuchFeedback


async def history_of(session: AsyncSession, shop_id: UUID, feedback_id: str) -> History:
    """Every change of state and every version of the words."""
    events = select(StandingEvent).where(StandingEvent.shop_id == shop_id, StandingEvent.feedback_id == feedback_id)
    drafts = select(ComplaintDraft).where(ComplaintDraft.shop_id == shop_id, ComplaintDraft.feedback_id == feedback_id)
    return History(
        events=(await session.scalars(events.order_by(StandingEvent.at, StandingEvent.id))).all(),
        drafts=(await session.scalars(drafts.order_by(ComplaintDraft.version))).all(),
    )


async def count_tabs(session: AsyncSession, shop_id: UUID) -> Mapping[Tab, Count]:
    """From the kept counts; what they do not keep is counted as far as anybody reads."""
    kept = (await counts_of(await direct(session), [shop_id])).get(shop_id, NOTHING)
    exact = {
        Tab.CANDIDATES: kept["candidates"],
        Tab.TO_APPROVE: kept["to_approve"],
        Tab.QUEUED: kept["ready"],
        Tab.PENDING: kept["pending"],
        Tab.APPROVED: kept["approved"],
        Tab.REJECTED: kept["rejected"] + kept["reconsidered"],
    }
    counts = {tab: Count(count=number, more=False) for tab, number in exact.items()}
    for tab in (Tab.NO_GROUND, Tab.DISMISSED):
        some = select(Standing.feedback_id).where(Standing.shop_id == shop_id, _IN[tab]).limit(COUNTED_TO + 1)
        found = (await session.execute(select(func.count()).select_from(some.subquery()))).scalar_one()
        counts[tab] = Count.of(found, COUNTED_TO)
    return counts
