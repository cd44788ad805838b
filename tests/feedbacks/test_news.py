"""What a sync tells the rest of the product: arrivals, answers, amended feedbacks."""

from datetime import UTC, datetime

import pytest

from app.replies.models import ReplyState
from tests.factories import Make
from tests.feedbacks.cabinet import EPOCH, Cabinet, changed, fill, incoming
from tests.feedbacks.conftest import Stored, Sync

pytestmark = pytest.mark.anyio


async def test_an_answer_typed_elsewhere_is_recorded_and_reported_where_we_have_a_reply(
    sync: Sync, cabinet: Cabinet, stored: Stored, make: Make
) -> None:
    fill(cabinet, 2)
    await sync()
    await make.reply(await stored.row("w0000"), state=ReplyState.DRAFT)
    await stored.order("DELETE FROM jobs")
    cabinet.answer("w0000", "Ответили из кабинета")

    await sync()

    row = await stored.row("w0000")
    assert (row.answer_text, row.answer_state, row.needs_reply) == ("Ответили из кабинета", "wbRu", False)
    assert await stored.jobs() == ["AnswersSeen"]


async def test_an_answer_where_we_have_no_reply_is_recorded_silently(
    sync: Sync, cabinet: Cabinet, stored: Stored
) -> None:
    fill(cabinet, 1)
    await sync()
    await stored.order("DELETE FROM jobs")
    cabinet.answer("w0000")

    await sync()

    assert (await stored.row("w0000")).answer_text == "Спасибо!"
    assert await stored.jobs() == []


async def test_new_feedbacks_are_news_and_stars_alone_are_not(sync: Sync, cabinet: Cabinet, stored: Stored) -> None:
    cabinet.add(incoming("stars", EPOCH, text=""))
    await sync()
    assert await stored.jobs() == []
    fill(cabinet, 3)

    await sync()

    assert await stored.jobs() == ["FeedbacksArrived"]
    assert not (await stored.row("stars")).needs_reply
    assert (await stored.row("stars")).rating_only


async def test_of_an_amended_pair_only_the_newer_wants_a_reply(sync: Sync, cabinet: Cabinet, stored: Stored) -> None:
    fill(cabinet, 1)
    await sync()
    cabinet.rows["w0000"] = changed(cabinet.rows["w0000"], child_id="more")
    cabinet.add(incoming("more", datetime.now(UTC), text="Дополнение: порвалась", parent_id="w0000"))

    await sync()

    rows = await stored.rows()
    assert (rows["w0000"].needs_reply, rows["w0000"].child_id) == (False, "more")
    assert (rows["more"].needs_reply, rows["more"].parent_id) == (True, "w0000")
