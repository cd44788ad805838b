"""What a shop's people should know about its token before it lets them down."""

import math
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from app.kit.clock import MOSCOW
from app.shops.models import Shop, ShopEvent, ShopToken, TokenKind

THRESHOLDS = (1, 3, 7, 14, 30)
SYSTEM = "system"


@dataclass(frozen=True, slots=True, kw_only=True)
class TokenWarning:
    """`code` is stable, `message` is for people; `loud` ones must not be overlooked."""

    code: str
    message: str
    loud: bool = False


def warnings_of(token: ShopToken, *, now: datetime) -> list[TokenWarning]:
    """The gravest first."""
    found = [_refused(token), _basic(token), _expiry(token, now), _read_only(token), _unknown(token)]
    return sorted((warning for warning in found if warning), key=lambda warning: not warning.loud)


def threshold(expires_at: datetime, *, now: datetime) -> int | None:
    """The narrowest of 30, 14, 7, 3, 1 days that is reached; None while there is time, and after the end."""
    left = expires_at - now
    if left <= timedelta(0):
        return None
    return next((days for days in THRESHOLDS if left <= timedelta(days=days)), None)


async def due_token_warnings(session: AsyncSession, now: datetime) -> list[ShopEvent]:
    """Records an event once per token and threshold; several timers at once do not repeat it."""
    expiring = (
        select(ShopToken)
        .join(Shop, Shop.id == ShopToken.shop_id)
        .where(
            Shop.archived_at.is_(None),
            ShopToken.expires_at > now,
            ShopToken.expires_at <= now + timedelta(days=max(THRESHOLDS)),
        )
        .with_for_update(of=ShopToken, skip_locked=True)
    )
    events = []
    for token in await session.scalars(expiring):
        days = threshold(token.expires_at, now=now)
        if days is not None and (token.warned_days is None or days < token.warned_days):
            token.warned_days = days
            events.append(_event(token, days, now))
    session.add_all(events)
    await session.flush()
    return events


def _event(token: ShopToken, days: int, now: datetime) -> ShopEvent:
    details = {"purpose": token.purpose.value, "days": days, "expires_at": token.expires_at.isoformat()}
    return ShopEvent(shop_id=token.shop_id, at=now, actor=SYSTEM, action="token_expires_soon", details=details)


def _refused(token: ShopToken) -> TokenWarning | None:
    if token.refused_at is None:
        return None
    message = "Wildberries больше не принимает этот токен: добавьте новый."
    return TokenWarning(code="TOKEN_REFUSED", message=message, loud=True)


def _basic(token: ShopToken) -> TokenWarning | None:
    if token.kind is not TokenKind.BASIC:
        return None
    message = (
        "Базовый токен: 5 запросов в час на все отзывы и вопросы, включая публикацию ответов. "
        "Для работы нужен персональный или сервисный токен."
    )
    return TokenWarning(code="TOKEN_BASIC", message=message, loud=True)


def _unknown(token: ShopToken) -> TokenWarning | None:
    if token.kind is not TokenKind.UNKNOWN:
        return None
    message = "Вид токена неизвестен: работаем с ним как с базовым, 5 запросов в час."
    return TokenWarning(code="TOKEN_KIND_UNKNOWN", message=message)


def _read_only(token: ShopToken) -> TokenWarning | None:
    if not token.read_only:
        return None
    message = "Токен только для чтения: публиковать ответы с ним нельзя."
    return TokenWarning(code="TOKEN_READ_ONLY", message=message)


def _expiry(token: ShopToken, now: datetime) -> TokenWarning | None:
    if token.expires_at <= now:
        return TokenWarning(code="TOKEN_EXPIRED", message="Срок токена истёк: добавьте новый.", loud=True)
    days = threshold(token.expires_at, now=now)
    if days is None:
        return None
    left = math.ceil((token.expires_at - now) / timedelta(days=1))
    until = token.expires_at.astimezone(MOSCOW)
    message = f"Токен действует до {until:%d.%m.%Y}, осталось дней: {left}. Добавьте новый заранее."

    return TokenWarning(code="TOKEN_EXPIRES_SOON", message=message, loud=days <= 3)
