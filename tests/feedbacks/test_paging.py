"""Reading a list that changes under the reader: nothing that stayed is missed, and a quiet list costs the minimum."""

from collections.abc import Iterator
from datetime import timedelta
from math import ceil

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from app.feedbacks import paging
from app.feedbacks.models import SyncPhase, SyncState
from app.feedbacks.ports import FeedbackList, IncomingFeedback
from app.feedbacks.sync import LISTS
from tests.feedbacks.cabinet import EPOCH, Cabinet, Call, incoming

UNTIL = EPOCH + timedelta(seconds=100)
Change = tuple[str, int, int]
NO_WORDS = {"text": ""}


def read_list(cabinet: Cabinet, phase: SyncPhase, page_size: int, *, changes: Iterator[list[Change]]) -> set[str]:
    """As the sync does, but without a database."""
    state = SyncState()
    paging.open_list(state, phase)
    seen: set[str] = set()
    for _ in range(2_000):
        call = Call(
            which=LISTS[phase],
            take=paging.rows_to_take(state, page_size),
            skip=state.cursor_skip,
            since=state.cursor_at,
            until=UNTIL,
        )
        assert call.take <= paging.LARGEST_PAGE
        page = cabinet.read(call)
        seen |= {feedback.wb_id for feedback in page.feedbacks}
        if paging.read_on(state, page, page_size, whole=phase is not SyncPhase.ARCHIVE):
            return seen
        for change in next(changes, []):
            apply(cabinet, change)
    raise AssertionError("the run does not end")


def apply(cabinet: Cabinet, change: Change) -> None:
    """Whatever buyers and sellers do meanwhile, to any row, at any second."""
    kind, which, second = change
    ids = sorted(cabinet.rows)
    if kind == "write":
        cabinet.add(incoming(f"{which:03d}-{len(cabinet.calls)}", EPOCH + timedelta(seconds=second)))
    elif kind == "rate":
        wb_id = f"{which:03d}-{len(cabinet.calls)}"
        cabinet.add(incoming(wb_id, EPOCH + timedelta(seconds=second), **NO_WORDS))
    elif ids and kind == "delete":
        cabinet.delete(ids[which % len(ids)])
    elif ids:
        cabinet.answer(ids[which % len(ids)])


def cabinet_of(seconds: list[int], **how: bool) -> Cabinet:
    cabinet = Cabinet(tells_totals=how.get("tells_totals", True))
    cabinet.add(*(incoming(f"{n * 37 % 1000:03d}", EPOCH + timedelta(seconds=s)) for n, s in enumerate(seconds)))
    return cabinet


SECONDS = st.lists(st.integers(0, 4), max_size=24)
PAGE_SIZES = st.integers(1, 7)
LARGEST = st.sampled_from([7, 8, 5000])


def changes(*kinds: str) -> st.SearchStrategy[list[list[Change]]]:
    """What happens after each of the first calls."""
    change = st.tuples(st.sampled_from(kinds), st.integers(0, 999), st.integers(0, 110))
    return st.lists(st.lists(change, max_size=4), max_size=16)


@settings(max_examples=150, deadline=None)
@given(SECONDS, PAGE_SIZES, changes("answer", "write", "rate"), LARGEST)
@example([0, 1, 2, 3], 2, [[("answer", 0, 0), ("write", 0, 2)]], 5000)
def test_answers_and_arrivals_hide_nothing(
    seconds: list[int], page_size: int, script: list[list[Change]], largest: int
) -> None:
    cabinet, meanwhile = cabinet_of(seconds), iter(script)
    from_the_start = set(cabinet.rows)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(paging, "LARGEST_PAGE", largest)
        seen = read_list(cabinet, SyncPhase.UNANSWERED, page_size, changes=meanwhile)
        seen |= read_list(cabinet, SyncPhase.PROCESSED, page_size, changes=meanwhile)

    assert from_the_start <= seen


@settings(max_examples=150, deadline=None)
@given(SECONDS, PAGE_SIZES, changes("answer", "write", "rate", "delete"), LARGEST)
def test_even_deletions_hide_nothing_when_totals_are_not_told(
    seconds: list[int], page_size: int, script: list[list[Change]], largest: int
) -> None:
    """With totals, a deletion that a late arrival of an older date makes up for can: the next run finds the row."""
    cabinet, meanwhile = cabinet_of(seconds, tells_totals=False), iter(script)
    from_the_start = set(cabinet.rows)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(paging, "LARGEST_PAGE", largest)
        seen = read_list(cabinet, SyncPhase.UNANSWERED, page_size, changes=meanwhile)
        seen |= read_list(cabinet, SyncPhase.PROCESSED, page_size, changes=meanwhile)

    assert from_the_start & set(cabinet.rows) <= seen


@settings(max_examples=100, deadline=None)
@given(SECONDS, PAGE_SIZES, changes("rate", "delete"))
def test_the_archive_is_read_whole_though_it_knows_no_dates(
    seconds: list[int], page_size: int, script: list[list[Change]]
) -> None:
    cabinet = cabinet_of(seconds)
    cabinet.archived = set(cabinet.rows)
    from_the_start = set(cabinet.rows)

    seen = read_list(cabinet, SyncPhase.ARCHIVE, page_size, changes=iter(script))

    assert from_the_start & set(cabinet.rows) <= seen


@settings(max_examples=100, deadline=None)
@given(SECONDS, PAGE_SIZES, st.sets(st.integers(0, 23)), st.sampled_from([SyncPhase.UNANSWERED, SyncPhase.ARCHIVE]))
def test_unreadable_rows_stop_nobody(seconds: list[int], page_size: int, broken: set[int], phase: SyncPhase) -> None:
    cabinet = cabinet_of(seconds)
    cabinet.archived = set(cabinet.rows) if phase is SyncPhase.ARCHIVE else set()
    cabinet.broken = {wb_id for n, wb_id in enumerate(sorted(cabinet.rows)) if n in broken}

    seen = read_list(cabinet, phase, page_size, changes=iter(()))

    assert seen == set(cabinet.rows) - cabinet.broken


@settings(max_examples=100, deadline=None)
@given(SECONDS, PAGE_SIZES, LARGEST)
def test_a_quiet_list_with_a_total_costs_the_minimum(seconds: list[int], page_size: int, largest: int) -> None:
    cabinet = cabinet_of(seconds)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(paging, "LARGEST_PAGE", largest)
        seen = read_list(cabinet, SyncPhase.UNANSWERED, page_size, changes=iter(()))

    assert seen == set(cabinet.rows)
    assert len(cabinet.calls) == max(1, ceil(len(seconds) / page_size))


@settings(max_examples=100, deadline=None)
@given(SECONDS, PAGE_SIZES)
def test_a_quiet_list_without_a_total_costs_at_most_one_call_more(seconds: list[int], page_size: int) -> None:
    cabinet = cabinet_of(seconds, tells_totals=False)

    read_list(cabinet, SyncPhase.UNANSWERED, page_size, changes=iter(()))

    assert len(cabinet.calls) <= ceil(len(seconds) / page_size) + 1


@pytest.mark.parametrize(("rows", "calls"), [(25_000, 5), (24_999, 5), (20_001, 5), (20_000, 4), (4_999, 1)])
def test_the_largest_pages_cost_the_minimum_too(rows: int, calls: int) -> None:
    cabinet = CountedCabinet(rows)

    read_list(cabinet, SyncPhase.UNANSWERED, 5000, changes=iter(()))

    assert len(cabinet.calls) == calls


class CountedCabinet(Cabinet):
    """So many rows, a second apart, sorted once."""

    def __init__(self, rows: int) -> None:
        super().__init__()
        self.ordered = [incoming(f"{n:06d}", UNTIL - timedelta(seconds=rows - n)) for n in range(rows)]

    def listed(self, which: FeedbackList) -> list[IncomingFeedback]:
        return self.ordered if which is FeedbackList.UNANSWERED else []
