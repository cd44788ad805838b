"""What people decide about complaints: twice, at once, too late, beyond the cap."""

import asyncio
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import update

from app.cabinet.filing import AlreadySent, file_complaint
from app.cabinet.states import ComplaintState, Source, Visibility
from app.complaints import approving, service
from app.complaints.approving import Wish
from app.complaints.models import Complaint
from app.complaints.refusals import (
    ComplaintBeingFiled,
    ComplaintFrozen,
    ComplaintImpossible,
    DailyCapReached,
    NoComplaintDraft,
    StaleVersion,
)
from app.feedbacks.models import Feedback
from app.feedbacks.queries import NoSuchFeedback
from app.kit.clock import utc_now
from app.kit.errors import WbrmError
from tests.complaints.desk import PLAIN, Desk, edited

pytestmark = pytest.mark.anyio
OLGA = "user:olga"


async def withdrawn(desk: Desk, feedback: Feedback) -> None:
    async with desk.database.transaction() as session:
        await approving.withdraw(session, desk.shop.id, feedback.wb_id, actor=OLGA, now=utc_now())


async def dismissed(desk: Desk, feedback: Feedback) -> None:
    async with desk.database.transaction() as session:
        await service.dismiss(session, desk.shop.id, feedback.wb_id, why="Мелочь", actor=OLGA, now=utc_now())


async def reopened(desk: Desk, feedback: Feedback) -> None:
    async with desk.database.transaction() as session:
        await service.reopen(session, desk.shop.id, feedback.wb_id, actor=OLGA, now=utc_now())


async def all_approved(desk: Desk, *feedbacks: Feedback, version: int = 1) -> list[WbrmError | None]:
    async with desk.database.transaction() as session:
        wishes = [Wish(feedback_id=each.wb_id, version=version) for each in feedbacks]
        outcomes = await approving.approve(session, desk.shop.id, wishes, actor=OLGA, now=utc_now())
    return [outcome.refusal for outcome in outcomes]


async def filed(desk: Desk, feedback: Feedback) -> None:
    await desk.world.see(feedback, source=Source.FILER, is_page=False, complaint=ComplaintState.PENDING)


async def queued_at(desk: Desk, feedback: Feedback) -> object:
    complaint = await desk.complaint(feedback)
    return complaint.queued_at if complaint else None


async def test_an_approved_draft_is_in_the_extensions_queue_with_its_odds(desk: Desk) -> None:
    feedback = await desk.drafted()

    await desk.approve(feedback)

    row, complaint = await desk.world.standing(feedback), await desk.complaint(feedback)
    assert complaint is not None
    assert (row["queued_complaint"], complaint.queued_by) == (True, OLGA)
    assert row["odds"] > 0
    assert (await desk.history(feedback))[-1] == ("draft", "queued", OLGA)
    assert (await desk.world.counts())["queued_complaints"] == 1
    assert await desk.counts_are_true()


async def test_a_double_click_approves_once(desk: Desk) -> None:
    feedback = await desk.drafted()

    await asyncio.gather(*(desk.approve(feedback) for _ in range(4)))

    assert [line[1] for line in await desk.history(feedback)] == ["draft", "queued"]
    assert await desk.counts_are_true()


async def test_words_that_the_person_did_not_see_are_not_approved(desk: Desk) -> None:
    feedback = await desk.drafted()
    await edited(desk, feedback)

    with pytest.raises(StaleVersion):
        await desk.approve(feedback, version=1)


async def test_words_about_what_the_buyer_has_changed_are_not_approved(desk: Desk) -> None:
    feedback = await desk.drafted()
    await desk.rewritten(feedback, text=PLAIN)

    with pytest.raises(StaleVersion, match="Покупатель изменил"):
        await desk.approve(feedback)


@pytest.mark.parametrize(
    ("seen", "said"),
    [
        ({"visibility": Visibility.EXCLUDED}, "исключён из рейтинга"),
        ({"rating_excluded": True}, "не учитывается"),
        ({"can_submit": False}, "подать жалобу нельзя"),
    ],
)
async def test_what_became_useless_is_not_approved_and_the_person_reads_why(
    desk: Desk, seen: dict[str, Any], said: str
) -> None:
    feedback = await desk.drafted()
    await desk.world.see(feedback, **seen)

    with pytest.raises(ComplaintImpossible, match=said):
        await desk.approve(feedback)


async def test_a_bulk_says_of_each_what_became_of_it(desk: Desk) -> None:
    first, second, spent = await desk.drafted(), await desk.drafted(), await desk.drafted()
    candidate = await desk.candidate(PLAIN)
    await filed(desk, spent)
    absent = Feedback(wb_id="nowhere")

    refusals = await all_approved(desk, first, second, spent, candidate, absent, first)

    assert [type(refusal) for refusal in refusals] == [
        type(None), type(None), ComplaintFrozen, NoComplaintDraft, NoSuchFeedback, type(None),
    ]  # fmt: skip
    assert (await desk.world.counts())["ready"] == 2
    assert await desk.counts_are_true()


async def test_the_cap_of_a_day_is_kept_and_said(desk: Desk) -> None:
    await desk.world.settings(complaints_per_day=2)
    feedbacks = [await desk.drafted() for _ in range(3)]

    refusals = await all_approved(desk, *feedbacks)

    assert [type(refusal) for refusal in refusals] == [type(None), type(None), DailyCapReached]
    assert refusals[2] is not None
    assert refusals[2].message == "Дневной лимит жалоб исчерпан: 2 из 2. Осталось сегодня: 0."


async def test_the_cap_holds_when_two_people_approve_at_once(desk: Desk) -> None:
    await desk.world.settings(complaints_per_day=3)
    feedbacks = [await desk.drafted() for _ in range(8)]

    outcomes = await asyncio.gather(*(all_approved(desk, each) for each in feedbacks))

    assert sum(refusal is None for [refusal] in outcomes) == 3
    assert (await desk.world.counts())["ready"] == 3
    assert await desk.counts_are_true()


async def test_withdrawing_gives_the_place_of_the_day_back(desk: Desk) -> None:
    await desk.world.settings(complaints_per_day=1)
    first, second = await desk.queued(), await desk.drafted()

    await withdrawn(desk, first)
    await withdrawn(desk, first)
    await desk.approve(second)

    assert await desk.state(first) == ("draft", False, "open")
    assert [line[1] for line in await desk.history(first)] == ["draft", "queued", "draft"]
    assert await queued_at(desk, first) is None
    assert await desk.counts_are_true()


async def test_what_was_approved_yesterday_does_not_count_today(desk: Desk) -> None:
    await desk.world.settings(complaints_per_day=1)
    old, new = await desk.queued(), await desk.drafted()
    async with desk.database.transaction() as session:
        yesterday = utc_now() - timedelta(days=1)
        await session.execute(update(Complaint).filter_by(feedback_id=old.wb_id).values(queued_at=yesterday))

    await desk.approve(new)

    assert (await desk.state(new))[1]


async def test_a_filed_one_counts_for_the_day_and_can_be_touched_no_more(desk: Desk) -> None:
    await desk.world.settings(complaints_per_day=1)
    feedback, other = await desk.queued(), await desk.drafted()
    await filed(desk, feedback)
    before = await desk.complaint(feedback)

    for step in (
        withdrawn(desk, feedback), edited(desk, feedback), dismissed(desk, feedback), reopened(desk, feedback),
        desk.approve(feedback),
    ):  # fmt: skip
        with pytest.raises(ComplaintFrozen):
            await step
    with pytest.raises(DailyCapReached):
        await desk.approve(other)

    after = await desk.complaint(feedback)
    assert before is not None
    assert after is not None
    assert (after.text, after.version) == (before.text, before.version)
    assert (await desk.state(feedback))[0] == "pending"


async def test_the_extension_files_while_a_person_withdraws_edits_or_dismisses(desk: Desk) -> None:
    for step in (withdrawn, edited, dismissed, approve_again):
        feedback = await desk.queued()

        answers = await asyncio.gather(step(desk, feedback), sent(desk, feedback), return_exceptions=True)

        assert all(answer is None or isinstance(answer, ComplaintFrozen) for answer in answers)
        assert (await desk.state(feedback))[:2] == ("pending", False)
    assert await desk.counts_are_true()


async def approve_again(desk: Desk, feedback: Feedback) -> None:
    await desk.approve(feedback)


async def sent(desk: Desk, feedback: Feedback) -> None:
    now = utc_now()
    try:
        async with desk.database.direct() as connection:
            await file_complaint(connection, desk.shop.id, feedback.wb_id, sent_at=now, actor="token:1", now=now)
    except AlreadySent as error:
        raise AssertionError("nobody else files") from error


async def test_while_an_extension_is_at_it_the_words_do_not_change(desk: Desk) -> None:
    feedback = await desk.queued()
    await desk.world.change(feedback, leased_until=utc_now() + timedelta(minutes=10))

    for step in (edited(desk, feedback), dismissed(desk, feedback)):
        with pytest.raises(ComplaintBeingFiled):
            await step
    await withdrawn(desk, feedback)
    await edited(desk, feedback)

    assert await desk.state(feedback) == ("draft", False, "open")


async def test_not_filing_is_a_decision_that_stays_until_it_is_taken_back(desk: Desk) -> None:
    draft, candidate = await desk.queued(), await desk.candidate(PLAIN)

    for feedback in (draft, candidate):
        await dismissed(desk, feedback)
        await dismissed(desk, feedback)
    await desk.consider()

    assert await desk.state(draft) == await desk.state(candidate) == ("none", False, "dismissed")
    assert [line[:2] for line in await desk.history(draft)][2:] == [("draft", "none"), ("none", "dismissed")]
    assert [line[:2] for line in await desk.history(candidate)] == [("none", "dismissed")]
    assert await queued_at(desk, draft) is None
    assert await desk.counts_are_true()


async def test_opened_again_it_is_considered_again(desk: Desk) -> None:
    feedback = await desk.drafted()
    await dismissed(desk, feedback)

    await reopened(desk, feedback)
    await reopened(desk, feedback)
    await desk.consider()

    complaint = await desk.complaint(feedback)
    assert complaint is not None
    assert complaint.version == 2
    assert await desk.state(feedback) == ("draft", False, "open")
    assert [line[:2] for line in await desk.history(feedback)][3:] == [("dismissed", "none"), ("none", "draft")]
    assert await desk.counts_are_true()


async def test_asking_for_another_version_is_one_job_and_says_no_when_it_is_too_late(desk: Desk) -> None:
    feedback, spent = await desk.drafted(), await desk.drafted()
    await filed(desk, spent)

    async def asked(about: Feedback, version: int) -> object:
        async with desk.database.transaction() as session:
            return await service.ask_for_draft(
                session, desk.shop.id, about.wb_id, version=version, actor=OLGA, now=utc_now()
            )

    assert await asked(feedback, 1) == await asked(feedback, 1)
    with pytest.raises(StaleVersion):
        await asked(feedback, 7)
    with pytest.raises(ComplaintFrozen):
        await asked(spent, 1)
