"""The journal of a shop."""

from datetime import datetime
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from app.shops.models import Shop, ShopEvent


def record(
    session: AsyncSession, shop: Shop, actor: str, action: str, details: dict[str, Any], *, now: datetime
) -> None:
    """Written with the change it tells of; `details` must hold no secret."""
    session.add(ShopEvent(shop_id=shop.id, at=now, actor=actor, action=action, details=details))
