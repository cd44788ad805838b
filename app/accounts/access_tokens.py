"""Access tokens of browser extensions: made, shown once, found by their secret, revoked."""

import json
import secrets
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from sqlalchemy import func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.accounts.models import AccessToken, TokenScope
from app.accounts.queries import lock_user
from app.kit.db import Direct
from app.kit.errors import Conflict, Invalid, NotFound
from app.kit.secrets import Vault

PREFIX: Final = "wbrm_"
MOST_LIVE: Final = 50
LONGEST_LIFE: Final = timedelta(days=3660)

# A flood of requests with one token writes its row once a minute; whoever comes second finds nothing left to write.
_FIND = """
WITH found AS (
  SELECT id, user_id, label, scopes, expires_at FROM access_tokens
  WHERE token_hash = ANY($1::bytea[]) AND revoked_at IS NULL AND (expires_at IS NULL OR expires_at > $3)
), noted AS (
  UPDATE access_tokens t SET last_used_at = $3, token_hash = $2
  FROM found WHERE t.id = found.id
    AND (t.last_used_at IS NULL OR t.last_used_at <= $3 - interval '1 minute' OR t.token_hash <> $2)
)
SELECT id, user_id, label, scopes, expires_at FROM found
"""


class AccessTokenNotFound(NotFound):
    """No such token of this user."""

    code = "ACCESS_TOKEN_NOT_FOUND"
    message = "Такого токена нет."


class TooManyTokens(Conflict):
    """Nobody has so many browsers; a forgotten token is a door left open."""

    code = "TOO_MANY_TOKENS"
    message = f"Действующих токенов уже {MOST_LIVE}. Отзовите ненужные."


class UnfitExpiry(Invalid):
    """A token that ends before it begins, or practically never."""

    code = "UNFIT_EXPIRY"
    message = "Срок действия должен быть в будущем и не дальше десяти лет."


@dataclass(frozen=True, slots=True, kw_only=True)
class IssuedToken:
    """The only moment at which the secret is known to us."""

    token: AccessToken
    secret: str = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Caller:
    """Whom a live token speaks for, and what it may do."""

    user_id: UUID
    token_id: UUID
    label: str
    scopes: frozenset[TokenScope]
    expires_at: datetime | None

    @property
    def actor(self) -> str:
        """How histories name this person."""
        return f"user:{self.user_id}"


async def make_token(
    session: AsyncSession,
    user_id: UUID,
    *,
    label: str,
    scopes: Iterable[TokenScope],
    expires_at: datetime | None,
    vault: Vault,
    now: datetime,
) -> IssuedToken:
    """Of two at once at the limit, one is refused."""
    if expires_at is not None and not now < expires_at < now + LONGEST_LIFE:
        raise UnfitExpiry
    await lock_user(session, user_id)
    if await _count_live(session, user_id, now) >= MOST_LIVE:
        raise TooManyTokens
    secret = PREFIX + secrets.token_hex(16)
    token = AccessToken(
        user_id=user_id,
        token_hash=vault.keyed_hashes(secret)[0],
        last4=secret[-4:],
        label=label,
        scopes=[scope.value for scope in TokenScope if scope in set(scopes)],
        created_at=now,
        expires_at=expires_at,
    )
    session.add(token)
    await session.flush()
    return IssuedToken(token=token, secret=secret)


async def tokens_of(session: AsyncSession, user_id: UUID) -> Sequence[AccessToken]:
    """Newest first, those that no longer work among them."""
    theirs = select(AccessToken).where(AccessToken.user_id == user_id)
    return (await session.scalars(theirs.order_by(AccessToken.created_at.desc(), AccessToken.id))).all()


async def rename_token(session: AsyncSession, user_id: UUID, token_id: UUID, label: str) -> AccessToken:
    """Raises AccessTokenNotFound, also for somebody else's."""
    token = await _lock_token(session, user_id, token_id)
    token.label = label
    return token


async def revoke_token(session: AsyncSession, user_id: UUID, token_id: UUID, *, now: datetime) -> AccessToken:
    """For good; the first moment stays when it is asked for again."""
    token = await _lock_token(session, user_id, token_id)
    token.revoked_at = token.revoked_at or now
    return token


async def find_caller(connection: Direct, hashes: list[bytes], *, now: datetime) -> Caller | None:
    """By `Vault.keyed_hashes`; a token known under an older key is re-stored under the first."""
    found = await connection.fetchrow(_FIND, hashes, hashes[0], now)
    if found is None:
        return None
    return Caller(
        user_id=found["user_id"],
        token_id=found["id"],
        label=found["label"],
        scopes=frozenset(TokenScope(scope) for scope in json.loads(found["scopes"])),
        expires_at=found["expires_at"],
    )


async def _count_live(session: AsyncSession, user_id: UUID, now: datetime) -> int:
    live = select(func.count()).where(
        AccessToken.user_id == user_id,
        AccessToken.revoked_at.is_(None),
        or_(AccessToken.expires_at.is_(None), AccessToken.expires_at > now),
    )
    return int(await session.scalar(live) or 0)


async def _lock_token(session: AsyncSession, user_id: UUID, token_id: UUID) -> AccessToken:
    theirs = select(AccessToken).where(AccessToken.id == token_id, AccessToken.user_id == user_id).with_for_update()
    token = await session.scalar(theirs)
    if token is None:
        raise AccessTokenNotFound
    return token
