"""A shop with one feedback, and a Wildberries that does what a test tells it."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, cast
from uuid import UUID

import pytest

from app.feedbacks.models import Feedback
from app.feedbacks.ports import FeedbackList, FeedbackPage, IncomingFeedback
from app.kit.clock import utc_now
from app.kit.db import Database, forbid_open_transaction
from app.replies.claiming import Publishing
from app.replies.gate import advance
from app.replies.jobs import PublishReply
from app.replies.looking import FeedbackLooker, Lookers, QuestionLooker
from app.replies.models import Reply, ReplyEvent, ReplyState
from app.replies.ports import Publisher, Publishers
from app.replies.publishing import publish_reply
from app.replies.queries import history_of, lock_reply
from app.replies.subjects import a_feedback
from app.replies.verifying import LookBack
from app.shops.models import Shop
from tests.factories import Make, incoming

LOOK_BACK = LookBack(first=0.5, unknown_after=3600)
WORDS = "Спасибо за отзыв!"
PACE = Publishing(settle=60, look_back=LOOK_BACK)


@dataclass
class Wildberries:
    """Satisfies Publisher and FeedbackSource: shows `shown`, and on a write does `does` (by default, takes it)."""

    shown: dict[str, IncomingFeedback | None] = field(default_factory=dict)
    does: Callable[[str, str], Awaitable[None]] | Exception | None = None
    before: Callable[[], Awaitable[None]] | None = None
    calls: list[tuple[str, ...]] = field(default_factory=list)
    state: str = "wbRu"

    def shows(self, feedback: Feedback, text: str | None, *, state: str = "wbRu", editable: bool = True) -> None:
        """From now on this answer stands there."""
        answer = {"answer_text": text, "answer_state": state, "answer_editable": editable} if text else {}
        self.shown[feedback.wb_id] = incoming(
            wb_id=feedback.wb_id, rating=feedback.rating, written_at=feedback.written_at, **answer
        )

    def lost(self, feedback: Feedback) -> None:
        """Deleted there."""
        self.shown[feedback.wb_id] = None

    async def answer(self, shop_id: UUID, wb_id: str, text: str, fence: Callable[[], None]) -> None:
        await self._write("answer", wb_id, text, fence)

    async def edit(self, shop_id: UUID, wb_id: str, text: str, fence: Callable[[], None]) -> None:
        await self._write("edit", wb_id, text, fence)

    async def _write(self, how: str, wb_id: str, text: str, fence: Callable[[], None]) -> None:
        forbid_open_transaction()
        if self.before is not None:
            await self.before()
        fence()
        self.calls.append((how, wb_id, text))
        if isinstance(self.does, Exception):
            raise self.does
        if self.does is not None:
            await self.does(wb_id, text)
        self.take(wb_id, text)

    def take(self, wb_id: str, text: str) -> None:
        """The write is applied."""
        answer = {"answer_text": text, "answer_state": self.state, "answer_editable": True}
        self.shown[wb_id] = incoming(wb_id=wb_id, **answer)

    async def read(self, shop_id: UUID, wb_id: str) -> IncomingFeedback | None:
        forbid_open_transaction()
        self.calls.append(("read", wb_id))
        return self.shown[wb_id] if wb_id in self.shown else incoming(wb_id=wb_id)

    async def one(self, shop_id: UUID, wb_id: str) -> IncomingFeedback | None:
        return await self.read(shop_id, wb_id)

    async def page(self, shop_id: UUID, which: FeedbackList, *, take: int, skip: int, **when: Any) -> FeedbackPage:
        forbid_open_transaction()
        self.calls.append(("page", which.value))
        rows = sorted((row for row in self.shown.values() if row and row.answer_text), key=lambda row: row.wb_id)
        some = rows[skip : skip + take]
        return FeedbackPage(feedbacks=some, received=len(some), broken=0, unanswered_total=None, processed_total=None)

    @property
    def writes(self) -> list[tuple[str, ...]]:
        return [call for call in self.calls if call[0] in ("answer", "edit")]


@pytest.fixture
def wildberries() -> Wildberries:
    return Wildberries()


@pytest.fixture
async def shop(make: Make) -> Shop:
    return await make.shop()


@pytest.fixture
async def feedback(make: Make, shop: Shop) -> Feedback:
    return await make.feedback(shop)


class Book:
    """Rows as they stand, and changes as somebody else would make them."""

    def __init__(self, database: Database) -> None:
        self.database = database

    async def reply(self, reply: Reply) -> Reply:
        async with self.database.transaction() as session:
            return await session.get_one(Reply, (reply.shop_id, reply.id))

    async def feedback(self, feedback: Feedback) -> Feedback:
        async with self.database.transaction() as session:
            return await session.get_one(Feedback, (feedback.shop_id, feedback.wb_id))

    async def history(self, feedback: Feedback) -> list[ReplyEvent]:
        async with self.database.transaction() as session:
            return list(await history_of(session, feedback.shop_id, a_feedback(feedback.wb_id)))

    async def change(self, row: Reply | Feedback, **values: Any) -> None:
        async with self.database.transaction() as session:
            found = await session.merge(row, load=True)
            await session.refresh(found)
            for name, value in values.items():
                setattr(found, name, value)

    async def age(self, reply: Reply) -> None:
        """Whatever the last attempt to publish sent has arrived by now, or never will."""
        await self.change(reply, publishing_at=utc_now() - timedelta(hours=2))

    async def advance(self, reply: Reply, *states: ReplyState) -> None:
        for state in states:
            async with self.database.transaction() as session:
                locked = await lock_reply(session, reply.shop_id, reply.id)
                await advance(session, locked, state, actor="test")


@pytest.fixture
def book(database: Database) -> Book:
    return Book(database)


def publishers_of(feedbacks: Publisher) -> Publishers:
    """For tests that know no questions."""
    return Publishers(feedbacks=feedbacks, questions=cast(Any, None))


def lookers_of(feedbacks: Any) -> Lookers:
    """For tests that know no questions."""
    return Lookers(feedbacks=FeedbackLooker(feedbacks), questions=QuestionLooker(cast(Any, None)))


class Publish:
    """One run of the job."""

    def __init__(self, database: Database, wildberries: Wildberries) -> None:
        self.database = database
        self.wildberries = wildberries

    async def __call__(self, reply: Reply, *, still_ours: Callable[[], None] = lambda: None) -> None:
        job = PublishReply(shop_id=reply.shop_id, reply_id=reply.id)
        await publish_reply(
            job, database=self.database, publishers=publishers_of(self.wildberries), pace=PACE, still_ours=still_ours
        )


@pytest.fixture
def publish(database: Database, wildberries: Wildberries) -> Publish:
    return Publish(database, wildberries)


@pytest.fixture
async def reply(make: Make, feedback: Feedback) -> Reply:
    """Approved, and nobody has tried to publish it yet."""
    return await make.reply(feedback, text=WORDS, state=ReplyState.APPROVED)
