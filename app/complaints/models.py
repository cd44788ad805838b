"""The words of complaints, what was considered, and the evidence of approved ones."""

from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import ForeignKey, ForeignKeyConstraint, Index, Integer, Numeric, SmallInteger, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from app.kit.db import Model


class Complaint(Model):
    """What we say, or why we say nothing; its state is the standing's. Frozen once it is filed."""

    __tablename__ = "complaints"
    __table_args__ = (
        ForeignKeyConstraint(["shop_id", "feedback_id"], ["feedbacks.shop_id", "feedbacks.wb_id"], ondelete="CASCADE"),
        Index("ix_complaints_created", "shop_id", "created_at"),
        Index("ix_complaints_queued", "shop_id", "queued_at", postgresql_where=text("queued_at IS NOT NULL")),
    )
    shop_id: Mapped[UUID] = mapped_column(ForeignKey("shops.id", ondelete="CASCADE"), primary_key=True)
    feedback_id: Mapped[str] = mapped_column(primary_key=True)
    reason_id: Mapped[int | None] = mapped_column(SmallInteger)
    text: Mapped[str]
    quotes: Mapped[list[str]]
    """The feedback's own words that prove the reason."""
    why_not: Mapped[str]
    """Stable code of why there is no ground; empty for a draft."""
    why_not_text: Mapped[str]
    writer: Mapped[str]
    """rules, the model's name, or person."""
    provable: Mapped[bool]
    """The ground rests on words alone: what the shop may choose to trust."""
    version: Mapped[int]
    feedback_fingerprint: Mapped[bytes]
    """Of the feedback as it was when this was written: changed words make a draft stale."""
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime]
    updated_by: Mapped[str]
    queued_at: Mapped[datetime | None]
    queued_by: Mapped[str]


class ComplaintDraft(Model):
    """Each version of a complaint's words; append-only."""

    __tablename__ = "complaint_drafts"
    shop_id: Mapped[UUID] = mapped_column(ForeignKey("shops.id", ondelete="CASCADE"), primary_key=True)
    feedback_id: Mapped[str] = mapped_column(primary_key=True)
    version: Mapped[int] = mapped_column(primary_key=True)
    at: Mapped[datetime]
    actor: Mapped[str]
    action: Mapped[str]
    reason_id: Mapped[int | None] = mapped_column(SmallInteger)
    text: Mapped[str]
    details: Mapped[dict[str, Any]]


class ComplaintCall(Model):
    """What asking a model about one feedback cost."""

    __tablename__ = "complaint_calls"
    __table_args__ = (Index("ix_complaint_calls_at", "shop_id", "at"),)
    shop_id: Mapped[UUID] = mapped_column(ForeignKey("shops.id", ondelete="CASCADE"), primary_key=True)
    id: Mapped[UUID] = mapped_column(primary_key=True, server_default=text("gen_random_uuid()"))
    feedback_id: Mapped[str]
    at: Mapped[datetime]
    model: Mapped[str]
    input_tokens: Mapped[int]
    output_tokens: Mapped[int]
    cost_usd: Mapped[Decimal] = mapped_column(Numeric(14, 6))
    seconds: Mapped[Decimal] = mapped_column(Numeric(14, 3))


class ComplaintOdds(Model):
    """Verdicts on complaints of one kind, counted anew from the standings; `level` is how alike they are."""

    __tablename__ = "complaint_odds"
    shop_id: Mapped[UUID] = mapped_column(ForeignKey("shops.id", ondelete="CASCADE"), primary_key=True)
    level: Mapped[str] = mapped_column(primary_key=True)
    reason_id: Mapped[int] = mapped_column(SmallInteger, primary_key=True)
    rating: Mapped[int] = mapped_column(SmallInteger, primary_key=True)
    product_group: Mapped[str] = mapped_column(primary_key=True)
    approved: Mapped[int] = mapped_column(Integer)
    decided: Mapped[int] = mapped_column(Integer)


class Evidence(Model):
    """What the checker saw of one approved complaint, once; a line of the bill."""

    __tablename__ = "evidence"
    __table_args__ = (
        Index(
            "uq_evidence_sent",
            *("shop_id", "articul", "feedback_date", "file_name", "text_hash"),
            unique=True,
        ),
        Index("ix_evidence_month", "shop_id", "month", "received_at", "id"),
        Index("ix_evidence_feedback", "shop_id", "feedback_id"),
    )
    shop_id: Mapped[UUID] = mapped_column(ForeignKey("shops.id", ondelete="CASCADE"), primary_key=True)
    id: Mapped[UUID] = mapped_column(primary_key=True, server_default=text("gen_random_uuid()"))
    received_at: Mapped[datetime]
    month: Mapped[datetime]
    """The beginning of the Moscow month whose bill it is on: of the check, else of the receipt."""
    feedback_id: Mapped[str | None]
    feedback_at: Mapped[datetime | None]
    incomplete: Mapped[bool]
    ours: Mapped[bool]
    check_date: Mapped[str]
    cabinet_name: Mapped[str]
    articul: Mapped[str]
    external_id: Mapped[str]
    rating: Mapped[int | None] = mapped_column(SmallInteger)
    feedback_date: Mapped[str]
    """As Wildberries prints it, for instance «18 февр. 2026 г. в 21:45»."""
    filed_on: Mapped[str]
    status: Mapped[str]
    has_screenshot: Mapped[bool]
    file_name: Mapped[str]
    text_hash: Mapped[str]
    """Empty unless the file's name says that the date was unknown."""
    drive_link: Mapped[str]
    category: Mapped[str]
    text: Mapped[str]
    raw: Mapped[dict[str, Any]] = mapped_column(JSONB)
