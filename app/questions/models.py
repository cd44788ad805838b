"""Questions as Wildberries has them, and how far their sync has come."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Boolean, Computed, ForeignKey, Index, LargeBinary, text
from sqlalchemy.dialects.postgresql import TSVECTOR
from sqlalchemy.orm import Mapped, mapped_column

from app.kit.db import Model

SEARCHED = "to_tsvector('russian', text || ' ' || product_name || ' ' || supplier_article)"
NEEDS_REPLY = "answer_text IS NULL AND wb_state <> 'none' AND deleted_at IS NULL"
REJECTED_BY_SELLER = "none"
"""For a question this state means rejected; for a feedback it means new."""

_NEWEST = ("shop_id", "written_at", "wb_id")


class Question(Model):
    """A buyer's question; `reply_state` repeats the newest Reply's state, kept by the replies' gate."""

    __tablename__ = "questions"
    __table_args__ = (
        Index("ix_questions_written", *_NEWEST),
        Index("ix_questions_product", "shop_id", "nm_id", "written_at", "wb_id"),
        Index("ix_questions_needs_reply", *_NEWEST, postgresql_where=text("needs_reply")),
        Index(
            "ix_questions_reply_state",
            *("shop_id", "reply_state", "written_at", "wb_id"),
            postgresql_where=text("reply_state IS NOT NULL"),
        ),
        Index("ix_questions_search", "shop_id", "searched", postgresql_using="gin"),
    )
    shop_id: Mapped[UUID] = mapped_column(ForeignKey("shops.id", ondelete="CASCADE"), primary_key=True)
    wb_id: Mapped[str] = mapped_column(primary_key=True)
    nm_id: Mapped[int]
    imt_id: Mapped[int | None]
    text: Mapped[str]
    written_at: Mapped[datetime]
    product_name: Mapped[str]
    brand_name: Mapped[str]
    supplier_article: Mapped[str]
    was_viewed: Mapped[bool]
    is_warned: Mapped[bool]
    wb_state: Mapped[str]
    answer_text: Mapped[str | None]
    answer_editable: Mapped[bool | None]
    answered_at: Mapped[datetime | None]
    raw: Mapped[dict[str, Any]]
    fingerprint: Mapped[bytes] = mapped_column(LargeBinary)
    first_seen_at: Mapped[datetime]
    seen_at: Mapped[datetime]
    """Renewed while unanswered: until then it surely was, and a run knows what it did not meet."""
    changed_at: Mapped[datetime]
    deleted_at: Mapped[datetime | None]
    reply_state: Mapped[str | None]
    needs_reply: Mapped[bool] = mapped_column(Boolean, Computed(NEEDS_REPLY, persisted=True))
    searched: Mapped[str] = mapped_column(TSVECTOR, Computed(SEARCHED, persisted=True), deferred=True)


class QuestionSync(Model):
    """A run reads windows oldest first: unanswered, then answered; `cursor_at` is where it stands."""

    __tablename__ = "question_syncs"
    shop_id: Mapped[UUID] = mapped_column(ForeignKey("shops.id", ondelete="CASCADE"), primary_key=True)
    running: Mapped[bool] = mapped_column(default=False)
    answered_list: Mapped[bool] = mapped_column(default=False)
    since: Mapped[datetime | None]
    until: Mapped[datetime | None]
    cursor_at: Mapped[datetime | None]
    pages: Mapped[int] = mapped_column(default=0)
    rows: Mapped[int] = mapped_column(default=0)
    broken_rows: Mapped[int] = mapped_column(default=0)
    total_estimate: Mapped[int | None]
    newest_seen: Mapped[datetime | None]
    watermark: Mapped[datetime | None]
    started_at: Mapped[datetime | None]
    progressed_at: Mapped[datetime | None]
    finished_at: Mapped[datetime | None]
    rescanned_at: Mapped[datetime | None]
    next_sync_at: Mapped[datetime]
