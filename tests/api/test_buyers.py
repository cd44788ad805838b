"""/api/buyers over HTTP: names in addresses, pages, strangers."""

from urllib.parse import quote

import pytest

from app.buyers.jobs import RefreshBuyers
from app.buyers.refreshing import refresh_buyers
from app.kit.db import Database
from app.replies.models import ReplyState
from app.shops.models import Shop
from tests.api.clients import Clients, code_of
from tests.buyers.talk import NOON, chat, lines, minutes
from tests.factories import Make

pytestmark = pytest.mark.anyio


async def counted(database: Database, shop: Shop) -> None:
    await refresh_buyers(RefreshBuyers(shop_id=shop.id), database=database)


def thread_of(shop: Shop, name: str) -> str:
    return f"/api/buyers/{shop.id}/{quote(name, safe='')}/thread"


async def test_a_name_leads_from_the_list_to_its_thread(clients: Clients, make: Make, database: Database) -> None:
    owner = await make.user()
    shop = await make.shop(owner=owner)
    feedback = await make.feedback(shop, buyer_name="Анна", rating=2, written_at=NOON)
    await make.reply(feedback, state=ReplyState.PUBLISHED)
    await lines(database, await chat(database, shop, "анна"), *minutes(1, 2))
    await counted(database, shop)
    client = await clients.of(owner)

    listed = (await client.get(f"/api/buyers/{shop.id}")).json()
    thread = (await client.get(thread_of(shop, listed["items"][0]["name"]))).json()
    first = (await client.get(thread_of(shop, "  АННА "), params={"limit": 2})).json()
    rest = (await client.get(thread_of(shop, "Анна"), params={"limit": 2, "cursor": first["next_cursor"]})).json()

    assert listed["items"][0] | {"name": ""} == {
        "name": "", "feedbacks": 1, "chats": 1, "average_rating": 2.0, "lowest_rating": 2, "unanswered": 1,
        "last_at": "2026-04-10T09:00:00Z",
    }  # fmt: skip
    assert [entry["kind"] for entry in thread["items"]] == ["message", "message", "feedback"]
    assert thread["items"][2]["reply"]["state"] == "published"
    assert first["items"] + rest["items"] == thread["items"]
    assert (rest["next_cursor"], thread["next_cursor"]) == (None, None)
    assert "по имени" in thread["notice"]
    assert "Вопросов здесь нет" in listed["notice"]


@pytest.mark.parametrize(
    "name",
    [
        "А/Б", "../../settings", "Анна?x=1#y", "100% А", "%2F", "О'Нил \"\\", "<script>alert(1)</script>",
        "Анна/thread", "نور", "Zoë 🌸", "a;b&c=d+e", "Анна\u202eяловИ", "thread",
    ],
)  # fmt: skip
async def test_hostile_names_find_their_own_thread(clients: Clients, make: Make, database: Database, name: str) -> None:
    owner = await make.user()
    shop = await make.shop(owner=owner)
    feedback = await make.feedback(shop, buyer_name=name)
    await make.feedback(shop, buyer_name="Другая")
    await counted(database, shop)
    client = await clients.of(owner)

    answer = await client.get(thread_of(shop, name))
    found = await client.get(f"/api/buyers/{shop.id}", params={"search": name[:4]})

    assert answer.status_code == 200, answer.text
    assert [entry["feedback"]["wb_id"] for entry in answer.json()["items"]] == [feedback.wb_id]
    assert len(found.json()["items"]) == 1


@pytest.mark.parametrize("name", ["Нет такой", "***", "\x00", "%00", "\ud7ff", " ", "Покупатель", "а" * 290])
async def test_nobody_is_not_found(clients: Clients, make: Make, name: str) -> None:
    owner = await make.user()
    shop = await make.shop(owner=owner)

    answer = await (await clients.of(owner)).get(thread_of(shop, name))

    assert (answer.status_code, code_of(answer)) == (404, "BUYER_NOT_FOUND")


@pytest.mark.parametrize(
    ("params", "code"),
    [
        ({"cursor": "!!!"}, "BAD_CURSOR"),
        ({"limit": "101"}, "VALIDATION"),
        ({"min_rating": "6"}, "VALIDATION"),
        ({"max_rating": "0"}, "VALIDATION"),
        ({"rating": "1"}, "VALIDATION"),
    ],
)
async def test_what_cannot_be_answered_is_refused(
    clients: Clients, make: Make, params: dict[str, str], code: str
) -> None:
    owner = await make.user()
    shop = await make.shop(owner=owner)

    answer = await (await clients.of(owner)).get(f"/api/buyers/{shop.id}", params=params)

    assert (answer.status_code, code_of(answer)) == (422, code)


async def test_a_search_for_what_no_name_holds_is_empty(clients: Clients, make: Make, database: Database) -> None:
    owner = await make.user()
    shop = await make.shop(owner=owner)
    await make.feedback(shop, buyer_name="Анна")
    await counted(database, shop)
    client = await clients.of(owner)

    found = [
        (await client.get(f"/api/buyers/{shop.id}", params={"search": search})).json()["items"]
        for search in ("\x00", "%", "_", "анн\\")
    ]

    assert found == [[], [], [], []]


async def test_a_strangers_buyers_are_not_there(clients: Clients, make: Make, database: Database) -> None:
    theirs = await make.shop(owner=await make.user())
    await make.feedback(theirs, buyer_name="Анна")
    await counted(database, theirs)
    client = await clients.of(await make.user())

    answers = [await client.get(f"/api/buyers/{theirs.id}"), await client.get(thread_of(theirs, "Анна"))]

    assert [(answer.status_code, code_of(answer)) for answer in answers] == [(404, "SHOP_NOT_FOUND")] * 2
