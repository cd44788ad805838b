"""POST /review-statuses, /complaint-statuses and …/complaint/sent, as shipped builds call them."""

from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest

from app.accounts.models import TokenScope
from app.cabinet.standings import refresh_standings
from app.kit.db import Database
from app.shops.models import Role, Shop
from tests.extension.callers import Extension, code_of
from tests.factories import Make

pytestmark = pytest.mark.anyio
FIRST_MOMENT = b'{"sentAt": "0001-01-01T00:00:00+14:00"}'
EVENING = datetime(2026, 1, 7, 20, 9, tzinfo=UTC)


class Page:
    """A shop's page with one feedback a minute."""

    def __init__(self, database: Database, make: Make, shop: Shop, client: httpx.AsyncClient) -> None:
        self.database, self.make, self.shop, self.client = database, make, shop, client

    async def write(self, minutes: int = 0, *, rating: int = 1) -> str:
        row = await self.make.feedback(
            self.shop, nm_id=77, rating=rating, written_at=EVENING + timedelta(minutes=minutes, seconds=5)
        )
        async with self.database.direct() as connection:
            await refresh_standings(connection, self.shop.id, [row.wb_id])
        return row.wb_id

    def row(self, minutes: int = 0, *, tail: str = "", **more: Any) -> dict[str, Any]:
        minute = EVENING + timedelta(minutes=minutes)
        return {
            "reviewKey": f"77_1_{minute:%Y-%m-%dT%H:%M}{tail}",
            "productId": "77",
            "rating": 1,
            "reviewDate": f"{minute:%Y-%m-%dT%H:%M}",
            "statuses": ["Выкуп"],
            "canSubmitComplaint": True,
            "chatStatus": "chat_available",
            "ratingExcluded": False,
            **more,
        }

    async def report(self, *rows: Any, **more: Any) -> httpx.Response:
        return await self.client.post(
            "/review-statuses", json={"storeId": str(self.shop.id), "reviews": list(rows), **more}
        )

    async def tell(self, *rows: Any, **more: Any) -> httpx.Response:
        return await self.client.post(
            "/complaint-statuses", json={"storeId": str(self.shop.id), "results": list(rows), **more}
        )

    async def sent(self, wb_id: str, body: Any = None) -> httpx.Response:
        return await self.client.post(f"/stores/{self.shop.id}/reviews/{wb_id}/complaint/sent", json=body or {})

    async def standing(self, wb_id: str) -> dict[str, Any]:
        async with self.database.glance() as connection:
            row = await connection.fetchrow(
                "SELECT * FROM standings WHERE shop_id = $1 AND feedback_id = $2", self.shop.id, wb_id
            )
        assert row is not None
        return dict(row)

    async def jobs(self, kind: str) -> int:
        async with self.database.glance() as connection:
            return int(await connection.fetchval("SELECT count(*) FROM jobs WHERE kind = $1", kind))


@pytest.fixture
async def a_page(extension: Extension, database: Database, make: Make) -> Page:
    shop = await make.shop()
    return Page(database, make, shop, await extension.client(shop))


async def test_a_page_is_taken_row_by_row(a_page: Page) -> None:
    known, other = await a_page.write(0), await a_page.write(1)

    answer = await a_page.report(
        a_page.row(0, tail=":00.000Z"),
        a_page.row(1, tail=":17", statuses=["Проверяем жалобу", "Исключен из рейтинга"], ratingExcluded=True),
        a_page.row(9),
        {"reviewKey": "no key", "statuses": []},
        None,
        "a row?",
        {**a_page.row(0), "statuses": None, "chatStatus": 5, "canSubmitComplaint": "maybe", "newField": {"x": 1}},
        parsedAt=datetime.now(UTC).isoformat(),
    )

    said = answer.json()
    assert answer.status_code == 200
    assert said["success"] is True
    assert said["data"] == {
        "received": 7, "created": 3, "updated": 0, "errors": 3, "synced": 2, "chatStatusSynced": 1, "syncErrors": 0,
        "notFound": 0, "unmatched": 1, "ambiguous": 0, "hourOffset": 0,
    }  # fmt: skip
    assert (await a_page.standing(other))["visibility"] == "excluded"
    assert (await a_page.standing(known))["can_submit"] is False
    assert (await a_page.standing(known))["chat"] == "unknown"


async def test_unknown_keys_start_one_sync_however_many_pages_show_them(a_page: Page) -> None:
    for minutes in (1, 2, 3):
        await a_page.report(a_page.row(minutes), a_page.row(minutes + 10))

    assert await a_page.jobs("SyncFeedbacks") == 1


@pytest.mark.parametrize("older", [False, True])
async def test_not_found_is_a_hint_that_has_the_feedback_looked_up(a_page: Page, older: bool) -> None:
    wb_id = await a_page.write(0)
    await a_page.report(a_page.row(0, statuses=["Виден"]))
    placeholder = a_page.row(
        0, statuses=[], canSubmitComplaint=False, chatStatus=None, ratingExcluded=False, reviewStatusWb="not_found"
    )

    if older:
        answer = await a_page.report(notFoundReviewKeys=[placeholder["reviewKey"], None, "nonsense"])
    else:
        answer = await a_page.report(placeholder)

    stands = await a_page.standing(wb_id)
    assert answer.json()["data"]["notFound"] == 1
    assert (stands["visibility"], stands["chat"], stands["can_submit"]) == ("visible", "available", True)
    assert stands["cooling"] is True
    assert await a_page.jobs("LookAgain") == 1


@pytest.mark.parametrize("rows", [101, 150])
async def test_more_than_a_hundred_rows_are_refused(a_page: Page, rows: int) -> None:
    answer = await a_page.report(*(a_page.row(each) for each in range(rows)))

    assert (answer.status_code, code_of(answer)) == (400, "VALIDATION_ERROR")


@pytest.mark.parametrize("body", [b"", b"[]", b"{", b'{"reviews": []}', b'{"storeId": 5, "reviews": {}}', b"\xff\xfe"])
async def test_what_is_no_batch_is_400_in_the_envelope(a_page: Page, body: bytes) -> None:
    for path in ("/review-statuses", "/complaint-statuses"):
        answer = await a_page.client.post(path, content=body, headers={"Content-Type": "application/json"})

        assert (answer.status_code, code_of(answer)) == (400, "VALIDATION_ERROR")


@pytest.mark.parametrize("parsed_at", ["0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00", "вчера", None, 5])
async def test_a_page_with_an_impossible_moment_was_read_now(a_page: Page, parsed_at: object) -> None:
    wb_id = await a_page.write(0)

    answer = await a_page.report(a_page.row(0), parsedAt=parsed_at)

    assert answer.status_code == 200
    assert (await a_page.standing(wb_id))["chat"] == "available"


async def test_an_empty_page_is_a_page(a_page: Page) -> None:
    answer = await a_page.report()

    assert (answer.status_code, answer.json()["data"]["received"]) == (200, 0)


async def test_a_browser_in_another_zone_is_understood_and_told(a_page: Page) -> None:
    ids = [await a_page.write(each) for each in (0, 7)]

    answer = await a_page.report(a_page.row(5 * 60), a_page.row(5 * 60 + 7))

    assert answer.json()["data"]["hourOffset"] == 5
    assert "часовой пояс" in answer.json()["message"]
    assert {(await a_page.standing(each))["chat"] for each in ids} == {"available"}


async def test_hostile_texts_of_a_page_are_kept_as_texts(a_page: Page) -> None:
    await a_page.write(0)

    answer = await a_page.report(
        a_page.row(0, statuses=["'; DROP TABLE page_states; --", "\u0000", "<script>", 5, None, "Виден"])
    )

    assert answer.status_code == 200
    assert answer.json()["data"]["synced"] == 1


async def test_verdicts_are_applied_and_what_was_skipped_is_named(a_page: Page) -> None:
    first, second = await a_page.write(0), await a_page.write(1)
    await a_page.write(2)
    await a_page.write(2)

    answer = await a_page.tell(
        {"reviewKey": "77_1_2026-01-07T23:09", "status": "Жалоба одобрена", "filedBy": "R5", "complaintDate": "09.01"},
        {
            "reviewKey": "77_1_2026-01-07T23:10",
            "status": "Жалоба отклонена",
            "filedBy": "Продавец",
            "complaintDate": None,
        },
        {"reviewKey": "77_1_2026-01-07T23:11", "status": "Жалоба отклонена", "filedBy": None},
        {"reviewKey": "77_1_2026-01-07T23:40", "status": "Жалоба отклонена", "filedBy": None},
        {"reviewKey": "77_1_2026-01-07T23:09", "status": "Хорошего дня"},
        {"reviewKey": "?", "status": "Жалоба одобрена"},
        {"status": 5},
    )

    said = answer.json()
    data = said["data"]
    assert answer.status_code == 200
    assert isinstance(said["elapsed"], int)
    assert (data["received"], data["valid"], data["reviewsUpdated"], data["complaintsUpdated"]) == (7, 4, 2, 2)
    assert (data["skipped"], data["unmatched"], data["ambiguous"], data["chatsClosed"]) == (5, 1, 1, 0)
    assert [each["reason"] for each in data["skippedDetails"]] == [
        "ambiguous", "unmatched", "unknown_status", "bad_key", "bad_row",
    ]  # fmt: skip
    assert [(await a_page.standing(each))["complaint"] for each in (first, second)] == ["approved", "rejected"]
    assert [(await a_page.standing(each))["filed_by"] for each in (first, second)] == ["us", "seller"]


@pytest.mark.parametrize("rows", [0, 501])
async def test_verdicts_come_one_to_five_hundred_at_a_time(a_page: Page, rows: int) -> None:
    row = {"reviewKey": "77_1_2026-01-07T23:09", "status": "Жалоба одобрена"}

    answer = await a_page.tell(*([row] * rows))

    assert (answer.status_code, code_of(answer)) == (400, "VALIDATION_ERROR")


async def test_no_more_than_twenty_skipped_rows_are_told(a_page: Page) -> None:
    answer = await a_page.tell(*({"reviewKey": f"bad{each}", "status": "Жалоба одобрена"} for each in range(300)))

    assert answer.json()["data"]["skipped"] == 300
    assert len(answer.json()["data"]["skippedDetails"]) == 20


@pytest.mark.parametrize("name", ["sentAt", "sent_at"])
async def test_sent_is_honoured_with_its_time_and_a_repeat_is_409(a_page: Page, name: str) -> None:
    wb_id = await a_page.write(0)
    at = datetime(2026, 1, 9, 10, 0, 0, 123456, tzinfo=UTC)

    first = await a_page.sent(wb_id, {name: at.isoformat(), "duration": 1234})
    second = await a_page.sent(wb_id, {name: at.isoformat()})

    assert first.status_code == 200
    assert {**first.json(), "message": ""} == {
        "success": True, "review_id": wb_id, "new_status": "pending", "sent_at": "2026-01-09T10:00:00.123Z",
        "message": "",
    }  # fmt: skip
    assert (second.status_code, code_of(second)) == (409, "ALREADY_SENT")


@pytest.mark.parametrize(
    "body", [b"", b"null", b"[1]", b"{", b'{"sentAt": "yesterday"}', b'{"sentAt": "2026-01-09"}', FIRST_MOMENT]
)
async def test_sent_is_taken_whatever_its_body_looks_like(a_page: Page, body: bytes) -> None:
    wb_id = await a_page.write(0)

    answer = await a_page.client.post(f"/stores/{a_page.shop.id}/reviews/{wb_id}/complaint/sent", content=body)

    assert answer.status_code == 200
    assert (await a_page.standing(wb_id))["complaint"] == "pending"


async def test_sent_of_an_unknown_feedback_is_404(a_page: Page) -> None:
    answer = await a_page.sent("nobody")

    assert (answer.status_code, code_of(answer)) == (404, "NOT_FOUND")


async def test_strangers_viewers_and_readers_report_nothing(a_page: Page, extension: Extension, make: Make) -> None:
    wb_id = await a_page.write(0)
    row = a_page.row(0, statuses=["Проверяем жалобу"])
    stranger = await extension.client(await make.shop())
    viewer = await extension.client(a_page.shop, role=Role.VIEWER)
    reader = await extension.client(a_page.shop, scopes=[TokenScope.READ])

    for client in (stranger, viewer, reader):
        theirs = Page(a_page.database, make, a_page.shop, client)
        verdict = {"reviewKey": "77_1_2026-01-07T23:09", "status": "Жалоба одобрена"}
        for answer in (await theirs.report(row), await theirs.tell(verdict), await theirs.sent(wb_id)):
            assert (answer.status_code, code_of(answer)) == (403, "FORBIDDEN")

    assert (await a_page.standing(wb_id))["complaint"] == "none"
