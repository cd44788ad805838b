"""Moderators read answers before buyers do: until then nothing tells what is under way."""

from typing import Any

import pytest

from app.replies import refusals
from app.replies.models import ReplyState
from tests.replies.questions.conftest import HOURS, ONE_ANSWER, OTHER, PATCH, WORDS, Cabinet

pytestmark = pytest.mark.anyio
S = ReplyState


@pytest.mark.parametrize("fault", [{"action": "drop_after"}, {"action": "status", "status": 500, "after": True}])
async def test_a_lost_reply_to_an_answer_that_moderators_still_read_burns_no_edit(
    cabinet: Cabinet, fault: dict[str, Any]
) -> None:
    cabinet.order("/knobs", moderation_delay=150)
    reply = await cabinet.writes(WORDS)
    cabinet.faults({**fault, **PATCH})

    await cabinet.settle(reply)

    assert await cabinet.state() is S.PUBLISHED
    assert cabinet.count(*ONE_ANSWER) == (1, 0, 0)


async def test_a_lost_reply_to_an_edit_that_moderators_still_read_is_waited_for(cabinet: Cabinet) -> None:
    await cabinet.published()
    cabinet.order("/knobs", moderation_delay=HOURS)
    edit = await cabinet.writes(OTHER)
    cabinet.faults({"action": "drop_after", **PATCH})

    await cabinet.settle(edit)
    assert await cabinet.state() is S.SENT
    cabinet.order("/clock/advance", seconds=HOURS + 60)
    await cabinet.verify()

    assert await cabinet.state() is S.PUBLISHED
    assert cabinet.count(*ONE_ANSWER) == (1, 1, 0)


@pytest.mark.parametrize(("pending", "meanwhile"), [("hidden", S.SENT), ("shown", S.PUBLISHED)])
async def test_what_moderators_pass_is_published(cabinet: Cabinet, pending: str, meanwhile: ReplyState) -> None:
    cabinet.order("/knobs", moderation_delay=HOURS, question_pending=pending)
    reply = await cabinet.writes(WORDS)

    await cabinet.publish(reply)
    await cabinet.verify()
    assert await cabinet.state() is meanwhile
    cabinet.order("/clock/advance", seconds=HOURS + 60)
    await cabinet.verify()
    await cabinet.sync()

    assert await cabinet.state() is S.PUBLISHED


@pytest.mark.parametrize("pending", ["hidden", "shown"])
@pytest.mark.parametrize("rejected", ["reopened", "answer_stays"])
async def test_what_moderators_turn_down_ends_as_unknown_and_a_person_writes_again(
    cabinet: Cabinet, pending: str, rejected: str
) -> None:
    cabinet.order("/knobs", moderation_delay=HOURS, question_pending=pending, rejected_question=rejected)
    cabinet.order("/moderate", id=cabinet.wb_id, verdict="rejected")
    reply = await cabinet.writes(WORDS)
    await cabinet.publish(reply)
    await cabinet.verify()
    await cabinet.sync()
    cabinet.order("/clock/advance", seconds=HOURS + 60)
    await cabinet.tell("UPDATE replies SET sent_at = now() - interval '2 hours'")

    await cabinet.sync()
    await cabinet.verify()

    assert await cabinet.state() is S.UNKNOWN
    cabinet.order("/knobs", moderation_delay=0)
    cabinet.order("/moderate", id=cabinet.wb_id, verdict="wbRu")
    await cabinet.withdraws()
    await cabinet.settle(await cabinet.writes(OTHER))
    if await cabinet.state() is S.ANSWERED_ELSEWHERE:  # the words that were turned down stand in the way
        await cabinet.settle(await cabinet.writes(OTHER))
    await cabinet.verify()
    assert await cabinet.state() is S.PUBLISHED
    assert cabinet.shown()["answer"]["text"] == OTHER


async def test_one_edit_is_shown_after_moderators_passed_it_and_there_is_no_second(cabinet: Cabinet) -> None:
    await cabinet.published()
    cabinet.order("/knobs", moderation_delay=HOURS)

    await cabinet.publish(await cabinet.writes(OTHER))
    await cabinet.verify()
    assert await cabinet.state() is S.SENT
    await cabinet.sync()
    assert await cabinet.state() is S.SENT
    cabinet.order("/clock/advance", seconds=HOURS + 60)
    await cabinet.verify()

    edited = await cabinet.reply()
    assert (edited.state, edited.revision) == (S.PUBLISHED, 2)
    assert cabinet.count(*ONE_ANSWER) == (1, 1, 0)
    with pytest.raises(refusals.NothingToEdit):
        await cabinet.writes("Здравствуйте! Третья версия.")


async def test_a_sync_sees_an_answer_typed_in_the_portal_and_that_moderators_took_it_down(cabinet: Cabinet) -> None:
    await cabinet.writes(WORDS)
    cabinet.order("/knobs", moderation_delay=HOURS, question_pending="shown")
    cabinet.order("/moderate", id=cabinet.wb_id, verdict="rejected")
    cabinet.order(f"/questions/{cabinet.wb_id}/answer", text="Ответ из портала")
    await cabinet.sync()
    assert await cabinet.state() is S.ANSWERED_ELSEWHERE

    cabinet.order("/clock/advance", seconds=HOURS + 60)
    await cabinet.sync()

    assert await cabinet.state() is S.FAILED
    cabinet.order("/knobs", moderation_delay=0)
    cabinet.order("/moderate", id=cabinet.wb_id, verdict="wbRu")
    await cabinet.settle(await cabinet.writes(OTHER))
    await cabinet.verify()
    assert await cabinet.state() is S.PUBLISHED
