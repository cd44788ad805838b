"""Feedbacks worth pinning: recent, five stars, with a photo and words, not pinned yet."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from enum import StrEnum
from uuid import UUID

from sqlalchemy import exists, func, select, text
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from app.feedbacks.models import Feedback
from app.pins.models import CANDIDATE, LIVE, Pin

RECENT = timedelta(days=180)
LOOKED_THROUGH = 2000
"""The longest are sought among so many newest: a busy shop's half a year is no work for one request."""


class CandidateOrder(StrEnum):
    """Newest or longest first."""

    NEWEST = "newest"
    LONGEST = "longest"


async def candidates(
    session: AsyncSession, shop_id: UUID, *, order: CandidateOrder, nm_id: int | None, now: datetime, limit: int
) -> Sequence[Feedback]:
    """At most `limit`, of one product or of all."""
    pinned = exists().where(Pin.shop_id == Feedback.shop_id, Pin.feedback_id == Feedback.wb_id, Pin.state.in_(LIVE))
    # The predicate of the partial index word for word, or PostgreSQL would not use it.
    stmt = select(Feedback).where(
        Feedback.shop_id == shop_id, text(CANDIDATE), Feedback.written_at > now - RECENT, ~pinned
    )
    if nm_id is not None:
        stmt = stmt.where(Feedback.nm_id == nm_id)
    newest = stmt.order_by(Feedback.written_at.desc(), Feedback.wb_id.desc())
    if order is CandidateOrder.NEWEST:
        return (await session.scalars(newest.limit(limit))).all()
    recent = aliased(Feedback, newest.limit(LOOKED_THROUGH).subquery())
    by_length = select(recent).order_by(func.length(recent.text).desc(), recent.wb_id).limit(limit)
    return (await session.scalars(by_length)).all()
