"""The only edit of an answer: spent on purpose, and once."""

from typing import Any

import pytest

from app.feedbacks.models import Feedback
from app.kit.db import Database
from app.replies import service
from app.replies.claiming import Settling
from app.replies.models import Reply, ReplyState
from app.replies.ports import AmbiguousOutcome
from app.replies.subjects import a_feedback
from app.shops.models import Shop
from tests.factories import Make
from tests.replies.conftest import Book, Publish, Wildberries

pytestmark = pytest.mark.anyio
S = ReplyState
WORDS = "Спасибо за отзыв!"


@pytest.fixture
async def published(make: Make, shop: Shop) -> Feedback:
    shown: dict[str, Any] = {"answer_text": "Спасибо за отзыв", "answer_state": "wbRu", "answer_editable": True}
    feedback = await make.feedback(shop, **shown)
    await make.reply(feedback, text="Спасибо за отзыв", state=S.PUBLISHED)
    return feedback


@pytest.fixture
async def edit(database: Database, published: Feedback, book: Book) -> Reply:
    async with database.transaction() as session:
        where = (session, published.shop_id, a_feedback(published.wb_id))
        written = await service.write_reply(*where, text=WORDS, version=1, actor="person")
        return await service.approve(*where, version=written.version, actor="person")


async def test_it_goes_out_as_an_edit_even_if_only_a_mark_changed(
    publish: Publish, edit: Reply, published: Feedback, wildberries: Wildberries, book: Book
) -> None:
    wildberries.shows(published, "Спасибо за отзыв")

    await publish(edit)

    assert wildberries.calls == [("read", published.wb_id), ("edit", published.wb_id, WORDS)]
    assert (await book.reply(edit)).state is S.SENT


async def test_it_is_not_spent_when_it_is_spent_already(
    publish: Publish, edit: Reply, published: Feedback, wildberries: Wildberries, book: Book
) -> None:
    wildberries.shows(published, "Правка из портала", editable=False)

    await publish(edit)

    assert wildberries.writes == []
    assert (await book.reply(edit)).state is S.ANSWERED_ELSEWHERE


async def test_without_an_answer_there_is_nothing_to_edit(
    publish: Publish, edit: Reply, published: Feedback, wildberries: Wildberries, book: Book
) -> None:
    wildberries.shows(published, None)

    await publish(edit)

    assert wildberries.writes == []
    assert (await book.reply(edit)).state is S.FAILED


@pytest.mark.parametrize("arrived", [True, False])
async def test_after_a_doubt_it_is_spent_once(
    publish: Publish, edit: Reply, published: Feedback, wildberries: Wildberries, book: Book, arrived: bool
) -> None:
    wildberries.shows(published, "Спасибо за отзыв")

    async def lose(wb_id: str, words: str) -> None:
        if arrived:
            wildberries.shows(published, words, editable=False)
        raise AmbiguousOutcome

    wildberries.does = lose
    with pytest.raises(Settling):
        await publish(edit)
    await book.age(edit)
    wildberries.does = None
    await publish(edit)

    assert len(wildberries.writes) == (1 if arrived else 2)
    assert all(call[0] == "edit" for call in wildberries.writes)
