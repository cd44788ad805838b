"""Cabinets connected by a token."""

import asyncio
from uuid import uuid4

import httpx
import pytest
from sqlalchemy import func, select

from app.kit.db import Database
from app.kit.errors import RateLimited, Unavailable
from app.kit.secrets import Vault
from app.shops.models import Membership, Role, Shop, ShopEvent, ShopSettings, ShopToken
from tests.api.clients import Clients, FakeProbe, code_of, wb_token
from tests.factories import Make

pytestmark = pytest.mark.anyio


async def connect(client: httpx.AsyncClient, token: str, **more: str) -> httpx.Response:
    return await client.post("/api/shops", json={"token": token, **more})


@pytest.fixture
async def olga(clients: Clients, make: Make) -> httpx.AsyncClient:
    return await clients.of(await make.user())


async def test_a_new_cabinet_opens_a_shop_with_an_owner_and_settings(
    olga: httpx.AsyncClient, database: Database, vault: Vault
) -> None:
    token = wb_token("SELLER-1")

    answer = await connect(olga, f"Bearer {token}\n")

    shop = answer.json()
    assert answer.status_code == 201
    assert (shop["name"], shop["role"], shop["seller_id"]) == ("Ромашка", "owner", "seller-1")
    assert shop["main_token"]["kind"] == "personal"
    assert shop["main_token"]["last4"] == token[-4:]
    async with database.transaction() as session:
        stored = (await session.scalars(select(ShopToken))).one()
        settings = (await session.scalars(select(ShopSettings))).one()
        events = (await session.scalars(select(ShopEvent.action))).all()
    assert vault.decrypt(stored.encrypted) == token
    assert (settings.reply_mode, settings.version) == ("semi", 1)
    assert events == ["shop_connected"]


async def test_a_forged_token_neither_opens_nor_squats_a_cabinet(
    olga: httpx.AsyncClient, probe: FakeProbe, database: Database
) -> None:
    token = wb_token()
    probe.forged.add(token)

    answer = await connect(olga, token)

    assert (answer.status_code, code_of(answer)) == (422, "TOKEN_REFUSED")
    assert await _count(database, Shop) == 0


async def test_a_forged_token_does_not_let_anybody_into_a_connected_cabinet(
    olga: httpx.AsyncClient, probe: FakeProbe, make: Make
) -> None:
    shop = await make.shop(owner=await make.user())
    token = wb_token(shop.seller_id)
    probe.forged.add(token)

    await connect(olga, token)

    assert (await olga.get(f"/api/shops/{shop.id}")).status_code == 404


async def test_a_token_of_a_seller_other_than_wildberries_says_is_refused(
    olga: httpx.AsyncClient, probe: FakeProbe, database: Database
) -> None:
    probe.seller_id = str(uuid4())

    answer = await connect(olga, wb_token())

    assert code_of(answer) == "TOKEN_REFUSED"
    assert await _count(database, Shop) == 0


@pytest.mark.parametrize(
    ("token", "code"),
    [
        ("мусор", "TOKEN_MALFORMED"),
        (wb_token(days=-1), "TOKEN_EXPIRED"),
        (wb_token(acc=2), "TOKEN_IS_TEST"),
        (wb_token(categories=(9,)), "TOKEN_WITHOUT_FEEDBACKS"),
    ],
)
async def test_a_useless_token_is_refused_before_wildberries_is_asked(
    olga: httpx.AsyncClient, probe: FakeProbe, token: str, code: str
) -> None:
    answer = await connect(olga, token)

    assert (answer.status_code, code_of(answer)) == (422, code)
    assert probe.asked == []


@pytest.mark.parametrize(("trouble", "status"), [(Unavailable(), 503), (RateLimited(90.2), 429)])
async def test_nothing_is_stored_while_wildberries_cannot_say(
    olga: httpx.AsyncClient, probe: FakeProbe, database: Database, trouble: Exception, status: int
) -> None:
    probe.trouble = trouble

    answer = await connect(olga, wb_token())

    assert answer.status_code == status
    assert answer.headers.get("retry-after") == ("91" if status == 429 else None)
    assert await _count(database, Shop) == 0


async def test_a_basic_token_is_accepted_with_a_loud_warning(olga: httpx.AsyncClient) -> None:
    answer = await connect(olga, wb_token(acc=1))

    warning = answer.json()["main_token"]["warnings"][0]
    assert answer.status_code == 201
    assert (warning["code"], warning["loud"]) == ("TOKEN_BASIC", True)
    assert "5 запросов в час" in warning["message"]


async def test_expiry_is_warned_of_where_the_shop_is_shown(olga: httpx.AsyncClient) -> None:
    shop = (await connect(olga, wb_token(days=6.5))).json()

    seen = (await olga.get(f"/api/shops/{shop['id']}")).json()["main_token"]["warnings"]

    assert [warning["code"] for warning in seen] == ["TOKEN_EXPIRES_SOON"]
    assert "осталось дней: 7" in seen[0]["message"]


async def test_the_owner_who_adds_his_cabinet_again_replaces_the_token(
    olga: httpx.AsyncClient, database: Database, vault: Vault
) -> None:
    first = await connect(olga, wb_token("seller-1"), name="Мой магазин")
    newer = wb_token("seller-1", signature="bmV3")

    second = await connect(olga, newer, name="Другое имя")

    assert (second.status_code, second.json()["id"]) == (200, first.json()["id"])
    assert second.json()["name"] == "Мой магазин"
    async with database.transaction() as session:
        stored = (await session.scalars(select(ShopToken))).one()
    assert vault.decrypt(stored.encrypted) == newer


@pytest.mark.parametrize(("read_only", "role"), [(False, "manager"), (True, "viewer")])
async def test_another_holder_of_a_token_joins_and_leaves_our_token_alone(
    olga: httpx.AsyncClient, make: Make, database: Database, vault: Vault, read_only: bool, role: str
) -> None:
    shop = await make.shop(owner=await make.user(), token="a.b.ours")

    answer = await connect(olga, wb_token(shop.seller_id, read_only=read_only))

    assert (answer.status_code, answer.json()["role"]) == (200, role)
    async with database.transaction() as session:
        stored = (await session.scalars(select(ShopToken))).one()
        event = (await session.scalars(select(ShopEvent))).one()
    assert vault.decrypt(stored.encrypted) == "a.b.ours"
    assert (event.action, event.details) == ("member_joined", {"role": role, "by": "token"})


async def test_a_viewer_who_adds_the_cabinet_again_changes_nothing(
    clients: Clients, make: Make, database: Database, vault: Vault
) -> None:
    shop = await make.shop(token="a.b.ours")
    viewer = await clients.member(shop, Role.VIEWER)

    answer = await connect(viewer, wb_token(shop.seller_id))

    assert (answer.status_code, answer.json()["role"]) == (200, "viewer")
    async with database.transaction() as session:
        assert vault.decrypt((await session.scalars(select(ShopToken))).one().encrypted) == "a.b.ours"


async def test_one_cabinet_added_by_many_at_once_is_one_shop(clients: Clients, make: Make, database: Database) -> None:
    callers = [await clients.of(await make.user()) for _ in range(5)]

    answers = await asyncio.gather(*(connect(caller, wb_token("seller-1")) for caller in callers))

    assert sorted(answer.status_code for answer in answers) == [200, 200, 200, 200, 201]
    assert len({answer.json()["id"] for answer in answers}) == 1
    assert sorted(answer.json()["role"] for answer in answers) == ["manager"] * 4 + ["owner"]
    assert await _count(database, Shop) == 1
    assert await _count(database, Membership) == 5


async def test_a_double_click_is_one_shop(olga: httpx.AsyncClient, database: Database) -> None:
    answers = await asyncio.gather(*(connect(olga, wb_token("seller-1")) for _ in range(3)))

    assert sorted(answer.status_code for answer in answers) == [200, 200, 201]
    assert {answer.json()["role"] for answer in answers} == {"owner"}
    assert await _count(database, Membership) == 1


async def test_a_shop_is_renamed_by_a_manager(clients: Clients, make: Make, database: Database) -> None:
    shop = await make.shop()
    manager = await clients.member(shop, Role.MANAGER)

    answer = await manager.patch(f"/api/shops/{shop.id}", json={"name": "  Новое имя "})

    assert (answer.status_code, answer.json()["name"]) == (200, "Новое имя")
    async with database.transaction() as session:
        event = (await session.scalars(select(ShopEvent))).one()
    assert event.details == {"before": "Тёплые вещи", "after": "Новое имя"}


async def test_an_archived_shop_can_be_read_and_restored_but_not_changed(clients: Clients, make: Make) -> None:
    owner = await make.user()
    shop = await make.shop(owner=owner)
    client, url = await clients.of(owner), f"/api/shops/{shop.id}"

    archived = await client.post(f"{url}/archive")
    refused = [
        await client.patch(url, json={"name": "Имя"}),
        await client.put(f"{url}/tokens/main", json={"token": wb_token(shop.seller_id)}),
        await client.patch(f"/api/settings/{shop.id}", json={"version": 1, "tone": "тепло"}),
        await client.post(f"{url}/invites", json={"role": "viewer"}),
        await connect(client, wb_token(shop.seller_id)),
    ]
    read = await client.get(url)
    restored = await client.post(f"{url}/restore")

    assert archived.json()["archived_at"] is not None
    assert {(answer.status_code, code_of(answer)) for answer in refused} == {(409, "SHOP_ARCHIVED")}
    assert read.status_code == 200
    assert restored.json()["archived_at"] is None


async def test_only_ones_own_shops_are_listed(olga: httpx.AsyncClient, make: Make) -> None:
    await make.shop(owner=await make.user())
    mine = (await connect(olga, wb_token())).json()

    assert [shop["id"] for shop in (await olga.get("/api/shops")).json()] == [mine["id"]]


async def _count(database: Database, table: type[Shop] | type[Membership]) -> int:
    async with database.transaction() as session:
        return await session.scalar(select(func.count()).select_from(table)) or 0
