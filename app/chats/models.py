"""Chats, their messages and the seller's private notes."""

from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import CheckConstraint, Computed, ForeignKey, ForeignKeyConstraint, Index, LargeBinary, text
from sqlalchemy.dialects.postgresql import JSONB, TSVECTOR
from sqlalchemy.orm import Mapped, mapped_column

from app.kit.db import Model, TextEnum, one_of


class ChatStatus(StrEnum):
    """Whose move it is; a buyer's message reopens what was closed."""

    WAITING_FOR_US = "waiting_for_us"
    IN_WORK = "in_work"
    WAITING_FOR_BUYER = "waiting_for_buyer"
    CLOSED = "closed"


class Direction(StrEnum):
    """As the seller sees it; Wildberries' own lines come in."""

    IN = "in"
    OUT = "out"


class Sender(StrEnum):
    """`wb` are system lines; what Wildberries may invent later counts as such."""

    CLIENT = "client"
    SELLER = "seller"
    WB = "wb"


class MessageState(StrEnum):
    """received, or of ours: draft → queued → sending → sent; aside: unknown, failed, dismissed.

    What somebody typed in the cabinet is `sent` from the beginning.
    """

    RECEIVED = "received"
    DRAFT = "draft"
    QUEUED = "queued"
    SENDING = "sending"
    SENT = "sent"
    UNKNOWN = "unknown"
    FAILED = "failed"
    DISMISSED = "dismissed"


class Chat(Model):
    """One buyer about one product. `reply_sign` lets one answer here, but only with the shop's token."""

    __tablename__ = "chats"
    __table_args__ = (
        one_of("status", ChatStatus),
        CheckConstraint("(status = 'closed') = (close_reason IS NOT NULL)", name="close_reason"),
        Index("ix_chats_newest", "shop_id", "last_message_at", "chat_id"),
        Index("ix_chats_status", "shop_id", "status", "last_message_at", "chat_id"),
        Index(
            "ix_chats_assignee",
            "shop_id",
            "assignee_id",
            "last_message_at",
            postgresql_where=text("assignee_id IS NOT NULL"),
        ),
        Index("ix_chats_client_name", "shop_id", "client_name"),
    )
    shop_id: Mapped[UUID] = mapped_column(ForeignKey("shops.id", ondelete="CASCADE"), primary_key=True)
    chat_id: Mapped[str] = mapped_column(primary_key=True)
    client_name: Mapped[str] = mapped_column(default="")
    nm_id: Mapped[int | None]
    rid: Mapped[str] = mapped_column(default="")
    """The order's `srid`."""
    listed: Mapped[bool] = mapped_column(default=False)
    """False while only events have told of it."""
    status: Mapped[ChatStatus] = mapped_column(TextEnum(ChatStatus))
    close_reason: Mapped[str | None]
    assignee_id: Mapped[UUID | None] = mapped_column(ForeignKey("users.id", ondelete="SET NULL"))
    version: Mapped[int] = mapped_column(default=1)
    last_message_at: Mapped[datetime]
    last_message_text: Mapped[str] = mapped_column(default="")
    last_sender: Mapped[str] = mapped_column(default="")
    """Empty while only the list has told of the message, which does not say who wrote it."""
    last_client_at: Mapped[datetime | None]
    reply_sign: Mapped[str | None]
    reply_sign_at: Mapped[datetime | None]


class Message(Model):
    """One line of a chat, the buyer's or ours; `event_id` is its place in Wildberries' stream."""

    __tablename__ = "messages"
    __table_args__ = (
        ForeignKeyConstraint(["shop_id", "chat_id"], ["chats.shop_id", "chats.chat_id"], ondelete="CASCADE"),
        one_of("direction", Direction),
        one_of("sender", Sender),
        one_of("state", MessageState),
        Index("ix_messages_thread", "shop_id", "chat_id", "at", "id"),
        Index("uq_messages_event", "shop_id", "event_id", unique=True),
        Index("uq_messages_key", "shop_id", "chat_id", "client_key", unique=True),
        Index("uq_messages_draft", "shop_id", "chat_id", unique=True, postgresql_where=text("state = 'draft'")),
        Index(
            "ix_messages_open",
            "shop_id",
            "state",
            "chat_id",
            postgresql_where=text("state IN ('queued', 'sending', 'unknown')"),
        ),
        Index("ix_messages_search", "shop_id", "searched", postgresql_using="gin"),
        Index("ix_messages_attachments", "shop_id", "attachments", postgresql_using="gin"),
    )
    shop_id: Mapped[UUID] = mapped_column(ForeignKey("shops.id", ondelete="CASCADE"), primary_key=True)
    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    chat_id: Mapped[str]
    event_id: Mapped[str | None]
    direction: Mapped[Direction] = mapped_column(TextEnum(Direction))
    sender: Mapped[Sender] = mapped_column(TextEnum(Sender))
    source: Mapped[str] = mapped_column(default="")
    text: Mapped[str]
    attachments: Mapped[list[dict[str, Any]]] = mapped_column(JSONB, default=list)
    at: Mapped[datetime]
    """Wildberries' time as soon as it is known."""
    wb_ms: Mapped[int | None]
    """`addTime` of our call, which is the echo's `addTimestamp`."""
    state: Mapped[MessageState] = mapped_column(TextEnum(MessageState))
    version: Mapped[int] = mapped_column(default=1)
    author: Mapped[str] = mapped_column(default="")
    """Who wrote it here; empty for what came from Wildberries."""
    client_key: Mapped[str | None]
    sending_at: Mapped[datetime | None]
    """When the latest attempt was claimed."""
    attempts: Mapped[int] = mapped_column(default=0)
    sign_refused_at: Mapped[datetime | None]
    sought_at: Mapped[datetime | None]
    """When the stream had been read beyond an unknown attempt without its echo: from then on a person may resend."""
    error: Mapped[str | None]
    file_errors: Mapped[list[str]] = mapped_column(default=list)
    needs_human: Mapped[bool] = mapped_column(default=False)
    reasons: Mapped[list[str]] = mapped_column(default=list)
    writer: Mapped[str] = mapped_column(default="")
    usage: Mapped[dict[str, Any] | None] = mapped_column(JSONB(none_as_null=True))
    """What a draft of a language model cost."""
    searched: Mapped[str] = mapped_column(
        TSVECTOR, Computed("to_tsvector('russian', text)", persisted=True), deferred=True
    )


class MessageFile(Model):
    """A file's bytes on their way to Wildberries; gone as soon as the message is sent or dismissed."""

    __tablename__ = "message_files"
    __table_args__ = (
        ForeignKeyConstraint(["shop_id", "message_id"], ["messages.shop_id", "messages.id"], ondelete="CASCADE"),
    )
    shop_id: Mapped[UUID] = mapped_column(primary_key=True)
    message_id: Mapped[UUID] = mapped_column(primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str]
    content_type: Mapped[str]
    content: Mapped[bytes] = mapped_column(LargeBinary)


class ChatNote(Model):
    """What colleagues tell each other about a chat; never changed, never sent."""

    __tablename__ = "chat_notes"
    __table_args__ = (
        ForeignKeyConstraint(["shop_id", "chat_id"], ["chats.shop_id", "chats.chat_id"], ondelete="CASCADE"),
        Index("ix_chat_notes_chat", "shop_id", "chat_id", "at"),
    )
    shop_id: Mapped[UUID] = mapped_column(primary_key=True)
    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    chat_id: Mapped[str]
    at: Mapped[datetime]
    author: Mapped[str]
    text: Mapped[str]
