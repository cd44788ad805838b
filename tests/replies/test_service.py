import asyncio
from datetime import timedelta

import pytest
from sqlalchemy import text

from app.feedbacks.models import Feedback
from app.kit.clock import utc_now
from app.kit.db import Database
from app.replies import gate, refusals, service
from app.replies.models import Reply, ReplyState
from app.replies.subjects import a_feedback
from app.shops.models import Shop
from tests.factories import Make
from tests.replies.conftest import Book

pytestmark = pytest.mark.anyio
S = ReplyState


class Person:
    """Who does things to the replies of one feedback."""

    def __init__(self, database: Database) -> None:
        self.database = database

    async def writes(self, feedback: Feedback, words: str, *, version: int) -> Reply:
        async with self.database.transaction() as session:
            return await service.write_reply(
                session, feedback.shop_id, a_feedback(feedback.wb_id), text=words, version=version, actor="Ольга"
            )

    async def approves(self, feedback: Feedback, *, version: int) -> Reply:
        async with self.database.transaction() as session:
            return await service.approve(
                session, feedback.shop_id, a_feedback(feedback.wb_id), version=version, actor="Ольга"
            )

    async def withdraws(self, feedback: Feedback) -> Reply:
        async with self.database.transaction() as session:
            return await service.withdraw(session, feedback.shop_id, a_feedback(feedback.wb_id), actor="Ольга")

    async def asks_for_a_draft(self, feedback: Feedback) -> None:
        async with self.database.transaction() as session:
            await service.ask_for_draft(session, feedback.shop_id, a_feedback(feedback.wb_id), actor="Ольга")

    async def publishing(self, state: str = "queued") -> int:
        """How many jobs to publish are in this state."""
        count = text("SELECT count(*) FROM jobs WHERE kind = 'PublishReply' AND state = :state")
        async with self.database.transaction() as session:
            return int(await session.scalar(count, {"state": state}) or 0)


@pytest.fixture
def person(database: Database) -> Person:
    return Person(database)


async def test_every_version_of_the_words_stays_in_the_history(person: Person, feedback: Feedback, book: Book) -> None:
    await person.writes(feedback, "Раз", version=0)
    await person.writes(feedback, "Два", version=1)
    await person.writes(feedback, "Три", version=2)

    assert [(line.version, line.text, line.actor) for line in await book.history(feedback)] == [
        (1, "Раз", "Ольга"), (2, "Два", "Ольга"), (3, "Три", "Ольга"),
    ]  # fmt: skip


async def test_of_two_who_began_with_the_same_words_one_is_told(person: Person, feedback: Feedback, book: Book) -> None:
    await person.writes(feedback, "Раз", version=0)

    found = await asyncio.gather(
        person.writes(feedback, "Два", version=1), person.writes(feedback, "Три", version=1), return_exceptions=True
    )

    assert [type(outcome) for outcome in found].count(refusals.StaleVersion) == 1
    assert len(await book.history(feedback)) == 2


async def test_of_two_who_begin_a_reply_at_once_one_is_told(person: Person, feedback: Feedback, book: Book) -> None:
    found = await asyncio.gather(
        *(person.writes(feedback, f"Ответ {n}", version=0) for n in range(5)), return_exceptions=True
    )

    assert [type(outcome) for outcome in found].count(refusals.StaleVersion) == 4
    assert len(await book.history(feedback)) == 1


async def test_what_was_seen_is_what_is_published(person: Person, feedback: Feedback) -> None:
    await person.writes(feedback, "Раз", version=0)
    await person.writes(feedback, "Два", version=1)

    with pytest.raises(refusals.StaleVersion):
        await person.approves(feedback, version=1)
    assert (await person.approves(feedback, version=2)).text == "Два"


async def test_the_linter_keeps_words_as_a_draft_and_out_of_public(person: Person, feedback: Feedback) -> None:
    reply = await person.writes(feedback, "Пишите нам: shop@example.com", version=0)
    assert (reply.state, reply.needs_human) == (S.DRAFT, True)

    with pytest.raises(refusals.PublicationBlocked) as blocked:
        await person.approves(feedback, version=1)
    assert "shop@example.com" in str(blocked.value.details)


async def test_the_shops_own_stop_words_block_too(person: Person, make: Make) -> None:
    feedback = await make.feedback(await make.shop(blacklist_keywords=["скидка"]))

    reply = await person.writes(feedback, "Дарим скидку на всё", version=0)

    assert reply.needs_human
    with pytest.raises(refusals.PublicationBlocked):
        await person.approves(feedback, version=1)


async def test_approving_twice_is_approving_once(person: Person, feedback: Feedback, book: Book) -> None:
    await person.writes(feedback, "Спасибо", version=0)

    await asyncio.gather(*(person.approves(feedback, version=1) for _ in range(3)))

    assert [line.to_state for line in await book.history(feedback)] == [S.DRAFT, S.APPROVED]
    assert await person.publishing() == 1


async def test_approving_once_more_takes_the_place_of_the_dead_letter(
    person: Person, feedback: Feedback, database: Database
) -> None:
    await person.writes(feedback, "Спасибо", version=0)
    await person.approves(feedback, version=1)
    async with database.transaction() as session:
        await session.execute(text("UPDATE jobs SET state = 'failed', finished_at = now()"))

    await person.approves(feedback, version=1)

    assert await person.publishing() == 1
    assert await person.publishing("failed") == 0


async def test_an_approval_can_be_taken_back_until_the_words_may_be_on_their_way(
    person: Person, feedback: Feedback, book: Book
) -> None:
    await person.writes(feedback, "Спасибо", version=0)
    await person.approves(feedback, version=1)
    assert (await person.withdraws(feedback)).state is S.DRAFT

    reply = await person.approves(feedback, version=1)
    await book.advance(reply, S.PUBLISHING)
    with pytest.raises(gate.WrongState):
        await person.withdraws(feedback)


@pytest.mark.parametrize("state", [S.APPROVED, S.PUBLISHING, S.SENT, S.ON_MODERATION, S.UNKNOWN])
async def test_words_on_their_way_cannot_be_changed(
    person: Person, make: Make, feedback: Feedback, state: ReplyState
) -> None:
    await make.reply(feedback, state=state)

    with pytest.raises(gate.WrongState):
        await person.writes(feedback, "Иначе", version=1)
    with pytest.raises(gate.WrongState):
        await person.asks_for_a_draft(feedback)


async def test_a_failed_reply_can_be_written_anew(person: Person, make: Make, feedback: Feedback) -> None:
    await make.reply(feedback, state=S.FAILED)

    assert (await person.writes(feedback, "Иначе", version=1)).state is S.DRAFT
    assert (await person.approves(feedback, version=2)).state is S.APPROVED


async def test_a_deleted_feedback_takes_no_answer(person: Person, make: Make, feedback: Feedback, book: Book) -> None:
    await make.reply(feedback)
    await book.change(feedback, deleted_at=utc_now())

    for does in (
        person.writes(feedback, "Иначе", version=1), person.approves(feedback, version=1),
        person.asks_for_a_draft(feedback),
    ):  # fmt: skip
        with pytest.raises(refusals.FeedbackDeleted):
            await does


class TestTheOnlyEdit:
    @pytest.fixture
    async def answered(self, make: Make, shop: Shop) -> Feedback:
        return await make.feedback(shop, answer_text="Спасибо", answer_state="wbRu", answer_editable=True)

    async def test_it_is_begun_under_a_published_answer_and_only_once(
        self, person: Person, make: Make, answered: Feedback, book: Book
    ) -> None:
        await make.reply(answered, state=S.PUBLISHED, sent_at=utc_now() - timedelta(days=59))

        edit = await person.writes(answered, "Спасибо большое", version=1)
        assert (edit.revision, edit.version, edit.state) == (2, 1, S.DRAFT)

        await book.advance(edit, S.APPROVED, S.PUBLISHING, S.PUBLISHED)
        with pytest.raises(refusals.NothingToEdit):
            await person.writes(answered, "И ещё раз", version=1)

    async def test_it_must_know_the_words_it_replaces(self, person: Person, make: Make, answered: Feedback) -> None:
        await make.reply(answered, state=S.PUBLISHED)

        with pytest.raises(refusals.StaleVersion):
            await person.writes(answered, "Иначе", version=0)

    @pytest.mark.parametrize("spent", [{"sent_at": utc_now() - timedelta(days=61)}, {"editable": False}])
    async def test_out_of_time_or_spent_elsewhere(
        self, person: Person, make: Make, answered: Feedback, book: Book, spent: dict[str, object]
    ) -> None:
        await make.reply(answered, state=S.PUBLISHED, sent_at=spent.get("sent_at"))
        if "editable" in spent:
            await book.change(answered, answer_editable=False)

        with pytest.raises(refusals.NothingToEdit):
            await person.writes(answered, "Иначе", version=1)

    async def test_an_answer_from_the_portal_can_be_edited_by_a_person_but_not_by_a_machine(
        self, person: Person, answered: Feedback
    ) -> None:
        with pytest.raises(refusals.AlreadyAnswered):
            await person.asks_for_a_draft(answered)

        assert (await person.writes(answered, "Иначе", version=0)).revision == 2
