"""GET /stores and what is worked on in them."""

from datetime import UTC, datetime, timedelta

import pytest

from app.cabinet.states import ChatState, ComplaintState, WorkStatus
from app.kit.clock import utc_now
from app.kit.db import Database
from tests.cabinet.world import NM, World
from tests.extension.callers import Extension, code_of
from tests.factories import Make

pytestmark = pytest.mark.anyio


async def test_a_shop_is_listed_with_what_tasks_would_count(
    extension: Extension, database: Database, make: Make
) -> None:
    owner = await make.user()
    client, world = await extension.client(owner), await World.open(database, make, owner=owner)
    await World.open(database, make)
    await world.draft(await world.feedback(), await world.feedback())
    four, link = await world.feedback(rating=4), await world.feedback()
    await world.see(four, chat=ChatState.AVAILABLE)
    await world.see(link, chat=ChatState.OPENED)
    await world.feedback()

    found = (await client.get("/stores")).json()
    backlog = (await client.get(f"/stores/{world.shop.id}/tasks")).json()["totalCounts"]

    assert found == [
        {
            "id": str(world.shop.id), "name": "Тёплые вещи", "isActive": True, "draftComplaintsCount": 2,
            "pendingChatsCount": 2, "pendingStatusParsesCount": 1, "chatFeatureActive": True,
            "potentialChatsNeg": 0, "potentialChats4": 1,
        }
    ]  # fmt: skip
    assert (backlog["complaints"], backlog["chatOpens"], backlog["statusParses"]) == (2, 2, 1)


async def test_chats_that_would_qualify_are_counted_where_chats_are_off(
    extension: Extension, database: Database, make: Make
) -> None:
    owner = await make.user()
    client, world = await extension.client(owner), await World.open(database, make, owner=owner)
    three, four = await world.feedback(rating=3), await world.feedback(rating=4)
    await world.see(three, complaint=ComplaintState.REJECTED, chat=ChatState.AVAILABLE)
    await world.see(four, chat=ChatState.AVAILABLE)
    await world.rule(NM, chats=False)

    (found,) = (await client.get("/stores")).json()

    assert (found["pendingChatsCount"], found["potentialChatsNeg"], found["potentialChats4"]) == (0, 1, 1)


@pytest.mark.parametrize(
    ("seen", "active"),
    [
        ([], None),
        ([ChatState.UNAVAILABLE], False),
        ([ChatState.UNAVAILABLE, ChatState.AVAILABLE], True),
        ([ChatState.OPENED], True),
    ],
)
async def test_the_chat_feature_is_what_pages_showed_of_it(
    extension: Extension, database: Database, make: Make, seen: list[ChatState], active: bool | None
) -> None:
    owner = await make.user()
    client, world = await extension.client(owner), await World.open(database, make, owner=owner)
    for chat in seen:
        await world.see(await world.feedback(), chat=chat)

    (found,) = (await client.get("/stores")).json()

    assert found["chatFeatureActive"] is active


async def test_products_that_are_not_active_count_nothing(extension: Extension, database: Database, make: Make) -> None:
    owner = await make.user()
    client, world = await extension.client(owner), await World.open(database, make, owner=owner)
    await world.draft(await world.feedback())
    await world.feedback()

    await world.rule(NM, work_status=WorkStatus.PAUSED)

    (found,) = (await client.get("/stores")).json()
    assert (found["draftComplaintsCount"], found["pendingStatusParsesCount"]) == (0, 0)


async def test_an_archived_shop_comes_last_and_has_no_work(
    extension: Extension, database: Database, make: Make
) -> None:
    owner = await make.user()
    client, world = await extension.client(owner), await World.open(database, make, owner=owner)
    await world.draft(await world.feedback())
    other = await make.shop(owner=owner, name="Яркие вещи")
    async with database.direct() as connection:
        await connection.execute("UPDATE shops SET archived_at = now() WHERE id = $1", world.shop.id)

    found = (await client.get("/stores")).json()

    assert [each["id"] for each in found] == [str(other.id), str(world.shop.id)]
    assert [each["isActive"] for each in found] == [True, False]
    assert found[1]["draftComplaintsCount"] == 0


async def test_who_works_nowhere_has_an_empty_list(extension: Extension, make: Make) -> None:
    client = await extension.client(await make.user())

    assert (await client.get("/stores")).json() == []


async def test_active_products_come_with_their_rules(extension: Extension, database: Database, make: Make) -> None:
    world = await World.open(database, make)
    client = await extension.client(world.shop)
    await world.rule(NM, complaint_ratings=[1, 2], chats=False, work_from=datetime(2025, 12, 31, 21, tzinfo=UTC))
    await world.rule(NM + 1, work_status=WorkStatus.PAUSED)
    await world.feedback(product_name="Свитер", supplier_article="SV-1")
    await world.feedback(nm_id=NM + 2)

    answer = await client.get(f"/stores/{world.shop.id}/active-products")

    assert answer.json() == {
        "products": [
            {
                "id": str(NM), "wb_product_id": str(NM), "vendor_code": "SV-1", "name": "Свитер", "is_active": True,
                "work_status": "active", "complaint_ratings": [1, 2], "chat_enabled": False,
                "chat_ratings": [1, 2, 3, 4], "work_from": "2025-12-31T21:00:00.000Z",
            }
        ]
    }  # fmt: skip


async def test_active_products_of_a_foreign_shop_are_403(extension: Extension, database: Database, make: Make) -> None:
    world = await World.open(database, make)
    client = await extension.client(await make.shop())

    answer = await client.get(f"/stores/{world.shop.id}/active-products")

    assert (answer.status_code, code_of(answer)) == (403, "FORBIDDEN")


async def test_a_feedback_before_the_rules_own_day_is_not_counted(
    extension: Extension, database: Database, make: Make
) -> None:
    owner = await make.user()
    client, world = await extension.client(owner), await World.open(database, make, owner=owner)
    await world.feedback(minutes=3 * 24 * 60)
    await world.feedback(minutes=5)

    await world.rule(NM, work_from=utc_now() - timedelta(days=1))

    (found,) = (await client.get("/stores")).json()
    assert found["pendingStatusParsesCount"] == 1
