"""§5, what the clients send: each documented body as every build spells it, and each answer field by field.

Bodies that are none of these: tests/extension/test_{reports,chats,evidence,reparse,hostile_input}.py; evidence's fields
and dates one by one: tests/complaints/test_{evidence,wb_dates}.py; verdicts' days: tests/cabinet/test_verdicts.py.
"""

from datetime import timedelta
from typing import Any

import pytest

from app.kit.clock import utc_now
from tests.cabinet.world import NM, World
from tests.contract.desk import DETAILS, Desk, key_of, page_row, verdict_row
from tests.contract.shapes import count, filled, instant, misfits, one_of, opaque_id, or_null
from tests.extension.callers import Extension

pytestmark = pytest.mark.anyio

DONE = one_of(True)
SENT = {
    "success": DONE, "review_id": opaque_id, "new_status": one_of("pending"), "sent_at": instant, "message": filled,
}  # fmt: skip
SYNCED = {
    "success": DONE,
    "data": {
        "received": count, "created": count, "updated": count, "errors": count, "synced": count,
        "chatStatusSynced": count, "syncErrors": count, "notFound": count, "unmatched": count, "ambiguous": count,
    },
    "message": filled,
}  # fmt: skip
CHECKED = {
    "success": DONE,
    "data": {
        "received": count, "valid": count, "reviewsUpdated": count, "complaintsUpdated": count, "chatsClosed": count,
        "skipped": count, "unmatched": count, "ambiguous": count, "skippedDetails": [dict],
    },
    "elapsed": count,
}  # fmt: skip
RESET = {
    "success": DONE, "data": {"reset": count, "skipped": count, "skippedReasons": dict, "total": count},
    "message": filled, "elapsed": count,
}  # fmt: skip
RECORD = {
    "chatRecordId": opaque_id, "reviewMatched": bool, "reviewResolved": bool, "resolvedReason": or_null(filled),
    "message": filled,
}  # fmt: skip
OPENED = {"success": DONE, **RECORD, "data": RECORD}
REFUSED: dict[str, Any] = {
    "success": one_of(False), "error": {"code": filled, "message": filled, "details": list}, "message": filled,
}  # fmt: skip


@pytest.mark.parametrize("spelling", ["sentAt", "sent_at", None])
async def test_sent_in_every_spelling(world: World, desk: Desk, spelling: str | None) -> None:
    feedback = await world.feedback()
    await world.draft(feedback)
    at = f"{utc_now() - timedelta(minutes=5):%Y-%m-%dT%H:%M:%S}.250Z"
    body = {"duration": 4120} | ({spelling: at} if spelling else {})
    before = utc_now()

    said = await desk.post(f"/stores/{{storeId}}/reviews/{feedback.wb_id}/complaint/sent", body)

    assert misfits(said, SENT) == []
    assert said["review_id"] == feedback.wb_id
    assert said["sent_at"] == at if spelling else said["sent_at"] >= before.isoformat()[:19]


@pytest.mark.parametrize("state", ["pending", "approved", "rejected", "reconsidered"])
async def test_sent_of_what_is_pending_or_later_is_409_in_the_envelope(world: World, desk: Desk, state: str) -> None:
    feedback = await world.feedback()
    await world.draft(feedback)
    words = {"pending": "Проверяем жалобу", "approved": "Жалоба одобрена", "rejected": "Жалоба отклонена"}
    await desk.sync(page_row(feedback, statuses=[words.get(state, "Жалоба пересмотрена")]))

    answer = await desk.sent(feedback)

    assert answer.status_code == 409
    assert misfits(answer.json(), {**REFUSED, "error": {**REFUSED["error"], "code": one_of("ALREADY_SENT")}}) == []
    assert await desk.stands(feedback, "complaint") == state


async def test_a_page_in_the_documented_shape(world: World, desk: Desk) -> None:
    first, second = await world.feedback(), await world.feedback(rating=3)
    newest = page_row(first, tail=":00.000Z", reviewStatusWb="visible")
    oldest = {name: value for name, value in page_row(second).items() if name not in ("reviewDate", "chatStatus")}
    body = {"storeId": desk.store_id, "parsedAt": f"{utc_now():%Y-%m-%dT%H:%M:%S}.000Z", "reviews": [newest, oldest]}

    said = await desk.post("/review-statuses", body)
    again = await desk.post("/review-statuses", body)

    assert misfits(said, SYNCED) == misfits(again, SYNCED) == []
    data = said["data"]
    assert (data["received"], data["created"], data["synced"], data["chatStatusSynced"]) == (2, 2, 2, 1)
    assert (again["data"]["created"], again["data"]["updated"]) == (0, 2)


async def test_of_equal_keys_however_spelled_the_last_wins(world: World, desk: Desk) -> None:
    feedback = await world.feedback()

    data = await desk.sync(
        page_row(feedback, statuses=["Снят с публикации"]), page_row(feedback, tail=":00.000Z", statuses=["Виден"])
    )

    assert (data["received"], data["created"], data["errors"]) == (2, 1, 0)
    assert await desk.stands(feedback, "visibility") == "visible"


async def test_what_a_page_showed_comes_back_as_it_was_said(world: World, desk: Desk) -> None:
    feedback = await world.feedback(rating=2)
    row = page_row(feedback, statuses=["Выкуп", "Что-то новое"], chatStatus="chat_opened", ratingExcluded=True)
    await desk.sync(row)

    (found,) = (await desk.get("/review-statuses", storeId=desk.store_id))["data"]["reviews"]

    assert {name: found[name] for name in row} == row


async def test_a_page_cannot_offer_a_complaint_beside_the_text_of_one(world: World, desk: Desk) -> None:
    texts = ["Жалоба отклонена", "Жалоба одобрена", "Проверяем жалобу", "Жалоба пересмотрена"]
    await desk.sync(*[page_row(await world.feedback(), statuses=[text], canSubmitComplaint=True) for text in texts])

    found = (await desk.get("/review-statuses", storeId=desk.store_id))["data"]

    assert [row["canSubmitComplaint"] for row in found["reviews"]] == [False] * 4
    assert found["stats"] == {"canSubmit": 0, "cannotSubmit": 4}


async def test_verdicts_in_the_documented_shape(world: World, desk: Desk) -> None:
    ours, sellers, other = await world.feedback(), await world.feedback(), await world.feedback()
    day = f"{utc_now():%d.%m.%Y}"
    rows = [
        verdict_row(ours, "Жалоба одобрена", complaintDate=day),
        verdict_row(sellers, "Жалоба отклонена", filedBy="Продавец", complaintDate=day[:5]),
        verdict_row(other, "Проверяем жалобу", complaintDate=None),
    ]

    said = await desk.post("/complaint-statuses", {"storeId": desk.store_id, "results": rows})

    assert misfits(said, CHECKED) == []
    data = said["data"]
    assert (data["received"], data["valid"], data["reviewsUpdated"], data["complaintsUpdated"]) == (3, 3, 3, 3)
    assert await desk.stands(ours, "complaint", "filed_by") == ("approved", "us")
    assert await desk.stands(sellers, "complaint", "filed_by") == ("rejected", "seller")
    assert await desk.stands(other, "complaint", "filed_at") == ("pending", None)


@pytest.mark.parametrize("body", [{}, {"nmIds": [NM]}, {"nmIds": [str(NM)]}])
async def test_reparse_in_the_documented_shape(world: World, desk: Desk, body: dict[str, Any]) -> None:
    await desk.sync(page_row(await world.feedback()))

    said = await desk.post("/stores/{storeId}/reviews/reparse", body)

    assert misfits(said, RESET) == []
    assert said["data"]["reset"] == 1


async def test_evidence_in_the_documented_shape_and_its_repetition(world: World, desk: Desk) -> None:
    body = {"storeId": desk.store_id, "complaint": DETAILS}

    said, again = [await desk.post("/complaint-details", body) for _ in range(2)]

    assert said == {"success": True, "data": {"created": True}}
    assert again == {"success": True, "data": {"created": False, "reason": "duplicate"}}


@pytest.mark.parametrize("blank", [*DETAILS, None])
async def test_evidence_with_a_blank_field_is_taken_and_flagged(world: World, desk: Desk, blank: str | None) -> None:
    complaint = {name: "" if name == blank else value for name, value in DETAILS.items()}

    said = await desk.post("/complaint-details", {"storeId": desk.store_id, "complaint": complaint})

    assert said["data"] == {"created": True}
    async with world.database.glance() as connection:
        incomplete = await connection.fetchval("SELECT incomplete FROM evidence")
    assert incomplete is (blank not in (None, "hasScreenshot"))


async def test_a_chat_from_its_opening_to_its_message_in_the_documented_shapes(world: World, desk: Desk) -> None:
    feedback = await world.feedback(rating=4)
    now = f"{utc_now():%Y-%m-%dT%H:%M:%S}.000Z"
    context = {
        "nmId": feedback.nm_id, "rating": 4, "reviewDate": f"{feedback.written_at:%Y-%m-%dT%H:%M:%S}.000Z",
        "reviewKey": key_of(feedback, tail=f":{feedback.written_at:%S}"),
    }  # fmt: skip
    url = "https://seller.wildberries.ru/chat-with-clients?chatId=1:11111111-2222-3333-4444-555555555555"
    told = {
        "storeId": desk.store_id, "reviewContext": context, "chatUrl": url, "openedAt": now, "status": "CHAT_OPENED",
    }  # fmt: skip

    opened, again = [await desk.client.post("/chat/opened", json=told) for _ in range(2)]
    record = opened.json()["chatRecordId"]
    noted = [
        await desk.post(f"/chat/{record}/anchor", {
            "systemMessageText": "Чат по отзыву", "parsedNmId": feedback.nm_id, "parsedProductTitle": "Свитер",
            "anchorFoundAt": now, "status": "ANCHOR_FOUND",
        }),
        await desk.post(f"/chat/{record}/anchor", {"status": "ANCHOR_NOT_FOUND"}),
        await desk.post(f"/chat/{record}/message-sent", {"status": "MESSAGE_SENT", "messageType": "A"}),
        await desk.post(f"/chat/{record}/message-sent", {"status": "SKIPPED", "messageType": "B"}),
        await desk.post(f"/chat/{record}/message-sent", {"status": "FAILED", "messageType": "A"}),
        await desk.post(f"/chat/{record}/error", {
            "errorCode": "NO_BUTTON", "errorMessage": "Нет кнопки", "stage": "что угодно", "occurredAt": now,
        }),
    ]  # fmt: skip

    assert (opened.status_code, again.status_code) == (201, 200)
    assert misfits(opened.json(), OPENED) == misfits(again.json(), OPENED) == []
    assert opened.json() == {**opened.json()["data"], "success": True, "data": opened.json()["data"]}
    assert opened.json()["reviewMatched"] is True
    assert [said["success"] for said in noted] == [True] * 6
    assert await desk.stands(feedback, "chat", "chat_linked") == ("opened", True)


async def test_one_chat_belongs_to_one_feedback(world: World, desk: Desk) -> None:
    first, second = await world.feedback(), await world.feedback()

    said = await desk.opened(first, chat="1%3Aabc")
    elsewhere = await desk.opened(second, chat="1:abc")

    assert elsewhere["chatRecordId"] == said["chatRecordId"]
    async with world.database.glance() as connection:
        assert await connection.fetchval("SELECT count(*) FROM chat_links") == 1


async def test_a_refused_batch_has_the_shape_that_the_client_reads(world: World, desk: Desk) -> None:
    row = page_row(await world.feedback())

    answer = await desk.client.post("/review-statuses", json={"storeId": desk.store_id, "reviews": [row] * 101})

    assert answer.status_code == 400
    assert misfits(answer.json(), REFUSED) == []
    assert answer.json()["error"]["details"][0].keys() >= {"field", "message"}


async def test_a_hundred_pages_cost_as_many_statements_as_two(world: World, desk: Desk, extension: Extension) -> None:
    rows = [page_row(await world.feedback()) for _ in range(102)]
    await desk.sync(rows[0])
    statements: list[str] = []
    pool = world.database._pool
    assert pool is not None
    # A pool asks for one connection at a time here, and gives the same one back.
    async with pool.acquire() as connection:
        raw = connection._con  # type: ignore[attr-defined]
    raw.add_query_logger(lambda done: statements.append(done.query))

    async def cost(*batch: dict[str, Any]) -> int:
        del statements[:]
        assert (await desk.sync(*batch))["synced"] == len(batch)
        # Only some requests draw from their token's bucket.
        return sum("rate_buckets" not in statement for statement in statements)

    few, many = await cost(*rows[:2]), await cost(*rows[2:])

    assert few == many
    assert 3 < many < 15
