"""Feedbacks as Wildberries has them, and how far the sync of a shop has come."""

from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import Boolean, Computed, ForeignKey, ForeignKeyConstraint, Index, LargeBinary, SmallInteger, Text, text
from sqlalchemy.dialects.postgresql import ARRAY, TSVECTOR
from sqlalchemy.orm import Mapped, mapped_column

from app.kit.db import Model, TextEnum, one_of

SEARCHED = (
    "to_tsvector('russian', text || ' ' || pros || ' ' || cons || ' ' || buyer_name || ' ' || product_name"
    " || ' ' || supplier_article)"
)
NEEDS_REPLY = "answer_text IS NULL AND NOT rating_only AND child_id IS NULL AND deleted_at IS NULL"

_NEWEST = ("shop_id", "written_at", "wb_id")


class SyncPhase(StrEnum):
    """The lists of one run in order: unanswered, processed, archive; then what vanished is looked up."""

    IDLE = "idle"
    UNANSWERED = "unanswered"
    PROCESSED = "processed"
    ARCHIVE = "archive"
    VANISHED = "vanished"


class Feedback(Model):
    """A buyer's words and stars; `reply_state` repeats the newest Reply's state, kept by the replies' gate."""

    __tablename__ = "feedbacks"
    __table_args__ = (
        Index(
            "ix_feedbacks_written",
            *_NEWEST,
            postgresql_include=["rating", "reply_state", "needs_reply", "deleted_at"],
        ),
        Index(
            "ix_feedbacks_rating",
            *("shop_id", "rating", "written_at", "wb_id"),
            postgresql_include=["reply_state", "needs_reply"],
            postgresql_where=text("deleted_at IS NULL"),
        ),
        Index(
            "ix_feedbacks_product",
            *("shop_id", "nm_id", "written_at", "wb_id"),
            postgresql_include=["rating", "reply_state", "needs_reply"],
            postgresql_where=text("deleted_at IS NULL"),
        ),
        Index("ix_feedbacks_changed", "shop_id", "changed_at"),
        Index("ix_feedbacks_parent", "shop_id", "parent_id", postgresql_where=text("parent_id IS NOT NULL")),
        Index("ix_feedbacks_minute", "shop_id", "nm_id", "rating", "written_minute"),
        Index(
            "ix_feedbacks_needs_reply",
            *_NEWEST,
            postgresql_include=["rating", "reply_state"],
            postgresql_where=text("needs_reply"),
        ),
        Index(
            "ix_feedbacks_answered",
            *_NEWEST,
            postgresql_include=["rating", "reply_state"],
            postgresql_where=text("answer_text IS NOT NULL AND deleted_at IS NULL"),
        ),
        Index(
            "ix_feedbacks_not_needed",
            *_NEWEST,
            postgresql_include=["rating", "reply_state"],
            postgresql_where=text("answer_text IS NULL AND NOT needs_reply AND deleted_at IS NULL"),
        ),
        Index("ix_feedbacks_deleted", *_NEWEST, postgresql_where=text("deleted_at IS NOT NULL")),
        Index(
            "ix_feedbacks_to_draft",
            "shop_id",
            "rating",
            "written_at",
            "wb_id",
            postgresql_where=text("needs_reply AND reply_state IS NULL"),
        ),
        Index(
            "ix_feedbacks_reply_state",
            *("shop_id", "reply_state", "written_at", "wb_id"),
            postgresql_include=["rating", "needs_reply"],
            postgresql_where=text("reply_state IS NOT NULL AND deleted_at IS NULL"),
        ),
        Index("ix_feedbacks_search", "shop_id", "searched", postgresql_using="gin"),
    )
    shop_id: Mapped[UUID] = mapped_column(ForeignKey("shops.id", ondelete="CASCADE"), primary_key=True)
    wb_id: Mapped[str] = mapped_column(primary_key=True)
    nm_id: Mapped[int]
    imt_id: Mapped[int | None]
    rating: Mapped[int] = mapped_column(SmallInteger)
    text: Mapped[str]
    pros: Mapped[str]
    cons: Mapped[str]
    written_at: Mapped[datetime]
    written_minute: Mapped[datetime]
    buyer_name: Mapped[str]
    product_name: Mapped[str]
    brand_name: Mapped[str]
    supplier_article: Mapped[str]
    size: Mapped[str]
    color: Mapped[str]
    order_status: Mapped[str]
    matching_size: Mapped[str]
    tags: Mapped[list[str]]
    photo_count: Mapped[int] = mapped_column(SmallInteger)
    has_video: Mapped[bool]
    rating_only: Mapped[bool]
    was_viewed: Mapped[bool]
    wb_state: Mapped[str]
    answer_text: Mapped[str | None]
    answer_state: Mapped[str | None]
    answer_editable: Mapped[bool | None]
    parent_id: Mapped[str | None]
    child_id: Mapped[str | None]
    complaint_possible: Mapped[bool]
    complaint_reason: Mapped[int]
    return_possible: Mapped[bool]
    archived: Mapped[bool]
    raw: Mapped[dict[str, Any]]
    fingerprint: Mapped[bytes] = mapped_column(LargeBinary)
    first_seen_at: Mapped[datetime]
    changed_at: Mapped[datetime]
    deleted_at: Mapped[datetime | None]
    reply_state: Mapped[str | None]
    needs_reply: Mapped[bool] = mapped_column(Boolean, Computed(NEEDS_REPLY, persisted=True))
    searched: Mapped[str] = mapped_column(TSVECTOR, Computed(SEARCHED, persisted=True), deferred=True)


class SyncState(Model):
    """A shop's sync of feedbacks: where the present run stands, and what earlier ones learnt."""

    __tablename__ = "feedback_syncs"
    __table_args__ = (one_of("phase", SyncPhase),)
    shop_id: Mapped[UUID] = mapped_column(ForeignKey("shops.id", ondelete="CASCADE"), primary_key=True)
    phase: Mapped[SyncPhase] = mapped_column(TextEnum(SyncPhase), default=SyncPhase.IDLE)
    next_sync_at: Mapped[datetime]
    first: Mapped[bool] = mapped_column(default=True)
    """The present run reads the whole history, the archive too."""
    processed_since: Mapped[datetime | None]
    unanswered_since: Mapped[datetime | None]
    until: Mapped[datetime | None]
    cursor_at: Mapped[datetime | None]
    cursor_skip: Mapped[int] = mapped_column(default=0)
    cursor_id: Mapped[str | None]
    """The row that the next page must show again, or the list has moved under the reader."""
    list_rows: Mapped[int] = mapped_column(default=0)
    list_total: Mapped[int | None]
    """Of the whole list when it was opened; forgotten as soon as a total changes."""
    other_total: Mapped[int | None]
    backlog: Mapped[int | None]
    second_look: Mapped[bool] = mapped_column(default=False)
    pages: Mapped[int] = mapped_column(default=0)
    rows: Mapped[int] = mapped_column(default=0)
    broken_rows: Mapped[int] = mapped_column(default=0)
    total_estimate: Mapped[int | None]
    newest_seen: Mapped[datetime | None]
    started_at: Mapped[datetime | None]
    progressed_at: Mapped[datetime | None]
    finished_at: Mapped[datetime | None]
    rescanned_at: Mapped[datetime | None]
    watermark: Mapped[datetime | None]
    unanswered_as_of: Mapped[datetime | None]
    """Start of the last run that read the whole unanswered list and cleared up what it lacked: what is unanswered
    here was so then."""
    note: Mapped[str] = mapped_column(default="")


class SyncPage(Model):
    """The ids that one page of the present run held; gone when the run ends."""

    __tablename__ = "feedback_sync_pages"
    shop_id: Mapped[UUID] = mapped_column(ForeignKey("shops.id", ondelete="CASCADE"), primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True)
    wb_ids: Mapped[list[str]] = mapped_column(ARRAY(Text))


class FormerKey(Model):
    """Product, stars and minute under which a feedback was known before its buyer changed it."""

    __tablename__ = "feedback_former_keys"
    __table_args__ = (
        ForeignKeyConstraint(["shop_id", "wb_id"], ["feedbacks.shop_id", "feedbacks.wb_id"], ondelete="CASCADE"),
    )
    shop_id: Mapped[UUID] = mapped_column(primary_key=True)
    nm_id: Mapped[int] = mapped_column(primary_key=True)
    rating: Mapped[int] = mapped_column(SmallInteger, primary_key=True)
    minute: Mapped[datetime] = mapped_column(primary_key=True)
    wb_id: Mapped[str] = mapped_column(primary_key=True)
