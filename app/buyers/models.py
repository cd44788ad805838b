"""Names, and what came under them; made anew from feedbacks and chats whenever these change."""

from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import ForeignKey, Index, Integer, SmallInteger, Text
from sqlalchemy.orm import Mapped, mapped_column

from app.kit.db import Model, TextEnum, one_of


class MentionKind(StrEnum):
    """Where a name stands."""

    CHAT = "chat"
    FEEDBACK = "feedback"


class Mention(Model):
    """A name on a feedback or a chat, as it was when the name was last counted; so a changed name is noticed."""

    __tablename__ = "buyer_mentions"
    __table_args__ = (
        one_of("kind", MentionKind),
        Index("ix_buyer_mentions_name", "shop_id", "name_key", "kind", "at", "ref"),
    )
    shop_id: Mapped[UUID] = mapped_column(ForeignKey("shops.id", ondelete="CASCADE"), primary_key=True)
    kind: Mapped[MentionKind] = mapped_column(TextEnum(MentionKind), primary_key=True)
    ref: Mapped[str] = mapped_column(primary_key=True)
    """`wb_id` of the feedback or `chat_id`."""
    name_key: Mapped[str] = mapped_column(Text(collation="C"))
    name: Mapped[str]
    at: Mapped[datetime]
    rating: Mapped[int | None] = mapped_column(SmallInteger)
    waiting: Mapped[bool]
    """For an answer of ours."""


class Buyer(Model):
    """All mentions of one name in a shop, counted; it may be several people."""

    __tablename__ = "buyers"
    __table_args__ = (Index("ix_buyers_newest", "shop_id", "last_at", "name_key"),)
    shop_id: Mapped[UUID] = mapped_column(ForeignKey("shops.id", ondelete="CASCADE"), primary_key=True)
    name_key: Mapped[str] = mapped_column(Text(collation="C"), primary_key=True)
    name: Mapped[str]
    feedbacks: Mapped[int] = mapped_column(Integer)
    chats: Mapped[int] = mapped_column(Integer)
    rating_sum: Mapped[int] = mapped_column(Integer)
    lowest_rating: Mapped[int | None] = mapped_column(SmallInteger)
    unanswered: Mapped[int] = mapped_column(Integer)
    last_at: Mapped[datetime]

    @property
    def average_rating(self) -> float | None:
        """None for somebody who only ever wrote in a chat."""
        return round(self.rating_sum / self.feedbacks, 2) if self.feedbacks else None


class BuyersState(Model):
    """Up to when a shop's changes are counted; at `again_at` one looks for what was committed late."""

    __tablename__ = "buyers_states"
    shop_id: Mapped[UUID] = mapped_column(ForeignKey("shops.id", ondelete="CASCADE"), primary_key=True)
    through: Mapped[datetime]
    again_at: Mapped[datetime | None]
    rebuilt_at: Mapped[datetime]
