"""Standings: what is known of each feedback from all sources, and what follows for the queues."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import Boolean, Computed, ForeignKey, ForeignKeyConstraint, Index, Integer, SmallInteger, Uuid, text
from sqlalchemy.orm import Mapped, mapped_column

from app.cabinet.states import ChatState, ComplaintState, FiledBy, Purchase, Source, Triage, Visibility
from app.kit.db import Model, TextEnum, one_of

RESOLVED = (
    "(complaint = 'approved' OR visibility IN ('excluded', 'unpublished', 'hidden', 'deleted') OR rating_excluded)"
)
_SENT = "in_work AND NOT key_shared AND NOT cooling AND rating <= 4"
_CHAT_WANTED = (
    "chat = 'available' AND (complaint = 'rejected' OR (rating = 4 AND complaint = 'none'))"
    f" AND NOT supplemented AND NOT chat_linked AND NOT {RESOLVED}"
)
QUEUED_COMPLAINT = (
    f"{_SENT} AND complaint_allowed AND complaint = 'draft' AND ready"
    " AND visibility IN ('visible', 'unknown', 'hidden') AND NOT rating_excluded"
)
QUEUED_CHAT = f"{_SENT} AND chat_allowed AND {_CHAT_WANTED}"
POTENTIAL_CHAT = f"{_SENT} AND {_CHAT_WANTED}"
QUEUED_LINK = f"{_SENT} AND chat = 'opened' AND NOT chat_linked AND visibility <> 'deleted'"
QUEUED_READING = (
    f"{_SENT} AND (complaint_allowed OR chat_allowed) AND (page_read_at IS NULL OR read_again)"
    f" AND complaint <> 'draft' AND NOT {RESOLVED}"
)
CANDIDATE = (
    "in_work AND complaint_allowed AND NOT key_shared AND complaint = 'none' AND triage = 'open' AND has_words"
    f" AND complaint_possible AND coalesce(can_submit, false) AND NOT {RESOLVED}"
)


def _when(condition: str) -> "Computed":
    return Computed(condition, persisted=True)


class Standing(Model):
    """One feedback of one to four stars (of five, once a page showed something), as it stands in the cabinet.

    The first columns repeat the feedback and its product's rule; the generated ones are the queues, word for word.
    """

    __tablename__ = "standings"
    __table_args__ = (
        ForeignKeyConstraint(["shop_id", "feedback_id"], ["feedbacks.shop_id", "feedbacks.wb_id"], ondelete="CASCADE"),
        one_of("complaint", ComplaintState),
        one_of("triage", Triage),
        one_of("chat", ChatState),
        one_of("visibility", Visibility),
        one_of("purchase", Purchase),
        one_of("filed_by", FiledBy),
        Index("ix_standings_product", "shop_id", "nm_id", "rating"),
        Index(
            "ix_standings_complaint",
            *("shop_id", "complaint", "written_at", "feedback_id"),
            postgresql_where=text("complaint <> 'none'"),
        ),
        Index(
            "ix_standings_triage",
            *("shop_id", "triage", "written_at", "feedback_id"),
            postgresql_where=text("triage <> 'open' AND complaint = 'none'"),
        ),
        Index(
            "ix_standings_queued_complaint",
            *("shop_id", "odds", "written_at", "feedback_id"),
            postgresql_where=text("queued_complaint"),
        ),
        Index(
            "ix_standings_queued_chat",
            *("shop_id", "written_at", "feedback_id"),
            postgresql_where=text("queued_chat"),
        ),
        Index(
            "ix_standings_queued_link",
            *("shop_id", "written_at", "feedback_id"),
            postgresql_where=text("queued_link"),
        ),
        Index(
            "ix_standings_queued_reading",
            *("shop_id", "nm_id", "written_at", "feedback_id"),
            postgresql_where=text("queued_reading"),
        ),
        Index("ix_standings_candidate", "shop_id", "written_at", "feedback_id", postgresql_where=text("candidate")),
        Index("ix_standings_cooling", "shop_id", "cool_until", postgresql_where=text("cooling")),
        Index("ix_standings_conflict", "shop_id", "feedback_id", postgresql_where=text("conflict IS NOT NULL")),
    )
    shop_id: Mapped[UUID] = mapped_column(ForeignKey("shops.id", ondelete="CASCADE"), primary_key=True)
    feedback_id: Mapped[str] = mapped_column(primary_key=True)
    nm_id: Mapped[int]
    rating: Mapped[int] = mapped_column(SmallInteger)
    written_at: Mapped[datetime]
    has_words: Mapped[bool]
    complaint_possible: Mapped[bool]
    """Wildberries' API says that a complaint may still be filed."""
    key_shared: Mapped[bool]
    """Another feedback has the same product, stars and minute: nothing is done to either by itself."""
    in_work: Mapped[bool]
    """The product is active and the feedback not older than the rule and Wildberries allow."""
    complaint_allowed: Mapped[bool]
    chat_allowed: Mapped[bool]
    complaint: Mapped[ComplaintState] = mapped_column(TextEnum(ComplaintState), server_default="none")
    ready: Mapped[bool] = mapped_column(server_default=text("false"))
    """A person, or the shop's trust in provable grounds, has approved the draft for filing."""
    triage: Mapped[Triage] = mapped_column(TextEnum(Triage), server_default="open")
    complaint_at: Mapped[datetime | None]
    """Of the newest observation that the complaint's state rests on."""
    filed_by: Mapped[FiledBy | None] = mapped_column(TextEnum(FiledBy))
    filed_at: Mapped[datetime | None]
    verdict_at: Mapped[datetime | None]
    conflict: Mapped[str | None]
    """What another source says of the complaint against what stands here; a person decides."""
    odds: Mapped[int] = mapped_column(SmallInteger, server_default=text("0"))
    """Lower bound of the chance of approval, per mille; queues are ordered by it."""
    visibility: Mapped[Visibility] = mapped_column(TextEnum(Visibility), server_default="unknown")
    purchase: Mapped[Purchase] = mapped_column(TextEnum(Purchase), server_default="unknown")
    supplemented: Mapped[bool] = mapped_column(server_default=text("false"))
    rating_excluded: Mapped[bool] = mapped_column(server_default=text("false"))
    can_submit: Mapped[bool | None]
    chat: Mapped[ChatState] = mapped_column(TextEnum(ChatState), server_default="unknown")
    chat_at: Mapped[datetime | None]
    chat_linked: Mapped[bool] = mapped_column(server_default=text("false"))
    page_read_at: Mapped[datetime | None]
    """When a page was first read, and whenever what it showed changed; `page_states` know each reading."""
    read_again: Mapped[bool] = mapped_column(server_default=text("false"))
    not_found: Mapped[int] = mapped_column(SmallInteger, server_default=text("0"))
    cooling: Mapped[bool] = mapped_column(server_default=text("false"))
    """A page lacked it: left alone until `cool_until`, when a timer lifts this."""
    cool_until: Mapped[datetime | None]
    leased_to: Mapped[UUID | None] = mapped_column(Uuid)
    """The access token that its task was handed to, until `leased_until`."""
    leased_until: Mapped[datetime | None]
    queued_complaint: Mapped[bool] = mapped_column(Boolean, _when(QUEUED_COMPLAINT))
    queued_chat: Mapped[bool] = mapped_column(Boolean, _when(QUEUED_CHAT))
    potential_chat: Mapped[bool] = mapped_column(Boolean, _when(POTENTIAL_CHAT))
    queued_link: Mapped[bool] = mapped_column(Boolean, _when(QUEUED_LINK))
    queued_reading: Mapped[bool] = mapped_column(Boolean, _when(QUEUED_READING))
    candidate: Mapped[bool] = mapped_column(Boolean, _when(CANDIDATE))


class StandingEvent(Model):
    """One change of a complaint's or a chat's state, or a conflict about it; append-only."""

    __tablename__ = "standing_events"
    __table_args__ = (one_of("source", Source),)
    shop_id: Mapped[UUID] = mapped_column(ForeignKey("shops.id", ondelete="CASCADE"), primary_key=True)
    feedback_id: Mapped[str] = mapped_column(primary_key=True)
    id: Mapped[UUID] = mapped_column(primary_key=True, server_default=text("gen_random_uuid()"))
    at: Mapped[datetime] = mapped_column(server_default=text("clock_timestamp()"))
    track: Mapped[str]
    """complaint, chat or conflict; approval for what people and rules decide about a complaint before it is filed."""
    from_state: Mapped[str]
    to_state: Mapped[str]
    source: Mapped[Source] = mapped_column(TextEnum(Source))
    observed_at: Mapped[datetime]
    actor: Mapped[str]
    raw: Mapped[str]
    """The words as they came."""


class Tally(Model):
    """A change of a shop's counts, written with the rows that changed; the sum is the count, a timer folds the rows."""

    __tablename__ = "tallies"
    shop_id: Mapped[UUID] = mapped_column(ForeignKey("shops.id", ondelete="CASCADE"), primary_key=True)
    id: Mapped[UUID] = mapped_column(primary_key=True, server_default=text("gen_random_uuid()"))
    queued_complaints: Mapped[int] = mapped_column(Integer, server_default=text("0"))
    queued_chats: Mapped[int] = mapped_column(Integer, server_default=text("0"))
    queued_links: Mapped[int] = mapped_column(Integer, server_default=text("0"))
    queued_readings: Mapped[int] = mapped_column(Integer, server_default=text("0"))
    potential_negatives: Mapped[int] = mapped_column(Integer, server_default=text("0"))
    potential_fours: Mapped[int] = mapped_column(Integer, server_default=text("0"))
    candidates: Mapped[int] = mapped_column(Integer, server_default=text("0"))
    to_approve: Mapped[int] = mapped_column(Integer, server_default=text("0"))
    ready: Mapped[int] = mapped_column(Integer, server_default=text("0"))
    pending: Mapped[int] = mapped_column(Integer, server_default=text("0"))
    approved: Mapped[int] = mapped_column(Integer, server_default=text("0"))
    rejected: Mapped[int] = mapped_column(Integer, server_default=text("0"))
    reconsidered: Mapped[int] = mapped_column(Integer, server_default=text("0"))
    chats_working: Mapped[int] = mapped_column(Integer, server_default=text("0"))
    chats_missing: Mapped[int] = mapped_column(Integer, server_default=text("0"))
    pages_can: Mapped[int] = mapped_column(Integer, server_default=text("0"))
    pages_cannot: Mapped[int] = mapped_column(Integer, server_default=text("0"))
    page_at: Mapped[datetime | None]
    """When pages were last reported."""


class ComplaintSize(Model):
    """A change of how many complaints a product has in a state, by rating; the sum is the number, as of a Tally.

    The state is queued for drafts that the extension may file, else a filed complaint's own.
    """

    __tablename__ = "complaint_sizes"
    shop_id: Mapped[UUID] = mapped_column(ForeignKey("shops.id", ondelete="CASCADE"), primary_key=True)
    nm_id: Mapped[int] = mapped_column(primary_key=True)
    rating: Mapped[int] = mapped_column(SmallInteger, primary_key=True)
    state: Mapped[str] = mapped_column(primary_key=True)
    id: Mapped[UUID] = mapped_column(primary_key=True, server_default=text("gen_random_uuid()"))
    complaints: Mapped[int] = mapped_column(Integer)


class FeedbackCount(Model):
    """A shop's feedbacks not deleted at Wildberries, by rating; counted anew when something changed."""

    __tablename__ = "feedback_counts"
    shop_id: Mapped[UUID] = mapped_column(ForeignKey("shops.id", ondelete="CASCADE"), primary_key=True)
    rating: Mapped[int] = mapped_column(SmallInteger, primary_key=True)
    feedbacks: Mapped[int] = mapped_column(Integer)


class StandingRefresh(Model):
    """Up to when a shop's changed feedbacks are in its standings; at `again_at` one looks for late commits."""

    __tablename__ = "standing_refreshes"
    shop_id: Mapped[UUID] = mapped_column(ForeignKey("shops.id", ondelete="CASCADE"), primary_key=True)
    through: Mapped[datetime]
    again_at: Mapped[datetime | None]
