from contextlib import suppress
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import text

from app.feedbacks.models import Feedback
from app.feedbacks.storing import store
from app.kit.clock import utc_now
from app.kit.db import Database
from app.kit.errors import RateLimited
from app.replies.jobs import VerifyReplies
from app.replies.models import Reply, ReplyState
from app.replies.subjects import SubjectKind
from app.replies.verifying import LookBack, answers_seen, verify_replies
from app.shops.models import Shop
from tests.factories import Make, incoming
from tests.replies.conftest import LOOK_BACK, Book, Wildberries, lookers_of

pytestmark = pytest.mark.anyio
S = ReplyState
WORDS = "Спасибо за отзыв!"


class Verify:
    def __init__(self, database: Database, wildberries: Wildberries) -> None:
        self.database = database
        self.wildberries = wildberries

    async def __call__(self, shop: Shop, *, page_size: int = 100) -> None:
        job = VerifyReplies(shop_id=shop.id)
        lookers = lookers_of(self.wildberries)
        await verify_replies(job, database=self.database, lookers=lookers, page_size=page_size, look_back=LOOK_BACK)


@pytest.fixture
def verify(database: Database, wildberries: Wildberries) -> Verify:
    return Verify(database, wildberries)


@pytest.fixture
async def sent(make: Make, feedback: Feedback) -> Reply:
    return await a_sent_reply(make, feedback)


async def a_sent_reply(make: Make, feedback: Feedback, **values: Any) -> Reply:
    due = {"next_check_at": utc_now() - timedelta(seconds=1), "sent_at": utc_now(), **values}
    return await make.reply(feedback, text=WORDS, **{"state": S.SENT, **due})


async def test_published_only_after_wildberries_shows_our_words(
    verify: Verify, shop: Shop, sent: Reply, feedback: Feedback, wildberries: Wildberries, book: Book
) -> None:
    await verify(shop)
    assert (await book.reply(sent)).state is S.SENT

    wildberries.shows(feedback, WORDS, state="reviewRequired")
    await book.change(sent, next_check_at=utc_now())
    await verify(shop)
    assert (await book.reply(sent)).state is S.ON_MODERATION

    wildberries.shows(feedback, WORDS, state="wbRu")
    await book.change(sent, next_check_at=utc_now())
    await verify(shop)
    assert (await book.reply(sent)).state is S.PUBLISHED


async def test_a_rejected_answer_is_called_so(
    verify: Verify, shop: Shop, sent: Reply, feedback: Feedback, wildberries: Wildberries, book: Book
) -> None:
    wildberries.shows(feedback, WORDS, state="rejected")

    await verify(shop)

    assert (await book.reply(sent)).state is S.REJECTED


async def test_an_answer_unseen_for_too_long_is_unknown_and_still_looked_for(
    verify: Verify, shop: Shop, sent: Reply, feedback: Feedback, wildberries: Wildberries, book: Book
) -> None:
    await book.change(sent, sent_at=utc_now() - timedelta(seconds=3601))
    await verify(shop)
    unknown = await book.reply(sent)
    assert (unknown.state, unknown.next_check_at is not None) == (S.UNKNOWN, True)

    wildberries.shows(feedback, WORDS)
    await book.change(sent, next_check_at=utc_now())
    await verify(shop)

    assert (await book.reply(sent)).state is S.PUBLISHED


async def test_a_feedback_that_is_gone_makes_its_answer_unknown_in_words(
    verify: Verify, shop: Shop, sent: Reply, feedback: Feedback, wildberries: Wildberries, book: Book
) -> None:
    wildberries.lost(feedback)

    await verify(shop)

    found = await book.reply(sent)
    assert found.state is S.UNKNOWN
    assert "недоступен" in (found.error or "")


async def test_many_are_read_by_the_list_and_few_one_by_one(
    verify: Verify, make: Make, shop: Shop, wildberries: Wildberries, book: Book
) -> None:
    feedbacks = [await make.feedback(shop) for _ in range(5)]
    replies = [await a_sent_reply(make, feedback) for feedback in feedbacks]
    for feedback in feedbacks:
        wildberries.shows(feedback, WORDS)

    await verify(shop)

    assert wildberries.calls == [("page", "processed")]
    assert {(await book.reply(reply)).state for reply in replies} == {S.PUBLISHED}


async def test_a_list_of_more_pages_than_replies_is_not_read(
    verify: Verify, make: Make, shop: Shop, wildberries: Wildberries
) -> None:
    for _ in range(6):
        await make.feedback(shop, answer_text="Чужой", answer_state="wbRu", answer_editable=True)
    for _ in range(2):
        await a_sent_reply(make, await make.feedback(shop))

    await verify(shop, page_size=2)

    assert [call[0] for call in wildberries.calls] == ["read", "read"]


async def test_a_budget_that_ends_midway_does_not_begin_with_the_same_reply_again(
    verify: Verify, make: Make, shop: Shop, wildberries: Wildberries, monkeypatch: pytest.MonkeyPatch
) -> None:
    for _ in range(3):
        await a_sent_reply(make, await make.feedback(shop))
    real = wildberries.read

    async def one_call_only(*where: Any) -> Any:
        if wildberries.calls:
            raise RateLimited(720)
        return await real(*where)

    asked = []
    for _ in range(3):
        wildberries.calls.clear()
        monkeypatch.setattr(wildberries, "read", one_call_only)
        with suppress(RateLimited):
            await verify(shop, page_size=1)
        asked += wildberries.calls

    assert len(set(asked)) == 3


async def test_it_wakes_itself_as_long_as_something_is_open_and_no_longer(
    verify: Verify,
    shop: Shop,
    sent: Reply,
    feedback: Feedback,
    wildberries: Wildberries,
    database: Database,
    book: Book,
) -> None:
    async def waking() -> list[Any]:
        async with database.transaction() as session:
            return list(await session.scalars(text("SELECT run_after - now() FROM jobs WHERE kind = 'VerifyReplies'")))

    await verify(shop)
    [delay] = await waking()
    assert timedelta(seconds=0.2) < delay < timedelta(seconds=2)

    async with database.transaction() as session:
        await session.execute(text("DELETE FROM jobs"))
    wildberries.shows(feedback, WORDS)
    await book.change(sent, next_check_at=utc_now())
    await verify(shop)

    assert await waking() == []


def test_looks_become_rarer_but_never_cease() -> None:
    look_back = LookBack(first=5, unknown_after=3600)
    now = utc_now()
    waits = [(look_back.next_after(now, n) - now).total_seconds() for n in range(100)]

    assert waits == sorted(waits)
    assert (waits[0], waits[-1]) == (5, 6 * 3600)
    assert sum(wait <= 3600 for wait in waits) < 20


async def test_answers_that_the_sync_saw_settle_their_replies(
    make: Make, shop: Shop, book: Book, database: Database
) -> None:
    feedbacks = [await make.feedback(shop) for _ in range(3)]
    states = (S.PUBLISHING, S.SENT, S.DRAFT)
    replies = [
        await make.reply(feedback, text=WORDS, state=state) for feedback, state in zip(feedbacks, states, strict=True)
    ]
    async with database.transaction() as session:
        answer = {"answer_text": WORDS, "answer_state": "reviewRequired", "answer_editable": True}
        seen = [incoming(wb_id=f.wb_id, written_at=f.written_at, **answer) for f in feedbacks]
        await store(session, shop.id, seen)

    await answers_seen(shop.id, SubjectKind.FEEDBACK, database=database)
    await answers_seen(shop.id, SubjectKind.FEEDBACK, database=database)

    found = [await book.reply(reply) for reply in replies]
    assert [reply.state for reply in found] == [S.ON_MODERATION, S.ON_MODERATION, S.ANSWERED_ELSEWHERE]
    assert found[0].next_check_at is not None
    assert found[1].next_check_at is not None
