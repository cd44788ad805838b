"""Chats and messages as the dashboard sees them."""

from datetime import datetime
from typing import Annotated, Any, Self
from uuid import UUID

from fastapi import Path
from pydantic import Field

from app.api.fields import Line, WireIn, WireOut
from app.chats.models import Chat, ChatNote, ChatStatus, Direction, Message, MessageState, Sender
from app.chats.ports import ChatCall
from app.chats.progress import Capability, Progress
from app.chats.service import can_resend
from app.chats.stream_models import SyncPhase

ChatId = Annotated[str, Path(min_length=1, max_length=100, pattern=r"^[A-Za-z0-9:_-]+$")]
NO_NAME = "Покупатель"


class FileOut(WireOut):
    """Вложение: скачать можно то, у чего есть `download_id`."""

    kind: str
    name: str = ""
    content_type: str = ""
    size: int | None = None
    download_id: str | None = None
    error: str | None = Field(None, description="Почему Wildberries не принял этот файл")


class MessageOut(WireOut):
    """Строка чата; `state` наших сообщений говорит, дошли ли они."""

    id: UUID
    direction: Direction
    sender: Sender
    source: str
    text: str
    files: list[FileOut]
    at: datetime
    state: MessageState
    version: int
    author: str = Field(description="Кто написал здесь; пусто у того, что пришло с Wildberries")
    attempts: int
    sending_at: datetime | None
    can_resend: bool = Field(description="Решает человек: точно не дошло, либо эхо искали и не нашли")
    error: str | None
    file_errors: list[str]
    needs_human: bool
    reasons: list[str]
    writer: str

    @classmethod
    def of(cls, message: Message) -> Self:
        made: dict[str, Any] = {
            "files": [FileOut.model_validate(file) for file in message.attachments],
            "can_resend": can_resend(message),
        }
        plain = {name: getattr(message, name) for name in cls.model_fields if name not in made}
        return cls(**plain, **made)


class ChatOut(WireOut):
    """Чат: `version` нужна, чтобы менять именно то, что вы видите."""

    chat_id: str
    client_name: str
    nm_id: int | None
    rid: str = Field(description="srid заказа")
    listed: bool = Field(description="false — чат известен только по событиям")
    status: ChatStatus
    close_reason: str | None
    assignee_id: UUID | None
    version: int
    last_message_at: datetime
    last_message_text: str
    last_sender: str
    last_client_at: datetime | None

    @classmethod
    def of(cls, chat: Chat) -> Self:
        plain = {name: getattr(chat, name) for name in cls.model_fields}
        return cls(**{**plain, "client_name": chat.client_name or NO_NAME})


class NoteOut(WireOut):
    """Заметка для своих: покупатель её не видит."""

    id: UUID
    at: datetime
    author: str
    text: str

    @classmethod
    def of(cls, note: ChatNote) -> Self:
        return cls.model_validate(note)


class OneChatOut(WireOut):
    """Чат с заметками и черновиком."""

    chat: ChatOut
    notes: list[NoteOut]
    draft: MessageOut | None


class ChangeIn(WireIn):
    """Новое состояние целиком; `version` — та, что вы видите."""

    status: ChatStatus
    close_reason: Annotated[Line, Field(max_length=200)] | None = Field(None, description="Только и всегда у закрытого")
    assignee_id: UUID | None = Field(None, description="Участник магазина")
    version: int = Field(ge=1)


class CapabilityOut(WireOut):
    """Что можно делать с чатами; `word` объясняет, чего нельзя и почему."""

    can_read: bool
    can_send: bool
    full_limits: bool
    word: str

    @classmethod
    def of(cls, capability: Capability) -> Self:
        return cls.model_validate(capability)


class ChatSyncOut(WireOut):
    """Ход чтения чатов: история читается от старых событий к новым."""

    capability: CapabilityOut
    phase: SyncPhase = SyncPhase.IDLE
    pages: int = 0
    events: int = 0
    chats: int = 0
    oldest_at: datetime | None = None
    newest_at: datetime | None = None
    share: float | None = Field(description="Какая часть истории прочитана, по времени; null — история не читается")
    estimate: int | None = Field(description="Примерно столько событий всего")
    backfilled_at: datetime | None = None
    caught_up_at: datetime | None = Field(None, description="По это время прочитано всё")
    listed_at: datetime | None = None
    started_at: datetime | None = None
    progressed_at: datetime | None = None
    finished_at: datetime | None = None
    next_sync_at: datetime | None = None
    next_calls: dict[ChatCall, datetime] = Field(description="Не раньше этого времени Wildberries можно спросить снова")

    @classmethod
    def of(cls, progress: Progress) -> Self:
        made: dict[str, Any] = {
            "capability": CapabilityOut.of(progress.capability),
            "share": progress.share,
            "estimate": progress.estimate,
            "next_calls": progress.next_calls,
        }
        sync = progress.sync
        plain = {name: getattr(sync, name) for name in cls.model_fields if name not in made} if sync else {}
        return cls(**plain, **made)
