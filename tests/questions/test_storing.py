"""What is written, what is left alone, and which news follow."""

import pytest

from app.kit.db import Database
from app.questions.jobs import ViewQuestion
from app.questions.storing import store
from app.questions.sync import view_question
from app.replies.models import ReplyState
from app.shops.models import Shop
from tests.factories import Make, incoming_question
from tests.questions.cabinet import QuestionCabinet, asked
from tests.questions.conftest import Stored, Sync

pytestmark = pytest.mark.anyio


async def test_answered_rows_that_did_not_change_are_not_written_again(
    sync: Sync, cabinet: QuestionCabinet, stored: Stored
) -> None:
    cabinet.add(asked("answered"), asked("waiting"))
    cabinet.answer("answered")
    await sync()
    before = {row.wb_id: row.xmin for row in await stored.ask("SELECT wb_id, xmin::text FROM questions")}
    await stored.order("UPDATE question_syncs SET watermark = '2026-01-01'")

    await sync()

    after = {row.wb_id: row.xmin for row in await stored.ask("SELECT wb_id, xmin::text FROM questions")}
    assert after["answered"] == before["answered"]
    assert (await stored.row("waiting")).seen_at > (await stored.row("answered")).seen_at


async def test_news_of_arrivals_are_sent_once(sync: Sync, cabinet: QuestionCabinet, stored: Stored) -> None:
    cabinet.add(asked("q1"))
    await sync()
    assert await stored.jobs() == ["QuestionsArrived"]
    await stored.order("DELETE FROM jobs")

    await sync()
    assert await stored.jobs() == []

    cabinet.change("q1", text="Есть ли подкладка и карманы?")
    await sync()
    assert await stored.jobs() == ["QuestionsArrived"]


@pytest.mark.parametrize(
    "then",
    [{"answer_text": "Да", "wb_state": "wbRu"}, {"wb_state": "none"}, {"answer_text": None, "was_viewed": True}],
    ids=["answered", "rejected", "changed"],
)
async def test_where_we_have_a_reply_every_change_is_news(
    sync: Sync, cabinet: QuestionCabinet, stored: Stored, make: Make, then: dict[str, object]
) -> None:
    cabinet.add(asked("q1"))
    await sync()
    await make.reply(await stored.row("q1"), state=ReplyState.PUBLISHED)
    await stored.order("DELETE FROM jobs")
    cabinet.change("q1", **then)
    await stored.order("UPDATE question_syncs SET watermark = '2026-01-01'")

    await sync()

    assert await stored.jobs() == ["QuestionAnswersSeen"]


async def test_an_answer_where_we_have_no_reply_is_recorded_silently(
    sync: Sync, cabinet: QuestionCabinet, stored: Stored
) -> None:
    cabinet.add(asked("q1", answer_text="Да", wb_state="wbRu"))

    await sync()

    assert await stored.jobs() == []


@pytest.mark.parametrize("words", ["нуль\x00внутри", "половина \ud83d пары", 'черта \\u0000 и "кавычки"'])
async def test_what_postgresql_cannot_hold_loses_no_question(
    database: Database, shop: Shop, stored: Stored, words: str
) -> None:
    question = incoming_question(wb_id="q1", text=words, raw={"text": words, "extra": [{words: words}]})

    async with database.transaction() as session:
        await store(session, shop.id, [question])

    row = await stored.row("q1")
    assert row.text == row.raw["text"] == words.replace("\x00", "").replace("\ud83d", "?")


async def test_a_page_of_thousands_is_stored_and_the_newest_of_twins_wins(
    database: Database, shop: Shop, stored: Stored
) -> None:
    page = [incoming_question(wb_id=f"q{n:04d}") for n in range(1200)]
    page.append(incoming_question(wb_id="q0000", text="Ещё раз"))

    async with database.transaction() as session:
        await store(session, shop.id, page)

    rows = await stored.rows()
    assert len(rows) == 1200
    assert rows["q0000"].text == "Ещё раз"


async def test_wildberries_is_told_once_that_a_question_was_seen(
    database: Database, shop: Shop, make: Make, cabinet: QuestionCabinet, stored: Stored
) -> None:
    question = await make.question(shop)
    job = ViewQuestion(shop_id=shop.id, question_id=question.wb_id)

    for _ in range(2):
        await view_question(job, database=database, source=cabinet)

    assert cabinet.viewed == [question.wb_id]
    assert (await stored.row(question.wb_id)).was_viewed
