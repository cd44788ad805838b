"""Shops and what belongs to them."""

from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from app.kit.db import Model, TextEnum, one_of


class Role(StrEnum):
    """What a member may do: an owner everything, a manager the daily work, a viewer only look."""

    OWNER = "owner"
    MANAGER = "manager"
    VIEWER = "viewer"

    def covers(self, needed: "Role") -> bool:
        """An owner may do what a manager may, a manager what a viewer may."""
        ladder = (Role.VIEWER, Role.MANAGER, Role.OWNER)
        return ladder.index(self) >= ladder.index(needed)


class TokenKind(StrEnum):
    """Wildberries' token kinds; unknown ones get the limits of a basic token."""

    BASIC = "basic"
    TEST = "test"
    PERSONAL = "personal"
    SERVICE = "service"
    UNKNOWN = "unknown"


class TokenPurpose(StrEnum):
    """The main token serves everything; a second one may serve chats alone."""

    MAIN = "main"
    CHAT = "chat"


class ReplyMode(StrEnum):
    """manual: drafts on request; semi: drafts by themselves, a person approves; auto: published if clean."""

    MANUAL = "manual"
    SEMI = "semi"
    AUTO = "auto"


class Shop(Model):
    """A cabinet at Wildberries; `seller_id` is the token's `sid`, its identity there."""

    __tablename__ = "shops"
    __table_args__ = (Index("uq_shops_seller_id", "seller_id", unique=True),)
    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    seller_id: Mapped[str]
    name: Mapped[str]
    created_at: Mapped[datetime]
    archived_at: Mapped[datetime | None]


class ShopToken(Model):
    """A Wildberries token: encrypted, with what its claims say; `refused_at` is set when WB answers 401."""

    __tablename__ = "shop_tokens"
    __table_args__ = (one_of("purpose", TokenPurpose), one_of("kind", TokenKind))
    shop_id: Mapped[UUID] = mapped_column(ForeignKey("shops.id", ondelete="CASCADE"), primary_key=True)
    purpose: Mapped[TokenPurpose] = mapped_column(TextEnum(TokenPurpose), primary_key=True)
    encrypted: Mapped[str]
    last4: Mapped[str]
    kind: Mapped[TokenKind] = mapped_column(TextEnum(TokenKind))
    categories: Mapped[list[str]]
    read_only: Mapped[bool]
    expires_at: Mapped[datetime]
    added_at: Mapped[datetime]
    warned_days: Mapped[int | None]
    refused_at: Mapped[datetime | None]


class Membership(Model):
    """A user's role in a shop."""

    __tablename__ = "memberships"
    __table_args__ = (one_of("role", Role), Index("ix_memberships_user_id", "user_id"))
    shop_id: Mapped[UUID] = mapped_column(ForeignKey("shops.id", ondelete="CASCADE"), primary_key=True)
    user_id: Mapped[UUID] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), primary_key=True)
    role: Mapped[Role] = mapped_column(TextEnum(Role))
    joined_at: Mapped[datetime]


class Invite(Model):
    """A link that makes its bearer a member: seven days, once."""

    __tablename__ = "invites"
    __table_args__ = (one_of("role", Role), Index("ix_invites_token_hash", "token_hash"))
    shop_id: Mapped[UUID] = mapped_column(ForeignKey("shops.id", ondelete="CASCADE"), primary_key=True)
    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    token_hash: Mapped[str]
    role: Mapped[Role] = mapped_column(TextEnum(Role))
    invited_by: Mapped[UUID] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"))
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    used_at: Mapped[datetime | None]


class ShopSettings(Model):
    """In whose voice and how far by itself the shop answers; `rating_mode_map` is {"1": "semi", …}."""

    __tablename__ = "shop_settings"
    __table_args__ = (one_of("reply_mode", ReplyMode), one_of("questions_reply_mode", ReplyMode))
    shop_id: Mapped[UUID] = mapped_column(ForeignKey("shops.id", ondelete="CASCADE"), primary_key=True)
    reply_mode: Mapped[ReplyMode] = mapped_column(TextEnum(ReplyMode))
    rating_mode_map: Mapped[dict[str, Any]]
    questions_reply_mode: Mapped[ReplyMode] = mapped_column(TextEnum(ReplyMode), default=ReplyMode.SEMI)
    questions_auto_draft: Mapped[bool] = mapped_column(default=True)
    questions_auto_publish: Mapped[bool] = mapped_column(default=False)
    blacklist_keywords: Mapped[list[str]]
    templates: Mapped[dict[str, Any]]
    signatures: Mapped[list[str]]
    tone: Mapped[str]
    version: Mapped[int]
    updated_at: Mapped[datetime]


class ShopEvent(Model):
    """What was done to a shop and by whom: members, tokens, settings, archive; append-only."""

    __tablename__ = "shop_events"
    shop_id: Mapped[UUID] = mapped_column(ForeignKey("shops.id", ondelete="CASCADE"), primary_key=True)
    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    at: Mapped[datetime]
    actor: Mapped[str]
    action: Mapped[str]
    details: Mapped[dict[str, Any]]
