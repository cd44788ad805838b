"""Pins, their append-only history, and what a shop may pin."""

from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import ForeignKey, ForeignKeyConstraint, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from app.feedbacks.models import Feedback
from app.kit.db import Model, TextEnum, one_of


class PinMethod(StrEnum):
    """Which paid option carries the pin: the «Джем» subscription, or the tariff option."""

    SUBSCRIPTION = "subscription"
    TARIFF = "tariff"


class PinOn(StrEnum):
    """Where it shows: on one card, or on the whole group of joined cards."""

    NM = "nm"
    IMT = "imt"


class PinState(StrEnum):
    """Where a pin stands; see the package's docstring for the way through."""

    QUEUED = "queued"
    PINNED = "pinned"
    UNPINNING = "unpinning"
    UNPINNED = "unpinned"
    GONE = "gone"
    REFUSED = "refused"


LIVE = (PinState.QUEUED, PinState.PINNED, PinState.UNPINNING)


class Capability(StrEnum):
    """Whether Wildberries lets the shop pin, as far as it has told."""

    UNKNOWN = "unknown"
    ON = "on"
    OFF = "off"


class Pin(Model):
    """One pinning of one feedback, asked for here or seen at Wildberries; the feedback itself may be unknown to us."""

    __tablename__ = "pins"
    __table_args__ = (
        one_of("pin_method", PinMethod),
        one_of("pin_on", PinOn),
        one_of("state", PinState),
        Index("uq_pins_wb_pin_id", "shop_id", "wb_pin_id", unique=True),
        Index(
            "uq_pins_queued",
            "shop_id",
            "feedback_id",
            "pin_on",
            unique=True,
            postgresql_where=text("state = 'queued'"),
        ),
        Index(
            "ix_pins_waiting",
            "shop_id",
            "state",
            "changed_at",
            postgresql_where=text("state IN ('queued', 'unpinning')"),
        ),
        Index("ix_pins_feedback", "shop_id", "feedback_id"),
        Index("ix_pins_state", "shop_id", "state", "created_at", "id"),
        Index("ix_pins_created", "shop_id", "created_at", "id"),
    )
    shop_id: Mapped[UUID] = mapped_column(ForeignKey("shops.id", ondelete="CASCADE"), primary_key=True)
    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    feedback_id: Mapped[str]
    pin_method: Mapped[PinMethod] = mapped_column(TextEnum(PinMethod))
    pin_on: Mapped[PinOn] = mapped_column(TextEnum(PinOn))
    state: Mapped[PinState] = mapped_column(TextEnum(PinState))
    wb_pin_id: Mapped[int | None]
    nm_id: Mapped[int | None]
    imt_id: Mapped[int | None]
    cause: Mapped[str | None]
    """Wildberries' own word for an unpinning of its own; new ones may come."""
    reason: Mapped[str]
    """Why it is as it is, in Russian."""
    asked_by: Mapped[str | None]
    created_at: Mapped[datetime]
    changed_at: Mapped[datetime]
    wb_changed_at: Mapped[datetime | None]
    seen_at: Mapped[datetime | None]
    """Start of the last reading of Wildberries' list that held it."""
    claimed_at: Mapped[datetime | None]
    """A write for it may be under way since; nobody writes again before that is settled by reading."""
    attempts: Mapped[int] = mapped_column(default=0)


class PinEvent(Model):
    """One line of a pin's history; never changed."""

    __tablename__ = "pin_events"
    __table_args__ = (
        ForeignKeyConstraint(["shop_id", "pin_id"], ["pins.shop_id", "pins.id"], ondelete="CASCADE"),
        Index("ix_pin_events_at", "shop_id", "at", "id"),
        Index("ix_pin_events_pin", "shop_id", "pin_id"),
    )
    shop_id: Mapped[UUID] = mapped_column(primary_key=True)
    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    pin_id: Mapped[UUID]
    at: Mapped[datetime]
    actor: Mapped[str]
    from_state: Mapped[str | None]
    to_state: Mapped[str]
    cause: Mapped[str | None]
    reason: Mapped[str]


class PinBoard(Model):
    """A shop's right to pin, its limits, and how far the reading of its list has come; the lock of all its pins."""

    __tablename__ = "pin_boards"
    __table_args__ = (one_of("capability", Capability),)
    shop_id: Mapped[UUID] = mapped_column(ForeignKey("shops.id", ondelete="CASCADE"), primary_key=True)
    capability: Mapped[Capability] = mapped_column(TextEnum(Capability))
    checked_at: Mapped[datetime | None]
    forbidden_words: Mapped[str]
    """Wildberries' own, when it refused."""
    limits: Mapped[dict[str, Any]]
    limits_at: Mapped[datetime | None]
    next_sync_at: Mapped[datetime]
    run_started_at: Mapped[datetime | None]
    run_next: Mapped[int | None]
    run_pages: Mapped[int] = mapped_column(default=0)
    run_pinned: Mapped[int] = mapped_column(default=0)
    run_broken: Mapped[int] = mapped_column(default=0)
    finished_at: Mapped[datetime | None]
    note: Mapped[str]


CANDIDATE = "rating = 5 AND photo_count > 0 AND text <> '' AND child_id IS NULL AND deleted_at IS NULL"
Index(
    "ix_feedbacks_pin_candidates",
    Feedback.shop_id,
    Feedback.written_at,
    Feedback.wb_id,
    postgresql_where=text(CANDIDATE),
)
