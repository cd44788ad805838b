"""Where the next page begins, and whether a list moved under the reader.

The next page starts at the last second seen and skips all of its known rows but the last one, which must come again.
If it does not, a row of that second came or went, and the second is read again from its start. The archive knows no
dates: there the reader goes back by a page.
"""

from datetime import UTC, datetime
from math import ceil

from app.feedbacks.models import SyncPhase, SyncState
from app.feedbacks.ports import FeedbackPage, IncomingFeedback

LARGEST_PAGE = 5000
"""Wildberries gives no more at once; below that, the row that must come again rides on top of the page."""


def open_list(state: SyncState, phase: SyncPhase) -> None:
    """Begin the phase at the first row of its list."""
    state.phase, state.cursor_at, state.cursor_skip, state.cursor_id = phase, None, 0, None
    state.list_rows, state.list_total, state.other_total = 0, None, None


def rows_to_take(state: SyncState, page_size: int) -> int:
    """How many rows the next call asks for."""
    return page_size + (1 if state.cursor_id is not None and page_size < LARGEST_PAGE else 0)


def read_on(state: SyncState, page: FeedbackPage, page_size: int, *, whole: bool) -> bool:
    """Move the cursor behind this page; True when the list has ended.

    `whole`: the list is read without a lower bound, so that its total tells how many rows to expect. That is believed
    only as long as no total changes; then the last full page needs no empty one after it.
    """
    taken = rows_to_take(state, page_size)
    known = _known_rows(state, page)
    blind = state.cursor_id is None and state.cursor_skip > 0 and state.list_total is not None
    _compare_totals(state, page)
    if known is None or (blind and state.list_total is None):
        _step_back(state, page_size)
        return False
    state.list_rows += page.received - known
    complete = whole and state.list_total is not None and state.list_rows >= state.list_total
    if page.received < taken or complete:
        return True
    _step_forward(state, page, _spares_overlap(state, page_size, whole=whole))
    return False


def _known_rows(state: SyncState, page: FeedbackPage) -> int | None:
    """Rows up to the one that must come again; None when it does not."""
    if state.cursor_id is None:
        return 0
    ids = [feedback.wb_id for feedback in page.feedbacks]
    return ids.index(state.cursor_id) + 1 if state.cursor_id in ids else None


def _compare_totals(state: SyncState, page: FeedbackPage) -> None:
    """An answer given moves both totals, so it shows even when a new feedback takes its place in one."""
    totals = page.unanswered_total, page.processed_total
    own, other = totals if state.phase is SyncPhase.UNANSWERED else totals[::-1]
    if state.cursor_at is None and state.cursor_skip == 0:
        state.list_total, state.other_total = own, other
    elif (own, other) != (state.list_total, state.other_total):
        state.list_total = None


def _step_back(state: SyncState, page_size: int) -> None:
    is_dated = state.cursor_at is not None
    state.cursor_skip = 0 if is_dated else max(0, state.cursor_skip - page_size)
    if state.cursor_skip == 0:
        state.cursor_id = None
    state.list_total = None


def _step_forward(state: SyncState, page: FeedbackPage, blindly: bool) -> None:
    last = page.feedbacks[-1] if page.feedbacks else None
    second = None if last is None or state.phase is SyncPhase.ARCHIVE else _second(last)
    if last is None or page.broken:
        _step_over_broken(state, page, second)
        return
    if second == state.cursor_at:
        end = state.cursor_skip + page.received
    else:
        end = sum(1 for feedback in page.feedbacks if _second(feedback) == second)
    state.cursor_at = second
    state.cursor_skip, state.cursor_id = (end, None) if blindly else (end - 1, last.wb_id)


def _step_over_broken(state: SyncState, page: FeedbackPage, second: datetime | None) -> None:
    """An unreadable row has no date, so nobody knows how many rows of the last second this page held."""
    state.cursor_id, state.list_total = None, None
    if second is None or second == state.cursor_at:
        state.cursor_skip += page.received
    else:
        state.cursor_at, state.cursor_skip = second, 0


def _spares_overlap(state: SyncState, page_size: int, *, whole: bool) -> bool:
    """On the largest pages the row that comes again takes a new one's place; is that worth a call?"""
    if page_size < LARGEST_PAGE or page_size == 1 or not whole or state.list_total is None:
        return False
    left = state.list_total - state.list_rows
    return ceil(left / (page_size - 1)) > ceil(left / page_size)


def _second(feedback: IncomingFeedback) -> datetime:
    return feedback.written_at.astimezone(UTC).replace(microsecond=0)
