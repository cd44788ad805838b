"""The worst day: workers killed at work while Wildberries drops, fails, limits and dawdles.

Shared by the test (50 kills) and by `bench/chaos` (1000 and more); the simulator's ledger is the judge.
"""

import asyncio
import random
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID

from cryptography.fernet import Fernet
from sqlalchemy import text

from app.cli.processes import Children
from app.cli.stack import Simulator, Stack
from app.feedbacks.jobs import SyncFeedbacks
from app.kit.db import Database
from app.kit.jobs import enqueue
from app.kit.secrets import Vault
from app.replies import service
from app.replies.queries import lock_newest_reply
from app.replies.subjects import a_feedback
from tests.chaos.workers import Workers
from tests.factories import Make

SELLER = "5f3c1b7e-0000-4000-8000-00000000c4a0"
WORKERS = 2
SPEED = 15.0
"""Six calls at once, all that Wildberries allows, are then 0.13 s: any faster, and a hiccup breaks the budget."""
OURS = "Спасибо, что рассказали! Уже разбираемся вместе с коллегами."
FAULTS = [
    {"action": "latency", "probability": 0.1, "seconds": 0.4},
    {"action": "drop_after", "method": "POST", "path": "feedbacks/answer", "probability": 0.08},
    {"action": "drop_before", "method": "POST", "path": "feedbacks/answer", "probability": 0.05},
    {"action": "status", "status": 500, "after": True, "method": "POST", "probability": 0.06},
    {"action": "status", "status": 502, "method": "POST", "probability": 0.04},
    {"action": "garbage", "method": "GET", "probability": 0.02},
    {"action": "status", "status": 503, "method": "GET", "probability": 0.03},
    {"action": "drop_before", "method": "GET", "probability": 0.03},
    {"action": "rate_limit", "seconds": 40, "probability": 0.01},
]
OPEN = "state NOT IN ('published', 'rejected', 'failed', 'answered_elsewhere')"
_BUSY = text("""
SELECT DISTINCT a.application_name FROM pg_locks l JOIN pg_stat_activity a USING (pid)
WHERE l.locktype = 'advisory' AND l.granted AND a.datname = current_database()
  AND a.application_name LIKE 'wbrm-locks-%'
""")


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """`kills_at_work` hit a worker in the middle of a job; `unsettled` replies never reached an end."""

    feedbacks: int
    approved: int
    kills: int
    kills_at_work: int
    answered: int
    published: int
    rejected: int
    unsettled: int
    duplicates: int
    edits_spent: int
    foreign_words: int
    over_budget: int
    faults_fired: int
    wb_calls: int
    jobs_failed: int
    seconds: float
    seconds_to_settle: float

    @property
    def good(self) -> bool:
        """Each approved reply stands at Wildberries exactly once, in its own words, and we know it."""
        broken = self.duplicates + self.edits_spent + self.foreign_words + self.over_budget + self.unsettled
        return broken == 0 and self.answered == self.approved == self.published + self.rejected


def environment(stack: Stack, key: str) -> dict[str, str]:
    """Everything that waits waits shortly."""
    return {
        **stack.env,
        "SECRET_KEYS": key,
        "SETTLE_SECONDS": "4",
        "VERIFY_AFTER_SECONDS": "0.5",
        "WORKER_HEARTBEAT_SECONDS": "3",
        "LOG_FORMAT": "json",
        "OPENAI_API_KEY": "",
    }


class Storm:
    """One shop, two workers, and no mercy."""

    def __init__(
        self, database: Database, simulator: Simulator, workers: Workers, *, seed: int, say: Callable[[str], None]
    ) -> None:
        self.database = database
        self.simulator = simulator
        self.workers = workers
        self.random = random.Random(seed)
        self.say = say
        self.shop_id = UUID(int=0)
        self.kills = self.kills_at_work = 0

    async def prepare(self, make: Make, feedbacks: int) -> None:
        """Synced and drafted, on a fine day."""
        token = self.simulator.mint_token(SELLER)
        plain = {"answered": 0, "archived": 0, "rating_only": 0, "amended": 0, "spread_days": 20, "seed": 1}
        self.simulator.order("/seed", sid=SELLER, count=feedbacks, **plain)
        self.simulator.order("/knobs", reject_share=0.05)
        self.shop_id = (await make.shop(seller_id=SELLER, token=token)).id
        async with self.database.transaction() as session:
            await enqueue(session, SyncFeedbacks(shop_id=self.shop_id))
        for _ in range(WORKERS):
            self.workers.start()
        await self._until(lambda: self._count("state = 'draft'"), feedbacks, seconds=60 + feedbacks / 20)

    async def rage(self, kills: int) -> None:
        """A few approvals, a kill, a few approvals, a kill."""
        self.simulator.http.post("/faults", json=FAULTS).raise_for_status()
        waiting = await self._drafts()
        share = max(1, -(-len(waiting) // max(1, kills)))
        for number in range(kills):
            for feedback_id in waiting[number * share : (number + 1) * share]:
                await self._approve(feedback_id)
            await asyncio.sleep(self.random.uniform(0.1, 0.9))
            await self._kill_one_at_work()
            if number % 100 == 99:
                self.say(f"{number + 1} kills")
        for feedback_id in waiting[kills * share :]:
            await self._approve(feedback_id)
        await self._until(lambda: self._count(OPEN), len(waiting) // 20, seconds=30, strict=False)

    async def calm(self, seconds: float) -> float:
        """The faults end; how long it took until nothing was open."""
        self.fired = sum(int(rule["fired"]) for rule in self.simulator.http.get("/faults").json())
        self.simulator.http.delete("/faults").raise_for_status()
        began = time.monotonic()
        await self._until(lambda: self._count(OPEN), 0, seconds=seconds, strict=False)
        return time.monotonic() - began

    async def judge(self, *, began: float, settling: float) -> Result:
        """By the ledger first, by our own rows second."""
        ledger = self.simulator.ask("/summary", sid=SELLER)
        answers: dict[str, dict[str, object]] = self.simulator.ask("/answers", sid=SELLER)  # type: ignore[assignment]
        states = await self._states()
        words = await self._words()
        async with self.database.transaction() as session:
            failed = await session.scalar(text("SELECT count(*) FROM jobs WHERE state = 'failed'"))
        return Result(
            feedbacks=sum(states.values()),
            approved=sum(states.values()) - states.get("draft", 0),
            kills=self.kills,
            kills_at_work=self.kills_at_work,
            answered=sum(answer["posts"] == 1 for answer in answers.values()),
            published=states.get("published", 0),
            rejected=states.get("rejected", 0),
            unsettled=sum(count for state, count in states.items() if state not in ("published", "rejected")),
            duplicates=int(str(ledger["duplicates"])),
            edits_spent=int(str(ledger["edits_applied"])),
            foreign_words=sum(words.get(wb_id) != answer["text"] for wb_id, answer in answers.items()),
            over_budget=int(str(ledger["over_budget"])),
            faults_fired=self.fired,
            wb_calls=int(str(ledger["calls"])),
            jobs_failed=int(failed or 0),
            seconds=round(time.monotonic() - began, 1),
            seconds_to_settle=round(settling, 1),
        )

    async def _kill_one_at_work(self) -> None:
        deadline = time.monotonic() + 3
        busy: list[int] = []
        while not busy and time.monotonic() < deadline:
            async with self.database.transaction() as session:
                names = (await session.scalars(_BUSY)).all()
            busy = [pid for pid in self.workers.alive if f"wbrm-locks-{pid}" in names]
        await asyncio.sleep(self.random.choice((0, 0, self.random.uniform(0, 0.03))))
        self.workers.kill(self.random.choice(busy or self.workers.alive))
        self.kills += 1
        self.kills_at_work += bool(busy)
        self.workers.start()

    async def _approve(self, feedback_id: str) -> None:
        """As a person would: where the machine had nothing to say, in a person's words."""
        async with self.database.transaction() as session:
            reply = await lock_newest_reply(session, self.shop_id, a_feedback(feedback_id))
            if reply.needs_human:
                await service.write_reply(
                    session, self.shop_id, a_feedback(feedback_id), text=OURS, version=reply.version, actor="person"
                )
            await service.approve(session, self.shop_id, a_feedback(feedback_id), version=reply.version, actor="person")

    async def _drafts(self) -> list[str]:
        async with self.database.transaction() as session:
            found = await session.scalars(text("SELECT feedback_id FROM replies ORDER BY feedback_id"))
            return list(found)

    async def _words(self) -> dict[str, str]:
        async with self.database.transaction() as session:
            return {row.feedback_id: row.text for row in await session.execute(text("SELECT * FROM replies"))}

    async def _states(self) -> dict[str, int]:
        async with self.database.transaction() as session:
            found = await session.execute(text("SELECT state, count(*) FROM replies GROUP BY state"))
            return {state: count for state, count in found}  # noqa: C416

    async def _count(self, condition: str) -> int:
        async with self.database.transaction() as session:
            return int(await session.scalar(text(f"SELECT count(*) FROM replies WHERE {condition}")) or 0)

    async def _until(
        self, count: Callable[[], Awaitable[int]], wanted: int, *, seconds: float, strict: bool = True
    ) -> None:
        """Strictly: exactly so many, or TimeoutError; otherwise no more than that, or out of time."""
        deadline = time.monotonic() + seconds
        while (found := await count()) > wanted or (strict and found < wanted):
            if time.monotonic() > deadline:
                if strict:
                    raise TimeoutError(f"{found} instead of {wanted} after {seconds:.0f} s")
                return
            await asyncio.sleep(0.1)


async def storm(
    database_url: str, log_dir: Path, *, feedbacks: int, kills: int, seed: int, say: Callable[[str], None]
) -> Result:
    """The whole day on an empty, migrated database."""
    began, key = time.monotonic(), Fernet.generate_key().decode()
    database = Database(database_url, pool_size=5)
    stack = Stack.plan(database_url, web_port=0, simulator_port=0, speed=SPEED, data_dir=log_dir)
    log_dir.mkdir(parents=True, exist_ok=True)
    try:
        with (
            Children(log_dir, quiet=True) as children,
            Workers(log_dir / "workers.log", environment(stack, key)) as workers,
        ):
            stack.start_simulator(children)
            day = Storm(database, Simulator(stack.simulator), workers, seed=seed, say=say)
            await day.prepare(Make(database, Vault([key])), feedbacks)
            say(f"drafted: {time.monotonic() - began:.1f} s")
            await day.rage(kills)
            say(f"killed: {time.monotonic() - began:.1f} s")
            settling = await day.calm(400)
            return await day.judge(began=began, settling=settling)
    finally:
        await database.close()
