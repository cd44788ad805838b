"""From candidate to draft, or to the reason why not; whatever happens while the writer is thinking."""

from typing import Any

import pytest

from app.cabinet.states import ComplaintState
from app.complaints.ports import MalformedClaim
from app.kit.db import Database
from app.kit.errors import RateLimited, Unavailable
from tests.complaints.desk import OBSCENE, PLAIN, SERVICE, USAGE, Desk, Model, service_claim

pytestmark = pytest.mark.anyio


class Away(Unavailable):
    """A model that does not answer."""


async def test_without_a_model_words_alone_make_a_draft(desk: Desk) -> None:
    feedback = await desk.candidate(OBSCENE)

    await desk.consider()

    complaint = await desk.complaint(feedback)
    assert complaint is not None
    assert (complaint.reason_id, complaint.writer, complaint.provable, complaint.version) == (16, "rules", True, 1)
    assert complaint.quotes == ["хуйню"]
    assert complaint.text.startswith("Жалоба от: Тёплые вещи.")
    assert await desk.state(feedback) == ("draft", False, "open")
    assert await desk.history(feedback) == [("none", "draft", "writer:rules")]
    assert [(draft.version, draft.action, draft.text) for draft in await desk.versions(feedback)] == [
        (1, "drafted", complaint.text)
    ]
    assert (await desk.world.counts())["to_approve"] == 1
    assert await desk.counts_are_true()


async def test_without_a_ground_the_reason_is_kept_and_nobody_asks_again(desk: Desk) -> None:
    feedback = await desk.candidate(PLAIN)
    model = Model()

    await desk.consider(model)
    await desk.consider(model)

    complaint = await desk.complaint(feedback)
    assert complaint is not None
    assert (complaint.why_not, complaint.version, complaint.text) == ("not_eligible", 0, "")
    assert "Покупатель описывает товар" in complaint.why_not_text
    assert model.asked == [feedback.wb_id]
    assert await desk.state(feedback) == ("none", False, "no_ground")
    assert await desk.history(feedback) == [("none", "no_ground", "writer:gpt-test")]
    assert (await desk.world.counts())["candidates"] == 0
    assert await desk.counts_are_true()


async def test_a_grounded_claim_of_the_model_becomes_a_draft_and_its_cost_is_known(desk: Desk) -> None:
    feedback = await desk.candidate(SERVICE)

    await desk.consider(Model([service_claim(feedback)]))

    complaint = await desk.complaint(feedback)
    assert complaint is not None
    assert (complaint.reason_id, complaint.writer, complaint.provable) == (11, "gpt-test", False)
    assert [(call.model, call.cost_usd) for call in await desk.calls()] == [("gpt-test", USAGE.cost_usd)]


async def test_a_claim_with_words_that_the_feedback_does_not_hold_is_not_believed(desk: Desk) -> None:
    feedback = await desk.candidate(SERVICE)

    await desk.consider(Model([service_claim(feedback, "Курьер украл посылку")]))

    complaint = await desk.complaint(feedback)
    assert complaint is not None
    assert complaint.why_not == "quote_not_found"
    assert await desk.state(feedback) == ("none", False, "no_ground")
    assert len(await desk.calls()) == 1


@pytest.mark.parametrize(
    "seen",
    [
        {"can_submit": False},
        {"can_submit": True, "complaint": ComplaintState.PENDING},
        {"can_submit": True, "rating_excluded": True},
    ],
)
async def test_nobody_is_asked_about_what_the_page_showed_to_be_impossible(desk: Desk, seen: dict[str, Any]) -> None:
    feedback = await desk.world.feedback(text=OBSCENE)
    await desk.world.see(feedback, **seen)
    model = Model()

    await desk.consider(model)

    assert model.asked == []
    assert await desk.complaint(feedback) is None


async def test_nobody_is_asked_before_the_page_was_read_or_when_wildberries_says_no(desk: Desk) -> None:
    await desk.world.feedback(text=OBSCENE)
    await desk.candidate(OBSCENE, complaint_possible=False)
    await desk.candidate("")
    model = Model()

    await desk.consider(model)

    assert model.asked == []


async def test_a_complaint_filed_while_the_model_thought_stays_as_it_is(desk: Desk) -> None:
    feedback = await desk.candidate(SERVICE)

    async def filed_meanwhile() -> None:
        await desk.world.see(feedback, complaint=ComplaintState.PENDING)

    await desk.consider(Model([service_claim(feedback)], before=filed_meanwhile))

    assert await desk.complaint(feedback) is None
    assert (await desk.state(feedback))[0] == "pending"
    assert len(await desk.calls()) == 1


async def test_words_that_changed_while_the_model_thought_are_considered_anew(desk: Desk) -> None:
    feedback = await desk.candidate(SERVICE)

    async def changed_meanwhile() -> None:
        await desk.rewritten(feedback, text=PLAIN)

    await desk.consider(Model([service_claim(feedback)], before=changed_meanwhile))
    before = await desk.complaint(feedback)
    await desk.consider(Model())

    assert before is None
    assert await desk.state(feedback) == ("none", False, "no_ground")


async def test_an_answer_out_of_shape_is_asked_for_once_more(desk: Desk) -> None:
    feedback = await desk.candidate(SERVICE)
    broken = MalformedClaim(writer="gpt-test", usage=USAGE)

    await desk.consider(Model([broken, service_claim(feedback)]))

    assert (await desk.state(feedback))[0] == "draft"
    assert len(await desk.calls()) == 2


async def test_out_of_shape_twice_leaves_it_to_the_rules(desk: Desk) -> None:
    feedback = await desk.candidate(SERVICE)
    broken = MalformedClaim(writer="gpt-test", usage=USAGE)
    model = Model([broken, broken])

    await desk.consider(model)

    complaint = await desk.complaint(feedback)
    assert complaint is not None
    assert (complaint.writer, complaint.why_not) == ("rules", "not_eligible")
    assert (len(model.asked), len(await desk.calls())) == (2, 2)


@pytest.mark.parametrize("trouble", [Away(), RateLimited(30.0)])
async def test_a_model_that_is_away_makes_the_job_wait_and_loses_nothing(desk: Desk, trouble: Exception) -> None:
    feedback = await desk.candidate(SERVICE)

    with pytest.raises(type(trouble)):
        await desk.consider(Model([trouble]))
    open_still = (await desk.world.standing(feedback))["candidate"]
    await desk.consider(Model([service_claim(feedback)]))

    assert open_still
    assert (await desk.state(feedback))[0] == "draft"


async def test_one_failure_does_not_keep_the_others_waiting(desk: Desk) -> None:
    kept, lost = await desk.candidate(SERVICE, minutes=100), await desk.candidate(PLAIN, minutes=200)

    with pytest.raises(Away):
        await desk.consider(Model([service_claim(kept), Away()]))

    assert (await desk.state(kept))[0] == "draft"
    assert (await desk.world.standing(lost))["candidate"]


async def test_one_run_does_not_repeat_itself(desk: Desk) -> None:
    for _ in range(12):
        await desk.candidate(OBSCENE)

    await desk.consider()

    async with desk.database.glance() as connection:
        texts = await connection.fetch("SELECT text FROM complaints WHERE shop_id = $1 AND text <> ''", desk.shop.id)
    assert len({row["text"] for row in texts}) == len(texts) == 12


async def test_many_candidates_are_all_considered(desk: Desk) -> None:
    for _ in range(45):
        await desk.candidate(PLAIN)
    model = Model()

    await desk.consider(model)

    assert len(model.asked) == len(set(model.asked)) == 45
    assert (await desk.world.counts())["candidates"] == 0
    assert await desk.counts_are_true()


async def test_trusted_rules_need_no_person_up_to_the_cap(desk: Desk) -> None:
    await desk.world.settings(trust_rules=True, complaints_per_day=2)
    feedbacks = [await desk.candidate(OBSCENE, minutes=minutes) for minutes in (100, 200, 300)]

    await desk.consider()

    assert [(await desk.state(each))[1] for each in feedbacks] == [True, True, False]
    assert await desk.history(feedbacks[0]) == [("none", "draft", "writer:rules"), ("draft", "queued", "auto")]
    counts = await desk.world.counts()
    assert (counts["queued_complaints"], counts["ready"], counts["to_approve"]) == (2, 2, 1)
    assert await desk.counts_are_true()


async def test_trust_is_for_what_words_alone_prove(desk: Desk) -> None:
    await desk.world.settings(trust_rules=True)
    feedback = await desk.candidate(SERVICE)

    await desk.consider(Model([service_claim(feedback)]))

    assert await desk.state(feedback) == ("draft", False, "open")


async def test_two_shops_do_not_see_each_other(desk: Desk, database: Database, make: Any) -> None:
    mine, theirs = await desk.candidate(OBSCENE), Desk(await type(desk.world).open(database, make))
    foreign = await theirs.candidate(OBSCENE)

    await desk.consider()

    assert (await desk.state(mine))[0] == "draft"
    assert (await theirs.state(foreign))[0] == "none"
