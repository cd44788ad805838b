"""Users and sessions: reference tables, not distributed by shop."""

from datetime import datetime
from enum import StrEnum
from uuid import UUID, uuid4

from sqlalchemy import ForeignKey, Index, LargeBinary, text
from sqlalchemy.orm import Mapped, mapped_column

from app.kit.db import Model, TextEnum, one_of


class SessionKind(StrEnum):
    """A browser's cookie, or a short-lived token of an API user."""

    COOKIE = "cookie"
    BEARER = "bearer"


class User(Model):
    """A person; the e-mail is kept in lower case."""

    __tablename__ = "users"
    __table_args__ = (Index("uq_users_email", text("lower(email)"), unique=True),)
    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    email: Mapped[str]
    name: Mapped[str]
    password_hash: Mapped[str]
    created_at: Mapped[datetime]

    @property
    def actor(self) -> str:
        """How histories name this person."""
        return f"user:{self.id}"


class UserSession(Model):
    """A log-in: only hashes of its secrets are stored."""

    __tablename__ = "sessions"
    __table_args__ = (one_of("kind", SessionKind), Index("ix_sessions_user_id", "user_id"))
    token_hash: Mapped[str] = mapped_column(primary_key=True)
    user_id: Mapped[UUID] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"))
    kind: Mapped[SessionKind] = mapped_column(TextEnum(SessionKind))
    csrf_token: Mapped[str | None]
    created_at: Mapped[datetime]
    last_used_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    user_agent: Mapped[str]


class TokenScope(StrEnum):
    """read: what the extension asks for; report: what it tells."""

    READ = "read"
    REPORT = "report"


class AccessToken(Model):
    """A browser extension's `wbrm_…` token: known by a keyed hash alone, shown once, when it was made."""

    __tablename__ = "access_tokens"
    __table_args__ = (
        Index("uq_access_tokens_token_hash", "token_hash", unique=True),
        Index("ix_access_tokens_user_id", "user_id"),
    )
    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    user_id: Mapped[UUID] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"))
    token_hash: Mapped[bytes] = mapped_column(LargeBinary)
    last4: Mapped[str]
    label: Mapped[str]
    scopes: Mapped[list[str]]
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime | None]
    revoked_at: Mapped[datetime | None]
    last_used_at: Mapped[datetime | None]
    """Written down at most once a minute."""
