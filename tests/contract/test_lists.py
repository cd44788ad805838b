"""§5, what the clients read: each answer in the documented shape, field by field and type by type.

Who sees what and the counts: tests/extension/test_{stores,tasks,complaints_list,pages_list,stats,chats,auth}.py.
Queues one predicate at a time, order and bounds of a round: tests/cabinet/test_{queues,leasing}.py.
"""

from datetime import UTC, datetime
from typing import Any

import httpx
import pytest

from app.cabinet.states import ChatState, ComplaintState, Visibility
from app.kit.db import Database
from tests.cabinet.world import NM, World
from tests.contract.desk import Desk, page_row
from tests.contract.shapes import (
    count,
    filled,
    instant,
    keyed,
    misfits,
    number_text,
    one_of,
    opaque_id,
    or_null,
    rate,
    review_key,
)
from tests.extension.callers import Extension
from tests.factories import Make

pytestmark = pytest.mark.anyio

ROUND: dict[str, Any] = {
    "statusParses": count, "chatOpens": count, "chatOpensNew": count, "chatLinks": count, "complaints": count,
}  # fmt: skip
LIMITS = {
    "maxChatsPerRun": count, "maxComplaintsPerRun": count, "cooldownBetweenChatsMs": count,
    "cooldownBetweenComplaintsMs": count,
}  # fmt: skip
FEEDBACK: dict[str, Any] = {
    "reviewId": opaque_id, "reviewKey": review_key, "rating": one_of(1, 2, 3, 4), "date": instant,
    "reviewDate": instant, "authorName": str, "text": str,
}  # fmt: skip
OF_PRODUCT: dict[str, Any] = {**FEEDBACK, "nmId": number_text, "productId": number_text, "createdAt": instant}
REASON = one_of(*range(11, 21))
COMPLAINT: dict[str, Any] = {
    **OF_PRODUCT, "id": opaque_id, "status": one_of("draft"), "reasonId": REASON, "reasonName": filled,
    "complaintText": {"reasonId": REASON, "reasonName": filled, "complaintText": filled},
}  # fmt: skip
TASKS: dict[str, Any] = {
    "storeId": opaque_id,
    "articles": keyed(
        number_text,
        {
            "statusParses": [
                {
                    **FEEDBACK, "currentComplaintStatus": str, "currentChatStatus": str, "currentReviewStatus": str,
                }
            ],
            "chatOpens": [{**OF_PRODUCT, "type": one_of("open", "link")}],
            "complaints": [COMPLAINT],
        },
    ),
    "totals": {**ROUND, "complaintsInPayload": count, "articles": count},
    "totalCounts": ROUND,
    "limits": LIMITS,
}  # fmt: skip
STORE = {
    "id": opaque_id, "name": filled, "isActive": bool, "draftComplaintsCount": count, "pendingChatsCount": count,
    "pendingStatusParsesCount": count, "chatFeatureActive": or_null(bool), "potentialChatsNeg": count,
    "potentialChats4": count,
}  # fmt: skip
PAGES = {
    "success": one_of(True),
    "data": {
        "total": count,
        "reviews": [
            {
                "reviewKey": review_key, "productId": number_text, "rating": int, "reviewDate": instant,
                "statuses": [str], "canSubmitComplaint": bool, "chatStatus": or_null(str), "ratingExcluded": bool,
                "parsedAt": instant, "createdAt": instant, "updatedAt": instant,
            }
        ],
        "stats": {"canSubmit": count, "cannotSubmit": count},
    },
}  # fmt: skip
STATS = {
    "totalReviews": count,
    "complaintsQueue": {
        "draft": count, "sent": count, "pending": count, "approved": count, "rejected": count, "reconsidered": count,
    },
    "lastSync": or_null(instant),
    "reviews": {"1": count, "2": count, "3": count, "4": count, "5": count},
    "approvalRate": or_null(rate),
}  # fmt: skip
OLDER = {
    "complaints": [COMPLAINT],
    "total": count,
    "stats": {
        "draft": count, "pending": count, "approved": count, "rejected": count,
        "by_rating": keyed(number_text, count), "by_article": keyed(number_text, count),
    },
}  # fmt: skip
PRODUCTS = {"products": [{"id": opaque_id, "wb_product_id": number_text, "vendor_code": str, "name": str}]}
CHAT_RULES = {
    "storeId": opaque_id,
    "globalLimits": {"maxChatsPerRun": count, "cooldownBetweenChatsMs": count},
    "items": [
        {
            "nmId": int, "productTitle": str, "isActive": bool, "chatEnabled": bool, "starsAllowed": [int],
            "requiredComplaintStatus": one_of("rejected"),
        }
    ],
}  # fmt: skip
HEALTH = {"status": one_of("ok"), "timestamp": instant}
CHAT_STORE = {"id": opaque_id, "name": filled}


@pytest.fixture
async def busy(world: World, desk: Desk) -> World:
    """Some of every kind of work, and of everything that was ever told."""
    await world.rule(NM + 1)
    await world.draft(await world.feedback(), await world.feedback(nm_id=NM + 1, buyer_name="", text=""))
    chat, link, read_again = await world.feedback(), await world.feedback(rating=2), await world.feedback(rating=4)
    await world.see(chat, complaint=ComplaintState.REJECTED, chat=ChatState.AVAILABLE)
    await world.see(link, chat=ChatState.OPENED, visibility=Visibility.VISIBLE)
    await world.see(read_again, chat=ChatState.UNAVAILABLE, complaint=ComplaintState.PENDING)
    await world.change(read_again, read_again=True)
    await world.feedback(rating=3)
    filed = await world.feedback()
    await world.draft(filed)
    await desk.sent(filed)
    await desk.sync(page_row(await world.feedback(), chatStatus=None, statuses=[]), page_row(filed))
    return world


@pytest.mark.usefixtures("busy")
@pytest.mark.parametrize(
    ("path", "shape"),
    [
        ("/stores", [STORE]), ("/stores/{storeId}/tasks", TASKS), ("/stores/{storeId}/complaints", OLDER),
        ("/stores/{storeId}/stats", STATS), ("/stores/{storeId}/active-products", PRODUCTS),
        ("/review-statuses?storeId={storeId}", PAGES), ("/chat/stores", [CHAT_STORE]),
        ("/chat/stores/{storeId}/rules", CHAT_RULES), ("/health", HEALTH),
    ],
)  # fmt: skip
async def test_every_list_has_its_documented_shape(desk: Desk, path: str, shape: Any) -> None:
    found = await desk.get(path)

    assert misfits(found, shape) == []
    assert found


async def test_a_busy_round_has_every_kind_of_task(busy: World, desk: Desk) -> None:
    found = await desk.tasks()

    articles = list(found["articles"].values())
    chats = [chat for article in articles for chat in article["chatOpens"]]
    assert {chat["type"] for chat in chats} == {"open", "link"}
    assert all(article["complaints"] or article["chatOpens"] for article in articles)
    assert any(article["statusParses"] for article in articles)
    assert found["storeId"] == str(busy.shop.id)


async def test_totals_equal_the_payload_and_the_list_of_shops_the_backlog(busy: World, desk: Desk) -> None:
    found, (shop,) = await desk.tasks(), await desk.get("/stores")

    articles = found["articles"].values()
    chats = [chat["type"] for article in articles for chat in article["chatOpens"]]
    complaints = sum(len(article["complaints"]) for article in articles)
    assert found["totals"] == {
        "statusParses": sum(len(article["statusParses"]) for article in articles), "chatOpens": len(chats),
        "chatOpensNew": chats.count("open"), "chatLinks": chats.count("link"), "complaints": complaints,
        "complaintsInPayload": complaints, "articles": len(articles),
    }  # fmt: skip
    backlog = found["totalCounts"]
    assert backlog["chatOpens"] == backlog["chatOpensNew"] + backlog["chatLinks"]
    assert [shop[name] for name in ("draftComplaintsCount", "pendingChatsCount", "pendingStatusParsesCount")] == [
        backlog[name] for name in ("complaints", "chatOpens", "statusParses")
    ]


async def test_a_task_names_one_feedback_in_the_same_words_everywhere(busy: World, desk: Desk) -> None:
    found = await desk.tasks()

    for nm_id, article in found["articles"].items():
        for item in [*article["complaints"], *article["chatOpens"]]:
            assert item["nmId"] == item["productId"] == nm_id
            assert item["date"] == item["reviewDate"] == item["createdAt"]
        for item in [*article["complaints"], *article["chatOpens"], *article["statusParses"]]:
            assert item["reviewKey"] == f"{nm_id}_{item['rating']}_{item['date'][:16]}"
        for item in article["complaints"]:
            said = item["complaintText"]
            assert (item["id"], item["reasonId"], item["reasonName"]) == (
                item["reviewId"], said["reasonId"], said["reasonName"],
            )  # fmt: skip


@pytest.mark.parametrize("microsecond", [0, 1_000, 999_999])
async def test_instants_compare_as_texts_in_the_order_of_time(world: World, desk: Desk, microsecond: int) -> None:
    written = datetime(2026, 1, 7, 20, 9, 37, microsecond, tzinfo=UTC)
    await world.draft(await world.feedback(written_at=written), await world.feedback())

    found = (await desk.tasks())["articles"][str(NM)]["complaints"]

    assert found[1]["date"] == f"2026-01-07T20:09:37.{microsecond // 1000:03}Z"
    assert found[0]["date"] > found[1]["date"]


async def test_an_empty_shop_has_the_same_shapes(extension: Extension, make: Make) -> None:
    shop = await make.shop(owner=(owner := await make.user()), name=" ")
    client = await extension.client(owner)

    found = {
        path: (await client.get(path.replace("{storeId}", str(shop.id)))).json()
        for path in ("/stores/{storeId}/tasks", "/stores/{storeId}/complaints", "/stores/{storeId}/stats")
    }

    for (path, body), shape in zip(found.items(), (TASKS, OLDER, STATS), strict=True):
        assert misfits(body, shape) == [], path
    assert found["/stores/{storeId}/tasks"]["articles"] == {}
    assert found["/stores/{storeId}/tasks"]["limits"] == {
        "maxChatsPerRun": 50, "maxComplaintsPerRun": 300, "cooldownBetweenChatsMs": 3000,
        "cooldownBetweenComplaintsMs": 1500,
    }  # fmt: skip


async def test_the_hundred_and_first_complaint_waits_for_the_next_round(world: World, desk: Desk) -> None:
    await world.draft(*[await world.feedback() for _ in range(101)])

    first = await desk.tasks()

    assert (first["totals"]["complaints"], first["totalCounts"]["complaints"]) == (100, 101)


async def test_five_stars_are_in_no_queue(world: World, desk: Desk) -> None:
    five = await world.feedback(rating=5)
    await desk.sync(page_row(five))

    assert set((await desk.backlog()).values()) == {0}


async def test_older_builds_get_a_hundred_unless_they_ask_and_never_more_than_five_hundred(
    world: World, desk: Desk
) -> None:
    await world.draft(*[await world.feedback() for _ in range(101)])

    usual, most = [await desk.get("/stores/{storeId}/complaints", **asked) for asked in ({}, {"limit": 501})]

    assert (len(usual["complaints"]), usual["total"]) == (100, 101)
    assert len(most["complaints"]) == 101


async def test_shops_are_a_bare_array_even_when_there_are_none(extension: Extension, make: Make) -> None:
    client: httpx.AsyncClient = await extension.client(await make.user())

    assert (await client.get("/stores")).content == b"[]"


async def test_verify_says_whose_token_it_is_and_what_it_may_do(desk: Desk) -> None:
    said = await desk.post("/auth/verify", {})

    shape = {
        "userId": opaque_id, "tokenId": opaque_id, "label": filled, "scopes": [one_of("read", "report")],
        "expiresAt": or_null(instant), "stores": [{"id": opaque_id, "name": filled, "role": filled}],
    }  # fmt: skip
    assert misfits(said, {"success": one_of(True), "data": shape}) == []


async def test_health_of_the_whole_service_has_the_shape_too(extension: Extension, database: Database) -> None:
    answer = await extension.stranger(base_url="http://127.0.0.1:8000").get("/api/health")

    assert misfits(answer.json(), HEALTH) == []
