"""Wildberries' event stream as it came, and how far a shop has read it."""

from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from app.kit.db import Model, TextEnum, one_of


class SyncPhase(StrEnum):
    """One run: the list of chats, then the stream up to its end."""

    IDLE = "idle"
    LISTING = "listing"
    READING = "reading"


class ChatEvent(Model):
    """An event in Wildberries' own words (without its replySign); its id makes reading twice harmless."""

    __tablename__ = "chat_events"
    __table_args__ = (Index("ix_chat_events_chat", "shop_id", "chat_id", "wb_ms"),)
    shop_id: Mapped[UUID] = mapped_column(ForeignKey("shops.id", ondelete="CASCADE"), primary_key=True)
    event_id: Mapped[str] = mapped_column(primary_key=True)
    chat_id: Mapped[str]
    kind: Mapped[str]
    wb_ms: Mapped[int]
    raw: Mapped[dict[str, Any]]


class ChatSync(Model):
    """A shop's reading of the stream; the cursor is committed with the events before it."""

    __tablename__ = "chat_syncs"
    __table_args__ = (one_of("phase", SyncPhase),)
    shop_id: Mapped[UUID] = mapped_column(ForeignKey("shops.id", ondelete="CASCADE"), primary_key=True)
    phase: Mapped[SyncPhase] = mapped_column(TextEnum(SyncPhase), default=SyncPhase.IDLE)
    next_sync_at: Mapped[datetime]
    cursor_ms: Mapped[int | None]
    nudge: Mapped[int] = mapped_column(default=0)
    """Milliseconds past a page that was full of one and the same millisecond."""
    from_oldest: Mapped[bool] = mapped_column(default=False)
    """False when a slow token made us begin with the present."""
    backfilled_at: Mapped[datetime | None]
    pages: Mapped[int] = mapped_column(default=0)
    events: Mapped[int] = mapped_column(default=0)
    largest_page: Mapped[int] = mapped_column(default=0)
    oldest_at: Mapped[datetime | None]
    newest_at: Mapped[datetime | None]
    chats: Mapped[int] = mapped_column(default=0)
    listed_at: Mapped[datetime | None]
    """When the latest complete list was asked for."""
    started_at: Mapped[datetime | None]
    progressed_at: Mapped[datetime | None]
    finished_at: Mapped[datetime | None]
    caught_up_at: Mapped[datetime | None]
    """The end of the stream was reached by a call made then."""
    trouble: Mapped[str | None]
    """Why Wildberries does not let us read chats, in Russian."""
