"""Reads and locks of questions and of their sync; every one is scoped to a shop."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import func, or_, select, text
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from app.kit.clock import utc_now
from app.kit.errors import NotFound
from app.questions.models import REJECTED_BY_SELLER, Question, QuestionSync


class NoSuchQuestion(NotFound):
    """No question with this id in this shop."""

    code = "QUESTION_NOT_FOUND"
    message = "Вопрос не найден."


async def get_question(session: AsyncSession, shop_id: UUID, wb_id: str) -> Question:
    """Raises NoSuchQuestion."""
    found = await session.get(Question, (shop_id, wb_id))
    if found is None:
        raise NoSuchQuestion
    return found


async def lock_question(session: AsyncSession, shop_id: UUID, wb_id: str) -> Question:
    """The row, locked; raises NoSuchQuestion."""
    found = await session.get(Question, (shop_id, wb_id), with_for_update=True, populate_existing=True)
    if found is None:
        raise NoSuchQuestion
    return found


async def lock_sync(session: AsyncSession, shop_id: UUID) -> QuestionSync:
    """The shop's sync of questions, created when it has none."""
    fresh = {
        "shop_id": shop_id, "next_sync_at": utc_now(), "running": False, "answered_list": False,
        "pages": 0, "rows": 0, "broken_rows": 0,
    }  # fmt: skip
    await session.execute(insert(QuestionSync).values(fresh).on_conflict_do_nothing())
    return await session.get_one(QuestionSync, shop_id, with_for_update=True, populate_existing=True)


async def find_sync(session: AsyncSession, shop_id: UUID) -> QuestionSync | None:
    """How far the shop's sync of questions has come, if it ever began."""
    return await session.get(QuestionSync, shop_id)


async def shops_due(session: AsyncSession, *, limit: int) -> Sequence[tuple[UUID, datetime]]:
    """Shops whose next sync is due, longest overdue first, and when each got the token that works."""
    due = text("""
    SELECT s.id, t.added_at FROM shops s
    JOIN shop_tokens t ON t.shop_id = s.id AND t.purpose = 'main' AND t.refused_at IS NULL
      AND t.expires_at > now()
    LEFT JOIN question_syncs y ON y.shop_id = s.id
    WHERE s.archived_at IS NULL AND coalesce(y.next_sync_at, '-infinity') <= now()
    ORDER BY y.next_sync_at NULLS FIRST LIMIT :limit
    """)
    return [(row.id, row.added_at) for row in await session.execute(due, {"limit": limit})]


async def left_the_unanswered(
    session: AsyncSession, shop_id: UUID, *, started_at: datetime, lag: timedelta, limit: int
) -> Sequence[str]:
    """Unanswered here, known before the run, not met in it: answered, rejected or deleted; longest unseen first."""
    stmt = (
        select(Question.wb_id)
        .where(
            Question.shop_id == shop_id,
            Question.needs_reply,
            Question.first_seen_at < started_at,
            Question.written_at < started_at - lag,
            Question.seen_at < started_at,
        )
        .order_by(Question.seen_at, Question.wb_id)
        .limit(limit)
    )
    return (await session.scalars(stmt)).all()


async def count_answered(session: AsyncSession, shop_id: UUID, *, since: datetime, until: datetime) -> int:
    """Questions of that time that Wildberries lists as answered, as far as we know."""
    stmt = select(func.count()).where(
        Question.shop_id == shop_id,
        Question.written_at.between(since, until),
        or_(Question.answer_text.is_not(None), Question.wb_state == REJECTED_BY_SELLER),
    )
    found: int = (await session.execute(stmt)).scalar_one()
    return found
