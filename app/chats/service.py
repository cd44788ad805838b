"""What a person does with a chat: send, send again, give up, take over, close, take notes, ask for a draft."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy.ext.asyncio import AsyncSession

from app.chats import echoes, queries
from app.chats.capability import ChatsReadOnly, get_chat_token
from app.chats.files import CheckedFile
from app.chats.jobs import DraftChatMessage, SendMessages
from app.chats.models import Chat, ChatNote, ChatStatus, Direction, Message, MessageFile, MessageState, Sender
from app.drafting.findings import Finding, Severity
from app.drafting.linter import lint
from app.kit.clock import utc_now
from app.kit.errors import Conflict, Invalid
from app.kit.jobs import enqueue, enqueue_again
from app.shops.queries import MemberNotFound, find_membership, get_settings

S = MessageState
LONGEST = 1000
"""Characters as people count them: code points."""


class NothingToSend(Invalid):
    """Neither words nor a file."""

    code = "CHAT_MESSAGE_EMPTY"
    message = "Напишите сообщение или приложите файл."


class MessageBlocked(Invalid):
    """The linter found what must not be said; the details tell what and where."""

    code = "CHAT_MESSAGE_BLOCKED"
    message = "Так отправлять нельзя: исправьте отмеченное."

    def __init__(self, findings: Sequence[Finding]) -> None:
        super().__init__()
        self.details = [("text", f"{found.message}: «{found.excerpt}»") for found in findings]


class KeyReused(Conflict):
    """The same client key came with another message."""

    code = "CHAT_KEY_REUSED"
    message = "С этим ключом уже отправлено другое сообщение."


class ChatChanged(Conflict):
    """The chat is not as the caller saw it: a colleague or the buyer was faster."""

    code = "CHAT_CHANGED"
    message = "Чат изменился. Посмотрите новое и повторите."


class NotNow(Conflict):
    """The message's state does not allow this."""

    code = "CHAT_MESSAGE_STATE"
    message = "С этим сообщением так сделать нельзя."


class ReasonMissing(Invalid):
    """A chat is closed with a reason, and only a closed one has it."""

    code = "CHAT_CLOSE_REASON"
    message = "Укажите причину закрытия."


@dataclass(frozen=True, slots=True, kw_only=True)
class ChatChange:
    """The whole state that a person wants; `version` is the one they have seen."""

    status: ChatStatus
    close_reason: str | None
    assignee_id: UUID | None
    version: int


async def send(
    session: AsyncSession, shop_id: UUID, chat_id: str, *, text: str, files: Sequence[CheckedFile], key: str, actor: str
) -> Message:
    """Queue a message; the same key again is the same message, however often the button was pressed."""
    await queries.lock_chat(session, shop_id, chat_id)
    described: list[dict[str, Any]] = [dict(file.described) for file in files]
    if (before := await queries.find_by_key(session, shop_id, chat_id, key)) is not None:
        return _the_same(before, text, described)
    await _expect_sendable(session, shop_id, text, described)
    message = Message(
        id=uuid4(), shop_id=shop_id, chat_id=chat_id, direction=Direction.OUT, sender=Sender.SELLER, text=text,
        attachments=described, at=utc_now(), state=S.QUEUED, author=actor, client_key=key, writer=actor,
    )  # fmt: skip
    await _throw_draft_away(session, shop_id, chat_id)
    session.add(message)
    await session.flush()
    for number, file in enumerate(files):
        session.add(
            MessageFile(
                shop_id=shop_id, message_id=message.id, number=number, name=file.name,
                content_type=file.content_type, content=file.content,
            )
        )  # fmt: skip
    await enqueue(session, SendMessages(shop_id=shop_id, chat_id=chat_id))
    return message


def _the_same(before: Message, text: str, described: Sequence[dict[str, Any]]) -> Message:
    known = [one["sha256"] for one in before.attachments if "sha256" in one]
    # Once the echo is there, the files' prints are Wildberries' business; the words stay.
    other_files = before.event_id is None and known != [one["sha256"] for one in described]
    if before.text != text or other_files:
        raise KeyReused
    return before


async def _expect_sendable(session: AsyncSession, shop_id: UUID, text: str, files: Sequence[dict[str, Any]]) -> None:
    if (await get_chat_token(session, shop_id)).read_only:
        raise ChatsReadOnly
    if not text and not files:
        raise NothingToSend
    settings = await get_settings(session, shop_id)
    findings = lint(text, stop_words=settings.blacklist_keywords, longest=LONGEST) if text else []
    if blocking := [one for one in findings if one.severity is Severity.BLOCK]:
        raise MessageBlocked(blocking)


async def _throw_draft_away(session: AsyncSession, shop_id: UUID, chat_id: str) -> None:
    """It has served; the row stays for those who ask what was suggested."""
    if (draft := await queries.find_draft(session, shop_id, chat_id)) is not None:
        draft.state, draft.version = S.DISMISSED, draft.version + 1
        await session.flush()


async def resend(session: AsyncSession, shop_id: UUID, chat_id: str, message_id: UUID) -> Message:
    """A person's decision, possible once the stream was read beyond the attempt and did not show it."""
    await queries.lock_chat(session, shop_id, chat_id)
    message = await queries.get_message(session, shop_id, chat_id, message_id)
    if not can_resend(message):
        words = "Сначала проверим, не дошло ли сообщение: дочитываем события чатов."
        raise NotNow(words if message.state is S.UNKNOWN else None)
    await _expect_sendable(session, shop_id, message.text, message.attachments)
    message.state, message.error, message.version = S.QUEUED, None, message.version + 1
    message.sign_refused_at, message.sought_at = None, None
    await enqueue(session, SendMessages(shop_id=shop_id, chat_id=chat_id))
    return message


def can_resend(message: Message) -> bool:
    """Surely not sent, or sought and not found."""
    return message.state is S.FAILED or (message.state is S.UNKNOWN and message.sought_at is not None)


async def dismiss(session: AsyncSession, shop_id: UUID, chat_id: str, message_id: UUID, *, as_sent: bool) -> Message:
    """Not to be sent (any more); or, by a person's word, sent after all. Its files are deleted."""
    await queries.lock_chat(session, shop_id, chat_id)
    message = await queries.get_message(session, shop_id, chat_id, message_id)
    allowed = (S.UNKNOWN,) if as_sent else (S.DRAFT, S.QUEUED, S.FAILED, S.UNKNOWN)
    if message.state not in allowed:
        raise NotNow
    message.state, message.version = S.SENT if as_sent else S.DISMISSED, message.version + 1
    message.error = None
    await echoes.drop_files(session, message)
    return message


async def change(session: AsyncSession, shop_id: UUID, chat_id: str, wanted: ChatChange) -> Chat:
    """Status and assignee together, by somebody who has seen the chat's latest state."""
    chat = await queries.lock_chat(session, shop_id, chat_id)
    if chat.version != wanted.version:
        raise ChatChanged
    if (wanted.status is ChatStatus.CLOSED) != bool(wanted.close_reason):
        raise ReasonMissing
    if wanted.assignee_id is not None and await find_membership(session, shop_id, wanted.assignee_id) is None:
        raise MemberNotFound
    chat.status, chat.close_reason = wanted.status, wanted.close_reason
    chat.assignee_id, chat.version = wanted.assignee_id, chat.version + 1
    return chat


async def take_note(session: AsyncSession, shop_id: UUID, chat_id: str, *, text: str, actor: str) -> ChatNote:
    """For colleagues only."""
    await queries.get_chat(session, shop_id, chat_id)
    note = ChatNote(shop_id=shop_id, id=uuid4(), chat_id=chat_id, at=utc_now(), author=actor, text=text)
    session.add(note)
    return note


async def ask_for_draft(session: AsyncSession, shop_id: UUID, chat_id: str, *, actor: str) -> UUID:
    """The id of the job that will write it."""
    await queries.get_chat(session, shop_id, chat_id)
    job = DraftChatMessage(shop_id=shop_id, chat_id=chat_id, asked_by=actor)
    return await enqueue_again(session, job, rest=0) or await enqueue(session, job)
