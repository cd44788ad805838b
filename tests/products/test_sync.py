"""Cards page by page, resumable, and then only what changed."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from sqlalchemy import select, update

from app.feedbacks.queries import get_feedback
from app.kit.db import Database, forbid_open_transaction
from app.kit.errors import Unavailable
from app.products.jobs import SyncProducts
from app.products.models import Product, ProductSync
from app.products.ports import Card, CardCursor, CardPage, CardsForbidden
from app.products.queries import facts_of, shops_due
from app.products.sync import sync_products
from app.replies.voices import request_for
from app.shops.models import Shop, ShopSettings, ShopToken
from tests.factories import Make

pytestmark = pytest.mark.anyio
Sync = Callable[[], Awaitable[ProductSync]]


def card(nm_id: int, title: str = "Свитер") -> Card:
    return Card(
        nm_id=nm_id,
        imt_id=7,
        vendor_code=f"SV-{nm_id}",
        subject_id=1,
        subject="Свитеры",
        brand="Тепло",
        title=title,
        description="Тёплый.",
        characteristics={"Состав": ["хлопок 100 %"]},
        sizes=["S"],
        photos=["https://example.com/1.webp"],
        video=None,
        updated_at=datetime.now(UTC),
    )


@dataclass
class Cards:
    """A CardSource: (when changed, card), oldest change first."""

    rows: list[tuple[str, Card]] = field(default_factory=list)
    asked: list[CardCursor | None] = field(default_factory=list)
    breaks_at: int = 0
    forbidden: bool = False

    async def page(self, shop_id: UUID, *, after: CardCursor | None, limit: int) -> CardPage:
        forbid_open_transaction()
        self.asked.append(after)
        if self.forbidden:
            raise CardsForbidden
        if len(self.asked) == self.breaks_at:
            raise Unavailable
        rest = [
            row for row in sorted(self.rows, key=_key) if after is None or _key(row) > (after.updated_at, after.nm_id)
        ]
        page = rest[:limit]
        cursor = CardCursor(updated_at=page[-1][0], nm_id=page[-1][1].nm_id) if page else None
        return CardPage(cards=[row[1] for row in page], cursor=cursor, total=len(page), broken=0)


def _key(row: tuple[str, Card]) -> tuple[str, int]:
    return row[0], row[1].nm_id


@pytest.fixture
async def shop(make: Make, database: Database) -> Shop:
    shop = await make.shop()
    await categories(database, shop, ["feedbacks", "content"])
    return shop


async def categories(database: Database, shop: Shop, names: list[str]) -> None:
    async with database.transaction() as session:
        await session.execute(update(ShopToken).where(ShopToken.shop_id == shop.id).values(categories=names))


@pytest.fixture
def source() -> Cards:
    return Cards()


@pytest.fixture
def sync(database: Database, shop: Shop, source: Cards) -> Sync:
    async def run() -> ProductSync:
        await sync_products(SyncProducts(shop_id=shop.id), database=database, source=source)
        async with database.transaction() as session:
            return await session.get_one(ProductSync, shop.id)

    return run


async def stored(database: Database) -> Sequence[Product]:
    async with database.transaction() as session:
        return (await session.scalars(select(Product).order_by(Product.nm_id))).all()


async def test_all_cards_then_only_the_changed_ones(sync: Sync, source: Cards, database: Database) -> None:
    source.rows = [(f"2026-01-{1 + n % 28:02d}T00:00:00Z", card(n)) for n in range(1, 251)]
    first = await sync()
    calls, source.asked = len(source.asked), []
    source.rows = [row for row in source.rows if row[1].nm_id != 5]
    source.rows.append(("2026-02-01T00:00:00Z", card(5, "Свитер новый")))

    await sync()

    rows = await stored(database)
    assert calls == 3
    assert len(rows) == 250
    assert rows[4].title == "Свитер новый"
    assert [after.updated_at for after in source.asked if after] == ["2026-01-28T00:00:00Z"]
    assert first.next_sync_at - datetime.now(UTC) > timedelta(hours=23)


async def test_a_run_that_breaks_off_goes_on_where_it_stopped(sync: Sync, source: Cards, database: Database) -> None:
    source.rows = [("2026-01-01T00:00:00Z", card(n)) for n in range(1, 151)]
    source.breaks_at = 2
    with pytest.raises(Unavailable):
        await sync()
    half = len(await stored(database))

    done = await sync()

    assert (half, len(await stored(database))) == (100, 150)
    assert source.asked[-1] == CardCursor(updated_at="2026-01-01T00:00:00Z", nm_id=100)
    assert done.finished_at is not None


async def test_a_token_without_content_asks_nobody(shop: Shop, source: Cards, database: Database) -> None:
    await categories(database, shop, ["feedbacks"])

    await sync_products(SyncProducts(shop_id=shop.id), database=database, source=source)

    assert source.asked == []


async def test_403_is_kept_in_words_and_asked_again_tomorrow(sync: Sync, source: Cards, database: Database) -> None:
    source.forbidden = True

    state = await sync()

    assert state.note == CardsForbidden.message
    async with database.transaction() as session:
        assert await shops_due(session, limit=10) == []


async def test_only_shops_that_open_content_are_due(make: Make, shop: Shop, database: Database) -> None:
    await make.shop()

    async with database.transaction() as session:
        due = await shops_due(session, limit=10)

    assert [shop_id for shop_id, _ in due] == [shop.id]


async def test_facts_are_the_shops_own_and_reach_the_writer(
    sync: Sync, source: Cards, make: Make, shop: Shop, database: Database
) -> None:
    source.rows = [("2026-01-01T00:00:00Z", card(42))]
    await sync()
    feedback, unknown = await make.feedback(shop, nm_id=42), await make.feedback(shop, nm_id=43)
    other = await make.shop()

    async with database.transaction() as session:
        told, foreign = await facts_of(session, shop.id, 42), await facts_of(session, other.id, 42)
        settings = await session.get_one(ShopSettings, shop.id)
        request = await request_for(session, settings, await get_feedback(session, shop.id, feedback.wb_id))
        without = await request_for(session, settings, unknown)

    assert "Состав: хлопок 100 %" in told
    assert foreign == ()
    assert request.facts == told
    assert without.facts == ("Свитер", "Тепло", "серый", "46")
