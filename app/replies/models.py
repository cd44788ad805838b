"""Replies, their append-only history, and what the LLM cost."""

from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from uuid import UUID, uuid4

from sqlalchemy import (
    CheckConstraint,
    ColumnElement,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    Numeric,
    SmallInteger,
    UniqueConstraint,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from app.kit.db import Model, TextEnum, one_of
from app.replies.subjects import Subject, SubjectKind, a_feedback, a_question


class ReplyState(StrEnum):
    """Where a reply stands; see the package's docstring for the way through."""

    DRAFT = "draft"
    APPROVED = "approved"
    PUBLISHING = "publishing"
    SENT = "sent"
    ON_MODERATION = "on_moderation"
    PUBLISHED = "published"
    REJECTED = "rejected"
    ANSWERED_ELSEWHERE = "answered_elsewhere"
    UNKNOWN = "unknown"
    FAILED = "failed"


class Reply(Model):
    """The answer to a feedback or a question (revision 1) or its one edit (revision 2).

    `version` counts changes of the text.
    """

    __tablename__ = "replies"
    __table_args__ = (
        ForeignKeyConstraint(["shop_id", "feedback_id"], ["feedbacks.shop_id", "feedbacks.wb_id"], ondelete="CASCADE"),
        ForeignKeyConstraint(["shop_id", "question_id"], ["questions.shop_id", "questions.wb_id"], ondelete="CASCADE"),
        UniqueConstraint("shop_id", "feedback_id", "revision", name="uq_replies_revision"),
        UniqueConstraint("shop_id", "question_id", "revision", name="uq_replies_question_revision"),
        CheckConstraint("num_nonnulls(feedback_id, question_id) = 1", name="subject"),
        CheckConstraint("NOT rejects OR question_id IS NOT NULL", name="rejects"),
        CheckConstraint("revision IN (1, 2)", name="revision"),
        one_of("state", ReplyState),
        Index(
            "ix_replies_to_check",
            "shop_id",
            "next_check_at",
            postgresql_where=text("state IN ('publishing', 'sent', 'on_moderation', 'unknown')"),
        ),
        Index("ix_replies_state", "shop_id", "state"),
        Index("ix_replies_changed", "shop_id", "changed_at"),
    )
    shop_id: Mapped[UUID] = mapped_column(ForeignKey("shops.id", ondelete="CASCADE"), primary_key=True)
    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    feedback_id: Mapped[str | None]
    question_id: Mapped[str | None]
    rejects: Mapped[bool] = mapped_column(default=False)
    """Hides the question from buyers instead of answering it; the words tell why."""
    revision: Mapped[int] = mapped_column(SmallInteger)
    state: Mapped[ReplyState] = mapped_column(TextEnum(ReplyState))
    text: Mapped[str]
    version: Mapped[int]
    needs_human: Mapped[bool]
    reasons: Mapped[list[str]]
    writer: Mapped[str]
    created_at: Mapped[datetime]
    changed_at: Mapped[datetime]
    approved_at: Mapped[datetime | None]
    approved_by: Mapped[str | None]
    publishing_at: Mapped[datetime | None]
    """When the present attempt to publish was claimed; until it settles nobody may try again."""
    attempts: Mapped[int]
    sent_at: Mapped[datetime | None]
    published_at: Mapped[datetime | None]
    next_check_at: Mapped[datetime | None]
    checks: Mapped[int]
    error: Mapped[str | None]

    @property
    def subject(self) -> Subject:
        """What it is about."""
        return a_feedback(self.feedback_id) if self.feedback_id is not None else a_question(self.question_id or "")

    @classmethod
    def about(cls, subject: Subject) -> ColumnElement[bool]:
        """The condition of being about it, within a shop."""
        column = cls.feedback_id if subject.kind is SubjectKind.FEEDBACK else cls.question_id
        return column == subject.wb_id


class ReplyEvent(Model):
    """One line of a reply's history: who changed what, why, and the words at that moment; never changed."""

    __tablename__ = "reply_events"
    __table_args__ = (
        ForeignKeyConstraint(["shop_id", "reply_id"], ["replies.shop_id", "replies.id"], ondelete="CASCADE"),
        Index("ix_reply_events_reply", "shop_id", "reply_id", "at"),
        Index("ix_reply_events_at", "shop_id", "at"),
    )
    shop_id: Mapped[UUID] = mapped_column(primary_key=True)
    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    reply_id: Mapped[UUID]
    at: Mapped[datetime]
    actor: Mapped[str]
    from_state: Mapped[str | None]
    to_state: Mapped[str]
    reason: Mapped[str]
    version: Mapped[int]
    text: Mapped[str]


class WriterCall(Model):
    """What one draft cost, whoever wrote it with an LLM."""

    __tablename__ = "writer_calls"
    __table_args__ = (Index("ix_writer_calls_at", "shop_id", "at"),)
    shop_id: Mapped[UUID] = mapped_column(ForeignKey("shops.id", ondelete="CASCADE"), primary_key=True)
    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    subject_id: Mapped[str]
    at: Mapped[datetime]
    model: Mapped[str]
    input_tokens: Mapped[int]
    output_tokens: Mapped[int]
    cost_usd: Mapped[Decimal] = mapped_column(Numeric(12, 6))
    seconds: Mapped[float]
