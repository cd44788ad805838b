"""Approval: a draft enters the extension's queue, or leaves it, within the shop's daily cap."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.cabinet.limits import limits_of
from app.cabinet.models import Standing
from app.cabinet.states import ComplaintState, Source
from app.complaints import queries
from app.complaints.counting import give_odds
from app.complaints.marking import Mark, set_ready
from app.complaints.models import Complaint
from app.complaints.possibility import assert_not_filed, assert_possible
from app.complaints.refusals import DailyCapReached, NoComplaintDraft, StaleVersion
from app.feedbacks.queries import NoSuchFeedback
from app.kit.db import direct
from app.kit.errors import WbrmError

AUTO = "auto"


@dataclass(frozen=True, slots=True, kw_only=True)
class Cap:
    """Of one Moscow day."""

    limit: int
    used: int

    @property
    def left(self) -> int:
        return max(0, self.limit - self.used)


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """The words that the person saw."""

    feedback_id: str
    version: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """Approved, now or before, or why not."""

    feedback_id: str
    refusal: WbrmError | None


async def approve(
    session: AsyncSession, shop_id: UUID, wishes: Sequence[Wish], *, actor: str, now: datetime
) -> list[Outcome]:
    """Each by itself, in the order asked; an approval that is there already costs nothing of the day's cap."""
    return await _approve(session, shop_id, wishes, mark=Mark(source=Source.PERSON, actor=actor, at=now))


async def approve_one(session: AsyncSession, shop_id: UUID, wish: Wish, *, actor: str, now: datetime) -> None:
    """Raises why not."""
    [outcome] = await approve(session, shop_id, [wish], actor=actor, now=now)
    if outcome.refusal is not None:
        raise outcome.refusal


async def approve_trusted(
    session: AsyncSession, shop_id: UUID, feedback_ids: Sequence[str], *, now: datetime
) -> list[Outcome]:
    """The shop's trust stands in for a person; beyond the cap a draft waits for one."""
    drafts = await queries.complaints_of(session, shop_id, feedback_ids)
    wishes = [Wish(feedback_id=key, version=drafts[key].version) for key in feedback_ids if key in drafts]
    return await _approve(session, shop_id, wishes, mark=Mark(source=Source.SYSTEM, actor=AUTO, at=now))


async def _approve(session: AsyncSession, shop_id: UUID, wishes: Sequence[Wish], *, mark: Mark) -> list[Outcome]:
    await queries.lock_day(session, shop_id)
    cap = await cap_of(session, shop_id, now=mark.at)
    ids = {wish.feedback_id for wish in wishes}
    standings = await queries.lock_standings(session, shop_id, ids)
    kept = await queries.complaints_of(session, shop_id, ids)
    prints = await queries.fingerprints(session, shop_id, ids)
    left, approved, outcomes = cap.left, dict[str, Complaint](), list[Outcome]()
    for wish in wishes:
        complaint, refusal = kept.get(wish.feedback_id), None
        try:
            standing = standings.get(wish.feedback_id)
            current = _approvable(standing, complaint, wish, prints.get(wish.feedback_id))
            if current is not None and wish.feedback_id not in approved:
                if left == 0:
                    raise DailyCapReached(cap.limit)
                left, approved[wish.feedback_id] = left - 1, current
        except WbrmError as error:
            refusal = error
        outcomes.append(Outcome(feedback_id=wish.feedback_id, refusal=refusal))
    await _queue(session, shop_id, approved, mark=mark)
    return outcomes


def _approvable(
    standing: Standing | None, complaint: Complaint | None, wish: Wish, fingerprint: bytes | None
) -> Complaint | None:
    """None for one that is approved already; raises why not."""
    if standing is None:
        raise NoSuchFeedback
    assert_not_filed(standing)
    if complaint is None or standing.complaint is not ComplaintState.DRAFT:
        raise NoComplaintDraft
    if complaint.version != wish.version:
        raise StaleVersion
    if standing.ready:
        return None
    assert_possible(standing)
    if complaint.feedback_fingerprint != fingerprint:
        raise StaleVersion("Покупатель изменил отзыв: черновик жалобы скоро обновится.")
    return complaint


async def _queue(session: AsyncSession, shop_id: UUID, approved: dict[str, Complaint], *, mark: Mark) -> None:
    for complaint in approved.values():
        complaint.queued_at, complaint.queued_by = mark.at, mark.actor
    await session.flush()
    connection = await direct(session)
    await give_odds(connection, shop_id, list(approved))
    await set_ready(connection, shop_id, dict.fromkeys(approved, ""), True, mark=mark)


async def withdraw(session: AsyncSession, shop_id: UUID, feedback_id: str, *, actor: str, now: datetime) -> None:
    """The draft leaves the queue and gives its place of the day back; what an extension has taken may still be filed.

    Raises ComplaintFrozen when it was.
    """
    standing = await queries.lock_standing(session, shop_id, feedback_id)
    assert_not_filed(standing)
    complaint = await queries.find_complaint(session, shop_id, feedback_id)
    if complaint is None or standing.complaint is not ComplaintState.DRAFT:
        raise NoComplaintDraft
    complaint.queued_at, complaint.queued_by = None, ""
    await session.flush()
    mark = Mark(source=Source.PERSON, actor=actor, at=now)
    await set_ready(await direct(session), shop_id, {feedback_id: ""}, False, mark=mark)


async def cap_of(session: AsyncSession, shop_id: UUID, *, now: datetime) -> Cap:
    """How many may still enter the queue today."""
    limits = await limits_of(await direct(session), shop_id)
    return Cap(limit=limits.complaints_per_day, used=await queries.queued_today(session, shop_id, now=now))


async def trusts_rules(session: AsyncSession, shop_id: UUID) -> bool:
    """Whether drafts on grounds that words alone prove need no person."""
    return (await limits_of(await direct(session), shop_id)).trust_rules
