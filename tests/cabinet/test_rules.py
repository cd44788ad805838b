"""What a change of rules does, to whom, and what it leaves alone."""

import asyncio
from datetime import UTC, datetime
from typing import Any

import pytest
from sqlalchemy import select, text

from app.accounts.models import User
from app.cabinet.limits import Limits, LimitsChange, LimitsChanged, change_limits, limits_of
from app.cabinet.models import Standing
from app.cabinet.page_models import ProductRule
from app.cabinet.product_listing import ProductFilters, page_of_products, products_like
from app.cabinet.rules import (
    NoRuleToCopy,
    RuleChange,
    RuleChanged,
    UnknownProducts,
    change_rule,
    change_rules,
    copy_rule,
)
from app.cabinet.states import WorkStatus
from app.feedbacks.storing import mark_deleted
from app.kit.clock import utc_now
from app.kit.db import Database
from app.products.models import Product
from app.shops.models import Shop, ShopEvent
from tests.factories import Make

pytestmark = pytest.mark.anyio
ACTIVE: RuleChange = {"work_status": WorkStatus.ACTIVE}


@pytest.fixture
async def owner(make: Make) -> User:
    return await make.user()


@pytest.fixture
async def shop(make: Make, owner: User) -> Shop:
    return await make.shop(owner=owner)


async def change(database: Database, shop: Shop, owner: User, nm_ids: list[int], wanted: RuleChange) -> int:
    async with database.transaction() as session:
        return await change_rules(session, shop, owner, nm_ids, wanted, now=utc_now())


async def rules(database: Database, shop: Shop) -> dict[int, ProductRule]:
    async with database.transaction() as session:
        found = await session.scalars(select(ProductRule).where(ProductRule.shop_id == shop.id))
        return {rule.nm_id: rule for rule in found}


async def card(database: Database, shop: Shop, nm_id: int, **values: Any) -> None:
    row: dict[str, Any] = {
        "imt_id": None, "vendor_code": "", "subject_id": None, "subject": "", "brand": "", "title": "",
        "description": "", "characteristics": {}, "sizes": [], "photos": [], "video": None,
        "wb_updated_at": None, "stored_at": utc_now(), **values,
    }  # fmt: skip
    async with database.transaction() as session:
        session.add(Product(shop_id=shop.id, nm_id=nm_id, **row))


async def test_the_first_change_fills_the_rest_with_defaults_and_the_next_leaves_it_alone(
    database: Database, shop: Shop, owner: User, make: Make
) -> None:
    await make.feedback(shop, nm_id=5)

    await change(database, shop, owner, [5], ACTIVE)
    first = (await rules(database, shop))[5]
    await change(database, shop, owner, [5], {"chats": True, "work_from": datetime(2026, 1, 1, tzinfo=UTC)})
    await change(database, shop, owner, [5], {"chat_ratings": ()})
    last = (await rules(database, shop))[5]

    assert (first.work_status, first.complaint_ratings, first.chats, first.chat_ratings, first.work_from) == (
        WorkStatus.ACTIVE, [1, 2, 3], False, [1, 2, 3, 4], None,
    )  # fmt: skip
    assert (last.work_status, last.chats, last.chat_ratings) == (WorkStatus.ACTIVE, True, [])
    assert last.work_from == datetime(2026, 1, 1, tzinfo=UTC)


async def test_what_changes_nothing_leaves_no_trace(database: Database, shop: Shop, owner: User, make: Make) -> None:
    await make.feedback(shop, nm_id=5)
    await make.feedback(shop, nm_id=6)
    await change(database, shop, owner, [5], ACTIVE)
    before = (await rules(database, shop))[5].updated_at

    changed = [await change(database, shop, owner, nm_ids, ACTIVE) for nm_ids in ([5], [5, 6, 6])]

    async with database.transaction() as session:
        events = (await session.scalars(select(ShopEvent).order_by(ShopEvent.at))).all()
    assert changed == [0, 1]
    assert (await rules(database, shop))[5].updated_at == before
    assert [event.details["products"] for event in events] == [1, 1]
    assert events[1].details["before"] == {"6": None}
    assert events[1].actor == owner.actor


async def test_an_unknown_product_stops_the_whole_edit(database: Database, shop: Shop, owner: User, make: Make) -> None:
    await make.feedback(shop, nm_id=5)
    await make.feedback(await make.shop(), nm_id=6)

    with pytest.raises(UnknownProducts, match="6, 7"):
        await change(database, shop, owner, [5, 6, 7], ACTIVE)

    assert await rules(database, shop) == {}


async def test_a_rule_is_copied_whole_as_it_is_now(database: Database, shop: Shop, owner: User, make: Make) -> None:
    for nm_id in (5, 6, 7):
        await make.feedback(shop, nm_id=nm_id, rating=1)
    await change(database, shop, owner, [5], {**ACTIVE, "complaint_ratings": (1,), "chats": True})
    await change(database, shop, owner, [6], {"work_from": datetime(2026, 1, 1, tzinfo=UTC)})

    async with database.transaction() as session:
        copied = await copy_rule(session, shop, owner, 5, [5, 6, 7], now=utc_now())

    kept = await rules(database, shop)
    assert copied == 2
    assert [
        (kept[nm].work_status, kept[nm].complaint_ratings, kept[nm].chats, kept[nm].work_from) for nm in (6, 7)
    ] == [(WorkStatus.ACTIVE, [1], True, None)] * 2


async def test_nothing_is_copied_from_a_product_without_a_rule(
    database: Database, shop: Shop, owner: User, make: Make
) -> None:
    await make.feedback(shop, nm_id=5)

    async with database.transaction() as session:
        with pytest.raises(NoRuleToCopy):
            await copy_rule(session, shop, owner, 5, [5], now=utc_now())


async def test_another_shops_standings_stay_as_they_are(
    database: Database, shop: Shop, owner: User, make: Make
) -> None:
    other = await make.shop()
    for one in (shop, other):
        await make.feedback(one, nm_id=5, rating=1, wb_id="same")
        async with database.transaction() as session:
            await session.execute(
                text(
                    "INSERT INTO standings (shop_id, feedback_id, nm_id, rating, written_at, has_words,"
                    " complaint_possible, key_shared, in_work, complaint_allowed, chat_allowed)"
                    " VALUES (:shop, 'same', 5, 1, now(), true, true, false, false, false, false)"
                ),
                {"shop": one.id},
            )

    await change(database, shop, owner, [5], ACTIVE)

    async with database.transaction() as session:
        ours, theirs = [await session.get_one(Standing, (one.id, "same")) for one in (shop, other)]
    assert (ours.in_work, theirs.in_work) == (True, False)
    assert (list(await rules(database, shop)), list(await rules(database, other))) == ([5], [])


async def test_of_two_who_saw_the_same_rule_one_comes_too_late(
    database: Database, shop: Shop, owner: User, make: Make
) -> None:
    await make.feedback(shop, nm_id=5)

    async def somebody(status: WorkStatus) -> None:
        async with database.transaction() as session:
            wanted: RuleChange = {"work_status": status}
            await change_rule(session, shop, owner, 5, wanted, seen=(None,), now=utc_now())

    outcomes = await asyncio.gather(
        *(somebody(status) for status in (WorkStatus.ACTIVE, WorkStatus.PAUSED)), return_exceptions=True
    )

    assert [type(outcome) for outcome in outcomes if outcome] == [RuleChanged]


async def test_products_come_from_cards_feedbacks_and_rules_each_once(
    database: Database, shop: Shop, owner: User, make: Make
) -> None:
    await make.feedback(await make.shop(), nm_id=1)
    await card(database, shop, 2, title="Шапка", vendor_code="SH-2", brand="Север")
    await make.feedback(shop, nm_id=2, product_name="Старое имя")
    await make.feedback(shop, nm_id=3, product_name="Шарф", supplier_article="SC-3", brand_name="Юг")
    gone = await make.feedback(shop, nm_id=4)
    await change(database, shop, owner, [4], ACTIVE)
    async with database.transaction() as session:
        await mark_deleted(session, shop.id, [gone.wb_id], now=utc_now())

    async with database.glance() as connection:
        found = await page_of_products(connection, shop.id, ProductFilters(), after=0, limit=10)

    assert [(each.nm_id, each.title, each.vendor_code, each.brand) for each in found] == [
        (2, "Шапка", "SH-2", "Север"), (3, "Шарф", "SC-3", "Юг"), (4, "", "", ""),
    ]  # fmt: skip
    assert [each.kept.rule.work_status for each in found] == ["stopped", "stopped", "active"]
    assert [each.kept.updated_at is None for each in found] == [True, True, False]


async def test_pages_by_two_show_every_product_once(database: Database, shop: Shop, make: Make) -> None:
    for nm_id in (9, 3, 7, 3, 5):
        await make.feedback(shop, nm_id=nm_id)
    for nm_id in (4, 7, 10):
        await card(database, shop, nm_id)
    seen: list[int] = []

    async with database.glance() as connection:
        for _ in range(10):
            page = await page_of_products(connection, shop.id, ProductFilters(), after=max(seen, default=0), limit=2)
            seen += [each.nm_id for each in page]

    assert seen == [3, 4, 5, 7, 9, 10]


@pytest.mark.parametrize(
    ("search", "statuses", "expected"),
    [
        ("шапка", (), [11, 12]),
        ("север ШАП", (), [11]),
        ("sh-1", (), [11]),
        ("12", (), [12]),
        ("100%", (), [12]),
        ("_", (), []),
        ("'; DROP TABLE products; --", (), []),
        ("шапка\x00", (), [11, 12]),
        ("", (WorkStatus.ACTIVE,), [12]),
        ("", (WorkStatus.STOPPED, WorkStatus.PAUSED), [11]),
        ("шапка", (WorkStatus.ACTIVE,), [12]),
    ],
)
async def test_search_and_status_narrow_the_list_and_the_bulk_edit_alike(
    database: Database, shop: Shop, owner: User, search: str, statuses: tuple[WorkStatus, ...], expected: list[int]
) -> None:
    await card(database, shop, 11, title="Шапка тёплая", vendor_code="SH-1", brand="Север")
    await card(database, shop, 12, title="Шапка 100% шерсть", vendor_code="HS-7", brand="Юг")
    await change(database, shop, owner, [12], ACTIVE)
    filters = ProductFilters(search=search, work_statuses=statuses)

    async with database.glance() as connection:
        page = await page_of_products(connection, shop.id, filters, after=0, limit=10)
        every_one = await products_like(connection, shop.id, filters)

    assert [each.nm_id for each in page] == every_one == expected


async def test_a_shop_without_limits_has_the_defaults_until_it_saves_others(
    database: Database, shop: Shop, owner: User
) -> None:
    async with database.glance() as connection:
        before = await limits_of(connection, shop.id)
    wanted: LimitsChange = {
        "chats_per_run": 10, "complaints_per_run": 300, "chat_pause_ms": 3000, "complaint_pause_ms": 1500,
        "complaints_per_day": 20, "trust_rules": True, "approved_price": 15_000,
    }  # fmt: skip

    async with database.transaction() as session:
        saved = await change_limits(session, shop, owner, wanted, version=0, now=utc_now())
    async with database.transaction() as session:
        with pytest.raises(LimitsChanged):
            await change_limits(session, shop, owner, wanted, version=0, now=utc_now())

    async with database.glance() as connection:
        assert await limits_of(connection, shop.id) == saved == Limits(**wanted, version=1)
    assert (before, before.version) == (Limits(), 0)
    async with database.transaction() as session:
        event = (await session.scalars(select(ShopEvent))).one()
    assert event.details["before"] == {
        "chats_per_run": 50, "complaints_per_day": 300, "trust_rules": False, "approved_price": 0,
    }  # fmt: skip
