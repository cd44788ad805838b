"""Reads a Wildberries token without asking anybody; what it says is advice until Wildberries confirms it."""

import base64
import json
import re
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from app.kit.errors import Invalid
from app.shops.models import TokenKind, TokenPurpose

LONGEST = 8192
READ_ONLY_BIT = 30
CATEGORY_BITS = {
    "content": 1, "analytics": 2, "prices": 3, "marketplace": 4, "statistics": 5, "promotion": 6,
    "feedbacks": 7, "recommendations": 8, "chat": 9, "supplies": 10, "returns": 11, "documents": 12,
    "finance": 13, "users": 16,
}  # fmt: skip
KIND_OF_ACC = {1: TokenKind.BASIC, 2: TokenKind.TEST, 3: TokenKind.PERSONAL, 4: TokenKind.SERVICE}

# The alphabet is also what makes a token safe to put into a header.
_JWT = re.compile(r"[\w-]+\.([\w-]+={0,2})\.[\w-]+={0,2}", re.ASCII)
_SELLER_ID = re.compile(r"[\w-]{1,64}", re.ASCII)


class MalformedToken(Invalid):
    """Not a JWT, or not one with an expiry."""

    code = "TOKEN_MALFORMED"
    message = "Это не похоже на токен Wildberries. Скопируйте его целиком из личного кабинета WB."


class TokenWithoutSeller(Invalid):
    """Without a `sid` we would not know whose cabinet it opens."""

    code = "TOKEN_WITHOUT_SELLER"
    message = "В токене нет идентификатора продавца. Создайте новый токен в личном кабинете WB."


class TokenExpired(Invalid):
    """Its time is over."""

    code = "TOKEN_EXPIRED"
    message = "Срок действия токена истёк. Создайте новый токен в личном кабинете WB."


class SandboxToken(Invalid):
    """A sandbox token opens no real cabinet."""

    code = "TOKEN_IS_TEST"
    message = "Это тестовый токен: он работает только в песочнице WB. Создайте обычный токен."


class TokenWithoutFeedbacks(Invalid):
    """The main token must open feedbacks."""

    code = "TOKEN_WITHOUT_FEEDBACKS"
    message = "У токена нет категории «Вопросы и отзывы». Создайте токен с этой категорией."


class TokenWithoutChat(Invalid):
    """The chat token must open chats."""

    code = "TOKEN_WITHOUT_CHAT"
    message = "У токена нет категории «Чат с покупателями». Создайте токен с этой категорией."


@dataclass(frozen=True, slots=True, kw_only=True)
class TokenFacts:
    """What the claims say; the token itself is not among them."""

    kind: TokenKind
    categories: tuple[str, ...]
    expires_at: datetime
    read_only: bool
    seller_id: str
    test: bool


def clean_token(pasted: str) -> str:
    """Without the spaces, line breaks and `Bearer ` that come along when people copy."""
    return re.sub(r"\s+", "", re.sub(r"^\s*bearer\s+", "", pasted, flags=re.IGNORECASE))


def decode_token(pasted: str) -> TokenFacts:
    """Tolerates odd claims; refuses only what cannot be a token of a seller."""
    claims = _claims(clean_token(pasted))
    scope = _whole(claims.get("s"))
    return TokenFacts(
        kind=KIND_OF_ACC.get(_whole(claims.get("acc")), TokenKind.UNKNOWN),
        categories=tuple(name for name, bit in CATEGORY_BITS.items() if scope >> bit & 1),
        expires_at=_expiry(claims),
        read_only=bool(scope >> READ_ONLY_BIT & 1),
        seller_id=_seller_id(claims),
        test=claims.get("t") is True or _whole(claims.get("acc")) == 2,
    )


def check_token(facts: TokenFacts, purpose: TokenPurpose, *, now: datetime, accept_test: bool) -> None:
    """Raises when the token cannot serve this purpose, so that nobody waits for Wildberries to say so."""
    if facts.expires_at <= now:
        raise TokenExpired
    if facts.test and not accept_test:
        raise SandboxToken
    if purpose is TokenPurpose.MAIN and "feedbacks" not in facts.categories:
        raise TokenWithoutFeedbacks
    if purpose is TokenPurpose.CHAT and "chat" not in facts.categories:
        raise TokenWithoutChat


def _claims(token: str) -> dict[str, Any]:
    parts = _JWT.fullmatch(token) if len(token) <= LONGEST else None
    if parts is None:
        raise MalformedToken
    body = parts[1].rstrip("=")
    try:
        claims = json.loads(base64.urlsafe_b64decode(body + "=" * (-len(body) % 4)))
    except (ValueError, RecursionError):
        raise MalformedToken from None
    if not isinstance(claims, dict):
        raise MalformedToken
    return claims


def _expiry(claims: dict[str, Any]) -> datetime:
    try:
        return datetime.fromtimestamp(_whole(claims.get("exp")) or 1 << 62, UTC)
    except (ValueError, OverflowError, OSError):
        raise MalformedToken from None


def _seller_id(claims: dict[str, Any]) -> str:
    sid = claims.get("sid")
    if not isinstance(sid, str) or not _SELLER_ID.fullmatch(sid.strip()):
        raise TokenWithoutSeller
    return sid.strip().lower()


def _whole(claim: Any) -> int:
    """A number however it is written; anything else counts as absent."""
    try:
        return 0 if isinstance(claim, bool) else int(claim)
    except (TypeError, ValueError, OverflowError):
        return 0
