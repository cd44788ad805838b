"""A cabinet with one question in the simulator's process, and everything that is done to it."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import text

from app.cli.processes import Children
from app.cli.stack import Simulator, Stack
from app.kit.clock import utc_now
from app.kit.db import Database
from app.kit.errors import RateLimited, Unavailable
from app.kit.secrets import Vault
from app.questions.jobs import SyncQuestions
from app.questions.models import Question
from app.questions.sync import LARGEST_REACH, QuestionPace, sync_questions
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

S = ReplyState
WORDS = "Здравствуйте! Да, подкладка есть."
OTHER = "Здравствуйте! Подкладка из вискозы."
SPEED = 60.0
SETTLE = 0.8
HOURS = 7200  # virtual seconds of moderation that no slow machine can outwait: two minutes here
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


def asked(words: str) -> dict[str, str]:
    """Yesterday by the calendar's clock: the simulator's runs ahead of it."""
    return {"text": words, "createdDate": (utc_now() - timedelta(days=1)).isoformat()}


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
        [self.wb_id] = self.order("/questions", sid=self.sid, questions=[asked("Есть ли подкладка?")])["ids"]
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
