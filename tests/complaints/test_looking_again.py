"""A second look: the buyer changed the words, or a person asks for another version."""

import pytest

from app.cabinet.states import ComplaintState, Source
from app.complaints.jobs import DraftComplaint
from app.complaints.writing import draft_one
from app.kit.db import Database
from app.worker.schedule import consider_feedbacks as consider_timer
from tests.complaints.desk import PLAIN, SERVICE, Desk, Model, no, service_claim

pytestmark = pytest.mark.anyio


async def test_a_draft_whose_buyer_changed_the_words_goes_back(desk: Desk) -> None:
    feedback = await desk.queued()
    await desk.rewritten(feedback, text=PLAIN)

    await desk.consider()

    complaint = await desk.complaint(feedback)
    assert complaint is not None
    assert await desk.state(feedback) == ("none", False, "no_ground")
    assert (complaint.text, complaint.queued_at, complaint.version) == ("", None, 1)
    assert [draft.version for draft in await desk.versions(feedback)] == [1]
    assert [line[:2] for line in await desk.history(feedback)] == [
        ("none", "draft"), ("draft", "queued"), ("draft", "none"), ("none", "no_ground"),
    ]  # fmt: skip
    assert await desk.counts_are_true()


async def test_no_ground_is_opened_again_when_the_buyer_writes_more(desk: Desk) -> None:
    feedback = await desk.candidate(PLAIN)
    await desk.consider()
    await desk.rewritten(feedback, cons="и вообще хуйня")

    await desk.consider()

    complaint = await desk.complaint(feedback)
    assert complaint is not None
    assert await desk.state(feedback) == ("draft", False, "open")
    assert (complaint.why_not, complaint.version) == ("", 1)


async def test_our_own_answer_under_a_feedback_makes_no_draft_stale(desk: Desk) -> None:
    feedback = await desk.queued()
    await desk.rewritten(feedback, answer_text="Спасибо", was_viewed=True)

    await desk.consider()

    assert await desk.state(feedback) == ("draft", True, "open")


async def test_a_filed_complaint_keeps_its_words_whatever_the_buyer_writes_later(desk: Desk) -> None:
    feedback = await desk.queued()
    await desk.world.see(feedback, source=Source.FILER, complaint=ComplaintState.PENDING)
    await desk.rewritten(feedback, text=PLAIN)
    before = await desk.complaint(feedback)

    await desk.consider()

    after = await desk.complaint(feedback)
    assert before is not None
    assert after is not None
    assert (after.text, after.queued_at) == (before.text, before.queued_at)
    assert (await desk.state(feedback))[0] == "pending"


async def test_another_version_is_written_on_request_and_the_earlier_one_is_kept(
    desk: Desk, database: Database
) -> None:
    feedback = await desk.queued()
    before = await desk.complaint(feedback)
    job = DraftComplaint(shop_id=desk.shop.id, feedback_id=feedback.wb_id, asked_by="user:olga", version=1)

    await draft_one(job, database=database, model=None)
    await draft_one(job, database=database, model=None)

    after = await desk.complaint(feedback)
    assert before is not None
    assert after is not None
    assert after.version == 2
    assert after.text != before.text
    assert [(draft.version, draft.action) for draft in await desk.versions(feedback)] == [
        (1, "drafted"), (2, "regenerated"),
    ]  # fmt: skip
    assert await desk.state(feedback) == ("draft", False, "open")
    assert await desk.counts_are_true()


async def test_no_ground_on_request_leaves_the_draft_as_it_was(desk: Desk, database: Database) -> None:
    feedback = await desk.candidate(SERVICE)
    await desk.consider(Model([service_claim(feedback)]))
    job = DraftComplaint(shop_id=desk.shop.id, feedback_id=feedback.wb_id, asked_by="user:olga", version=1)

    await draft_one(job, database=database, model=Model([no("Не уверена.")]))

    complaint = await desk.complaint(feedback)
    assert complaint is not None
    assert (complaint.version, complaint.reason_id, complaint.why_not) == (1, 11, "not_eligible")
    assert (await desk.state(feedback))[0] == "draft"


async def test_a_second_model_finds_ground_where_there_was_none(desk: Desk, database: Database) -> None:
    feedback = await desk.candidate(SERVICE)
    await desk.consider()
    job = DraftComplaint(shop_id=desk.shop.id, feedback_id=feedback.wb_id, asked_by="user:olga", version=0)

    await draft_one(job, database=database, model=Model([service_claim(feedback)]))

    assert await desk.state(feedback) == ("draft", False, "open")
    assert [line[:2] for line in await desk.history(feedback)] == [
        ("none", "no_ground"), ("no_ground", "none"), ("none", "draft"),
    ]  # fmt: skip


async def test_the_timer_wakes_shops_with_something_to_look_at_and_no_others(desk: Desk, database: Database) -> None:
    async def woken() -> bool:
        await consider_timer(database)
        async with database.glance() as connection:
            jobs = await connection.fetchval(
                "DELETE FROM jobs WHERE shop_id = $1 AND kind = 'ConsiderFeedbacks' RETURNING 1", desk.shop.id
            )
        return bool(jobs)

    nothing = await woken()
    feedback = await desk.candidate(PLAIN)
    a_candidate = await woken()
    await desk.consider()
    considered = await woken()
    await desk.rewritten(feedback, text="Верните деньги")

    assert (nothing, a_candidate, considered, await woken()) == (False, True, False, True)
