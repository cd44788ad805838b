"""Every filter against the same question put to a list in memory, page by page."""

from datetime import timedelta
from itertools import product
from random import Random

import pytest

from app.buyers.jobs import RefreshBuyers
from app.buyers.listing import BuyerNotFound, Filters, counted_through, get_buyer, page_of_buyers
from app.buyers.models import Buyer
from app.buyers.refreshing import refresh_buyers
from app.kit.db import Database
from app.kit.keyset import Cursor
from app.shops.models import Shop
from tests.buyers.talk import NOON, chat
from tests.factories import Make

pytestmark = pytest.mark.anyio


@pytest.fixture
async def shop(database: Database, make: Make) -> Shop:
    """Thirty names, several of the same moment."""
    shop, dice = await make.shop(), Random(5)
    for number in range(30):
        name = f"{dice.choice(('Анна', 'Антон', 'Олег', '100%_'))} {number}"
        if dice.random() < 0.8:
            at = NOON + timedelta(minutes=dice.randint(0, 6))
            await make.feedback(shop, buyer_name=name, rating=dice.randint(1, 5), written_at=at)
        if dice.random() < 0.4:
            await chat(database, shop, name, at=NOON + timedelta(minutes=dice.randint(0, 6)))
    await refresh_buyers(RefreshBuyers(shop_id=shop.id), database=database)
    return shop


async def all_pages(database: Database, shop: Shop, filters: Filters, *, size: int) -> list[Buyer]:
    found: list[Buyer] = []
    after = None
    async with database.transaction() as session:
        while page := await page_of_buyers(session, shop.id, filters, after=after, limit=size):
            found += page
            after = Cursor.parse(str(Cursor(at=page[-1].last_at, id=page[-1].name_key)))
    return found


async def test_every_filter_gives_what_a_list_in_memory_gives(database: Database, shop: Shop) -> None:
    everybody = await all_pages(database, shop, Filters(), size=100)

    assert len(everybody) > 20
    assert everybody == sorted(everybody, key=lambda one: (one.last_at, one.name_key), reverse=True)
    ratings, prefixes = (None, 2, 4), ("", "АН", "  анна ", "100%", "_")
    for prefix, has_chat, low, high in product(prefixes, (None, True, False), ratings, ratings):
        filters = Filters(prefix=prefix, has_chat=has_chat, min_rating=low, max_rating=high)
        expected = [
            one.name_key
            for one in everybody
            if one.name_key.startswith(" ".join(prefix.lower().split()))
            and has_chat in (None, one.chats > 0)
            and (low is None or (one.lowest_rating or 0) >= low)
            and (high is None or (one.lowest_rating or 9) <= high)
        ]
        assert [one.name_key for one in await all_pages(database, shop, filters, size=7)] == expected


async def test_a_prefix_of_invisible_characters_finds_nobody(database: Database, shop: Shop) -> None:
    assert await all_pages(database, shop, Filters(prefix="\u200b"), size=10) == []


async def test_a_name_is_found_in_any_spelling_of_its_own_shop(database: Database, make: Make) -> None:
    ours, theirs = await make.shop(), await make.shop()
    await make.feedback(ours, buyer_name="Анна Б")
    await refresh_buyers(RefreshBuyers(shop_id=ours.id), database=database)

    async with database.transaction() as session:
        found = await get_buyer(session, ours.id, " аННА  б")
        for shop, name in ((theirs, "Анна Б"), (ours, "Анна"), (ours, ""), (ours, "***"), (ours, "\x00")):
            with pytest.raises(BuyerNotFound):
                await get_buyer(session, shop.id, name)
        through, never = await counted_through(session, ours.id), await counted_through(session, theirs.id)

    assert found.name == "Анна Б"
    assert through is not None
    assert never is None
