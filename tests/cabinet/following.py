"""Reads and steps that the tests of standings share."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from app.cabinet.jobs import RefreshStandings
from app.cabinet.models import Standing
from app.cabinet.refreshing import refresh_changed
from app.cabinet.rules import RuleChange, change_rules
from app.cabinet.states import WorkStatus
from app.cabinet.tallies import counts_of, recount
from app.kit.clock import utc_now
from app.kit.db import Database
from app.shops.models import Shop
from tests.factories import Make

NM = 700
WRITTEN = datetime(2026, 3, 2, 9, 15, 20, tzinfo=UTC)


async def refresh(database: Database, shop: Shop, *, now: datetime | None = None) -> None:
    await refresh_changed(RefreshStandings(shop_id=shop.id), database=database, now=now)


async def standing(database: Database, shop: Shop, feedback_id: str) -> Standing | None:
    async with database.transaction() as session:
        return await session.get(Standing, (shop.id, feedback_id))


async def known(database: Database, shop: Shop, feedback_id: str) -> Standing:
    found = await standing(database, shop, feedback_id)
    assert found is not None
    return found


async def rule(database: Database, shop: Shop, make: Make, **change: Any) -> None:
    wanted: RuleChange = {"work_status": WorkStatus.ACTIVE, **change}  # type: ignore[typeddict-item]
    user = await make.user()
    async with database.transaction() as session:
        await change_rules(session, shop, user, [NM], wanted, now=utc_now())


async def counts(database: Database, shop: Shop) -> Mapping[str, Any]:
    """Those that are not zero."""
    async with database.direct() as connection:
        found = (await counts_of(connection, [shop.id])).get(shop.id, {})
    return {name: number for name, number in found.items() if number and name != "shop_id"}


async def true_counts(database: Database, shop: Shop) -> Mapping[str, Any]:
    async with database.direct() as connection:
        await recount(connection, shop.id)
    return await counts(database, shop)
