"""What a complete run no longer shows: answered elsewhere, archived, or deleted; and how little of it is believed."""

from datetime import UTC, datetime, timedelta

import pytest

from app.feedbacks.models import SyncPhase
from app.feedbacks.ports import FeedbackList
from tests.feedbacks.cabinet import Cabinet, incoming
from tests.feedbacks.conftest import Stored, Sync

pytestmark = pytest.mark.anyio


def fill(cabinet: Cabinet, rows: int, *, days: float = 5) -> None:
    start = datetime.now(UTC) - timedelta(days=days)
    cabinet.add(*(incoming(f"w{n:03d}", start + timedelta(minutes=n)) for n in range(rows)))


async def deleted(stored: Stored) -> set[str]:
    return {wb_id for wb_id, row in (await stored.rows()).items() if row.deleted_at is not None}


async def test_up_to_thirty_percent_may_vanish_at_once(sync: Sync, cabinet: Cabinet, stored: Stored) -> None:
    fill(cabinet, 10)
    await sync()
    cabinet.delete("w001", "w004", "w007")

    state = await sync()

    assert await deleted(stored) == {"w001", "w004", "w007"}
    assert sorted(cabinet.looked_up) == ["w001", "w004", "w007"]
    assert not (await stored.row("w001")).needs_reply
    assert (state.note, state.unanswered_as_of) == ("", state.started_at)


async def test_more_than_thirty_percent_are_not_believed(sync: Sync, cabinet: Cabinet, stored: Stored) -> None:
    fill(cabinet, 10)
    first = await sync()
    cabinet.delete("w001", "w004", "w007", "w008")

    state = await sync()

    assert await deleted(stored) == set()
    assert "4 из 10" in state.note
    assert state.unanswered_as_of == first.started_at
    assert state.phase is SyncPhase.IDLE


async def test_who_comes_back_lives_again(sync: Sync, cabinet: Cabinet, stored: Stored) -> None:
    fill(cabinet, 10)
    await sync()
    hidden = cabinet.rows.pop("w003")
    await sync()
    assert await deleted(stored) == {"w003"}
    cabinet.add(hidden)

    await sync()

    assert await deleted(stored) == set()
    assert (await stored.row("w003")).needs_reply


async def test_who_left_the_list_is_looked_up_and_was_answered_elsewhere(
    sync: Sync, cabinet: Cabinet, stored: Stored
) -> None:
    fill(cabinet, 10)
    cabinet.add(incoming("newest", datetime.now(UTC) - timedelta(minutes=1)))
    await sync()
    cabinet.answer("w002")

    await sync()

    assert cabinet.looked_up == ["w002"]
    assert (await stored.row("w002")).answer_text == "Спасибо!"
    assert await deleted(stored) == set()


async def test_a_young_one_too_is_looked_up_when_it_leaves_the_list(
    sync: Sync, cabinet: Cabinet, stored: Stored
) -> None:
    """It was listed before, so the index is not late with it."""
    fill(cabinet, 10, days=0.05)
    await sync()
    cabinet.delete("w009")

    await sync()

    assert await deleted(stored) == {"w009"}


async def test_thirty_days_without_an_answer_is_the_archive_and_no_deletion(
    sync: Sync, cabinet: Cabinet, stored: Stored
) -> None:
    fill(cabinet, 10, days=29)
    await sync()
    await stored.order("UPDATE feedbacks SET written_at = written_at - interval '2 days' WHERE wb_id = 'w000'")
    cabinet.archived.add("w000")

    await sync()

    row = await stored.row("w000")
    assert (row.archived, row.deleted_at, row.needs_reply) == (True, None, True)
    assert cabinet.looked_up == []


async def test_an_answered_one_that_vanishes_is_missed_only_inside_the_window_that_was_read(
    sync: Sync, cabinet: Cabinet, stored: Stored
) -> None:
    fill(cabinet, 10)
    for wb_id in list(cabinet.rows):
        cabinet.answer(wb_id)
    fill_newer = [incoming(f"n{n}", datetime.now(UTC) - timedelta(hours=1, minutes=n)) for n in range(5)]
    cabinet.add(*fill_newer)
    await sync()
    cabinet.delete("w005")

    await sync()
    assert await deleted(stored) == set()
    await stored.order("UPDATE feedback_syncs SET rescanned_at = rescanned_at - interval '2 days'")
    await sync()

    assert await deleted(stored) == {"w005"}


async def test_many_at_once_are_sought_in_the_processed_list_instead_of_one_by_one(
    sync: Sync, cabinet: Cabinet, stored: Stored
) -> None:
    fill(cabinet, 100)
    cabinet.add(incoming("newest", datetime.now(UTC) - timedelta(minutes=1)))
    await sync()
    cabinet.calls.clear()
    for n in range(30):
        cabinet.answer(f"w{n:03d}")
    cabinet.delete("w050")

    await sync()

    processed = [call for call in cabinet.calls if call.which is FeedbackList.PROCESSED]
    assert len(processed) == 2
    assert cabinet.looked_up == ["w050"]
    assert await deleted(stored) == {"w050"}
    assert len([row for row in (await stored.rows()).values() if row.answer_text]) == 30


async def test_many_that_no_list_shows_are_gone_without_a_call_for_each(
    sync: Sync, cabinet: Cabinet, stored: Stored
) -> None:
    fill(cabinet, 100)
    await sync()
    gone = {f"w{n:03d}" for n in range(25)}
    cabinet.delete(*gone)

    await sync()

    assert await deleted(stored) == gone
    assert cabinet.looked_up == []


async def test_an_interrupted_run_marks_nobody(sync: Sync, cabinet: Cabinet, stored: Stored) -> None:
    fill(cabinet, 10)
    await sync()
    cabinet.delete("w001")

    def broken_off() -> None:
        raise ConnectionError

    cabinet.after_call = broken_off
    with pytest.raises(ConnectionError):
        await sync()

    assert await deleted(stored) == set()
