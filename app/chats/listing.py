"""Pages of a shop's chats by any filter, and of a chat's lines: keyset, newest first."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from uuid import UUID

from sqlalchemy import ColumnElement, func, literal, literal_column, select, tuple_
from sqlalchemy.ext.asyncio import AsyncSession

from app.chats.models import Chat, ChatStatus, Message, MessageState
from app.kit.keyset import Count, Cursor

COUNTED_TO = 10_000
OFF_THE_THREAD = (MessageState.DRAFT, MessageState.DISMISSED)


@dataclass(frozen=True, slots=True, kw_only=True)
class Filters:
    """All must hold; `search` is a part of the name, or words of the messages in any form."""

    statuses: Sequence[ChatStatus] = ()
    assignee_id: UUID | None = None
    unassigned: bool = False
    search: str = ""


async def page_of_chats(
    session: AsyncSession, shop_id: UUID, filters: Filters, *, after: Cursor | None, limit: int
) -> Sequence[Chat]:
    """Those with the newest message first; ask for one more than you show to learn whether there is a next page."""
    stmt = select(Chat).where(*_conditions(shop_id, filters))
    if after is not None:
        stmt = stmt.where(tuple_(Chat.last_message_at, Chat.chat_id) < tuple_(literal(after.at), literal(after.id)))
    return (await session.scalars(stmt.order_by(Chat.last_message_at.desc(), Chat.chat_id.desc()).limit(limit))).all()


async def count_chats(session: AsyncSession, shop_id: UUID, filters: Filters) -> Count:
    """Exact up to COUNTED_TO."""
    some = select(literal(1)).where(*_conditions(shop_id, filters)).limit(COUNTED_TO + 1).subquery()
    found: int = (await session.execute(select(func.count()).select_from(some))).scalar_one()
    return Count(count=min(found, COUNTED_TO), more=found > COUNTED_TO)


async def count_statuses(session: AsyncSession, shop_id: UUID, filters: Filters) -> dict[ChatStatus, Count]:
    """The columns' heads, within the other filters."""
    return {status: await count_chats(session, shop_id, replace(filters, statuses=(status,))) for status in ChatStatus}


async def page_of_messages(
    session: AsyncSession, shop_id: UUID, chat_id: str, *, before: Cursor | None, limit: int
) -> Sequence[Message]:
    """The thread, newest first: without drafts and what was thrown away."""
    stmt = select(Message).where(
        Message.shop_id == shop_id, Message.chat_id == chat_id, Message.state.not_in(OFF_THE_THREAD)
    )
    if before is not None:
        stmt = stmt.where(tuple_(Message.at, Message.id) < tuple_(literal(before.at), literal(before.uuid())))
    return (await session.scalars(stmt.order_by(Message.at.desc(), Message.id.desc()).limit(limit))).all()


def _conditions(shop_id: UUID, filters: Filters) -> list[ColumnElement[bool]]:
    asked: list[ColumnElement[bool]] = [Chat.shop_id == shop_id]
    if filters.statuses:
        asked.append(Chat.status.in_(filters.statuses))
    if filters.assignee_id is not None:
        asked.append(Chat.assignee_id == filters.assignee_id)
    if filters.unassigned:
        asked.append(Chat.assignee_id.is_(None))
    if filters.search.strip():
        asked.append(_found(shop_id, filters.search.strip()))
    return asked


def _found(shop_id: UUID, search: str) -> ColumnElement[bool]:
    query = func.websearch_to_tsquery(literal_column("'russian'::regconfig"), search)
    worded = select(Message.chat_id).where(
        Message.shop_id == shop_id, Message.searched.op("@@", is_comparison=True)(query)
    )
    return Chat.client_name.icontains(search, autoescape=True) | Chat.chat_id.in_(worded)
