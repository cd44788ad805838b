import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import text

from app.drafting.ports import Draft, DraftRequest, Usage
from app.drafting.questions import CannotConfirmWriter
from app.feedbacks.jobs import FeedbacksArrived
from app.feedbacks.models import Feedback
from app.kit.clock import utc_now
from app.kit.db import Database, forbid_open_transaction
from app.kit.errors import Forbidden, Unavailable
from app.replies import service
from app.replies.jobs import DraftReply
from app.replies.models import ReplyState
from app.replies.queries import find_newest_reply
from app.replies.subjects import a_feedback
from app.replies.voices import Voices
from app.replies.writing import draft_arrived, draft_one
from app.shops.models import ReplyMode, Shop
from tests.factories import Make
from tests.replies.conftest import Book

pytestmark = pytest.mark.anyio
S = ReplyState
USAGE = Usage(model="m", input_tokens=1, output_tokens=1, cost_usd=Decimal("0.001"), seconds=0.1)


@dataclass
class Pen:
    """A writer that says `words`, fails for the feedbacks it is told to, and remembers whom it wrote."""

    words: str = "Спасибо за отзыв!"
    fails: dict[str, Exception] = field(default_factory=dict)
    before: Callable[[DraftRequest], Awaitable[Any]] | None = None
    wrote: list[str] = field(default_factory=list)

    async def write(self, request: DraftRequest) -> Draft:
        forbid_open_transaction()
        self.wrote.append(request.wb_id)
        if self.before is not None:
            await self.before(request)
        if request.wb_id in self.fails:
            raise self.fails[request.wb_id]
        return Draft(text=self.words, writer="m", usage=USAGE)


class Desk:
    """Runs the two jobs, and tells what came of a feedback."""

    def __init__(self, database: Database, pen: Pen) -> None:
        self.database = database
        self.pen = pen

    def _voices(self) -> Voices:
        return Voices(writer_for=lambda settings: self.pen, questions=CannotConfirmWriter())

    async def arrived(self, shop: Shop) -> None:
        await draft_arrived(FeedbacksArrived(shop_id=shop.id), database=self.database, voices=self._voices())

    async def asked(self, feedback: Feedback, *, version: int | None) -> None:
        job = DraftReply(shop_id=feedback.shop_id, feedback_id=feedback.wb_id, asked_by="Ольга", version=version)
        await draft_one(job, database=self.database, voices=self._voices())

    async def outcome(self, feedback: Feedback) -> tuple[ReplyState, str, bool] | None:
        async with self.database.transaction() as session:
            reply = await find_newest_reply(session, feedback.shop_id, a_feedback(feedback.wb_id))
        return None if reply is None else (reply.state, reply.text, reply.needs_human)

    async def write(self, feedback: Feedback, words: str, *, version: int) -> None:
        async with self.database.transaction() as session:
            await service.write_reply(
                session, feedback.shop_id, a_feedback(feedback.wb_id), text=words, version=version, actor="Ольга"
            )

    async def count(self, sql: str) -> int:
        async with self.database.transaction() as session:
            return int(await session.scalar(text(f"SELECT count(*) FROM {sql}")) or 0)


@pytest.fixture
def pen() -> Pen:
    return Pen()


@pytest.fixture
def desk(database: Database, pen: Pen) -> Desk:
    return Desk(database, pen)


@pytest.mark.parametrize(
    ("mode", "rating", "then"),
    [
        (ReplyMode.MANUAL, 5, None),
        (ReplyMode.SEMI, 5, S.DRAFT),
        (ReplyMode.SEMI, 1, S.DRAFT),
        (ReplyMode.AUTO, 5, S.APPROVED),
        (ReplyMode.AUTO, 4, S.APPROVED),
        (ReplyMode.AUTO, 3, S.DRAFT),
        (ReplyMode.AUTO, 1, S.DRAFT),
    ],
)
async def test_a_shop_answers_by_itself_as_far_as_it_said_and_never_under_four_stars(
    make: Make, desk: Desk, mode: ReplyMode, rating: int, then: ReplyState | None
) -> None:
    shop = await make.shop(reply_mode=mode)
    feedback = await make.feedback(shop, rating=rating)

    await desk.arrived(shop)

    found = await desk.outcome(feedback)
    assert (found[0] if found else None) == then
    assert await desk.count("jobs WHERE kind = 'PublishReply'") == (then is S.APPROVED)


async def test_low_stars_are_published_by_themselves_only_where_the_seller_said_so(make: Make, desk: Desk) -> None:
    shop = await make.shop(reply_mode=ReplyMode.SEMI, rating_mode_map={"1": "auto"})
    feedback = await make.feedback(shop, rating=1)

    await desk.arrived(shop)

    assert (await desk.outcome(feedback) or [None])[0] is S.APPROVED


@pytest.mark.parametrize(
    ("words", "buyer", "settings"),
    [
        ("Пишите на shop@example.com", "Хорошо", {}),
        ("Спасибо за отзыв!", "Это подделка", {}),
        ("Спасибо за отзыв!", "Верните деньги, ремонт", {"blacklist_keywords": ["ремонт"]}),
    ],
)
async def test_auto_publishes_only_what_is_clean_on_both_sides(
    make: Make, desk: Desk, pen: Pen, words: str, buyer: str, settings: dict[str, Any]
) -> None:
    shop = await make.shop(reply_mode=ReplyMode.AUTO, **settings)
    feedback = await make.feedback(shop, text=buyer)
    pen.words = words

    await desk.arrived(shop)

    found = await desk.outcome(feedback)
    assert found is not None
    assert (found[0], found[2]) == (S.DRAFT, True)


async def test_what_needs_no_answer_gets_no_draft(make: Make, desk: Desk, pen: Pen) -> None:
    shop = await make.shop()
    await make.feedback(shop, answer_text="Уже", answer_state="wbRu", answer_editable=True)
    await make.feedback(shop, written_at=utc_now() - timedelta(days=31))
    await make.feedback(shop, text="")
    drafted = await make.feedback(shop)
    await make.reply(drafted)

    await desk.arrived(shop)

    assert pen.wrote == []


async def test_one_that_fails_keeps_neither_the_earlier_nor_the_later_waiting(
    make: Make, desk: Desk, pen: Pen, shop: Shop
) -> None:
    feedbacks = [await make.feedback(shop, written_at=utc_now() - timedelta(minutes=n)) for n in range(50)]
    pen.fails = {feedbacks[1].wb_id: Unavailable()}

    with pytest.raises(Unavailable):
        await desk.arrived(shop)

    drafted = [feedback for feedback in feedbacks if await desk.outcome(feedback)]
    assert len(drafted) == 49
    assert len(pen.wrote) == 50


async def test_when_nobody_writes_any_more_the_rest_waits_for_the_next_try(
    make: Make, desk: Desk, pen: Pen, shop: Shop
) -> None:
    feedbacks = [await make.feedback(shop, written_at=utc_now() - timedelta(minutes=n)) for n in range(20)]
    pen.fails = {feedback.wb_id: Unavailable() for feedback in feedbacks[4:]}

    with pytest.raises(Unavailable):
        await desk.arrived(shop)

    assert len(pen.wrote) == 8
    assert await desk.count("replies") == 4
    assert await desk.count("writer_calls") == 4


async def test_a_misconfigured_writer_is_told_at_once_and_finished_drafts_are_kept(
    make: Make, desk: Desk, pen: Pen, shop: Shop
) -> None:
    feedbacks = [await make.feedback(shop, written_at=utc_now() - timedelta(minutes=n)) for n in range(4)]
    pen.fails = {feedbacks[0].wb_id: Forbidden()}

    with pytest.raises(Forbidden):
        await desk.arrived(shop)

    assert await desk.count("replies") == 3


async def test_words_a_person_wrote_meanwhile_stay(make: Make, desk: Desk, pen: Pen, shop: Shop) -> None:
    feedback = await make.feedback(shop)
    pen.before = lambda request: desk.write(feedback, "Мои слова", version=0)

    await desk.arrived(shop)

    assert await desk.outcome(feedback) == (S.DRAFT, "Мои слова", False)
    assert await desk.count("writer_calls") == 1


async def test_an_answer_that_came_meanwhile_makes_the_draft_needless(
    make: Make, desk: Desk, pen: Pen, shop: Shop, book: Book
) -> None:
    feedback = await make.feedback(shop)
    pen.before = lambda request: book.change(feedback, answer_text="Из портала", answer_state="wbRu")

    await desk.arrived(shop)

    assert await desk.outcome(feedback) is None


async def test_auto_mode_switched_off_meanwhile_publishes_nothing(
    make: Make, desk: Desk, pen: Pen, database: Database
) -> None:
    shop = await make.shop(reply_mode=ReplyMode.AUTO)
    feedback = await make.feedback(shop)

    async def switch_off(request: DraftRequest) -> None:
        async with database.transaction() as session:
            await session.execute(text("UPDATE shop_settings SET reply_mode = 'semi'"))

    pen.before = switch_off
    await desk.arrived(shop)

    assert (await desk.outcome(feedback) or [None])[0] is S.DRAFT


async def test_a_draft_on_request_replaces_the_words_that_were_seen_and_keeps_them_in_the_history(
    make: Make, desk: Desk, pen: Pen, feedback: Feedback, book: Book
) -> None:
    await make.reply(feedback, text="Прежние слова")

    await desk.asked(feedback, version=1)

    assert await desk.outcome(feedback) == (S.DRAFT, pen.words, False)
    assert [line.text for line in await book.history(feedback)] == ["Прежние слова", pen.words]


async def test_a_draft_on_request_is_never_published_by_itself(make: Make, desk: Desk) -> None:
    shop = await make.shop(reply_mode=ReplyMode.AUTO)
    feedback = await make.feedback(shop)

    await desk.asked(feedback, version=0)

    assert (await desk.outcome(feedback) or [None])[0] is S.DRAFT


@pytest.mark.parametrize("when", ["before the job ran", "while it ran"])
async def test_a_draft_on_request_never_takes_the_place_of_newer_words(
    make: Make, desk: Desk, pen: Pen, feedback: Feedback, when: str
) -> None:
    await make.reply(feedback, text="Прежние слова")
    if when == "while it ran":
        pen.before = lambda request: desk.write(feedback, "Мои слова", version=1)
    else:
        await desk.write(feedback, "Мои слова", version=1)

    await desk.asked(feedback, version=1)

    assert await desk.outcome(feedback) == (S.DRAFT, "Мои слова", False)


async def test_two_jobs_at_once_make_one_reply(make: Make, desk: Desk, shop: Shop) -> None:
    feedback = await make.feedback(shop)

    await asyncio.gather(desk.arrived(shop), desk.arrived(shop), return_exceptions=True)

    assert await desk.count("replies") == 1
    assert await desk.outcome(feedback) is not None
