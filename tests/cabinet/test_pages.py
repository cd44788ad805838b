"""What a batch of page readings leaves behind, in whatever order, however often it comes."""

import asyncio
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import asyncpg
import pytest

from app.cabinet.applying import observe
from app.cabinet.filing import AlreadySent, FeedbackUnknown, file_complaint
from app.cabinet.gate import Observation
from app.cabinet.matching import FeedbackKey
from app.cabinet.page_readings import PageReading, Shown
from app.cabinet.pages import PagesReport, report_pages, settle_page_states
from app.cabinet.standings import refresh_standings
from app.cabinet.states import ComplaintState, Source
from app.cabinet.tallies import counts_of, recount
from app.kit.db import Database
from app.shops.models import Shop
from tests.factories import Make

pytestmark = pytest.mark.anyio
EVENING = datetime(2026, 1, 7, 20, 9, tzinfo=UTC)
READ = datetime(2026, 11, 1, 12, tzinfo=UTC)
NOW = datetime(2026, 11, 1, 12, 5, tzinfo=UTC)


def key(minutes: int = 0, *, rating: int = 1) -> FeedbackKey:
    return FeedbackKey(77, rating, EVENING + timedelta(minutes=minutes))


def page(minutes: int = 0, *statuses: str, rating: int = 1, missing: bool = False, **more: Any) -> PageReading:
    return PageReading(key=key(minutes, rating=rating), shown=Shown(statuses, **more), missing=missing)


class Pages:
    """A shop whose feedbacks were written one a minute from EVENING on."""

    def __init__(self, database: Database, make: Make, shop: Shop) -> None:
        self.database, self.make, self.shop = database, make, shop

    async def write(self, *minutes: int, rating: int = 1, ready: bool = True) -> list[str]:
        rows = [
            await self.make.feedback(
                self.shop, nm_id=77, rating=rating, written_at=EVENING + timedelta(minutes=each, seconds=9)
            )
            for each in minutes
        ]
        if ready:
            async with self.database.direct() as connection:
                await refresh_standings(connection, self.shop.id, [row.wb_id for row in rows])
        return [row.wb_id for row in rows]

    async def report(self, *readings: PageReading, read_at: datetime = READ, now: datetime = NOW) -> PagesReport:
        async with self.database.direct() as connection:
            return await report_pages(connection, self.shop.id, readings, read_at=read_at, actor="token:x", now=now)

    async def rows(self, sql: str, *more: Any) -> list[asyncpg.Record]:
        async with self.database.glance() as connection:
            return await connection.fetch(sql, self.shop.id, *more)

    async def standing(self, feedback_id: str) -> Mapping[str, Any]:
        (row,) = await self.rows("SELECT * FROM standings WHERE shop_id = $1 AND feedback_id = $2", feedback_id)
        return dict(row)

    async def draft(self, *feedback_ids: str) -> None:
        """Written and approved for filing."""
        drafted = Observation(source=Source.SYSTEM, observed_at=READ, complaint=ComplaintState.DRAFT)
        async with self.database.direct() as connection:
            await observe(connection, self.shop.id, dict.fromkeys(feedback_ids, drafted))
            await connection.execute("UPDATE standings SET ready = true WHERE feedback_id = ANY($1)", feedback_ids)
            await recount(connection, self.shop.id)

    async def counts(self) -> Mapping[str, Any]:
        """As kept, after a look that they are true."""
        async with self.database.direct() as connection:
            kept = (await counts_of(connection, [self.shop.id])).get(self.shop.id, {})
            await recount(connection, self.shop.id)
            true = (await counts_of(connection, [self.shop.id]))[self.shop.id]
        assert {**true, "page_at": None} == {**true, **kept, "page_at": None}
        return true


@pytest.fixture
async def pages(database: Database, make: Make) -> Pages:
    return Pages(database, make, await make.shop())


async def test_a_page_tells_complaint_visibility_purchase_and_chat(pages: Pages) -> None:
    (wb_id,) = await pages.write(0)

    report = await pages.report(
        page(0, "Проверяем жалобу", "Виден", "Выкуп", "Дополнен", "Что-то новое", chat_status="chat_available")
    )

    stands = await pages.standing(wb_id)
    assert (stands["complaint"], stands["visibility"], stands["purchase"]) == ("pending", "visible", "purchased")
    assert (stands["chat"], stands["supplemented"], stands["can_submit"]) == ("available", True, False)
    assert (stands["filed_by"], stands["page_read_at"]) == ("seller", READ)
    assert (report.created, report.updated, report.applied, report.chats) == (1, 0, 1, 1)
    events = await pages.rows("SELECT track, from_state, to_state, source, actor FROM standing_events WHERE shop_id=$1")
    assert {tuple(event) for event in events} == {
        ("complaint", "none", "pending", "filer", "token:x"),
        ("chat", "unknown", "available", "filer", "token:x"),
    }


async def test_the_same_batch_again_changes_nothing_and_writes_no_history(pages: Pages) -> None:
    (wb_id,) = await pages.write(0)
    batch = page(0, "Жалоба отклонена", "Виден", chat_status="chat_available")
    await pages.report(batch)
    before = await pages.standing(wb_id)

    report = await pages.report(batch)

    assert await pages.standing(wb_id) == before
    assert (report.created, report.updated) == (0, 1)
    assert len(await pages.rows("SELECT 1 FROM standing_events WHERE shop_id = $1")) == 2
    assert (await pages.counts())["pages_cannot"] == 1


async def test_of_equal_keys_in_a_batch_the_last_counts(pages: Pages) -> None:
    (wb_id,) = await pages.write(0)

    report = await pages.report(page(0, "Виден"), page(0, "Временно скрыт"))

    assert (await pages.standing(wb_id))["visibility"] == "hidden"
    assert report.created == 1


async def test_an_older_reading_changes_nothing(pages: Pages) -> None:
    (wb_id,) = await pages.write(0)
    await pages.report(page(0, "Виден", chat_status="chat_available"))

    report = await pages.report(
        page(0, "Снят с публикации", "Жалоба одобрена", chat_status="chat_opened"), read_at=READ - timedelta(hours=1)
    )

    stands = await pages.standing(wb_id)
    assert (stands["visibility"], stands["complaint"], stands["chat"]) == ("visible", "none", "available")
    assert (report.created, report.updated, report.applied) == (0, 0, 0)


async def test_a_reading_from_the_future_is_one_of_now(pages: Pages) -> None:
    (wb_id,) = await pages.write(0)

    await pages.report(page(0, "Виден"), read_at=NOW + timedelta(days=3))
    await pages.report(page(0, "Временно скрыт"), read_at=NOW, now=NOW)

    assert (await pages.standing(wb_id))["visibility"] == "hidden"


async def test_the_stale_page_after_sent_neither_undoes_it_nor_offers_it_again(pages: Pages) -> None:
    (wb_id,) = await pages.write(0)
    await pages.draft(wb_id)
    async with pages.database.direct() as connection:
        await file_complaint(connection, pages.shop.id, wb_id, sent_at=NOW, actor="token:x", now=NOW)

    await pages.report(page(0, "Виден", can_submit=True, chat_status="chat_available"))

    stands = await pages.standing(wb_id)
    assert (stands["complaint"], stands["filed_by"], stands["can_submit"]) == ("pending", "us", False)
    assert not stands["queued_complaint"]
    assert not stands["candidate"]


async def test_sent_twice_is_said_to_be_sent_already_and_eight_at_once_are_filed_once(pages: Pages) -> None:
    (wb_id,) = await pages.write(0)
    await pages.draft(wb_id)

    async def sent() -> bool:
        try:
            async with pages.database.direct() as connection:
                await file_complaint(connection, pages.shop.id, wb_id, sent_at=NOW, actor="token:x", now=NOW)
        except AlreadySent:
            return False
        return True

    assert sum(await asyncio.gather(*(sent() for _ in range(8)))) == 1
    lines = await pages.rows("SELECT to_state FROM standing_events WHERE shop_id = $1 AND track = 'complaint'")
    assert sorted(line["to_state"] for line in lines) == ["draft", "pending"]


async def test_sent_without_a_draft_of_ours_is_filed_elsewhere(pages: Pages) -> None:
    (wb_id,) = await pages.write(0, ready=False)

    async with pages.database.direct() as connection:
        await file_complaint(connection, pages.shop.id, wb_id, sent_at=NOW, actor="token:x", now=NOW)

    stands = await pages.standing(wb_id)
    assert (stands["complaint"], stands["filed_by"], stands["filed_at"]) == ("pending", "seller", NOW)


async def test_sent_of_an_unknown_feedback_is_not_found(pages: Pages) -> None:
    async with pages.database.direct() as connection:
        with pytest.raises(FeedbackUnknown):
            await file_complaint(connection, pages.shop.id, "nobody", sent_at=NOW, actor="token:x", now=NOW)


async def test_a_page_that_lacks_a_feedback_is_a_hint_and_cools_its_tasks_down(pages: Pages) -> None:
    (wb_id,) = await pages.write(0)
    await pages.report(page(0, "Виден", can_submit=True, chat_status="chat_available"))

    rests = []
    for _ in range(3):
        report = await pages.report(page(0, missing=True))
        stands = await pages.standing(wb_id)
        rests.append(stands["cool_until"] - NOW)

    assert rests == [timedelta(hours=24), timedelta(hours=24), timedelta(days=7)]
    assert (stands["visibility"], stands["can_submit"], stands["chat"]) == ("visible", True, "available")
    assert (stands["not_found"], stands["cooling"], report.missing, list(report.missing_ids)) == (3, True, 1, [wb_id])


async def test_a_page_that_shows_it_again_ends_the_rest(pages: Pages) -> None:
    (wb_id,) = await pages.write(0)
    await pages.report(page(0, missing=True))

    await pages.report(page(0, "Виден"))

    stands = await pages.standing(wb_id)
    assert (stands["cooling"], stands["not_found"], stands["cool_until"]) == (False, 0, None)


async def test_nothing_is_done_to_two_feedbacks_of_one_key(pages: Pages) -> None:
    both = await pages.write(0, 0)

    report = await pages.report(page(0, "Жалоба одобрена", chat_status="chat_opened"))

    assert (report.ambiguous, report.applied) == (1, 0)
    assert {(await pages.standing(each))["complaint"] for each in both} == {"none"}
    (kept,) = await pages.rows("SELECT match, feedback_id FROM page_states WHERE shop_id = $1")
    assert tuple(kept) == ("several", None)


async def test_a_reading_that_came_before_its_feedback_is_applied_when_the_feedback_comes(pages: Pages) -> None:
    report = await pages.report(page(0, "Жалоба отклонена", "Виден", chat_status="chat_available"))
    assert (report.unmatched, report.created) == (1, 1)
    (wb_id,) = await pages.write(0)

    async with pages.database.direct() as connection:
        fitting = await settle_page_states(connection, pages.shop.id)

    stands = await pages.standing(wb_id)
    assert fitting == 1
    assert (stands["complaint"], stands["chat"], stands["page_read_at"]) == ("rejected", "available", READ)
    (kept,) = await pages.rows("SELECT match, feedback_id FROM page_states WHERE shop_id = $1")
    assert tuple(kept) == ("one", wb_id)


async def test_batches_that_miss_what_others_show_do_not_wait_for_each_other(pages: Pages) -> None:
    await pages.write(*range(40))
    lower, upper = range(20), range(20, 40)
    batches = [
        [*(page(each, "Виден") for each in seen), *(page(each, missing=True) for each in missing)]
        for seen, missing in ((lower, upper), (upper, lower))
    ]

    reports = await asyncio.gather(*(pages.report(*batches[number % 2]) for number in range(16)))

    assert {report.missing for report in reports} == {20}


async def test_eight_equal_batches_at_once_leave_one_of_everything(pages: Pages) -> None:
    ids = await pages.write(*range(30))
    batch = [page(each, "Проверяем жалобу", "Виден", chat_status="chat_available") for each in range(30)]

    reports = await asyncio.gather(*(pages.report(*reversed(batch)) for _ in range(8)))

    assert sum(report.created for report in reports) == 30
    assert len(await pages.rows("SELECT 1 FROM standing_events WHERE shop_id = $1")) == 2 * len(ids)
    counts = await pages.counts()
    assert (counts["pages_cannot"], counts["pending"], counts["chats_working"]) == (30, 30, 30)
