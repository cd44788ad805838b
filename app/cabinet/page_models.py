"""What the extensions reported, as they said it: pages by key, and chats by key."""

from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import ForeignKey, Index, SmallInteger, text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column

from app.cabinet.states import Match, WorkStatus
from app.kit.db import Model, TextEnum, one_of


class PageState(Model):
    """The newest reading of one key (product, stars, minute); `minute` is in UTC, moved there if the page's was not."""

    __tablename__ = "page_states"
    __table_args__ = (
        one_of("match", Match),
        Index("ix_page_states_listing", "shop_id", "can_submit", "created_at", "nm_id", "rating", "minute"),
        Index("ix_page_states_open", "shop_id", "match", "created_at", postgresql_where=text("match <> 'one'")),
    )
    shop_id: Mapped[UUID] = mapped_column(ForeignKey("shops.id", ondelete="CASCADE"), primary_key=True)
    nm_id: Mapped[int] = mapped_column(primary_key=True)
    rating: Mapped[int] = mapped_column(SmallInteger, primary_key=True)
    minute: Mapped[datetime] = mapped_column(primary_key=True)
    feedback_id: Mapped[str | None]
    match: Mapped[Match] = mapped_column(TextEnum(Match))
    statuses: Mapped[list[str]]
    can_submit: Mapped[bool]
    could_submit: Mapped[bool | None]
    """Before the newest reading: the counts change by the difference."""
    chat_status: Mapped[str | None]
    rating_excluded: Mapped[bool]
    feedback_date: Mapped[str]
    """As the page spells it."""
    read_at: Mapped[datetime]
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime]


class ProductRule(Model):
    """What is done for the feedbacks of a product; without a row, nothing."""

    __tablename__ = "product_rules"
    __table_args__ = (one_of("work_status", WorkStatus),)
    shop_id: Mapped[UUID] = mapped_column(ForeignKey("shops.id", ondelete="CASCADE"), primary_key=True)
    nm_id: Mapped[int] = mapped_column(primary_key=True)
    work_status: Mapped[WorkStatus] = mapped_column(TextEnum(WorkStatus))
    complaint_ratings: Mapped[list[int]] = mapped_column(ARRAY(SmallInteger))
    chats: Mapped[bool]
    chat_ratings: Mapped[list[int]] = mapped_column(ARRAY(SmallInteger))
    work_from: Mapped[datetime | None]
    """The beginning of a Moscow day; feedbacks written before it are left alone."""
    updated_at: Mapped[datetime]
    updated_by: Mapped[str]


class CabinetSettings(Model):
    """How fast the extensions may work in a cabinet, and how far drafts of complaints go by themselves."""

    __tablename__ = "cabinet_settings"
    shop_id: Mapped[UUID] = mapped_column(ForeignKey("shops.id", ondelete="CASCADE"), primary_key=True)
    chats_per_run: Mapped[int]
    complaints_per_run: Mapped[int]
    chat_pause_ms: Mapped[int]
    complaint_pause_ms: Mapped[int]
    complaints_per_day: Mapped[int]
    """At most so many drafts enter the extension's queue on one Moscow day."""
    trust_rules: Mapped[bool]
    """Drafts on grounds that words alone prove need no person."""
    approved_price: Mapped[int]
    """Kopecks for each approved complaint in the bill."""
    version: Mapped[int]
    updated_at: Mapped[datetime]
    updated_by: Mapped[str]


class ChatLink(Model):
    """A chat that the extension opened from a feedback: one chat, one feedback."""

    __tablename__ = "chat_links"
    __table_args__ = (
        Index("uq_chat_links_key", "shop_id", "nm_id", "rating", "minute", unique=True),
        Index("uq_chat_links_feedback", "shop_id", "feedback_id", unique=True),
        Index("uq_chat_links_chat", "shop_id", "chat_id", unique=True),
        Index("ix_chat_links_id", "id"),
    )
    shop_id: Mapped[UUID] = mapped_column(ForeignKey("shops.id", ondelete="CASCADE"), primary_key=True)
    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    nm_id: Mapped[int]
    rating: Mapped[int] = mapped_column(SmallInteger)
    minute: Mapped[datetime]
    feedback_id: Mapped[str | None]
    """None until a feedback of this key is known, or when several are."""
    chat_url: Mapped[str]
    chat_id: Mapped[str | None]
    status: Mapped[str]
    opened_at: Mapped[datetime]
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime]
    anchor_status: Mapped[str] = mapped_column(server_default="")
    anchor_text: Mapped[str] = mapped_column(server_default="")
    anchor_nm_id: Mapped[int | None]
    anchor_title: Mapped[str] = mapped_column(server_default="")
    anchor_at: Mapped[datetime | None]
    message_status: Mapped[str] = mapped_column(server_default="")
    message_type: Mapped[str] = mapped_column(server_default="")
    message_at: Mapped[datetime | None]
    error_code: Mapped[str] = mapped_column(server_default="")
    error_message: Mapped[str] = mapped_column(server_default="")
    error_stage: Mapped[str] = mapped_column(server_default="")
    error_at: Mapped[datetime | None]
    closed_at: Mapped[datetime | None]
    close_reason: Mapped[str] = mapped_column(server_default="")


class ChatLinkEvent(Model):
    """What the extension told of a linked chat; append-only."""

    __tablename__ = "chat_link_events"
    __table_args__ = (Index("ix_chat_link_events_link", "shop_id", "link_id", "at"),)
    shop_id: Mapped[UUID] = mapped_column(ForeignKey("shops.id", ondelete="CASCADE"), primary_key=True)
    id: Mapped[UUID] = mapped_column(primary_key=True, server_default=text("gen_random_uuid()"))
    link_id: Mapped[UUID]
    at: Mapped[datetime] = mapped_column(server_default=text("clock_timestamp()"))
    actor: Mapped[str]
    kind: Mapped[str]
    """opened, anchor, message, error or closed."""
    details: Mapped[dict[str, Any]]
