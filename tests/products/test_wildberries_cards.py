"""The adapter, against a list of answers and against the simulator."""

import json
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from sqlalchemy import func, select, update

from app.kit.db import Database
from app.kit.secrets import Vault
from app.kit.settings import Settings
from app.products.jobs import SyncProducts
from app.products.models import Product
from app.products.ports import CardCursor, CardsForbidden
from app.products.queries import facts_of
from app.products.sync import sync_products
from app.shops.models import ShopToken
from app.wildberries.build import open_wildberries
from app.wildberries.callers import Callers
from app.wildberries.errors import WbUnavailable
from app.wildberries.products import WildberriesCards
from app.wildberries.transport import Hosts, WildberriesTransport, open_http
from tests.factories import Make
from tests.pins.simulated import cabinet, pointed_at, simulator
from tests.wildberries.conftest import TOKEN, Wildberries

pytestmark = pytest.mark.anyio
HOSTS = Hosts(feedbacks="https://f.example", common="https://c.example", content="https://content.example/p")
CARD: dict[str, Any] = {
    "nmID": 5, "imtID": 6, "subjectID": 7, "subjectName": "Свитеры", "vendorCode": "SV", "brand": "Тепло",
    "title": "Свитер", "description": "Тёплый", "updatedAt": "2026-11-01T10:00:00.123456789Z",
    "characteristics": [{"name": "Цвет", "value": ["серый", "белый"]}, {"name": "Вес", "value": 12}, {"name": ""}, 1],
    "photos": [{"big": "https://x/1.webp"}, {}], "sizes": [{"techSize": "S", "wbSize": "42"}, {"techSize": None}],
}  # fmt: skip


@pytest.fixture
def wb() -> Wildberries:
    return Wildberries()


async def test_a_page_of_cards_whatever_they_lack(
    wb: Wildberries, database: Database, vault: Vault, make: Make
) -> None:
    shop = await make.shop(token=TOKEN)
    cursor = {"updatedAt": "2026-11-01T10:00:00.123456789Z", "nmID": 5, "total": 3}
    wb.will(httpx.Response(200, json={"cards": [CARD, {"nmID": 8}, {"title": "без номера"}], "cursor": cursor}))
    after = CardCursor(updated_at="2026-01-01T00:00:00.1Z", nm_id=3)

    async with open_http(httpx.MockTransport(wb)) as http:
        source = WildberriesCards(WildberriesTransport(http, database, hosts=HOSTS), Callers(database, vault))
        page = await source.page(shop.id, after=after, limit=100)

    [asked] = wb.asked
    assert str(asked.url) == "https://content.example/p/content/v2/get/cards/list"
    assert json.loads(asked.content)["settings"] == {
        "sort": {"ascending": True},
        "filter": {"withPhoto": -1},
        "cursor": {"limit": 100, "updatedAt": "2026-01-01T00:00:00.1Z", "nmID": 3},
    }
    full, bare = page.cards
    assert full.characteristics == {"Цвет": ["серый", "белый"], "Вес": ["12"]}
    assert (full.sizes, full.photos) == (["S"], ["https://x/1.webp"])
    assert (bare.nm_id, bare.title, bare.photos) == (8, "", [])
    assert page.cursor == CardCursor(updated_at=cursor["updatedAt"], nm_id=5)  # type: ignore[arg-type]
    assert (page.total, page.broken) == (3, 1)


@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        (httpx.Response(403, json={"title": "forbidden"}), CardsForbidden),
        (httpx.Response(200, json={"cards": []}), WbUnavailable),
    ],
)
async def test_what_is_no_page(
    wb: Wildberries, database: Database, vault: Vault, make: Make, answer: httpx.Response, kind: type[Exception]
) -> None:
    shop = await make.shop(token=TOKEN)
    wb.will(answer)

    async with open_http(httpx.MockTransport(wb)) as http:
        source = WildberriesCards(WildberriesTransport(http, database, hosts=HOSTS), Callers(database, vault))
        with pytest.raises(kind):
            await source.page(shop.id, after=None, limit=100)


@pytest.fixture(scope="module")
def simulator_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with simulator(tmp_path_factory.mktemp("simulator")) as url:
        yield url


@pytest.mark.slow
async def test_the_simulators_cards_become_facts(
    simulator_url: str, settings: Settings, database: Database, vault: Vault, make: Make
) -> None:
    async with cabinet(simulator_url, kind="personal", categories=["content", "feedbacks"]) as seller:
        shop = await make.shop(token=seller.token, seller_id=seller.sid)
        async with database.transaction() as session:
            opened = update(ShopToken).values(categories=["content", "feedbacks"])
            await session.execute(opened)
        await seller.writes()

        async with open_wildberries(pointed_at(simulator_url, settings), database, vault) as wb:
            await sync_products(SyncProducts(shop_id=shop.id), database=database, source=wb.cards)

    async with database.transaction() as session:
        nm_ids = (await session.scalars(select(Product.nm_id))).all()
        told = await facts_of(session, shop.id, nm_ids[0])
        counted = await session.scalar(select(func.count()).select_from(Product))
    assert counted == 10
    assert told[0].startswith("Товар: ")
    assert len(told) > 3
