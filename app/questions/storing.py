"""Writes what Wildberries showed; answered rows that did not change are left alone."""

from collections.abc import Sequence
from dataclasses import fields
from datetime import datetime
from hashlib import blake2b
from typing import Any
from uuid import UUID

from sqlalchemy import case, or_, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from app.kit.clock import utc_now
from app.kit.documents import document, storable
from app.kit.jobs import enqueue
from app.questions.jobs import QuestionAnswersSeen, QuestionsArrived
from app.questions.models import Question
from app.questions.ports import IncomingQuestion

AT_ONCE = 500
_CHANGED = [one.name for one in fields(IncomingQuestion) if one.name != "wb_id"] + ["fingerprint", "seen_at"]


async def store(session: AsyncSession, shop_id: UUID, questions: Sequence[IncomingQuestion]) -> None:
    """Insert or update in key order, and send the news of what came or changed."""
    rows = sorted({question.wb_id: question for question in questions}.values(), key=lambda row: row.wb_id)
    now, wants_reply, concerns_reply = utc_now(), False, False
    for start in range(0, len(rows), AT_ONCE):
        values = [_row(shop_id, row, now) for row in rows[start : start + AT_ONCE]]
        for stored in await session.execute(_upsert(values, now)):
            wants_reply |= stored.changed and stored.needs_reply and stored.reply_state is None
            concerns_reply |= stored.changed and stored.reply_state is not None
    if wants_reply:
        await enqueue(session, QuestionsArrived(shop_id=shop_id))
    if concerns_reply:
        await enqueue(session, QuestionAnswersSeen(shop_id=shop_id))


def _upsert(values: list[dict[str, Any]], now: datetime) -> Any:
    new = insert(Question).values(values)
    changes: dict[str, Any] = {name: new.excluded[name] for name in _CHANGED}
    is_news = or_(Question.fingerprint != new.excluded.fingerprint, Question.deleted_at.is_not(None))
    changed_at = case((is_news, new.excluded.changed_at), else_=Question.changed_at)
    return new.on_conflict_do_update(
        index_elements=["shop_id", "wb_id"],
        set_={**changes, "deleted_at": None, "changed_at": changed_at},
        where=or_(is_news, Question.needs_reply),
    ).returning((Question.changed_at == now).label("changed"), Question.needs_reply, Question.reply_state)


def _row(shop_id: UUID, question: IncomingQuestion, now: datetime) -> dict[str, Any]:
    row = {one.name: storable(getattr(question, one.name)) for one in fields(IncomingQuestion)}
    row |= {"shop_id": shop_id, "first_seen_at": now, "seen_at": now, "changed_at": now}
    row["fingerprint"] = blake2b(document(question.raw).encode(), digest_size=16).digest()
    return row


async def mark_deleted(session: AsyncSession, shop_id: UUID, wb_id: str, *, now: datetime) -> None:
    """Gone from Wildberries; comes back to life if it is seen again."""
    stmt = update(Question).where(Question.shop_id == shop_id, Question.wb_id == wb_id)
    await session.execute(stmt.values(deleted_at=now, changed_at=now))
