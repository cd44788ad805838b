"""Honest words about what chats can do now, and when what will happen."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.chats import queries
from app.chats.capability import ChatsOff, ChatsReadOnly, get_chat_token
from app.chats.ports import ChatCall, ChatLimits
from app.chats.stream_models import ChatSync
from app.kit.clock import utc_now
from app.kit.limits import Budget, RateBucket
from app.shops.models import Shop, ShopToken

SLOW = "Базовый токен: список и события чатов читаются раз в час, история до подключения не загружается."


@dataclass(frozen=True, slots=True, kw_only=True)
class Capability:
    """`word` says in Russian what does not work; empty when everything does."""

    can_read: bool
    can_send: bool
    full_limits: bool
    word: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """`next_calls` are the earliest moments for each method; `share` is how much of the history has been read."""

    capability: Capability
    sync: ChatSync | None
    share: float | None
    estimate: int | None
    next_calls: dict[ChatCall, datetime]


async def capability_of(session: AsyncSession, shop_id: UUID, *, limits: ChatLimits) -> Capability:
    """By the shop's tokens, and by what Wildberries said last."""
    try:
        token = await get_chat_token(session, shop_id)
    except ChatsOff as off:
        return Capability(can_read=False, can_send=False, full_limits=False, word=off.message)
    sync, full = await queries.find_sync(session, shop_id), limits.is_full(token.kind)
    words = [
        sync.trouble if sync and sync.trouble else "",
        ChatsReadOnly.message if token.read_only else "",
        "" if full else SLOW,
    ]
    blocked = bool(sync and sync.trouble)
    return Capability(
        can_read=not blocked,
        can_send=not (blocked or token.read_only),
        full_limits=full,
        word=" ".join(filter(None, words)),
    )


async def progress_of(session: AsyncSession, shop: Shop, *, limits: ChatLimits) -> Progress:
    """Everything the dashboard tells of a shop's chats."""
    capability, sync = await capability_of(session, shop.id, limits=limits), await queries.find_sync(session, shop.id)
    share = _share(sync)
    return Progress(
        capability=capability,
        sync=sync,
        share=share,
        estimate=round(sync.events / share) if sync and share else None,
        next_calls=await _next_calls(session, shop, limits=limits),
    )


def _share(sync: ChatSync | None) -> float | None:
    """Of the time between the oldest event and now, as the stream is in order of time."""
    if sync is None or not sync.from_oldest or sync.oldest_at is None or sync.newest_at is None:
        return None
    if sync.backfilled_at is not None:
        return 1.0
    span = (utc_now() - sync.oldest_at).total_seconds()
    return round(min(1.0, max(0.001, (sync.newest_at - sync.oldest_at).total_seconds() / max(1.0, span))), 4)


async def _next_calls(session: AsyncSession, shop: Shop, *, limits: ChatLimits) -> dict[ChatCall, datetime]:
    try:
        token: ShopToken = await get_chat_token(session, shop.id)
    except ChatsOff:
        return {}
    found = {}
    for call in ChatCall:
        bucket = await session.get(RateBucket, limits.bucket_key(shop.seller_id, call))
        found[call] = _possible_at(bucket, limits.budget(token.kind, call))
    return found


def _possible_at(bucket: RateBucket | None, budget: Budget) -> datetime:
    now = utc_now()
    if bucket is None:
        return now
    token_at = bucket.full_at - timedelta(seconds=budget.interval * (budget.capacity - 1))
    return max(now, token_at, bucket.blocked_until or now)
