"""Answers and rejections over real HTTP: whatever breaks, one answer stands there, and only what is seen counts."""

from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import text

from app.kit.db import Database
from app.questions.jobs import ViewQuestion
from app.questions.models import Question
from app.questions.sync import view_question
from app.replies.models import ReplyState
from tests.factories import Make
from tests.replies.questions.conftest import ONE_ANSWER, OTHER, PATCH, WORDS, Cabinet, asked

pytestmark = pytest.mark.anyio
S = ReplyState


async def test_sent_then_shown_then_published(cabinet: Cabinet) -> None:
    reply = await cabinet.writes(WORDS)

    await cabinet.publish(reply)
    assert await cabinet.state() is S.SENT
    await cabinet.verify()

    assert await cabinet.state() is S.PUBLISHED
    assert (cabinet.shown()["answer"]["text"], cabinet.shown()["state"]) == (WORDS, "wbRu")
    assert cabinet.count(*ONE_ANSWER) == (1, 0, 0)


@pytest.mark.parametrize(
    "fault",
    [
        {"action": "drop_before"},
        {"action": "drop_after"},
        {"action": "status", "status": 500},
        {"action": "status", "status": 500, "after": True},
        {"action": "garbage"},
        {"action": "rate_limit", "seconds": 20},
    ],
    ids=lambda fault: "-".join(str(value) for value in fault.values()),
)
async def test_whatever_befalls_the_write_the_answer_stands_there_once(cabinet: Cabinet, fault: dict[str, Any]) -> None:
    cabinet.unknown_after = 1.5
    reply = await cabinet.writes(WORDS)
    cabinet.faults({**fault, **PATCH})

    await cabinet.settle(reply)
    await cabinet.verify()

    assert await cabinet.state() is S.PUBLISHED
    assert cabinet.count(*ONE_ANSWER) == (1, 0, 0)


async def test_a_200_that_says_error_is_a_failure_that_a_person_sees(cabinet: Cabinet) -> None:
    cabinet.order("/knobs", question_error_200=True)
    reply = await cabinet.writes(WORDS)

    await cabinet.publish(reply)

    failed = await cabinet.reply()
    assert failed.state is S.FAILED
    assert "Something went wrong" in (failed.error or "")
    assert cabinet.count(*ONE_ANSWER) == (0, 0, 0)


async def test_a_200_without_effect_becomes_unknown_and_never_published(cabinet: Cabinet) -> None:
    nods = {"data": None, "error": False, "errorText": "", "additionalErrors": None}
    cabinet.faults({"action": "status", "status": 200, "body": nods, **PATCH})

    await cabinet.publish(await cabinet.writes(WORDS))
    await cabinet.verify()
    assert await cabinet.state() is S.SENT
    cabinet.unknown_after = 0
    await cabinet.verify()

    lost = await cabinet.reply()
    assert (lost.state, lost.published_at) == (S.UNKNOWN, None)
    assert "не показывает" in (lost.error or "")
    await cabinet.withdraws()
    await cabinet.settle(await cabinet.writes(OTHER))
    await cabinet.verify()
    assert await cabinet.state() is S.PUBLISHED


async def test_a_question_is_rejected_with_words_and_verified(cabinet: Cabinet) -> None:
    reply = await cabinet.rejects("Вопрос не о товаре.")

    await cabinet.publish(reply)
    assert await cabinet.state() is S.SENT
    await cabinet.verify()

    assert await cabinet.state() is S.PUBLISHED
    assert (cabinet.shown()["state"], cabinet.count("questions_rejected")) == ("none", (1,))


@pytest.mark.parametrize("fault", [{"action": "drop_before"}, {"action": "drop_after"}])
async def test_a_lost_reply_to_a_rejection_is_settled_by_reading(cabinet: Cabinet, fault: dict[str, Any]) -> None:
    reply = await cabinet.rejects("Вопрос не о товаре.")
    cabinet.faults({**fault, **PATCH})

    await cabinet.settle(reply)
    await cabinet.verify()

    assert await cabinet.state() is S.PUBLISHED
    assert cabinet.count("questions_rejected") == (1,)


async def test_a_rejection_takes_the_place_of_a_draft(cabinet: Cabinet, make: Make, database: Database) -> None:
    async with database.transaction() as session:
        question = await session.get_one(Question, (cabinet.shop.id, cabinet.wb_id))
    await make.reply(question, text="Черновик")

    reply = await cabinet.rejects("Вопрос не о товаре.", version=1)
    await cabinet.publish(reply)
    await cabinet.verify()

    assert await cabinet.state() is S.PUBLISHED
    assert cabinet.shown()["state"] == "none"


async def test_an_answer_typed_in_the_portal_meanwhile_is_left_alone(cabinet: Cabinet) -> None:
    reply = await cabinet.writes(WORDS)
    await cabinet.known_for_long()
    cabinet.order(f"/questions/{cabinet.wb_id}/answer", text="Ответ из портала")

    await cabinet.publish(reply)

    assert await cabinet.state() is S.ANSWERED_ELSEWHERE
    assert cabinet.count(*ONE_ANSWER) == (0, 0, 0)


async def test_under_a_deleted_question_there_is_nothing_to_say(cabinet: Cabinet) -> None:
    reply = await cabinet.writes(WORDS)
    await cabinet.known_for_long()
    cabinet.order(f"/questions/{cabinet.wb_id}/delete")

    await cabinet.publish(reply)

    assert await cabinet.state() is S.FAILED
    assert "Вопрос" in ((await cabinet.reply()).error or "")


async def test_an_answer_under_a_question_that_vanished_is_unknown(cabinet: Cabinet) -> None:
    await cabinet.publish(await cabinet.writes(WORDS))
    cabinet.order(f"/questions/{cabinet.wb_id}/delete")

    await cabinet.verify()

    assert await cabinet.state() is S.UNKNOWN


async def test_the_sync_alone_confirms_an_answer(cabinet: Cabinet) -> None:
    await cabinet.publish(await cabinet.writes(WORDS))

    await cabinet.sync()

    assert await cabinet.state() is S.PUBLISHED


async def test_a_view_reaches_wildberries(cabinet: Cabinet, database: Database) -> None:
    job = ViewQuestion(shop_id=cabinet.shop.id, question_id=cabinet.wb_id)

    await view_question(job, database=database, source=cabinet.source)

    assert cabinet.shown()["wasViewed"] is True
    assert cabinet.shown()["state"] == "suppliersPortalSynch"


async def test_many_answers_are_verified_by_the_list_and_with_feedbacks_in_one_go(
    cabinet: Cabinet, make: Make, database: Database
) -> None:
    orders = [asked(f"Вопрос {n}?") for n in range(5)]
    ids = cabinet.order("/questions", sid=cabinet.sid, questions=orders)["ids"]
    [feedback_id] = cabinet.order("/feedbacks", sid=cabinet.sid, feedbacks=[{"text": "Хорошо", "productValuation": 5}])[
        "ids"
    ]
    rows = [await make.question(cabinet.shop, wb_id=wb_id) for wb_id in ids]
    feedback = await make.feedback(cabinet.shop, wb_id=feedback_id)
    replies = [await make.reply(row, text=f"{WORDS} {row.wb_id}", state=S.APPROVED, id=uuid4()) for row in rows]
    replies.append(await make.reply(feedback, text="Спасибо за отзыв!", state=S.APPROVED))
    for reply in replies:
        await cabinet.settle(reply)
    await cabinet.sync()
    await cabinet.tell("UPDATE replies SET state = 'sent', next_check_at = now() WHERE sent_at IS NOT NULL")
    before: Any = cabinet.simulator.ask("/ledger", sid=cabinet.sid)

    await cabinet.verify()

    after: Any = cabinet.simulator.ask("/ledger", sid=cabinet.sid)
    async with database.transaction() as session:
        states = set(await session.scalars(text("SELECT state FROM replies")))
    paths = [entry["path"].rsplit("/", 1)[-1] for entry in after["entries"][len(before["entries"]) :]]
    assert states == {"published"}
    assert sorted(paths) == ["feedback", "questions"]
