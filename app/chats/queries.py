"""Reads and locks of chats, messages and the sync; every one is scoped to a shop."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import select, text
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from app.chats.models import Chat, ChatNote, Message, MessageFile, MessageState
from app.chats.stream_models import ChatSync, SyncPhase
from app.kit.clock import utc_now
from app.kit.errors import NotFound


class NoSuchChat(NotFound):
    """No chat with this id in this shop."""

    code = "CHAT_NOT_FOUND"
    message = "Чат не найден."


class NoSuchMessage(NotFound):
    """No message with this id in this chat."""

    code = "MESSAGE_NOT_FOUND"
    message = "Сообщение не найдено."


class NoSuchFile(NotFound):
    """No event of this shop names such a file."""

    code = "CHAT_FILE_NOT_FOUND"
    message = "Файл не найден."


async def get_chat(session: AsyncSession, shop_id: UUID, chat_id: str) -> Chat:
    """Raises NoSuchChat."""
    found = await session.get(Chat, (shop_id, chat_id))
    if found is None:
        raise NoSuchChat
    return found


async def lock_chat(session: AsyncSession, shop_id: UUID, chat_id: str) -> Chat:
    """Whoever changes a chat or its messages comes through here; raises NoSuchChat."""
    found = await session.get(Chat, (shop_id, chat_id), with_for_update=True, populate_existing=True)
    if found is None:
        raise NoSuchChat
    return found


async def get_message(session: AsyncSession, shop_id: UUID, chat_id: str, message_id: UUID) -> Message:
    """Fresh, under the chat's lock; raises NoSuchMessage."""
    found = await session.get(Message, (shop_id, message_id), populate_existing=True)
    if found is None or found.chat_id != chat_id:
        raise NoSuchMessage
    return found


async def find_by_key(session: AsyncSession, shop_id: UUID, chat_id: str, key: str) -> Message | None:
    """The message that this client key has already made."""
    stmt = select(Message).where(Message.shop_id == shop_id, Message.chat_id == chat_id, Message.client_key == key)
    return (await session.scalars(stmt)).one_or_none()


async def find_draft(session: AsyncSession, shop_id: UUID, chat_id: str) -> Message | None:
    """At most one per chat."""
    drafts = (Message.shop_id == shop_id, Message.chat_id == chat_id, Message.state == MessageState.DRAFT)
    return (await session.scalars(select(Message).where(*drafts))).one_or_none()


async def messages_in(session: AsyncSession, chat: Chat, state: MessageState) -> Sequence[Message]:
    """In the order in which they were written."""
    stmt = select(Message).where(
        Message.shop_id == chat.shop_id, Message.chat_id == chat.chat_id, Message.state == state
    )
    stmt = stmt.order_by(Message.at, Message.id).execution_options(populate_existing=True)
    return (await session.scalars(stmt)).all()


async def files_of(session: AsyncSession, message: Message) -> Sequence[MessageFile]:
    """With their bytes, in order."""
    stmt = select(MessageFile).where(MessageFile.shop_id == message.shop_id, MessageFile.message_id == message.id)
    return (await session.scalars(stmt.order_by(MessageFile.number))).all()


async def notes_of(session: AsyncSession, shop_id: UUID, chat_id: str) -> Sequence[ChatNote]:
    """Oldest first."""
    stmt = select(ChatNote).where(ChatNote.shop_id == shop_id, ChatNote.chat_id == chat_id)
    return (await session.scalars(stmt.order_by(ChatNote.at, ChatNote.id))).all()


async def latest_lines(session: AsyncSession, shop_id: UUID, chat_id: str, *, limit: int) -> Sequence[Message]:
    """What both sides can see at Wildberries, oldest first."""
    stmt = select(Message).where(
        Message.shop_id == shop_id,
        Message.chat_id == chat_id,
        Message.state.in_((MessageState.RECEIVED, MessageState.SENT)),
    )
    rows = (await session.scalars(stmt.order_by(Message.at.desc(), Message.id.desc()).limit(limit))).all()
    return rows[::-1]


async def name_of_file(session: AsyncSession, shop_id: UUID, download_id: str) -> str:
    """What the sender called it, perhaps nothing; raises NoSuchFile unless an event of this shop names it."""
    stmt = select(Message.attachments).where(
        Message.shop_id == shop_id, Message.attachments.contains([{"download_id": download_id}])
    )
    found = await session.scalar(stmt.limit(1))
    if found is None:
        raise NoSuchFile
    return next((str(one.get("name") or "") for one in found if one.get("download_id") == download_id), "")


async def find_sync(session: AsyncSession, shop_id: UUID) -> ChatSync | None:
    """How far the reading has come, if it ever began."""
    return await session.get(ChatSync, shop_id)


async def lock_sync(session: AsyncSession, shop_id: UUID) -> ChatSync:
    """The shop's sync, created when it has none."""
    fresh = {
        "shop_id": shop_id, "phase": SyncPhase.IDLE, "next_sync_at": utc_now(), "nudge": 0, "from_oldest": False,
        "pages": 0, "events": 0, "largest_page": 0, "chats": 0,
    }  # fmt: skip
    await session.execute(insert(ChatSync).values(fresh).on_conflict_do_nothing())
    return await session.get_one(ChatSync, shop_id, with_for_update=True, populate_existing=True)


_OPEN_CHATS = """
FROM shops s JOIN shop_tokens t ON t.shop_id = s.id AND t.refused_at IS NULL AND t.expires_at > now()
  AND (t.purpose = 'chat' OR t.categories ? 'chat')
"""
_DUE = text(f"""
SELECT s.id, max(t.added_at) AS added_at {_OPEN_CHATS}
LEFT JOIN chat_syncs y ON y.shop_id = s.id
WHERE s.archived_at IS NULL AND coalesce(y.next_sync_at, '-infinity') <= now()
GROUP BY s.id, y.next_sync_at ORDER BY y.next_sync_at NULLS FIRST LIMIT :limit
""")
_FORGOTTEN = text(f"""
SELECT m.shop_id, m.chat_id, max(t.added_at) AS added_at {_OPEN_CHATS}
JOIN messages m ON m.shop_id = s.id
WHERE s.archived_at IS NULL AND m.state IN ('queued', 'sending')
  AND coalesce(m.sending_at, m.at) < now() - make_interval(secs => :idle)
  AND NOT EXISTS (
    SELECT FROM jobs j WHERE j.shop_id = m.shop_id AND j.kind = 'SendMessages'
      AND j.payload ->> 'chat_id' = m.chat_id AND j.state IN ('queued', 'running'))
GROUP BY m.shop_id, m.chat_id LIMIT :limit
""")  # noqa: S608


async def shops_due(session: AsyncSession, *, limit: int) -> Sequence[tuple[UUID, datetime]]:
    """Shops whose chats are to be read now, longest overdue first, each with the age of its token."""
    return [(row.id, row.added_at) for row in await session.execute(_DUE, {"limit": limit})]


async def forgotten_chats(
    session: AsyncSession, *, limit: int, idle: float = 60
) -> Sequence[tuple[UUID, str, datetime]]:
    """Chats with messages to send and no job on its way, each with the age of its shop's token."""
    rows = await session.execute(_FORGOTTEN, {"limit": limit, "idle": idle})
    return [(row.shop_id, row.chat_id, row.added_at) for row in rows]
