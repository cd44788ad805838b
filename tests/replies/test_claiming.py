"""What must be true before a reply is written, whatever was approved."""

from datetime import timedelta

import pytest
from sqlalchemy import text

from app.feedbacks.models import Feedback
from app.kit.clock import utc_now
from app.kit.db import Database
from app.replies.models import Reply, ReplyState
from app.shops.models import Shop
from tests.factories import Make
from tests.replies.conftest import WORDS, Book, Publish, Wildberries

pytestmark = pytest.mark.anyio
S = ReplyState


async def test_a_feedback_not_seen_lately_is_read_before_it_is_answered(
    publish: Publish, reply: Reply, book: Book, wildberries: Wildberries, feedback: Feedback
) -> None:
    await book.change(feedback, first_seen_at=utc_now() - timedelta(hours=1))
    wildberries.shows(feedback, "Ответ из портала")

    await publish(reply)

    assert wildberries.calls == [("read", feedback.wb_id)]
    assert (await book.reply(reply)).state is S.ANSWERED_ELSEWHERE


async def test_an_answer_we_already_know_of_is_never_written_over(
    publish: Publish, make: Make, shop: Shop, book: Book, wildberries: Wildberries
) -> None:
    answered = await make.feedback(shop, answer_text="Ответ из портала", answer_state="wbRu", answer_editable=True)
    reply = await make.reply(answered, state=S.APPROVED)

    await publish(reply)

    assert wildberries.calls == []
    assert (await book.reply(reply)).state is S.ANSWERED_ELSEWHERE


async def test_a_deleted_feedback_fails_in_words(
    publish: Publish, reply: Reply, book: Book, wildberries: Wildberries, feedback: Feedback
) -> None:
    await book.change(feedback, deleted_at=utc_now())
    wildberries.lost(feedback)

    await publish(reply)

    found = await book.reply(reply)
    assert (found.state, wildberries.writes) == (S.FAILED, [])
    assert "удалён" in (found.error or "")


async def test_rules_that_changed_since_the_approval_bring_it_back_to_a_person(
    publish: Publish, make: Make, book: Book, wildberries: Wildberries
) -> None:
    shop = await make.shop(blacklist_keywords=["спасибо"])
    reply = await make.reply(await make.feedback(shop), text=WORDS, state=S.APPROVED)

    await publish(reply)

    found = await book.reply(reply)
    assert (found.state, found.needs_human, wildberries.calls) == (S.DRAFT, True, [])


async def test_an_archived_shop_publishes_nothing(
    publish: Publish, reply: Reply, shop: Shop, wildberries: Wildberries, database: Database
) -> None:
    async with database.transaction() as session:
        await session.execute(text("UPDATE shops SET archived_at = now()"))

    await publish(reply)

    assert wildberries.calls == []
