"""A shop's tokens: replaced, kept apart for chats, never shown."""

import httpx
import pytest
from sqlalchemy import select

from app.kit.db import Database
from app.shops.models import Role, ShopEvent, ShopToken, TokenPurpose
from tests.api.clients import Clients, FakeProbe, code_of, wb_token
from tests.factories import Make

pytestmark = pytest.mark.anyio


async def connect(client: httpx.AsyncClient, token: str, **more: str) -> httpx.Response:
    return await client.post("/api/shops", json={"token": token, **more})


@pytest.fixture
async def olga(clients: Clients, make: Make) -> httpx.AsyncClient:
    return await clients.of(await make.user())


async def test_a_token_is_replaced_by_one_of_the_same_cabinet_only(
    clients: Clients, make: Make, probe: FakeProbe
) -> None:
    shop = await make.shop()
    manager = await clients.member(shop, Role.MANAGER)
    url = f"/api/shops/{shop.id}/tokens/main"

    foreign = await manager.put(url, json={"token": wb_token()})
    asked = list(probe.asked)
    own = await manager.put(url, json={"token": wb_token(shop.seller_id, acc=4)})

    assert (foreign.status_code, code_of(foreign)) == (422, "TOKEN_OF_ANOTHER_CABINET")
    assert asked == []
    assert own.json()["main_token"]["kind"] == "service"


async def test_a_new_token_forgets_what_was_said_of_the_old_one(
    clients: Clients, make: Make, database: Database
) -> None:
    shop = await make.shop()
    manager = await clients.member(shop, Role.MANAGER)
    async with database.transaction() as session:
        token = (await session.scalars(select(ShopToken))).one()
        token.refused_at, token.warned_days = token.added_at, 3

    answer = await manager.put(f"/api/shops/{shop.id}/tokens/main", json={"token": wb_token(shop.seller_id)})

    assert answer.json()["main_token"]["refused_at"] is None
    async with database.transaction() as session:
        assert (await session.scalars(select(ShopToken))).one().warned_days is None


async def test_chats_may_have_a_token_of_their_own(clients: Clients, make: Make, database: Database) -> None:
    shop = await make.shop()
    manager = await clients.member(shop, Role.MANAGER)
    url = f"/api/shops/{shop.id}/tokens/chat"

    useless = await manager.put(url, json={"token": wb_token(shop.seller_id)})
    put = await manager.put(url, json={"token": wb_token(shop.seller_id, categories=(9,))})
    removed, again = await manager.delete(url), await manager.delete(url)

    assert code_of(useless) == "TOKEN_WITHOUT_CHAT"
    assert put.json()["chat_token"]["categories"] == ["chat"]
    assert (removed.status_code, again.status_code) == (204, 404)
    async with database.transaction() as session:
        assert (await session.scalars(select(ShopToken.purpose))).all() == [TokenPurpose.MAIN]


async def test_a_token_never_shows_in_answers_logs_or_the_database(
    olga: httpx.AsyncClient,
    probe: FakeProbe,
    database: Database,
    caplog: pytest.LogCaptureFixture,
    capfd: pytest.CaptureFixture[str],
) -> None:
    token = wb_token("seller-1", signature="b2NoZW5zZWNyZXQ")
    secret = "b2NoZW5zZWNy"
    caplog.set_level(0)

    shown = [await connect(olga, token), await olga.get("/api/shops"), await connect(olga, token + "!")]
    probe.trouble = RuntimeError("boom")
    shown.append(await connect(olga, token))

    assert [answer.status_code for answer in shown] == [201, 200, 422, 500]
    assert all(secret not in answer.text for answer in shown)
    written = capfd.readouterr()
    assert secret not in caplog.text + written.out + written.err
    async with database.transaction() as session:
        stored = (await session.scalars(select(ShopToken))).one()
        details = (await session.scalars(select(ShopEvent.details))).all()
    assert secret not in stored.encrypted + str(details) + repr(stored)
