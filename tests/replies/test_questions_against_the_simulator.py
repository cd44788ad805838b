"""Answers to questions over real HTTP: moderators read them first, and nothing tells what is under way."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import text

from app.cli.processes import Children
from app.cli.stack import Simulator, Stack
from app.kit.clock import utc_now
from app.kit.db import Database
from app.kit.errors import RateLimited, Unavailable
from app.kit.secrets import Vault
from app.questions.jobs import SyncQuestions, ViewQuestion
from app.questions.models import Question
from app.questions.sync import LARGEST_REACH, QuestionPace, sync_questions, view_question
from app.replies import service
from app.replies.claiming import Publishing, Settling
from app.replies.jobs import PublishReply, VerifyReplies
from app.replies.looking import FeedbackLooker, Lookers, QuestionLooker
from app.replies.models import Reply, ReplyState
from app.replies.ports import Publishers
from app.replies.publishing import publish_reply
from app.replies.queries import find_newest_reply
from app.replies.subjects import SubjectKind, a_question
from app.replies.verifying import LookBack, answers_seen, verify_replies
from app.shops.models import Shop
from app.wildberries.api import WildberriesApi
from app.wildberries.callers import Callers
from app.wildberries.feedbacks import WildberriesFeedbacks
from app.wildberries.publisher import WildberriesPublisher
from app.wildberries.questions import WildberriesQuestionPublisher, WildberriesQuestions
from app.wildberries.transport import Hosts, WildberriesTransport, open_http
from tests.factories import Make

pytestmark = pytest.mark.anyio
S = ReplyState
WORDS = "Здравствуйте! Да, подкладка есть."
OTHER = "Здравствуйте! Подкладка из вискозы."
SPEED = 60.0
SETTLE = 0.8
PATCH = {"method": "PATCH", "path": "questions", "times": 1}
KNOBS = {
    "moderation_delay": 0, "index_delay": 0, "question_pending": "hidden", "rejected_question": "reopened",
    "second_question_edit": "ignore", "question_error_200": False,
}  # fmt: skip


@pytest.fixture(scope="module")
def simulator(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Simulator]:
    logs = tmp_path_factory.mktemp("simulator")
    stack = Stack.plan("postgresql://unused/unused", web_port=0, simulator_port=0, speed=SPEED, data_dir=logs)
    with Children(logs, quiet=True) as children:
        stack.start_simulator(children)
        yield Simulator(stack.simulator)


class Cabinet:
    """One seller with one question, here and there."""

    def __init__(self, database: Database, simulator: Simulator, transport: WildberriesTransport, vault: Vault) -> None:
        self.database, self.simulator = database, simulator
        api, callers = WildberriesApi(transport), Callers(database, vault)
        self.publishers = Publishers(
            feedbacks=WildberriesPublisher(api, callers), questions=WildberriesQuestionPublisher(api, callers)
        )
        self.source = WildberriesQuestions(api, callers, urgent=True)
        self.lookers = Lookers(
            feedbacks=FeedbackLooker(WildberriesFeedbacks(api, callers, urgent=True)),
            questions=QuestionLooker(self.source),
        )
        self.unknown_after = 3600.0
        self.sid = self.wb_id = self.token = ""
        self.shop: Shop

    async def open(self, make: Make) -> Question:
        minted = self.order("/tokens", kind="personal", categories=["feedbacks"])
        self.sid, self.token = str(minted["sid"]), str(minted["token"])
        [self.wb_id] = self.order("/questions", sid=self.sid, questions=[{"text": "Есть ли подкладка?"}])["ids"]
        self.shop = await make.shop(seller_id=self.sid, token=self.token)
        return await make.question(self.shop, wb_id=self.wb_id)

    @property
    def look_back(self) -> LookBack:
        return LookBack(first=0.05, unknown_after=self.unknown_after)

    async def publish(self, reply: Reply) -> None:
        job = PublishReply(shop_id=reply.shop_id, reply_id=reply.id)
        pace = Publishing(settle=SETTLE, look_back=self.look_back)
        await publish_reply(job, database=self.database, publishers=self.publishers, pace=pace, still_ours=lambda: None)

    async def settle(self, reply: Reply) -> None:
        """As the worker does: again after the wait it asks for."""
        for _ in range(8):
            try:
                return await self.publish(reply)
            except Settling as settling:
                await asyncio.sleep(min(4, settling.retry_after))
            except (Unavailable, RateLimited) as error:
                await asyncio.sleep(min(2.0, getattr(error, "retry_after", 0.2)))

    async def verify(self, *, page_size: int = 100) -> None:
        await self.tell("UPDATE replies SET next_check_at = now() WHERE next_check_at IS NOT NULL")
        job = VerifyReplies(shop_id=self.shop.id)
        await verify_replies(
            job, database=self.database, lookers=self.lookers, page_size=page_size, look_back=self.look_back
        )

    async def sync(self) -> None:
        job = SyncQuestions(shop_id=self.shop.id)
        pace = QuestionPace(page_size=LARGEST_REACH, every=600)
        await sync_questions(job, database=self.database, source=self.source, pace=pace)
        await answers_seen(self.shop.id, SubjectKind.QUESTION, database=self.database)

    async def reply(self) -> Reply:
        async with self.database.transaction() as session:
            found = await find_newest_reply(session, self.shop.id, a_question(self.wb_id))
        assert found is not None
        return found

    async def state(self) -> ReplyState:
        return (await self.reply()).state

    async def writes(self, words: str) -> Reply:
        """A person's words, approved at once."""
        subject, actor = a_question(self.wb_id), "Ольга"
        async with self.database.transaction() as session:
            before = await find_newest_reply(session, self.shop.id, subject)
            version = before.version if before else 0
            reply = await service.write_reply(session, self.shop.id, subject, text=words, version=version, actor=actor)
            return await service.approve(session, self.shop.id, subject, version=reply.version, actor=actor)

    async def rejects(self, words: str, *, version: int = 0) -> Reply:
        async with self.database.transaction() as session:
            return await service.reject_question(
                session, self.shop.id, self.wb_id, text=words, version=version, actor="Ольга"
            )

    async def withdraws(self) -> None:
        async with self.database.transaction() as session:
            await service.withdraw(session, self.shop.id, a_question(self.wb_id), actor="Ольга")

    async def published(self, words: str = WORDS) -> Reply:
        reply = await self.writes(words)
        await self.publish(reply)
        await self.verify()
        assert await self.state() is S.PUBLISHED
        return reply

    async def known_for_long(self) -> None:
        await self.tell("UPDATE questions SET seen_at = now() - interval '30 minutes'")

    async def tell(self, sql: str) -> None:
        async with self.database.transaction() as session:
            await session.execute(text(sql))

    def order(self, path: str, **body: Any) -> dict[str, Any]:
        return self.simulator.order(path, **body)

    def faults(self, *rules: dict[str, Any]) -> None:
        self.simulator.http.post("/faults", json=list(rules)).raise_for_status()

    def count(self, *names: str) -> tuple[int, ...]:
        summary: dict[str, Any] = self.simulator.ask("/summary", sid=self.sid)
        return tuple(int(summary[name]) for name in names)

    def shown(self) -> dict[str, Any]:
        found: dict[str, Any] = self.simulator.ask(f"/questions/{self.wb_id}")
        return found


ONE_ANSWER = ("question_answers_applied", "question_edits_applied", "question_duplicates")


@pytest.fixture
async def cabinet(database: Database, simulator: Simulator, vault: Vault, make: Make) -> AsyncIterator[Cabinet]:
    simulator.order("/reset")
    simulator.http.delete("/faults")
    simulator.order("/knobs", **KNOBS)
    base = str(simulator.http.base_url).removesuffix("/__sim/").removesuffix("/__sim")
    hosts = Hosts(feedbacks=f"{base}/feedbacks-api", common=f"{base}/common-api")
    async with open_http() as http:
        transport = WildberriesTransport(http, database, hosts=hosts, speed=SPEED)
        cabinet = Cabinet(database, simulator, transport, vault)
        await cabinet.open(make)
        yield cabinet


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


@pytest.mark.parametrize("fault", [{"action": "drop_after"}, {"action": "status", "status": 500, "after": True}])
async def test_a_lost_reply_to_an_answer_that_moderators_still_read_burns_no_edit(
    cabinet: Cabinet, fault: dict[str, Any]
) -> None:
    cabinet.order("/knobs", moderation_delay=150)
    reply = await cabinet.writes(WORDS)
    cabinet.faults({**fault, **PATCH})

    await cabinet.settle(reply)

    assert await cabinet.state() is S.PUBLISHED
    assert cabinet.count(*ONE_ANSWER) == (1, 0, 0)


async def test_a_lost_reply_to_an_edit_that_moderators_still_read_is_waited_for(cabinet: Cabinet) -> None:
    await cabinet.published()
    cabinet.order("/knobs", moderation_delay=150)
    edit = await cabinet.writes(OTHER)
    cabinet.faults({"action": "drop_after", **PATCH})

    await cabinet.settle(edit)
    assert await cabinet.state() is S.SENT
    cabinet.order("/clock/advance", seconds=200)
    await cabinet.verify()

    assert await cabinet.state() is S.PUBLISHED
    assert cabinet.count(*ONE_ANSWER) == (1, 1, 0)


@pytest.mark.parametrize(("pending", "meanwhile"), [("hidden", S.SENT), ("shown", S.PUBLISHED)])
async def test_what_moderators_pass_is_published(cabinet: Cabinet, pending: str, meanwhile: ReplyState) -> None:
    cabinet.order("/knobs", moderation_delay=90, question_pending=pending)
    reply = await cabinet.writes(WORDS)

    await cabinet.publish(reply)
    await cabinet.verify()
    assert await cabinet.state() is meanwhile
    cabinet.order("/clock/advance", seconds=100)
    await cabinet.verify()
    await cabinet.sync()

    assert await cabinet.state() is S.PUBLISHED


async def test_a_200_that_says_error_is_a_failure_that_a_person_sees(cabinet: Cabinet) -> None:
    cabinet.order("/knobs", question_error_200=True)
    reply = await cabinet.writes(WORDS)

    await cabinet.publish(reply)

    failed = await cabinet.reply()
    assert failed.state is S.FAILED
    assert "Что-то пошло не так" in (failed.error or "")
    assert cabinet.count(*ONE_ANSWER) == (0, 0, 0)


async def test_a_200_without_effect_becomes_unknown_and_never_published(cabinet: Cabinet, database: Database) -> None:
    await cabinet.published()
    cabinet.simulator.http.post(f"/questions/{cabinet.wb_id}/answer", json={"text": WORDS}).raise_for_status()
    edit = await cabinet.writes(OTHER)
    await cabinet.tell("UPDATE replies SET state = 'approved' WHERE revision = 2")
    await cabinet.publish(edit)
    again = await cabinet.reply()
    async with database.transaction() as session:
        copy = await session.get_one(Reply, (again.shop_id, again.id))
        copy.state, copy.text = S.SENT, "Здравствуйте! Вторая правка."
        copy.next_check_at, copy.sent_at = utc_now(), utc_now() - timedelta(hours=2)

    await cabinet.verify()

    lost = await cabinet.reply()
    assert lost.state is S.UNKNOWN
    assert lost.error is not None
    assert lost.published_at is None


@pytest.mark.parametrize("pending", ["hidden", "shown"])
@pytest.mark.parametrize("rejected", ["reopened", "answer_stays"])
async def test_what_moderators_turn_down_ends_as_unknown_and_a_person_writes_again(
    cabinet: Cabinet, pending: str, rejected: str
) -> None:
    cabinet.order("/knobs", moderation_delay=90, question_pending=pending, rejected_question=rejected)
    cabinet.order("/moderate", id=cabinet.wb_id, verdict="rejected")
    reply = await cabinet.writes(WORDS)
    await cabinet.publish(reply)
    await cabinet.verify()
    await cabinet.sync()
    cabinet.order("/clock/advance", seconds=100)
    await cabinet.tell("UPDATE replies SET sent_at = now() - interval '2 hours'")

    await cabinet.sync()
    await cabinet.verify()

    assert await cabinet.state() is S.UNKNOWN
    cabinet.order("/knobs", moderation_delay=0)
    cabinet.order("/moderate", id=cabinet.wb_id, verdict="wbRu")
    await cabinet.withdraws()
    await cabinet.settle(await cabinet.writes(OTHER))
    if await cabinet.state() is S.ANSWERED_ELSEWHERE:  # the words that were turned down stand in the way
        await cabinet.settle(await cabinet.writes(OTHER))
    await cabinet.verify()
    assert await cabinet.state() is S.PUBLISHED
    assert cabinet.shown()["answer"]["text"] == OTHER


async def test_one_edit_is_shown_after_moderators_passed_it_and_there_is_no_second(cabinet: Cabinet) -> None:
    await cabinet.published()
    cabinet.order("/knobs", moderation_delay=90)

    await cabinet.publish(await cabinet.writes(OTHER))
    await cabinet.verify()
    assert await cabinet.state() is S.SENT
    await cabinet.sync()
    assert await cabinet.state() is S.SENT
    cabinet.order("/clock/advance", seconds=100)
    await cabinet.verify()

    edited = await cabinet.reply()
    assert (edited.state, edited.revision) == (S.PUBLISHED, 2)
    assert cabinet.count(*ONE_ANSWER) == (1, 1, 0)
    with pytest.raises(service.NothingToEdit):
        await cabinet.writes("Здравствуйте! Третья версия.")


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


async def test_a_sync_sees_an_answer_typed_in_the_portal_and_that_moderators_took_it_down(cabinet: Cabinet) -> None:
    await cabinet.writes(WORDS)
    cabinet.order("/knobs", moderation_delay=90, question_pending="shown")
    cabinet.order("/moderate", id=cabinet.wb_id, verdict="rejected")
    cabinet.order(f"/questions/{cabinet.wb_id}/answer", text="Ответ из портала")
    await cabinet.sync()
    assert await cabinet.state() is S.ANSWERED_ELSEWHERE

    cabinet.order("/clock/advance", seconds=100)
    await cabinet.sync()

    assert await cabinet.state() is S.FAILED
    cabinet.order("/knobs", moderation_delay=0)
    cabinet.order("/moderate", id=cabinet.wb_id, verdict="wbRu")
    await cabinet.settle(await cabinet.writes(OTHER))
    await cabinet.verify()
    assert await cabinet.state() is S.PUBLISHED


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
    orders = [{"text": f"Вопрос {n}?"} for n in range(5)]
    ids = cabinet.order("/questions", sid=cabinet.sid, questions=orders)["ids"]
    [feedback_id] = cabinet.order("/feedbacks", sid=cabinet.sid, feedbacks=[{"text": "Хорошо", "productValuation": 5}])[
        "ids"
    ]
    rows = [await make.question(cabinet.shop, wb_id=wb_id, written_at=utc_now()) for wb_id in ids]
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
