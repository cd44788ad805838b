"""Runs over real PostgreSQL against a cabinet in memory: windows, progress, interruptions."""

import asyncio
from datetime import UTC, datetime, timedelta

import pytest
import time_machine

from app.feedbacks.jobs import SyncFeedbacks
from app.feedbacks.models import SyncPhase
from app.feedbacks.ports import FeedbackList
from app.feedbacks.queries import shops_due
from app.feedbacks.sync import SyncPace, sync_feedbacks
from app.kit.db import Database
from app.kit.errors import Invalid, RateLimited
from app.shops.models import Shop
from tests.feedbacks.cabinet import Cabinet, fill, incoming
from tests.feedbacks.conftest import Stored, Sync

pytestmark = pytest.mark.anyio
NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
LISTS = [FeedbackList.UNANSWERED, FeedbackList.PROCESSED, FeedbackList.ARCHIVE]


async def test_the_first_run_reads_all_three_lists(sync: Sync, cabinet: Cabinet, stored: Stored) -> None:
    fill(cabinet, 3)
    cabinet.answer("w0000")
    cabinet.add(incoming("old", NOW - timedelta(days=90)), incoming("stars", NOW, text=""))
    cabinet.archived.add("old")

    state = await sync()

    rows = await stored.rows()
    assert set(rows) == set(cabinet.rows)
    assert [call.which for call in cabinet.calls] == LISTS
    assert {wb_id for wb_id, row in rows.items() if row.archived} == {"old", "w0000", "stars"}
    assert {wb_id for wb_id, row in rows.items() if row.needs_reply} == {"old", "w0001", "w0002"}
    assert (state.phase, state.first, state.pages, state.broken_rows) == (SyncPhase.IDLE, False, 3, 0)
    assert state.finished_at is not None


async def test_the_watermark_is_the_newest_seen_and_not_now(sync: Sync, cabinet: Cabinet) -> None:
    newest = datetime.now(UTC) - timedelta(hours=5)
    fill(cabinet, 3, newest=newest)

    state = await sync()

    assert state.watermark == newest


async def test_later_runs_read_all_unanswered_and_what_was_lately_processed(sync: Sync, cabinet: Cabinet) -> None:
    fill(cabinet, 3)
    first = await sync()
    assert first.watermark is not None
    cabinet.calls.clear()

    await sync()

    unanswered, processed = cabinet.calls
    assert (unanswered.which, unanswered.since) == (FeedbackList.UNANSWERED, None)
    assert (processed.which, processed.since) == (FeedbackList.PROCESSED, first.watermark - timedelta(hours=3))
    assert processed.until is not None
    assert processed.until > first.watermark


async def test_once_a_day_a_run_reads_thirty_days_of_processed(sync: Sync, cabinet: Cabinet) -> None:
    fill(cabinet, 3)
    first = await sync()
    assert first.started_at is not None
    cabinet.calls.clear()

    with time_machine.travel(first.started_at + timedelta(hours=25)):
        await sync()
        await sync()

    since = [call.since for call in cabinet.calls if call.which is FeedbackList.PROCESSED]
    assert since[0] is not None
    assert since[0] <= first.started_at + timedelta(hours=25) - timedelta(days=30) + timedelta(minutes=1)
    assert first.watermark is not None
    assert since[1] == first.watermark - timedelta(hours=3)


async def test_a_rate_limit_in_mid_list_keeps_what_was_read_and_the_next_delivery_reads_on(
    sync: Sync, cabinet: Cabinet, stored: Stored
) -> None:
    fill(cabinet, 30)

    def third_call_is_refused() -> None:
        if len(cabinet.calls) == 2:
            raise RateLimited(5)

    cabinet.before_call = third_call_is_refused
    with pytest.raises(RateLimited):
        await sync(page_size=10)
    assert len(await stored.rows()) == 20
    cabinet.before_call = lambda: None

    state = await sync(page_size=10)

    assert len(await stored.rows()) == 30
    assert len([call for call in cabinet.calls if call.which is FeedbackList.UNANSWERED]) == 3
    assert (state.phase, state.rows) == (SyncPhase.IDLE, 30)


async def test_a_crash_between_fetch_and_commit_only_repeats_that_page(
    sync: Sync, cabinet: Cabinet, stored: Stored
) -> None:
    fill(cabinet, 30)

    def worker_dies_with_the_second_page_in_hand() -> None:
        if len(cabinet.calls) == 2:
            raise KeyboardInterrupt

    cabinet.after_call = worker_dies_with_the_second_page_in_hand
    with pytest.raises(KeyboardInterrupt):
        await sync(page_size=10)
    cabinet.after_call = lambda: None

    await sync(page_size=10)

    assert len(await stored.rows()) == 30
    assert cabinet.calls[1] == cabinet.calls[2]


async def test_a_page_that_another_worker_overtook_moves_nobodys_cursor(
    sync: Sync, cabinet: Cabinet, stored: Stored
) -> None:
    fill(cabinet, 30)
    asked, overtaken = asyncio.Event(), asyncio.Event()

    async def slowly() -> None:
        asked.set()
        await overtaken.wait()

    cabinet.late_replies = [slowly()]
    slow = asyncio.create_task(sync(page_size=10))
    await asked.wait()
    quick = await sync(page_size=10)
    overtaken.set()
    left_behind = await slow

    assert len(await stored.rows()) == 30
    assert (quick.phase, quick.rows, quick.pages) == (SyncPhase.IDLE, 30, 5)
    assert (left_behind.rows, left_behind.pages) == (30, 5)


async def test_progress_is_readable_while_a_run_is_under_way(sync: Sync, cabinet: Cabinet, stored: Stored) -> None:
    fill(cabinet, 30)
    cabinet.answer("w0029")

    def second_call_is_refused() -> None:
        if len(cabinet.calls) == 1:
            raise RateLimited(5)

    cabinet.before_call = second_call_is_refused
    with pytest.raises(RateLimited):
        await sync(page_size=10)

    [state] = await stored.ask("SELECT phase, pages, rows, total_estimate, backlog, progressed_at FROM feedback_syncs")
    assert (state.phase, state.pages, state.rows) == ("unanswered", 1, 10)
    assert (state.total_estimate, state.backlog) == (29 + 2, 29)
    assert state.progressed_at is not None


async def test_rows_that_cannot_be_read_are_counted_and_passed_over(
    sync: Sync, cabinet: Cabinet, stored: Stored
) -> None:
    fill(cabinet, 12)
    cabinet.broken = {"w0003"}

    state = await sync(page_size=5)

    assert set(await stored.rows()) == set(cabinet.rows) - {"w0003"}
    assert state.broken_rows == 1


async def test_a_run_that_fails_for_good_is_not_asked_for_again_at_once(
    sync: Sync, cabinet: Cabinet, database: Database
) -> None:
    def refused() -> None:
        raise Invalid

    cabinet.before_call = refused
    with pytest.raises(Invalid):
        await sync()

    async with database.transaction() as session:
        assert await shops_due(session, limit=10) == []


async def test_a_huge_backlog_is_read_whole_once_a_day_and_else_from_the_watermark(
    sync: Sync, cabinet: Cabinet, stored: Stored
) -> None:
    fill(cabinet, 3)
    first = await sync()
    assert first.watermark is not None
    await stored.order("UPDATE feedback_syncs SET backlog = 20001")
    cabinet.calls.clear()

    second = await sync()

    assert cabinet.calls[0].since == first.watermark - timedelta(hours=3)
    assert second.unanswered_as_of == first.started_at


async def test_what_is_unanswered_is_known_only_when_the_run_has_cleared_up_what_its_list_lacked(
    sync: Sync, cabinet: Cabinet, stored: Stored
) -> None:
    fill(cabinet, 3)
    first = await sync()
    cabinet.answer("w0001")

    def list_of_processed_is_refused() -> None:
        if cabinet.calls and cabinet.calls[-1].which is FeedbackList.UNANSWERED:
            raise RateLimited(60)

    cabinet.calls.clear()
    cabinet.before_call = list_of_processed_is_refused
    with pytest.raises(RateLimited):
        await sync()

    [half_way] = await stored.ask("SELECT unanswered_as_of FROM feedback_syncs")
    assert half_way.unanswered_as_of == first.started_at
    assert (await stored.row("w0001")).needs_reply


async def test_ten_thousand_rows_of_which_some_change_on_the_way(
    database: Database, shop: Shop, cabinet: Cabinet, stored: Stored
) -> None:
    """Each call changes the world: a hundred are answered, ten arrive."""
    last = datetime.now(UTC) - timedelta(hours=1)
    cabinet.add(*(incoming(f"w{n:05d}", last - timedelta(seconds=n // 3)) for n in range(10_000)))
    from_the_start = set(cabinet.rows)

    def world_goes_on() -> None:
        turn = len(cabinet.calls)
        for n in range(turn * 100, turn * 100 + 100):
            cabinet.answer(f"w{n * 37 % 10_000:05d}")
        cabinet.add(*(incoming(f"late{turn}-{n}", datetime.now(UTC)) for n in range(10)))

    cabinet.after_call = world_goes_on
    pace = SyncPace(page_size=1000, every=600)
    await sync_feedbacks(SyncFeedbacks(shop_id=shop.id), database=database, source=cabinet, pace=pace)

    assert from_the_start <= set(await stored.rows())
