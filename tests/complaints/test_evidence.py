"""The evidence of approved complaints: kept once, whatever it lacks, and linked where that is certain."""

import asyncio
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from app.cabinet.states import ComplaintState
from app.kit.clock import utc_now
from app.kit.db import Database
from tests.cabinet.world import NM, World
from tests.complaints.proofs import DETAILS, EVENING, WORDS, only, rows, send, written
from tests.factories import Make

pytestmark = pytest.mark.anyio


@pytest.fixture
async def world(database: Database, make: Make) -> World:
    return await World.open(database, make)


async def test_evidence_is_linked_and_its_complaint_is_approved(world: World) -> None:
    feedback = await written(world)

    created = await send(world)

    row, standing = await only(world), await world.standing(feedback)
    assert created
    assert (row["feedback_id"], row["feedback_at"]) == (feedback.wb_id, EVENING.replace(second=0))
    assert (row["ours"], row["incomplete"], row["text_hash"]) == (True, False, "")
    assert row["month"] == datetime(2026, 2, 28, 21, tzinfo=UTC)
    assert (standing["complaint"], standing["filed_by"]) == (ComplaintState.APPROVED, "us")
    assert standing["filed_at"] == datetime(2026, 2, 19, 21, tzinfo=UTC)
    assert await world.counts() == await world.true_counts()


async def test_eight_equal_ones_at_once_are_created_once(world: World) -> None:
    await written(world)

    created = await asyncio.gather(*(send(world) for _ in range(8)))

    assert sorted(created) == [False] * 7 + [True]
    assert len(await rows(world)) == 1


@pytest.mark.parametrize(
    ("change", "new"),
    [
        ({}, False), ({"text": "Другие слова"}, False), ({"status": "Одобрена", "drive_link": ""}, False),
        ({"articul": "149325539"}, True), ({"feedback_date": "18 февр. 2026 г. в 21:46"}, True),
        ({"file_name": "another.png"}, True), ({"file_name": ""}, True),
    ],
)  # fmt: skip
async def test_product_date_and_file_tell_evidence_apart(world: World, change: dict[str, Any], new: bool) -> None:
    await send(world)

    assert await send(world, **change) is new


async def test_a_file_of_unknown_date_is_told_apart_by_the_text(world: World) -> None:
    unnamed = replace(DETAILS, feedback_date="", file_name="149325538_unknown_date_1.png")

    created = [await send(world, unnamed), await send(world, unnamed), await send(world, unnamed, text="Иначе")]

    assert created == [True, False, True]


async def test_another_shops_evidence_is_another(world: World, make: Make) -> None:
    other = await make.shop()

    assert [await send(world), await send(world, shop=other)] == [True, True]


@pytest.mark.parametrize(
    "blank",
    [*({name: ""} for name in WORDS), {"rating": None}, {"feedback_date": "когда-то"}],
)
async def test_what_is_blank_is_accepted_and_flagged(world: World, blank: dict[str, Any]) -> None:
    created = await send(world, **blank)

    assert created
    assert (await only(world))["incomplete"]


async def test_nothing_at_all_is_kept_too(world: World) -> None:
    empty = replace(DETAILS, rating=None, has_screenshot=False, raw={}, **dict.fromkeys(WORDS, ""))

    assert [await send(world, empty), await send(world, empty)] == [True, False]
    row = await only(world)
    assert (row["ours"], row["incomplete"], row["feedback_id"]) == (False, True, None)


async def test_without_stars_the_only_feedback_of_the_minute_is_meant(world: World) -> None:
    feedback = await written(world, rating=3)

    await send(world, rating=None)

    assert (await only(world))["feedback_id"] == feedback.wb_id


async def test_without_stars_two_feedbacks_of_a_minute_leave_it_open(world: World) -> None:
    feedbacks = [await written(world, rating=3), await written(world, rating=1)]

    await send(world, rating=None)

    assert (await only(world))["feedback_id"] is None
    assert [(await world.standing(each))["complaint"] for each in feedbacks] == ["none"] * 2


async def test_moscows_minute_goes_before_the_same_minute_in_utc(world: World) -> None:
    meant = await written(world)
    await written(world, written_at=EVENING + timedelta(hours=3))

    await send(world)

    assert (await only(world))["feedback_id"] == meant.wb_id


async def test_a_page_in_utc_is_understood_when_moscow_fits_nothing(world: World) -> None:
    meant = await written(world, written_at=EVENING + timedelta(hours=3))

    await send(world)

    assert (await only(world))["feedback_id"] == meant.wb_id


@pytest.mark.parametrize("change", [{"articul": "SV-1"}, {"feedback_date": "18.02.2026"}, {"rating": 2}])
async def test_what_fits_no_feedback_for_sure_is_kept_unlinked(world: World, change: dict[str, Any]) -> None:
    feedback = await written(world)

    created = await send(world, **change)

    assert created
    assert (await only(world))["feedback_id"] is None
    assert (await world.standing(feedback))["complaint"] == "none"


@pytest.mark.parametrize(
    ("status", "state"),
    [("Одобрена", "approved"), ("approved", "approved"), ("", "none"), ("Жалоба отклонена", "none"), ("?", "none")],
)
async def test_only_a_status_that_says_so_approves(world: World, status: str, state: str) -> None:
    feedback = await written(world)

    await send(world, status=status)

    assert (await world.standing(feedback))["complaint"] == state


@pytest.mark.parametrize(
    ("text", "ours", "filed_by"),
    [
        ("Жалоба от: ИП Иванов", True, "us"), ("  жалоба\u00a0от: ООО", True, "us"), ("Отзыв лжёт", False, "seller"),
        ("Ответ. Жалоба от: ИП", False, "seller"),
    ],
)  # fmt: skip
async def test_ours_begin_with_whom_they_are_from(world: World, text: str, ours: bool, filed_by: str) -> None:
    feedback = await written(world)

    await send(world, text=text)

    assert (await only(world))["ours"] is ours
    assert (await world.standing(feedback))["filed_by"] == filed_by


@pytest.mark.parametrize(
    ("said", "day"), [("20.02.2026", 20), ("20.02", 20), ("20 февр. 2026 г.", 20), ("20 февр. 2026 г. в 00:05", 20)]
)
async def test_the_filing_day_is_a_day_in_moscow(world: World, said: str, day: int) -> None:
    feedback = await written(world)

    await send(world, filed_on=said)

    assert (await world.standing(feedback))["filed_at"] == datetime(2026, 2, day - 1, 21, tzinfo=UTC)


@pytest.mark.parametrize(
    ("checked", "month"),
    [
        ("28.02.2026", 2), ("2026-02-28T20:59:00.000Z", 2), ("2026-02-28T21:00:00.000Z", 3), ("", 3), ("вчера", 3),
        ("05.05.2031", 3), ("01.01.2001", 3),
    ],
)  # fmt: skip
async def test_the_bills_month_is_that_of_the_check_else_of_the_receipt(world: World, checked: str, month: int) -> None:
    await send(world, check_date=checked)

    begins = (await only(world))["month"] + timedelta(hours=3)
    assert (begins.month, begins.day, begins.hour) == (month, 1, 0)


async def test_hostile_words_are_kept_as_words(world: World) -> None:
    hostile = "'); DROP TABLE evidence; -- <script>alert(1)</script> =1+1 {{7*7}}"

    await send(world, text=hostile, file_name=hostile, articul=hostile, raw={"a": "\x00", "b\x00": [hostile]})

    assert (await only(world))["text"] == hostile


async def test_an_approved_complaint_closes_the_linked_chat(world: World) -> None:
    feedback = await written(world)
    async with world.database.direct() as connection:
        await connection.execute(
            "INSERT INTO chat_links (shop_id, id, nm_id, rating, minute, feedback_id, chat_url, status, opened_at,"
            " created_at, updated_at) VALUES ($1, gen_random_uuid(), $2, 1, $3, $4, '', '', $3, $3, $3)",
            *(world.shop.id, NM, EVENING, feedback.wb_id),
        )

    await send(world, now=utc_now())

    async with world.database.glance() as connection:
        assert await connection.fetchval("SELECT close_reason FROM chat_links") == "complaint_approved"
