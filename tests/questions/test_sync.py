"""What a run brings, where it goes on after trouble, and what it costs."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.kit.db import Database
from app.kit.errors import RateLimited
from app.questions.jobs import SyncQuestions
from app.questions.models import QuestionSync
from app.questions.sync import LARGEST_REACH, QuestionPace, _turn_page, sync_questions
from app.shops.models import Shop
from tests.factories import Make
from tests.questions.cabinet import EPOCH, Call, QuestionCabinet, asked
from tests.questions.conftest import Stored, Sync

pytestmark = pytest.mark.anyio


def fill(cabinet: QuestionCabinet, rows: int, **values: Any) -> None:
    """w000 … a minute apart, the newest five minutes old."""
    last = datetime.now(UTC) - timedelta(minutes=5)
    cabinet.add(*(asked(f"w{n:03d}", last - timedelta(minutes=rows - 1 - n), **values) for n in range(rows)))


async def test_both_lists_are_read_whole_the_first_time(sync: Sync, cabinet: QuestionCabinet, stored: Stored) -> None:
    fill(cabinet, 30)
    for n in range(0, 30, 3):
        cabinet.answer(f"w{n:03d}")

    state = await sync(page_size=7)

    assert set(await stored.rows()) == set(cabinet.rows)
    assert {wb_id for wb_id, row in (await stored.rows()).items() if row.needs_reply} == {
        f"w{n:03d}" for n in range(30) if n % 3
    }
    assert (state.running, state.total_estimate, state.broken_rows) == (False, 30, 0)


async def test_the_watermark_is_the_newest_question_and_the_next_run_overlaps_by_three_hours(
    sync: Sync, cabinet: QuestionCabinet
) -> None:
    fill(cabinet, 3)
    newest = max(row.written_at for row in cabinet.rows.values())
    first = await sync()
    cabinet.calls.clear()

    second = await sync()

    assert first.watermark == second.watermark == newest
    assert [(call.answered, call.since) for call in cabinet.calls] == [
        (False, None), (True, newest - timedelta(hours=3)),
    ]  # fmt: skip


async def test_once_a_day_thirty_days_of_answers_are_read_again(
    sync: Sync, cabinet: QuestionCabinet, stored: Stored
) -> None:
    cabinet.add(asked("old", datetime.now(UTC) - timedelta(days=29)), asked("new", datetime.now(UTC)))
    cabinet.answer("old")
    cabinet.answer("new")
    await sync()
    cabinet.answer("old", "Исправлено в кабинете")
    await sync()
    assert (await stored.row("old")).answer_text == "Да, есть."
    await stored.order("UPDATE question_syncs SET rescanned_at = now() - interval '25 hours'")

    await sync()

    assert (await stored.row("old")).answer_text == "Исправлено в кабинете"


async def test_a_run_goes_on_where_trouble_stopped_it(sync: Sync, cabinet: QuestionCabinet, stored: Stored) -> None:
    fill(cabinet, 20)
    cabinet.before_call = lambda: fail_after(cabinet, 2)
    with pytest.raises(RateLimited):
        await sync(page_size=5)
    assert len(await stored.rows()) >= 9
    read_until = cabinet.calls[-1]

    cabinet.before_call = lambda: None
    state = await sync(page_size=5)

    assert set(await stored.rows()) == set(cabinet.rows)
    assert cabinet.calls[2].since is not None
    assert cabinet.calls[2].until == read_until.until
    assert not state.running


def fail_after(cabinet: QuestionCabinet, calls: int) -> None:
    if len(cabinet.calls) >= calls:
        raise RateLimited(60)


async def test_a_page_of_another_workers_run_moves_no_cursor(
    sync: Sync, cabinet: QuestionCabinet, stored: Stored, database: Database, shop: Shop
) -> None:
    fill(cabinet, 4)
    cabinet.before_call = lambda: fail_after(cabinet, 0)
    with pytest.raises(RateLimited):
        await sync(page_size=3)
    cabinet.before_call = lambda: None
    other = QuestionCabinet(rows=cabinet.rows)
    pace = QuestionPace(page_size=3, every=600)
    job = SyncQuestions(shop_id=shop.id)

    await sync_questions(job, database=database, source=other, pace=pace)
    state = await sync(page_size=3)

    assert not state.running
    assert set(await stored.rows()) == set(cabinet.rows)


async def test_unreadable_rows_are_counted_and_stop_nobody(
    sync: Sync, cabinet: QuestionCabinet, stored: Stored
) -> None:
    fill(cabinet, 10)
    cabinet.broken = {"w003", "w009"}

    state = await sync()

    assert set(await stored.rows()) == set(cabinet.rows) - cabinet.broken
    assert state.broken_rows == 2


async def test_a_page_of_nothing_readable_ends_its_list_and_not_the_run(
    sync: Sync, cabinet: QuestionCabinet, stored: Stored
) -> None:
    fill(cabinet, 6)
    cabinet.add(asked("answered", answer_text="Да", wb_state="wbRu"))
    cabinet.broken = set(cabinet.rows) - {"answered"}

    state = await sync(page_size=3)

    assert not state.running
    assert set(await stored.rows()) == {"answered"}


async def test_the_next_run_is_due_even_when_this_one_fails(
    sync: Sync, cabinet: QuestionCabinet, stored: Stored
) -> None:
    cabinet.before_call = lambda: fail_after(cabinet, 0)

    with pytest.raises(RateLimited):
        await sync()

    [row] = await stored.ask("SELECT next_sync_at > now() + interval '9 minutes' AS later FROM question_syncs")
    assert row.later


CHANGES = st.lists(st.lists(st.tuples(st.sampled_from(["answer", "ask", "delete"]), st.integers(0, 99)), max_size=4))


@settings(max_examples=40)
@given(seconds=st.lists(st.integers(0, 8), max_size=24), script=CHANGES)
async def test_what_happens_meanwhile_hides_nothing(
    database: Database, make: Make, seconds: list[int], script: list[list[tuple[str, int]]]
) -> None:
    """As long as no second holds more than one call can serve."""
    shop, cabinet, meanwhile = await make.shop(), QuestionCabinet(), iter(script)
    cabinet.add(*(asked(f"q{n * 37 % 100:02d}", EPOCH + timedelta(seconds=s)) for n, s in enumerate(seconds)))
    from_the_start, page_size = set(cabinet.rows), max([1, *map(seconds.count, seconds)])
    cabinet.after_call = lambda: happen(cabinet, next(meanwhile, []))
    pace = QuestionPace(page_size=page_size, every=600)

    await sync_questions(SyncQuestions(shop_id=shop.id), database=database, source=cabinet, pace=pace)

    assert from_the_start & set(cabinet.rows) <= set(await Stored(database, shop).rows())


def happen(cabinet: QuestionCabinet, changes: list[tuple[str, int]]) -> None:
    for kind, which in changes:
        ids = sorted(cabinet.rows)
        if kind == "ask":
            cabinet.add(asked(f"new{which}", EPOCH + timedelta(seconds=20 + len(cabinet.rows))))
        elif ids and kind == "delete":
            del cabinet.rows[ids[which % len(ids)]]
        elif ids:
            cabinet.answer(ids[which % len(ids)])


def test_windows_reach_beyond_what_an_offset_does() -> None:
    cabinet = CountedCabinet(25_000, per_second=3)

    seen = read_all(cabinet)

    assert len(seen) == 25_000
    assert len([call for call in cabinet.calls if not call.answered]) == 3


def test_of_a_second_with_more_than_wildberries_serves_the_rest_is_left_and_the_run_goes_on() -> None:
    cabinet = CountedCabinet(10_500, per_second=10_500)
    cabinet.add(asked("later", EPOCH + timedelta(seconds=5)))

    seen = read_all(cabinet)

    assert len(seen) == LARGEST_REACH + 1
    assert "later" in seen


class CountedCabinet(QuestionCabinet):
    """So many rows, sorted once."""

    def __init__(self, rows: int, *, per_second: int) -> None:
        super().__init__()
        plain = asked("plain")
        values = {one: getattr(plain, one) for one in plain.__dataclass_fields__}
        make = type(plain)
        self.ordered = [
            make(**{**values, "wb_id": f"{n:06d}", "written_at": EPOCH + timedelta(seconds=n // per_second)})
            for n in range(rows)
        ]

    def listed(self, *, answered: bool) -> list[Any]:
        return [] if answered else [*self.ordered, *self.rows.values()]


def read_all(cabinet: QuestionCabinet) -> set[str]:
    """As the sync does, but without a database."""
    state = QuestionSync(answered_list=False, running=True, until=EPOCH + timedelta(days=1))
    state.pages = state.rows = state.broken_rows = 0
    seen: set[str] = set()
    while state.running:
        page = cabinet.read(
            Call(answered=state.answered_list, take=LARGEST_REACH, skip=0, since=state.cursor_at, until=state.until)
        )
        seen |= {question.wb_id for question in page.questions}
        _turn_page(state, page, LARGEST_REACH)
    return seen
