"""A change of the settings by which a shop answers."""

from datetime import datetime
from typing import Any, TypedDict

from sqlalchemy.ext.asyncio import AsyncSession

from app.accounts.models import User
from app.kit.errors import Conflict
from app.shops import queries
from app.shops.events import record
from app.shops.models import ReplyMode, Shop, ShopSettings


class SettingsChange(TypedDict, total=False):
    """Only what is present changes."""

    reply_mode: ReplyMode
    rating_mode_map: dict[str, Any]
    blacklist_keywords: list[str]
    templates: dict[str, Any]
    signatures: list[str]
    tone: str
    questions_reply_mode: ReplyMode
    questions_auto_draft: bool
    questions_auto_publish: bool


class SettingsChanged(Conflict):
    """Somebody saved other settings since the caller read them."""

    code = "SETTINGS_CHANGED"
    message = "Настройки уже изменил кто-то другой. Обновите страницу и повторите."


async def change_settings(
    session: AsyncSession, shop: Shop, user: User, change: SettingsChange, *, version: int, now: datetime
) -> ShopSettings:
    """`version` is the one the caller has read; the journal keeps what each changed field was and became."""
    settings = await queries.lock_settings(session, shop.id)
    if settings.version != version:
        raise SettingsChanged
    before = {name: getattr(settings, name) for name in change}
    changed = {name: value for name, value in change.items() if before[name] != value}
    if not changed:
        return settings
    for name, value in changed.items():
        setattr(settings, name, value)
    settings.version += 1
    settings.updated_at = now
    details = {"before": {name: before[name] for name in changed}, "after": changed}
    record(session, shop, user.actor, "settings_changed", details, now=now)
    await session.flush()
    return settings
