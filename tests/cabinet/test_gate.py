"""What observations may change, whoever makes them, in whatever order they come."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.cabinet.gate import Advance, Known, Observation, advance
from app.cabinet.states import ChatState, ComplaintState, FiledBy, Source, Visibility

C, H, S = ComplaintState, ChatState, Source
NOON = datetime(2026, 11, 1, 12, tzinfo=UTC)


def seen(source: Source = S.FILER, *, minutes: int = 0, is_page: bool = False, **more: object) -> Observation:
    return Observation(source=source, observed_at=NOON + timedelta(minutes=minutes), is_page=is_page, **more)  # type: ignore[arg-type]


def standing(complaint: ComplaintState = C.NONE, **more: object) -> Known:
    return Known(complaint=complaint, complaint_at=NOON, **more)  # type: ignore[arg-type]


observations = st.builds(
    Observation,
    source=st.sampled_from(S),
    observed_at=st.integers(-600, 600).map(lambda minutes: NOON + timedelta(minutes=minutes)),
    is_page=st.booleans(),
    complaint=st.none() | st.sampled_from(C),
    filed_by=st.none() | st.sampled_from(FiledBy),
    filed_at=st.none() | st.just(NOON),
    chat=st.none() | st.sampled_from(H),
    visibility=st.none() | st.sampled_from(Visibility),
    rating_excluded=st.none() | st.booleans(),
    can_submit=st.none() | st.booleans(),
)


def walk(reports: list[Observation]) -> list[Advance]:
    steps, known = [Advance(Known(), [])], Known()
    for report in reports:
        steps.append(advance(known, report))
        known = steps[-1].known
    return steps


@settings(max_examples=500)
@given(st.lists(observations, max_size=25))
def test_no_sequence_of_reports_moves_a_complaint_backward(reports: list[Observation]) -> None:
    steps = walk(reports)

    for before, after in pairwise(steps):
        if before.known.complaint.filed:
            assert after.known.complaint.rank >= before.known.complaint.rank
            assert after.known.complaint.filed


@settings(max_examples=500)
@given(st.lists(observations, max_size=25))
def test_the_history_tells_every_step_and_nothing_else(reports: list[Observation]) -> None:
    steps = walk(reports)

    for track, first in (("complaint", C.NONE.value), ("chat", H.UNKNOWN.value)):
        lines = [change for step in steps for change in step.changes if change.track == track]
        states = [first, *(line.after for line in lines)]
        assert [line.before for line in lines] == states[:-1]
        assert states[-1] == getattr(steps[-1].known, track)
        assert all(line.before != line.after for line in lines)


@settings(max_examples=500)
@given(st.lists(observations, max_size=25))
def test_an_opened_chat_stays_opened_and_who_filed_is_never_forgotten(reports: list[Observation]) -> None:
    steps = walk(reports)

    for before, after in pairwise(steps):
        assert before.known.chat is not H.OPENED or after.known.chat is H.OPENED
        assert before.known.filed_by is None or after.known.filed_by is not None
        assert before.known.filed_at is None or after.known.filed_at is not None


@settings(max_examples=300)
@given(st.lists(observations, max_size=12), observations)
def test_the_same_report_twice_is_the_same_report_once(reports: list[Observation], twice: Observation) -> None:
    known = walk(reports)[-1].known

    once = advance(known, twice)
    again = advance(once.known, twice)

    if twice.complaint not in (C.NONE, C.DRAFT):
        assert again.known == once.known
        assert again.changes == []


@settings(max_examples=300)
@given(st.lists(observations, max_size=12), observations)
def test_a_page_older_than_what_was_applied_changes_nothing(reports: list[Observation], late: Observation) -> None:
    known = walk(reports)[-1].known
    if known.page_read_at is None:
        return
    stale = late._replace(is_page=True, observed_at=known.page_read_at - timedelta(minutes=1))

    assert advance(known, stale) == Advance(known, [])


@pytest.mark.parametrize("source", [S.FILER, S.CHECKER, S.WILDBERRIES])
@pytest.mark.parametrize("verdict", [C.APPROVED, C.REJECTED])
def test_a_pending_complaint_gets_its_verdict_from_any_source(source: Source, verdict: ComplaintState) -> None:
    after = advance(standing(C.PENDING), seen(source, complaint=verdict, minutes=5)).known

    assert (after.complaint, after.verdict_at) == (verdict, NOON + timedelta(minutes=5))


def test_the_stale_page_after_sent_and_opened_takes_nothing_back() -> None:
    sent = advance(standing(C.DRAFT, ready=True), seen(complaint=C.PENDING, minutes=10, filed_by=FiledBy.US)).known
    opened = advance(sent, seen(chat=H.OPENED, minutes=11)).known

    stale = seen(is_page=True, minutes=5, chat=H.AVAILABLE, can_submit=True, rating_excluded=False)
    after = advance(opened, stale).known

    assert (after.complaint, after.chat, after.can_submit) == (C.PENDING, H.OPENED, False)
    assert not after.ready


def test_wildberries_may_approve_what_it_had_rejected() -> None:
    after = advance(standing(C.REJECTED), seen(complaint=C.APPROVED, minutes=5))

    assert after.known.complaint is C.APPROVED


def test_an_approved_complaint_is_rejected_only_by_a_later_look_of_the_checker() -> None:
    later = advance(standing(C.APPROVED), seen(S.CHECKER, complaint=C.REJECTED, minutes=5)).known
    earlier = advance(standing(C.APPROVED), seen(S.CHECKER, complaint=C.REJECTED, minutes=-5)).known

    assert later.complaint is C.REJECTED
    assert (earlier.complaint, earlier.conflict) == (C.APPROVED, None)


@pytest.mark.parametrize("source", [S.FILER, S.WILDBERRIES])
def test_another_source_that_says_rejected_of_an_approved_complaint_is_kept_for_a_person(source: Source) -> None:
    first = advance(standing(C.APPROVED), seen(source, complaint=C.REJECTED, minutes=5))
    second = advance(first.known, seen(source, complaint=C.REJECTED, minutes=6))

    assert (first.known.complaint, first.known.conflict) == (C.APPROVED, "rejected")
    assert [change.track for change in first.changes] == ["conflict"]
    assert second.changes == []


def test_a_verdict_seen_again_later_outlives_a_contrary_look_of_before() -> None:
    confirmed = advance(standing(C.APPROVED), seen(complaint=C.APPROVED, minutes=30)).known

    after = advance(confirmed, seen(S.CHECKER, complaint=C.REJECTED, minutes=20)).known

    assert after.complaint is C.APPROVED


@pytest.mark.parametrize("state", [C.PENDING, C.APPROVED, C.REJECTED, C.RECONSIDERED])
@pytest.mark.parametrize("back", [C.NONE, C.DRAFT])
@pytest.mark.parametrize("source", list(S))
def test_what_is_filed_is_never_a_draft_again(state: ComplaintState, back: ComplaintState, source: Source) -> None:
    assert advance(standing(state), seen(source, complaint=back, minutes=60)).known.complaint is state


@pytest.mark.parametrize("source", [S.FILER, S.CHECKER, S.WILDBERRIES])
def test_only_we_ourselves_write_drafts_and_take_them_back(source: Source) -> None:
    assert advance(standing(), seen(source, complaint=C.DRAFT)).known.complaint is C.NONE
    assert advance(standing(C.DRAFT), seen(source, complaint=C.NONE)).known.complaint is C.DRAFT
    assert advance(standing(C.DRAFT), seen(S.PERSON, complaint=C.NONE)).known.complaint is C.NONE


def test_a_lost_sent_is_repaired_by_the_next_page_as_ours() -> None:
    page = seen(is_page=True, minutes=10, complaint=C.PENDING)

    ours = advance(standing(C.DRAFT, ready=True), page).known
    theirs = advance(standing(C.DRAFT), page).known

    assert (ours.complaint, ours.filed_by) == (C.PENDING, FiledBy.US)
    assert theirs.filed_by is FiledBy.SELLER


def test_the_checker_corrects_who_filed_and_silence_erases_nothing() -> None:
    filed = standing(C.PENDING, filed_by=FiledBy.SELLER, filed_at=NOON)

    named = advance(filed, seen(S.CHECKER, complaint=C.APPROVED, minutes=5, filed_by=FiledBy.US)).known
    silent = advance(filed, seen(S.CHECKER, complaint=C.APPROVED, minutes=5)).known

    assert (named.filed_by, named.filed_at) == (FiledBy.US, NOON)
    assert (silent.filed_by, silent.filed_at) == (FiledBy.SELLER, NOON)


def test_a_chat_button_may_come_and_go_until_the_chat_is_opened() -> None:
    there = advance(Known(), seen(chat=H.AVAILABLE, minutes=1)).known
    gone = advance(there, seen(chat=H.UNAVAILABLE, minutes=2)).known
    late = advance(gone, seen(chat=H.AVAILABLE, minutes=1)).known

    assert [each.chat for each in (there, gone, late)] == [H.AVAILABLE, H.UNAVAILABLE, H.UNAVAILABLE]
