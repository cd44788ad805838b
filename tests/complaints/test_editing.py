"""A person's own words: the person answers for the ground, the form is checked."""

import asyncio

import pytest

from app.complaints.refusals import BadlyWorded, ComplaintImpossible
from app.feedbacks.models import Feedback
from tests.complaints.desk import OBSCENE, PLAIN, TEXT, Desk, edited

pytestmark = pytest.mark.anyio


async def queued_at(desk: Desk, feedback: Feedback) -> object:
    complaint = await desk.complaint(feedback)
    return complaint.queued_at if complaint else None


async def test_an_edit_is_a_new_version_that_waits_for_approval_again(desk: Desk) -> None:
    feedback = await desk.queued()

    await edited(desk, feedback)
    await edited(desk, feedback)

    complaint = await desk.complaint(feedback)
    assert complaint is not None
    assert complaint.text == f"Жалоба от: Тёплые вещи. {TEXT}"
    assert (complaint.version, complaint.writer, complaint.quotes) == (2, "person", ["хуйню"])
    assert await desk.state(feedback) == ("draft", False, "open")
    assert [draft.action for draft in await desk.versions(feedback)] == ["drafted", "edited"]
    assert await queued_at(desk, feedback) is None
    assert await desk.counts_are_true()


async def test_two_people_edit_and_one_is_told(desk: Desk) -> None:
    feedback = await desk.drafted()

    answers = await asyncio.gather(
        edited(desk, feedback, text=TEXT), edited(desk, feedback, text=TEXT + " Спасибо."), return_exceptions=True
    )

    assert sorted(type(answer).__name__ for answer in answers) == ["NoneType", "StaleVersion"]
    assert len(await desk.versions(feedback)) == 2


@pytest.mark.parametrize(
    ("reason_id", "text", "field", "said"),
    [
        (21, TEXT, "reason_id", "Такой причины"),
        (14, TEXT, "reason_id", "нужны фото или видео"),
        (16, "Уберите.", "text", "короче 100"),
        (16, TEXT * 6, "text", "длиннее 900"),
        (16, f"Просим проверить:\n- брань\n- ругань\n{TEXT}", "text", "список"),
        (16, f"{TEXT} Пишите нам: t.me/shop", "text", "контакты"),
        (16, f"{TEXT} Это пишут конкуренты.", "text", "обвиняет"),
        (16, f"{TEXT} Продавец сказал: «такого не было».", "text", "в кавычках"),
    ],
)
async def test_a_form_that_wildberries_rejects_is_refused_with_the_reason(
    desk: Desk, reason_id: int, text: str, field: str, said: str
) -> None:
    feedback = await desk.drafted()

    with pytest.raises(BadlyWorded) as refused:
        await edited(desk, feedback, text=text, reason_id=reason_id)

    [(where, why)] = refused.value.details
    assert (where, said in why) == (field, True)
    assert len(await desk.versions(feedback)) == 1


async def test_a_person_may_see_a_ground_where_nobody_else_does(desk: Desk) -> None:
    feedback = await desk.candidate(PLAIN)
    await desk.consider()

    await edited(desk, feedback, version=0, reason_id=19)

    complaint = await desk.complaint(feedback)
    assert complaint is not None
    assert (complaint.writer, complaint.provable, complaint.why_not, complaint.version) == ("person", False, "", 1)
    assert await desk.state(feedback) == ("draft", False, "open")
    assert [line[:2] for line in await desk.history(feedback)] == [
        ("none", "no_ground"), ("no_ground", "none"), ("none", "draft"),
    ]  # fmt: skip
    assert await desk.counts_are_true()


async def test_written_by_hand_for_a_candidate_that_nobody_considered_yet(desk: Desk) -> None:
    feedback = await desk.candidate(PLAIN)

    await edited(desk, feedback, version=0)
    await desk.consider()

    assert [draft.action for draft in await desk.versions(feedback)] == ["written"]
    assert (await desk.state(feedback))[0] == "draft"


async def test_nothing_is_written_where_the_page_was_not_read(desk: Desk) -> None:
    feedback = await desk.world.feedback(text=OBSCENE)

    with pytest.raises(ComplaintImpossible, match="не прочитало страницу"):
        await edited(desk, feedback, version=0)
