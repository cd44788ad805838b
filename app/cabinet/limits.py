"""How fast the extensions may work in a cabinet, how many complaints leave it a day, and what an approved one costs."""

from dataclasses import asdict, dataclass, fields
from datetime import datetime
from typing import TypedDict
from uuid import UUID

from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from app.accounts.models import User
from app.cabinet.page_models import CabinetSettings
from app.kit.db import Direct
from app.kit.errors import Conflict
from app.shops.events import record
from app.shops.models import Shop

UNSAVED = 0
"""The version of a shop that still has the defaults."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """Pauses in milliseconds, the price of an approved complaint in kopecks; these are the defaults."""

    chats_per_run: int = 50
    complaints_per_run: int = 300
    chat_pause_ms: int = 3000
    complaint_pause_ms: int = 1500
    complaints_per_day: int = 300
    trust_rules: bool = False
    approved_price: int = 0
    version: int = UNSAVED


_NAMES = tuple(field.name for field in fields(Limits))
_READ = f"SELECT {', '.join(_NAMES)} FROM cabinet_settings WHERE shop_id = $1"  # noqa: S608


class LimitsChange(TypedDict):
    """All of them."""

    chats_per_run: int
    complaints_per_run: int
    chat_pause_ms: int
    complaint_pause_ms: int
    complaints_per_day: int
    trust_rules: bool
    approved_price: int


class LimitsChanged(Conflict):
    """Somebody saved other limits since the caller read them."""

    code = "LIMITS_CHANGED"
    message = "Лимиты уже изменил кто-то другой. Обновите страницу и повторите."


async def limits_of(connection: Direct, shop_id: UUID) -> Limits:
    """What the shop saved, or the defaults."""
    row = await connection.fetchrow(_READ, shop_id)
    return Limits(**row) if row is not None else Limits()


async def change_limits(
    session: AsyncSession, shop: Shop, user: User, change: LimitsChange, *, version: int, now: datetime
) -> Limits:
    """`version` is the one the caller has read; the journal keeps what each changed field was and became."""
    fresh = {**asdict(Limits()), "shop_id": shop.id, "updated_at": now, "updated_by": user.actor}
    await session.execute(insert(CabinetSettings).values(**fresh).on_conflict_do_nothing())
    row = await session.get_one(CabinetSettings, shop.id, with_for_update=True, populate_existing=True)
    if row.version != version:
        raise LimitsChanged
    before = {name: getattr(row, name) for name in change}
    changed = {name: value for name, value in change.items() if before[name] != value}
    if changed:
        for name, value in changed.items():
            setattr(row, name, value)
        row.version, row.updated_at, row.updated_by = version + 1, now, user.actor
        details = {"before": {name: before[name] for name in changed}, "after": changed}
        record(session, shop, user.actor, "cabinet_limits_changed", details, now=now)
        await session.flush()
    return Limits(**{name: getattr(row, name) for name in _NAMES})
