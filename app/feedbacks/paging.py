"""Where the next page begins, and whether a list moved under the reader.

The next page starts at the last second seen and skips all of its known rows but the last one, which must then come
first. If it does not, a row of that second came or went, and the second is read again from its start.
"""

from datetime import UTC, datetime
from math import ceil

from app.feedbacks.models import SyncPhase, SyncState
from app.feedbacks.ports import FeedbackPage, IncomingFeedback


def shifted(state: SyncState, page: FeedbackPage) -> bool:
    """Did the list change around the cursor since the page before?"""
    if state.cursor_id is not None:
        return not page.feedbacks or page.feedbacks[0].wb_id != state.cursor_id
    tight = state.cursor_at is not None and state.cursor_skip > 0 and state.list_total is not None
    return tight and _total(state, page) != state.list_total


def step_back(state: SyncState) -> None:
    """Read the cursor's second again from its first row."""
    state.cursor_skip, state.cursor_id, state.list_total = 0, None, None


def is_last(state: SyncState, page: FeedbackPage, page_size: int, *, whole: bool) -> bool:
    """A short page ends a list; so does the last expected row, which saves a call for an empty page."""
    if page.received < page_size:
        return True
    total = _total(state, page)
    return whole and total is not None and _new_rows(state, page) + state.list_rows >= total


def step_forward(state: SyncState, page: FeedbackPage, page_size: int, *, whole: bool) -> None:
    """Move the cursor behind this page."""
    state.list_rows += _new_rows(state, page)
    state.list_total = _total(state, page)
    if state.phase is SyncPhase.ARCHIVE or not page.feedbacks:
        state.cursor_skip += page.received
        return
    last = _second(page.feedbacks[-1])
    known = sum(1 for feedback in page.feedbacks if _second(feedback) == last)
    if known == page.received:
        inside = last == state.cursor_at
        state.cursor_skip, state.cursor_id = known + (state.cursor_skip if inside else 0), None
        state.list_total = None
    elif page.broken:
        state.cursor_skip, state.cursor_id = 0, None
    elif whole and _overlap_costs_a_call(state, page_size):
        state.cursor_skip, state.cursor_id = known, None
    else:
        state.cursor_skip, state.cursor_id = known - 1, page.feedbacks[-1].wb_id
    state.cursor_at = last


def _overlap_costs_a_call(state: SyncState, page_size: int) -> bool:
    left = (state.list_total or 0) - state.list_rows
    return page_size > 1 and left > 0 and ceil(left / (page_size - 1)) > ceil(left / page_size)


def _new_rows(state: SyncState, page: FeedbackPage) -> int:
    return page.received - (1 if state.cursor_id is not None else 0)


def _total(state: SyncState, page: FeedbackPage) -> int | None:
    return page.unanswered_total if state.phase is SyncPhase.UNANSWERED else page.processed_total


def _second(feedback: IncomingFeedback) -> datetime:
    return feedback.written_at.astimezone(UTC).replace(microsecond=0)
