"""Drafts of answers to questions: by whose word they are written, and when they go out by themselves."""

from dataclasses import dataclass, field
from typing import Any, cast

import pytest
from sqlalchemy import text

from app.drafting.ports import Draft
from app.drafting.questions import CannotConfirmWriter, QuestionRequest, QuestionWriter
from app.kit.clock import utc_now
from app.kit.db import Database, forbid_open_transaction
from app.products.models import Product
from app.questions.jobs import QuestionsArrived
from app.questions.models import Question
from app.replies import service
from app.replies.jobs import DraftReply
from app.replies.models import Reply, ReplyState
from app.replies.queries import find_newest_reply
from app.replies.subjects import a_question
from app.replies.voices import Voices
from app.replies.writing import draft_arrived, draft_one
from app.shops.models import ReplyMode, Shop
from tests.factories import Make

pytestmark = pytest.mark.anyio
S = ReplyState
AUTO: dict[str, Any] = {
    "questions_reply_mode": ReplyMode.AUTO,
    "questions_auto_draft": True,
    "questions_auto_publish": True,
}


@dataclass
class Pen:
    """Cites all the facts it is given."""

    requests: list[QuestionRequest] = field(default_factory=list)

    async def write_answer(self, request: QuestionRequest) -> Draft:
        forbid_open_transaction()
        self.requests.append(request)
        return Draft(text="Здравствуйте! Сделано из хлопка.", writer="m", facts_used=request.facts)


class Desk:
    """Runs the two jobs, and tells what came of a question."""

    def __init__(self, database: Database) -> None:
        self.database = database

    async def arrived(self, shop: Shop, writer: QuestionWriter) -> None:
        voices = Voices(writer_for=cast(Any, None), questions=writer)
        await draft_arrived(QuestionsArrived(shop_id=shop.id), database=self.database, voices=voices)

    async def asked(self, question: Question, writer: QuestionWriter, *, version: int) -> None:
        job = DraftReply(shop_id=question.shop_id, question_id=question.wb_id, asked_by="Ольга", version=version)
        await draft_one(job, database=self.database, voices=Voices(writer_for=cast(Any, None), questions=writer))

    async def reply(self, question: Question) -> Reply | None:
        async with self.database.transaction() as session:
            return await find_newest_reply(session, question.shop_id, a_question(question.wb_id))

    async def publishing(self) -> int:
        async with self.database.transaction() as session:
            return int(await session.scalar(text("SELECT count(*) FROM jobs WHERE kind = 'PublishReply'")) or 0)


@pytest.fixture
def desk(database: Database) -> Desk:
    return Desk(database)


@pytest.fixture
def pen() -> Pen:
    return Pen()


async def with_card(database: Database, question: Question) -> None:
    values: dict[str, Any] = {
        "shop_id": question.shop_id, "nm_id": question.nm_id, "imt_id": None, "vendor_code": "SV-1",
        "subject_id": None, "subject": "", "brand": "", "title": "", "description": "",
        "characteristics": {"Состав": ["хлопок"]}, "sizes": [], "photos": [], "video": None, "wb_updated_at": None,
        "stored_at": utc_now(),
    }  # fmt: skip
    async with database.transaction() as session:
        session.add(Product(**values))


@pytest.mark.parametrize(
    ("mode", "drafts", "publishes", "then"),
    [
        (ReplyMode.MANUAL, True, True, None),
        (ReplyMode.SEMI, False, True, None),
        (ReplyMode.SEMI, True, False, S.DRAFT),
        (ReplyMode.SEMI, True, True, S.DRAFT),
        (ReplyMode.AUTO, False, True, None),
        (ReplyMode.AUTO, True, False, S.DRAFT),
        (ReplyMode.AUTO, True, True, S.APPROVED),
    ],
)
async def test_a_shop_answers_questions_as_far_as_it_said(
    database: Database, make: Make, desk: Desk, pen: Pen,
    mode: ReplyMode, drafts: bool, publishes: bool, then: ReplyState | None,
) -> None:  # fmt: skip
    shop = await make.shop(questions_reply_mode=mode, questions_auto_draft=drafts, questions_auto_publish=publishes)
    question = await make.question(shop)
    await with_card(database, question)

    await desk.arrived(shop, pen)

    reply = await desk.reply(question)
    assert (reply.state if reply else None) == then
    assert await desk.publishing() == (then is S.APPROVED)


async def test_the_cards_facts_reach_the_writer(database: Database, make: Make, desk: Desk, pen: Pen) -> None:
    shop = await make.shop(tone="тепло")
    question = await make.question(shop)
    await with_card(database, question)

    await desk.arrived(shop, pen)

    [request] = pen.requests
    assert (request.facts, request.tone, request.text) == (("Состав: хлопок",), "тепло", "Есть ли подкладка?")


async def test_without_a_card_nothing_goes_out_by_itself(make: Make, desk: Desk, pen: Pen) -> None:
    shop = await make.shop(**AUTO)
    question = await make.question(shop)

    await desk.arrived(shop, pen)

    reply = await desk.reply(question)
    assert reply is not None
    assert (reply.state, reply.needs_human) == (S.DRAFT, True)
    assert "факт" in reply.reasons[0]


async def test_offline_nothing_goes_out_by_itself(database: Database, make: Make, desk: Desk) -> None:
    shop = await make.shop(**AUTO)
    question = await make.question(shop)
    await with_card(database, question)

    await desk.arrived(shop, CannotConfirmWriter())

    reply = await desk.reply(question)
    assert reply is not None
    assert (reply.state, reply.needs_human) == (S.DRAFT, True)


@pytest.mark.parametrize(
    "there",
    [{"answer_text": "Да", "wb_state": "wbRu"}, {"wb_state": "none"}],
    ids=["answered", "rejected"],
)
async def test_what_is_settled_at_wildberries_gets_no_draft(
    make: Make, desk: Desk, pen: Pen, there: dict[str, Any]
) -> None:
    shop = await make.shop(**AUTO)
    question = await make.question(shop, **there)

    await desk.arrived(shop, pen)

    assert pen.requests == []
    assert await desk.reply(question) is None


async def test_another_variant_of_a_rejection_is_an_answer_again(
    make: Make, desk: Desk, pen: Pen, database: Database
) -> None:
    question = await make.question(await make.shop())
    await make.reply(question, rejects=True)

    await desk.asked(question, pen, version=1)

    reply = await desk.reply(question)
    assert reply is not None
    assert (reply.rejects, reply.version, reply.state) == (False, 2, S.DRAFT)


async def test_words_written_after_a_rejection_was_taken_back_do_not_reject(
    make: Make, desk: Desk, database: Database
) -> None:
    question = await make.question(await make.shop())
    subject = a_question(question.wb_id)
    async with database.transaction() as session:
        await service.reject_question(
            session, question.shop_id, question.wb_id, text="Не о товаре.", version=0, actor="Ольга"
        )
    async with database.transaction() as session:
        await service.withdraw(session, question.shop_id, subject, actor="Ольга")

    async with database.transaction() as session:
        await service.write_reply(
            session, question.shop_id, subject, text="Здравствуйте! Да, есть.", version=1, actor="Ольга"
        )

    reply = await desk.reply(question)
    assert reply is not None
    assert (reply.rejects, reply.text) == (False, "Здравствуйте! Да, есть.")
