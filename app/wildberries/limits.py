"""Wildberries' published limits (wb-api.md §3) as budgets for our bucket."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from app.kit.limits import Budget
from app.shops.models import TokenKind


class Bucket(StrEnum):
    """Calls of one bucket share one limit per seller, whatever token or program makes them."""

    FEEDBACKS = "feedbacks"
    CHAT = "chat"
    """All chat methods together: Wildberries publishes a limit for each, and we trust only the sum."""
    CHAT_LIST = "chat.list"
    CHAT_EVENTS = "chat.events"
    CHAT_MESSAGE = "chat.message"
    CHAT_DOWNLOAD = "chat.download"
    CLAIMS_GET = "claims.get"
    CLAIMS_PATCH = "claims.patch"
    SELLER_INFO = "seller-info"
    CARDS_LIST = "cards.list"


@dataclass(frozen=True, slots=True)
class Limit:
    """As published: one call per `interval` seconds, `burst` at once."""

    interval: float
    burst: int


HOUR: Final = 3600.0
FULL: Final = {
    Bucket.FEEDBACKS: Limit(1 / 3, 6),
    Bucket.CHAT: Limit(1, 1),
    Bucket.CHAT_LIST: Limit(1, 10),
    Bucket.CHAT_EVENTS: Limit(1, 10),
    Bucket.CHAT_MESSAGE: Limit(1, 10),
    Bucket.CHAT_DOWNLOAD: Limit(1, 10),
    Bucket.CLAIMS_GET: Limit(3, 10),
    Bucket.CLAIMS_PATCH: Limit(3, 10),
    Bucket.SELLER_INFO: Limit(60, 10),
    Bucket.CARDS_LIST: Limit(0.6, 5),
}
BASIC: Final = {
    Bucket.FEEDBACKS: Limit(HOUR / 5, 1),
    Bucket.CHAT: Limit(1, 1),
    Bucket.CHAT_LIST: Limit(HOUR, 1),
    Bucket.CHAT_EVENTS: Limit(HOUR, 1),
    Bucket.CHAT_MESSAGE: Limit(HOUR, 1),
    Bucket.CHAT_DOWNLOAD: Limit(HOUR / 10, 1),
    Bucket.CLAIMS_GET: Limit(HOUR, 1),
    Bucket.CLAIMS_PATCH: Limit(HOUR, 1),
    Bucket.SELLER_INFO: Limit(24 * HOUR, 1),
    Bucket.CARDS_LIST: Limit(0.6, 5),
}
SAFETY: Final = 1.02
SHORTEST_CLOSURE: Final = 60.0


def has_full_limits(kind: TokenKind, *, has_secret: bool) -> bool:
    """A basic token is lifted by a service's client secret; an unknown kind counts as basic."""
    if kind is TokenKind.BASIC:
        return has_secret
    return kind is not TokenKind.UNKNOWN


def limit_of(kind: TokenKind, bucket: Bucket, *, has_secret: bool) -> Limit:
    """What Wildberries publishes for this token."""
    return (FULL if has_full_limits(kind, has_secret=has_secret) else BASIC)[bucket]


def budget(kind: TokenKind, bucket: Bucket, *, has_secret: bool, speed: float = 1) -> Budget:
    """What we allow ourselves, in real seconds when the other side's clock runs `speed` times faster."""
    limit = limit_of(kind, bucket, has_secret=has_secret)
    # The network compresses the gaps between our grants on their way. Half the burst stays unused: with 3
    # of 6, calls may bunch up by a whole second and still pass.
    return Budget(capacity=max(1, limit.burst // 2), interval=limit.interval * SAFETY / speed)


def closure(kind: TokenKind, bucket: Bucket, *, has_secret: bool) -> float:
    """How long a 429 that does not say closes a bucket, in Wildberries' seconds."""
    return max(SHORTEST_CLOSURE, limit_of(kind, bucket, has_secret=has_secret).interval)
