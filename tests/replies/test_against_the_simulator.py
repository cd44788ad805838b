"""Publishing and verifying over real HTTP: the simulator process misbehaves, and its ledger tells what really stood."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import text

from app.cli.processes import Children
from app.cli.stack import Simulator, Stack
from app.feedbacks.models import Feedback
from app.kit.clock import utc_now
from app.kit.db import Database
from app.kit.errors import Forbidden, RateLimited, Unauthorized, Unavailable
from app.kit.secrets import Vault
from app.replies.claiming import Publishing, Settling
from app.replies.jobs import PublishReply, VerifyReplies
from app.replies.models import Reply, ReplyState
from app.replies.publishing import publish_reply
from app.replies.verifying import LookBack, verify_replies
from app.wildberries.api import WildberriesApi
from app.wildberries.callers import Callers
from app.wildberries.feedbacks import WildberriesFeedbacks
from app.wildberries.publisher import WildberriesPublisher
from app.wildberries.transport import Hosts, WildberriesTransport, open_http
from tests.factories import Make
from tests.replies.conftest import Book, lookers_of, publishers_of

pytestmark = pytest.mark.anyio
S = ReplyState
WORDS = "Спасибо за отзыв! Ждём вас снова."
SPEED = 60.0
SETTLE = 0.8
HOURS = 7200  # virtual seconds of moderation that no slow machine can outwait: two minutes here
POST = {"method": "POST", "path": "feedbacks/answer", "times": 1}


@pytest.fixture(scope="module")
def simulator(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Simulator]:
    logs = tmp_path_factory.mktemp("simulator")
    stack = Stack.plan("postgresql://unused/unused", web_port=0, simulator_port=0, speed=SPEED, data_dir=logs)
    with Children(logs, quiet=True) as children:
        stack.start_simulator(children)
        yield Simulator(stack.simulator)


class Seller:
    """One cabinet with one feedback waiting, here and there."""

    def __init__(self, database: Database, simulator: Simulator, transport: WildberriesTransport, vault: Vault) -> None:
        self.database = database
        self.simulator = simulator
        api, callers = WildberriesApi(transport), Callers(database, vault)
        self.publisher = WildberriesPublisher(api, callers)
        self.source = WildberriesFeedbacks(api, callers, urgent=True)
        look_back = LookBack(first=0.05, unknown_after=3600)
        self.pace = Publishing(settle=SETTLE, look_back=look_back)
        self.sid = self.wb_id = ""

    async def publish(self, reply: Reply) -> None:
        job = PublishReply(shop_id=reply.shop_id, reply_id=reply.id)
        await publish_reply(
            job,
            database=self.database,
            publishers=publishers_of(self.publisher),
            pace=self.pace,
            still_ours=lambda: None,
        )

    async def settle(self, reply: Reply) -> None:
        """As the worker does: again after the wait it asks for."""
        for _ in range(8):
            try:
                return await self.publish(reply)
            except Settling as settling:
                await asyncio.sleep(settling.retry_after)
            except (Unavailable, RateLimited) as error:
                await asyncio.sleep(min(2.0, getattr(error, "retry_after", 0.2)))

    async def verify(self, reply: Reply) -> None:
        async with self.database.transaction() as session:
            await session.execute(text("UPDATE replies SET next_check_at = now() WHERE next_check_at IS NOT NULL"))
        job = VerifyReplies(shop_id=reply.shop_id)
        await verify_replies(
            job, database=self.database, lookers=lookers_of(self.source), page_size=100, look_back=self.pace.look_back
        )

    def posts(self) -> int:
        answers: dict[str, Any] = self.simulator.ask("/answers", sid=self.sid)
        return int(answers[self.wb_id]["posts"]) if self.wb_id in answers else 0

    def faults(self, *rules: dict[str, Any]) -> None:
        self.simulator.http.post("/faults", json=list(rules)).raise_for_status()

    def order(self, path: str, **body: Any) -> dict[str, Any]:
        return self.simulator.order(path, **body)


@pytest.fixture
async def seller(database: Database, simulator: Simulator, vault: Vault) -> AsyncIterator[Seller]:
    simulator.order("/reset")
    simulator.http.delete("/faults")
    simulator.order("/knobs", moderation_delay=0, index_delay=0)
    base = str(simulator.http.base_url).removesuffix("/__sim/").removesuffix("/__sim")
    hosts = Hosts(feedbacks=f"{base}/feedbacks-api", common=f"{base}/common-api")
    async with open_http() as http:
        yield Seller(database, simulator, WildberriesTransport(http, database, hosts=hosts, speed=SPEED), vault)


async def waiting(seller: Seller, make: Make, **token: Any) -> tuple[Feedback, Reply]:
    minted = seller.order("/tokens", kind="personal", categories=["feedbacks"], **token)
    seller.sid = str(minted["sid"])
    order = {"text": "Хорошая вещь", "productValuation": 5}
    [seller.wb_id] = seller.order("/feedbacks", sid=seller.sid, feedbacks=[order])["ids"]
    shop = await make.shop(seller_id=seller.sid, token=str(minted["token"]))
    feedback = await make.feedback(shop, wb_id=seller.wb_id, text="Хорошая вещь")
    return feedback, await make.reply(feedback, text=WORDS, state=S.APPROVED)


async def test_sent_then_shown_then_published(seller: Seller, make: Make, book: Book) -> None:
    _, reply = await waiting(seller, make)

    await seller.publish(reply)
    assert (await book.reply(reply)).state is S.SENT
    await seller.verify(reply)

    assert (await book.reply(reply)).state is S.PUBLISHED
    assert seller.posts() == 1


@pytest.mark.parametrize(
    "fault",
    [
        {"action": "drop_before"},
        {"action": "drop_after"},
        {"action": "status", "status": 500},
        {"action": "status", "status": 500, "after": True},
        {"action": "status", "status": 504, "after": True},
        {"action": "garbage"},
        {"action": "rate_limit", "seconds": 20},
        {"action": "latency", "seconds": 0.3},
    ],
    ids=lambda fault: "-".join(str(value) for value in fault.values()),
)
async def test_whatever_befalls_the_write_the_answer_stands_there_once(
    seller: Seller, make: Make, book: Book, fault: dict[str, Any]
) -> None:
    _, reply = await waiting(seller, make)
    seller.faults({**fault, **POST})

    await seller.settle(reply)
    await seller.verify(reply)

    assert seller.posts() == 1
    assert (await book.reply(reply)).state is S.PUBLISHED


async def test_a_long_limit_is_told_with_its_time_and_nothing_is_sent_before_it_ends(
    seller: Seller, make: Make, book: Book
) -> None:
    _, reply = await waiting(seller, make)
    seller.faults({"action": "rate_limit", "seconds": 18236, **POST})

    with pytest.raises(RateLimited) as limited:
        await seller.publish(reply)
    assert 18236 <= limited.value.retry_after * SPEED <= 18236 * 1.11

    calls = int(str(seller.simulator.ask("/summary", sid=seller.sid)["calls"]))
    with pytest.raises(RateLimited):
        await seller.publish(reply)
    assert int(str(seller.simulator.ask("/summary", sid=seller.sid)["calls"])) == calls
    assert (await book.reply(reply)).state is S.APPROVED


@pytest.mark.parametrize("verdict", ["rejected", "rejectedAntispam"])
async def test_what_moderation_rejects_is_not_called_published(
    seller: Seller, make: Make, book: Book, verdict: str
) -> None:
    _, reply = await waiting(seller, make)
    seller.order("/moderate", id=seller.wb_id, verdict=verdict)

    await seller.publish(reply)
    await seller.verify(reply)

    assert (await book.reply(reply)).state is S.REJECTED


async def test_an_answer_typed_in_the_portal_meanwhile_is_left_alone(seller: Seller, make: Make, book: Book) -> None:
    feedback, reply = await waiting(seller, make)
    await book.change(feedback, first_seen_at=utc_now() - timedelta(minutes=30))
    seller.order(f"/feedbacks/{seller.wb_id}/answer", text="Ответ из портала")

    await seller.publish(reply)

    assert seller.posts() == 0
    assert (await book.reply(reply)).state is S.ANSWERED_ELSEWHERE


async def test_under_a_deleted_feedback_there_is_nothing_to_say(seller: Seller, make: Make, book: Book) -> None:
    feedback, reply = await waiting(seller, make)
    await book.change(feedback, first_seen_at=utc_now() - timedelta(minutes=30))
    seller.order(f"/feedbacks/{seller.wb_id}/delete")

    await seller.publish(reply)

    assert (await book.reply(reply)).state is S.FAILED


async def test_a_revoked_token_leaves_the_reply_approved_and_asks_nobody_again(
    seller: Seller, make: Make, book: Book, database: Database, vault: Vault
) -> None:
    _, reply = await waiting(seller, make)
    async with database.transaction() as session:
        stored = await session.scalar(text("SELECT encrypted FROM shop_tokens"))
    seller.order("/tokens/revoke", token=vault.decrypt(str(stored)))

    for _ in range(2):
        with pytest.raises(Unauthorized):
            await seller.publish(reply)

    assert (await book.reply(reply)).state is S.APPROVED
    assert seller.posts() == 0
    ledger: Any = seller.simulator.ask("/ledger", sid=seller.sid)
    assert len([entry for entry in ledger["entries"] if entry["method"] == "POST"]) == 1


async def test_a_token_that_may_only_read_leaves_the_reply_approved(seller: Seller, make: Make, book: Book) -> None:
    _, reply = await waiting(seller, make, read_only=True)

    with pytest.raises(Forbidden):
        await seller.publish(reply)

    assert (await book.reply(reply)).state is S.APPROVED


async def test_an_answer_that_appears_late_is_found(seller: Seller, make: Make, book: Book) -> None:
    _, reply = await waiting(seller, make)
    seller.order("/knobs", moderation_delay=HOURS)

    await seller.publish(reply)
    await seller.verify(reply)
    assert (await book.reply(reply)).state is S.ON_MODERATION
    seller.order("/clock/advance", seconds=HOURS + 60)
    await seller.verify(reply)

    assert (await book.reply(reply)).state is S.PUBLISHED
