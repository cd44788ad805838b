"""Reads and locks of replies; every one is scoped to a shop."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final
from uuid import UUID

import asyncpg
from sqlalchemy import ColumnElement, and_, case, func, or_, select, text
from sqlalchemy.ext.asyncio import AsyncSession

from app.feedbacks.models import Feedback
from app.kit.db import Direct
from app.kit.errors import NotFound
from app.questions.models import REJECTED_BY_SELLER, Question
from app.replies import gate
from app.replies.models import Reply, ReplyEvent, ReplyState
from app.replies.subjects import Subject, SubjectKind
from app.shops.models import ShopSettings, ShopToken, TokenPurpose

_SHOWN: Final = """
SELECT feedback_id, id, revision, state, rejects, text, version, needs_human, reasons, writer, error,
  approved_by, approved_at, sent_at, published_at, next_check_at
FROM replies WHERE shop_id = $1 AND feedback_id = ANY($2) ORDER BY revision
"""


class NoSuchReply(NotFound):
    """Nobody has begun a reply yet."""

    code = "REPLY_NOT_FOUND"
    message = "Черновика ещё нет."


async def lock_reply(session: AsyncSession, shop_id: UUID, reply_id: UUID) -> Reply:
    """The row, locked; raises NoSuchReply."""
    reply = await session.get(Reply, (shop_id, reply_id), with_for_update=True, populate_existing=True)
    if reply is None:
        raise NoSuchReply
    return reply


async def find_newest_reply(
    session: AsyncSession, shop_id: UUID, subject: Subject, *, lock: bool = False
) -> Reply | None:
    """The answer, or its edit where there is one."""
    stmt = select(Reply).where(Reply.shop_id == shop_id, Reply.about(subject)).order_by(Reply.revision.desc()).limit(1)
    if lock:
        stmt = stmt.with_for_update().execution_options(populate_existing=True)
    return (await session.scalars(stmt)).one_or_none()


async def lock_newest_reply(session: AsyncSession, shop_id: UUID, subject: Subject) -> Reply:
    """Raises NoSuchReply."""
    reply = await find_newest_reply(session, shop_id, subject, lock=True)
    if reply is None:
        raise NoSuchReply
    return reply


async def newest_replies(
    session: AsyncSession, shop_id: UUID, kind: SubjectKind, wb_ids: Sequence[str]
) -> dict[str, Reply]:
    """By Wildberries' id; for a page of the list."""
    column = Reply.feedback_id if kind is SubjectKind.FEEDBACK else Reply.question_id
    stmt = select(Reply).where(Reply.shop_id == shop_id, column.in_(wb_ids)).order_by(Reply.revision)
    return {reply.subject.wb_id: reply for reply in await session.scalars(stmt)}


async def newest_replies_shown(
    connection: Direct, shop_id: UUID, feedback_ids: Sequence[str]
) -> dict[str, asyncpg.Record]:
    """As `newest_replies`, for the hot list: rows of what people see, `reasons` as JSON."""
    rows = await connection.fetch(_SHOWN, shop_id, feedback_ids)
    return {row["feedback_id"]: row for row in rows}


async def history_of(session: AsyncSession, shop_id: UUID, subject: Subject) -> Sequence[ReplyEvent]:
    """All that happened to the replies of a subject, oldest first."""
    stmt = (
        select(ReplyEvent)
        .join(Reply, (Reply.shop_id == ReplyEvent.shop_id) & (Reply.id == ReplyEvent.reply_id))
        .where(Reply.shop_id == shop_id, Reply.about(subject))
        .order_by(ReplyEvent.at, Reply.revision)
    )
    return (await session.scalars(stmt)).all()


async def replies_to_check(session: AsyncSession, shop_id: UUID, *, now: datetime, limit: int) -> Sequence[Reply]:
    """Sent and not settled, due for another look; longest due first."""
    stmt = (
        select(Reply)
        .where(Reply.shop_id == shop_id, Reply.state.in_(gate.LOOKED_AT), Reply.next_check_at <= now)
        .order_by(Reply.next_check_at)
        .limit(limit)
    )
    return (await session.scalars(stmt)).all()


async def next_check_at(session: AsyncSession, shop_id: UUID) -> datetime | None:
    """When the next unsettled reply is due."""
    stmt = select(func.min(Reply.next_check_at)).where(Reply.shop_id == shop_id, Reply.state.in_(gate.LOOKED_AT))
    due: datetime | None = await session.scalar(stmt)
    return due


async def shops_with_checks_due(session: AsyncSession, *, now: datetime) -> Sequence[tuple[UUID, datetime]]:
    """Shops that a lost wake-up would leave unverified, and when each got the token that works."""
    due = select(Reply.shop_id).where(Reply.state.in_(gate.LOOKED_AT), Reply.next_check_at <= now)
    stmt = (
        select(ShopToken.shop_id, ShopToken.added_at)
        .where(
            ShopToken.shop_id.in_(due),
            ShopToken.purpose == TokenPurpose.MAIN,
            ShopToken.refused_at.is_(None),
            ShopToken.expires_at > now,
        )
        .order_by(ShopToken.shop_id)
    )
    return [(shop_id, added_at) for shop_id, added_at in await session.execute(stmt)]


async def answered_since(
    session: AsyncSession, shop_id: UUID, kind: SubjectKind, *, limit: int
) -> Sequence[tuple[UUID, datetime]]:
    """Replies that what Wildberries shows now may settle, and when their subject last changed."""
    of_feedback = kind is SubjectKind.FEEDBACK
    table, column = (Feedback, Reply.feedback_id) if of_feedback else (Question, Reply.question_id)
    told = _told_of_feedback() if of_feedback else _told_of_question()
    stmt = (
        select(Reply.id, table.changed_at)
        .join(table, (table.shop_id == Reply.shop_id) & (table.wb_id == column))
        .where(
            Reply.shop_id == shop_id,
            told,
            table.changed_at > Reply.changed_at,
        )
        .order_by(Reply.id)
        .limit(limit)
    )
    return [(reply_id, changed_at) for reply_id, changed_at in await session.execute(stmt)]


def _told_of_feedback() -> ColumnElement[bool]:
    return and_(Feedback.answer_text.is_not(None), Reply.state != ReplyState.ANSWERED_ELSEWHERE)


def _told_of_question() -> ColumnElement[bool]:
    """An answer, a rejection, or that an answer is gone."""
    answered = or_(Question.answer_text.is_not(None), Question.wb_state == REJECTED_BY_SELLER)
    return case(
        (answered, Reply.state != ReplyState.ANSWERED_ELSEWHERE),
        else_=Reply.state.in_([ReplyState.PUBLISHED, ReplyState.ANSWERED_ELSEWHERE]),
    )


async def get_settings(session: AsyncSession, shop_id: UUID) -> ShopSettings:
    """A shop always has its settings."""
    return await session.get_one(ShopSettings, shop_id)


async def approved_and_idle(session: AsyncSession, *, rest: float, limit: int) -> Sequence[tuple[UUID, UUID, datetime]]:
    """Approved a while ago, without a job on its way, in shops whose token works: (shop, reply, token since).

    What failed rests for so many seconds, or until another token comes.
    """
    idle = text("""
    SELECT r.shop_id, r.id, t.added_at FROM replies r
    JOIN shop_tokens t ON t.shop_id = r.shop_id AND t.purpose = 'main' AND t.refused_at IS NULL
      AND t.expires_at > now()
    JOIN shops s ON s.id = r.shop_id AND s.archived_at IS NULL
    WHERE r.state IN ('approved', 'publishing') AND r.changed_at < now() - interval '1 minute'
      AND NOT EXISTS (
        SELECT FROM jobs j WHERE j.shop_id = r.shop_id AND j.kind = 'PublishReply'
          AND j.payload ->> 'reply_id' = r.id::text
          AND (j.state IN ('queued', 'running') OR j.state = 'failed'
            AND j.finished_at > GREATEST(now() - make_interval(secs => :rest), t.added_at)))
    ORDER BY r.shop_id, r.changed_at LIMIT :limit
    """)
    rows = await session.execute(idle, {"limit": limit, "rest": rest})
    return [(row.shop_id, row.id, row.added_at) for row in rows]
