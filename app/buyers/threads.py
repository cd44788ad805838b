"""One name's thread: feedbacks and chat lines together, newest first."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import Select, SQLColumnExpression, literal, select, true, tuple_
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased, defer

from app.buyers.models import Mention, MentionKind
from app.chats.listing import OFF_THE_THREAD
from app.chats.models import Message
from app.feedbacks.models import Feedback
from app.kit.keyset import BadCursor, Cursor
from app.replies.models import Reply
from app.replies.queries import newest_replies
from app.replies.subjects import SubjectKind

FEEDBACK, MESSAGE = "feedback", "message"
"""Of one moment, messages come before feedbacks in the list."""
_UNREAD = (defer(Feedback.raw, raiseload=True), defer(Feedback.fingerprint, raiseload=True))


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """A feedback with our newest reply, or a chat line."""

    at: datetime
    ref: str
    feedback: Feedback | None = None
    reply: Reply | None = None
    message: Message | None = None

    @property
    def kind(self) -> str:
        return FEEDBACK if self.feedback else MESSAGE

    @property
    def cursor(self) -> Cursor:
        return Cursor(at=self.at, id=f"{self.kind}:{self.ref}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Edge:
    """Where the page before ended."""

    at: datetime
    kind: str
    ref: str

    @classmethod
    def of(cls, cursor: Cursor) -> "Edge":
        """Raises BadCursor."""
        kind, _, ref = cursor.id.partition(":")
        if kind not in (FEEDBACK, MESSAGE):
            raise BadCursor
        if kind == MESSAGE:
            Cursor(at=cursor.at, id=ref).uuid()
        return cls(at=cursor.at, kind=kind, ref=ref)


async def page_of_thread(
    session: AsyncSession, shop_id: UUID, name_key: str, *, before: Cursor | None, limit: int
) -> Sequence[Entry]:
    """Ask for one more than you show to learn whether there is a next page."""
    edge = Edge.of(before) if before else None
    feedbacks = await _feedbacks(session, shop_id, name_key, edge, limit)
    replies = await newest_replies(session, shop_id, SubjectKind.FEEDBACK, [row.wb_id for row in feedbacks])
    messages = await _messages(session, shop_id, name_key, edge, limit)
    entries = [
        *(Entry(at=row.written_at, ref=row.wb_id, feedback=row, reply=replies.get(row.wb_id)) for row in feedbacks),
        *(Entry(at=row.at, ref=str(row.id), message=row) for row in messages),
    ]
    # Stable: among entries of one kind the database's order stays, by which it also compares with the cursor.
    return sorted(entries, key=lambda entry: (entry.at, entry.kind), reverse=True)[:limit]


async def _feedbacks(
    session: AsyncSession, shop_id: UUID, name_key: str, edge: Edge | None, limit: int
) -> Sequence[Feedback]:
    mentioned = select(Mention.ref).where(
        Mention.shop_id == shop_id, Mention.name_key == name_key, Mention.kind == MentionKind.FEEDBACK
    )
    if edge is not None:
        mentioned = mentioned.where(Mention.at <= edge.at)
    if edge is not None and edge.kind == FEEDBACK:
        mentioned = mentioned.where(tuple_(Mention.at, Mention.ref) < tuple_(literal(edge.at), literal(edge.ref)))
    newest = mentioned.order_by(Mention.at.desc(), Mention.ref.desc()).limit(limit)
    stmt = select(Feedback).where(Feedback.shop_id == shop_id, Feedback.wb_id.in_(newest)).options(*_UNREAD)
    return (await session.scalars(stmt.order_by(Feedback.written_at.desc(), Feedback.wb_id.desc()))).all()


async def _messages(
    session: AsyncSession, shop_id: UUID, name_key: str, edge: Edge | None, limit: int
) -> Sequence[Message]:
    """The newest lines of all chats stand in those `limit` chats whose newest line is newest: only these are read."""
    heads = _lines_of(Mention.ref, shop_id, edge, 1).subquery().lateral()
    chats = (
        select(Mention.ref)
        .join(heads, true())
        .where(Mention.shop_id == shop_id, Mention.name_key == name_key, Mention.kind == MentionKind.CHAT)
        .order_by(heads.c.at.desc(), heads.c.id.desc())
        .limit(limit)
        .subquery()
    )
    lines = _lines_of(chats.c.ref, shop_id, edge, limit).subquery().lateral()
    line = aliased(Message, lines)
    stmt = select(line).select_from(chats).join(lines, true()).order_by(line.at.desc(), line.id.desc()).limit(limit)
    return (await session.scalars(stmt)).all()


def _lines_of(chat_id: SQLColumnExpression[str], shop_id: UUID, edge: Edge | None, limit: int) -> Select[Message]:
    stmt = select(Message).where(
        Message.shop_id == shop_id, Message.chat_id == chat_id, Message.state.not_in(OFF_THE_THREAD)
    )
    if edge is not None and edge.kind == MESSAGE:
        stmt = stmt.where(tuple_(Message.at, Message.id) < tuple_(literal(edge.at), literal(UUID(edge.ref))))
    elif edge is not None:
        stmt = stmt.where(Message.at < edge.at)
    return stmt.order_by(Message.at.desc(), Message.id.desc()).limit(limit)
