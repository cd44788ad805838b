"""Reads and locks of complaints; every one is scoped to a shop."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import LargeBinary, Select, literal_column, select, text
from sqlalchemy.ext.asyncio import AsyncSession

from app.cabinet.applying import lock_known
from app.cabinet.models import Standing
from app.complaints.models import Complaint
from app.complaints.ports import ComplaintRequest
from app.feedbacks.models import Feedback
from app.feedbacks.queries import NoSuchFeedback
from app.kit.db import direct
from app.products.queries import facts_of
from app.shops.models import Shop

RECENT = 200
"""So many of the shop's latest complaints are compared with a new one."""
FINGERPRINT = (
    "sha256(convert_to(jsonb_build_array(feedbacks.text, feedbacks.pros, feedbacks.cons, feedbacks.rating,"
    " feedbacks.photo_count, feedbacks.has_video)::text, 'UTF8'))"
)
"""Of what the buyer said: our own answer, or Wildberries' marks, make no draft stale."""
_LOCK_DAY = text(
    "SELECT pg_advisory_xact_lock(hashtextextended('complaints-queued:' || CAST(CAST(:shop_id AS uuid) AS text), 0))"
)
_QUEUED_TODAY = text("""
SELECT count(*) FROM complaints
WHERE shop_id = :shop_id AND queued_at >= date_trunc('day', CAST(:now AS timestamptz), 'Europe/Moscow')
""")
_SHOPS_TO_CONSIDER = text(f"""
SELECT s.id FROM shops s
WHERE s.archived_at IS NULL AND (
  (SELECT sum(t.candidates) FROM tallies t WHERE t.shop_id = s.id) > 0
  OR EXISTS (
    SELECT FROM feedbacks
    JOIN complaints c ON c.shop_id = feedbacks.shop_id AND c.feedback_id = feedbacks.wb_id
    JOIN standings d ON d.shop_id = c.shop_id AND d.feedback_id = c.feedback_id
    WHERE feedbacks.shop_id = s.id AND feedbacks.changed_at > now() - interval '1 hour'
      AND c.feedback_fingerprint <> {FINGERPRINT}
      AND (d.complaint = 'draft' OR (d.complaint = 'none' AND d.triage = 'no_ground'))))
LIMIT :limit
""")  # noqa: S608
_CHANGED = text(f"""
SELECT c.feedback_id, d.complaint = 'draft' AS drafted FROM feedbacks
JOIN complaints c ON c.shop_id = feedbacks.shop_id AND c.feedback_id = feedbacks.wb_id
JOIN standings d ON d.shop_id = c.shop_id AND d.feedback_id = c.feedback_id
WHERE feedbacks.shop_id = :shop_id AND feedbacks.changed_at > now() - interval '1 hour'
  AND c.feedback_fingerprint <> {FINGERPRINT}
  AND (d.complaint = 'draft' OR (d.complaint = 'none' AND d.triage = 'no_ground'))
ORDER BY c.feedback_id LIMIT :limit
""")  # noqa: S608


@dataclass(frozen=True, slots=True, kw_only=True)
class Considered:
    """What a writer is asked, and of which words: they may change while it thinks."""

    request: ComplaintRequest
    fingerprint: bytes


async def shops_to_consider(session: AsyncSession, *, limit: int) -> Sequence[UUID]:
    """Shops with candidates, or with words that changed under a draft."""
    return (await session.scalars(_SHOPS_TO_CONSIDER, {"limit": limit})).all()


async def changed_since_written(session: AsyncSession, shop_id: UUID, *, limit: int) -> Mapping[str, bool]:
    """Feedbacks that are no longer what was judged, of the last hour; True for one with a draft."""
    rows = await session.execute(_CHANGED, {"shop_id": shop_id, "limit": limit})
    return {row.feedback_id: row.drafted for row in rows}


async def candidates(
    session: AsyncSession, shop_id: UUID, *, but: Collection[str] = (), limit: int
) -> Sequence[Considered]:
    """Newest first."""
    stmt = (
        _asked()
        .join(Standing, (Standing.shop_id == Feedback.shop_id) & (Standing.feedback_id == Feedback.wb_id))
        .where(Standing.shop_id == shop_id, Standing.candidate, Standing.feedback_id.not_in(but))
        .order_by(Standing.written_at.desc(), Standing.feedback_id.desc())
        .limit(limit)
    )
    return await _considered(session, shop_id, stmt)


async def considered(session: AsyncSession, shop_id: UUID, feedback_id: str) -> Considered:
    """One feedback, whatever its state; raises NoSuchFeedback."""
    stmt = _asked().where(Feedback.shop_id == shop_id, Feedback.wb_id == feedback_id)
    for found in await _considered(session, shop_id, stmt):
        return found
    raise NoSuchFeedback


def _asked() -> "Select[Feedback, bytes]":
    return select(Feedback, literal_column(FINGERPRINT, LargeBinary).label("fingerprint"))


async def _considered(session: AsyncSession, shop_id: UUID, stmt: "Select[Feedback, bytes]") -> Sequence[Considered]:
    rows = (await session.execute(stmt)).all()
    author = (await session.get_one(Shop, shop_id)).name
    facts = {nm_id: await facts_of(session, shop_id, nm_id) for nm_id in {feedback.nm_id for feedback, _ in rows}}
    return [
        Considered(request=_request(feedback, facts[feedback.nm_id], author), fingerprint=bytes(fingerprint))
        for feedback, fingerprint in rows
    ]


def _request(feedback: Feedback, facts: tuple[str, ...], author: str) -> ComplaintRequest:
    return ComplaintRequest(
        shop_id=feedback.shop_id,
        wb_id=feedback.wb_id,
        rating=feedback.rating,
        text=feedback.text,
        pros=feedback.pros,
        cons=feedback.cons,
        buyer_name=feedback.buyer_name,
        product_name=feedback.product_name,
        brand_name=feedback.brand_name,
        tags=tuple(feedback.tags),
        photo_count=feedback.photo_count,
        has_video=feedback.has_video,
        facts=facts or tuple(filter(None, (feedback.product_name, feedback.brand_name, feedback.color, feedback.size))),
        author=author,
    )


async def fingerprints(session: AsyncSession, shop_id: UUID, feedback_ids: Collection[str]) -> Mapping[str, bytes]:
    """Of the feedbacks as they are now."""
    stmt = select(Feedback.wb_id, literal_column(FINGERPRINT, LargeBinary)).where(
        Feedback.shop_id == shop_id, Feedback.wb_id.in_(feedback_ids)
    )
    return {wb_id: bytes(fingerprint) for wb_id, fingerprint in await session.execute(stmt)}


async def recent_texts(session: AsyncSession, shop_id: UUID) -> list[str]:
    """Of the shop's latest complaints, newest first."""
    stmt = select(Complaint.text).where(Complaint.shop_id == shop_id, Complaint.text != "")
    return list(await session.scalars(stmt.order_by(Complaint.created_at.desc()).limit(RECENT)))


async def lock_standings(session: AsyncSession, shop_id: UUID, feedback_ids: Collection[str]) -> dict[str, Standing]:
    """Made where they are missing, locked in the order of their ids, and read after that."""
    await lock_known(await direct(session), shop_id, sorted(feedback_ids))
    stmt = select(Standing).where(Standing.shop_id == shop_id, Standing.feedback_id.in_(feedback_ids))
    rows = await session.scalars(stmt.execution_options(populate_existing=True))
    return {standing.feedback_id: standing for standing in rows}


async def lock_standing(session: AsyncSession, shop_id: UUID, feedback_id: str) -> Standing:
    """Raises NoSuchFeedback."""
    found = await lock_standings(session, shop_id, [feedback_id])
    if feedback_id not in found:
        raise NoSuchFeedback
    return found[feedback_id]


async def complaints_of(session: AsyncSession, shop_id: UUID, feedback_ids: Collection[str]) -> dict[str, Complaint]:
    """By feedback; who means to change one holds the standing's lock."""
    stmt = select(Complaint).where(Complaint.shop_id == shop_id, Complaint.feedback_id.in_(feedback_ids))
    rows = await session.scalars(stmt.execution_options(populate_existing=True))
    return {complaint.feedback_id: complaint for complaint in rows}


async def find_complaint(session: AsyncSession, shop_id: UUID, feedback_id: str) -> Complaint | None:
    """None when nobody thought of one yet."""
    return (await complaints_of(session, shop_id, [feedback_id])).get(feedback_id)


async def lock_day(session: AsyncSession, shop_id: UUID) -> None:
    """Whoever counts on the daily cap does so alone; taken before any standing's lock."""
    await session.execute(_LOCK_DAY, {"shop_id": shop_id})


async def queued_today(session: AsyncSession, shop_id: UUID, *, now: datetime) -> int:
    """Approvals of this Moscow day that were not taken back."""
    return int(await session.scalar(_QUEUED_TODAY, {"shop_id": shop_id, "now": now}) or 0)
