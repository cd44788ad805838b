"""What the timers do, without waiting for them."""

from collections.abc import Awaitable, Callable
from dataclasses import fields
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import text

from app.kit.clock import utc_now
from app.kit.db import Database
from app.kit.jobs import known_kinds
from app.kit.locks import Locks
from app.replies.models import Reply, ReplyState
from app.shops.models import Shop
from app.worker import schedule
from app.worker.handlers import Neighbours, handlers
from tests.factories import Make

pytestmark = pytest.mark.anyio
S = ReplyState


@pytest.fixture
async def shop(make: Make) -> Shop:
    return await make.shop()


@pytest.fixture
async def forgotten(make: Make, shop: Shop, database: Database) -> Reply:
    """Approved an hour ago, and no job to publish it."""
    reply = await make.reply(await make.feedback(shop), state=S.APPROVED)
    await sql(database, "DELETE FROM jobs")
    await sql(database, "UPDATE replies SET changed_at = now() - interval '1 hour'")
    await sql(database, "UPDATE shop_tokens SET added_at = now() - interval '1 day'")
    return reply


async def sql(database: Database, statement: str, **values: Any) -> None:
    async with database.transaction() as session:
        await session.execute(text(statement), values)


async def states(database: Database, kind: str) -> list[str]:
    async with database.transaction() as session:
        found = await session.scalars(text("SELECT state FROM jobs WHERE kind = :kind ORDER BY 1"), {"kind": kind})
        return list(found)


async def give_up(database: Database, *, ago: timedelta = timedelta()) -> None:
    await sql(database, "UPDATE jobs SET state = 'failed', finished_at = :at", at=utc_now() - ago)


async def test_a_forgotten_approval_is_handed_over_once(database: Database, forgotten: Reply) -> None:
    for _ in range(3):
        await schedule.publish_forgotten(database)

    assert await states(database, "PublishReply") == ["queued"]


Timer = Callable[[Database], Awaitable[None]]


@pytest.mark.parametrize(
    ("timer", "kind"),
    [
        (schedule.publish_forgotten, "PublishReply"),
        (schedule.verify_overdue, "VerifyReplies"),
        (schedule.sync_due_shops, "SyncFeedbacks"),
    ],
)
async def test_what_gave_up_rests_until_its_time_or_a_new_token_comes_and_leaves_one_dead_letter_at_most(
    database: Database, forgotten: Reply, make: Make, shop: Shop, timer: Timer, kind: str
) -> None:
    if kind == "VerifyReplies":
        await make.reply(await make.feedback(shop), state=S.SENT, next_check_at=utc_now())
        await sql(database, "DELETE FROM jobs")
    await timer(database)
    await give_up(database)

    await timer(database)
    assert await states(database, kind) == ["failed"]

    await give_up(database, ago=timedelta(seconds=schedule.REST + 1))
    await timer(database)
    assert await states(database, kind) == ["queued"]

    await give_up(database, ago=timedelta(seconds=1))
    await sql(database, "UPDATE shop_tokens SET added_at = now()")
    await timer(database)
    assert await states(database, kind) == ["queued"]


@pytest.mark.parametrize("refused", ["refused_at = now()", "expires_at = now()"])
async def test_without_a_working_token_no_timer_asks_for_anything(
    database: Database, forgotten: Reply, make: Make, shop: Shop, refused: str
) -> None:
    await make.reply(await make.feedback(shop), state=S.SENT, next_check_at=utc_now())
    await sql(database, "DELETE FROM jobs")
    await sql(database, f"UPDATE shop_tokens SET {refused}")

    await schedule.publish_forgotten(database)
    await schedule.verify_overdue(database)
    await schedule.sync_due_shops(database)

    async with database.transaction() as session:
        assert await session.scalar(text("SELECT count(*) FROM jobs")) == 0


async def test_a_sync_that_waits_for_its_budget_is_not_woken_by_its_timer(database: Database, shop: Shop) -> None:
    await schedule.sync_due_shops(database)
    await sql(database, "UPDATE jobs SET error_code = 'WB_BUDGET_SPENT', run_after = now() + interval '5 hours'")

    await schedule.sync_due_shops(database)

    async with database.transaction() as session:
        waits = await session.scalar(text("SELECT run_after - now() FROM jobs"))
    assert waits > timedelta(hours=4)


async def test_the_purge_forgets_idle_limits_and_ended_sessions(database: Database, make: Make) -> None:
    user = await make.user()
    for key, age in (("idle", 25), ("used", 23)):
        await sql(
            database,
            "INSERT INTO rate_buckets (key, full_at) VALUES (:key, now() - make_interval(hours => :age))",
            key=key, age=age,
        )  # fmt: skip
    await sql(
        database,
        "INSERT INTO rate_buckets (key, full_at, blocked_until)"
        " VALUES ('closed', now() - interval '2 days', now() + interval '1 hour')",
    )
    for name, ends in (("over", -1), ("alive", 1)):
        await sql(
            database,
            "INSERT INTO sessions (token_hash, user_id, kind, created_at, last_used_at, expires_at, user_agent)"
            " VALUES (:name, :user_id, 'bearer', now(), now(), now() + make_interval(hours => :ends), '')",
            name=name, ends=ends, user_id=user.id,
        )  # fmt: skip

    await schedule.purge(database)

    async with database.transaction() as session:
        assert list(await session.scalars(text("SELECT key FROM rate_buckets ORDER BY 1"))) == ["closed", "used"]
        assert list(await session.scalars(text("SELECT token_hash FROM sessions"))) == ["alive"]


async def test_every_kind_of_job_has_a_handler(database: Database, settings: Any) -> None:
    nobody: dict[str, Any] = dict.fromkeys(field.name for field in fields(Neighbours))
    near = Neighbours(**{**nobody, "database": database, "locks": Locks(database)})

    ours = {name for name, kind in known_kinds().items() if kind.__module__.startswith("app.")}
    assert {kind.__name__ for kind in handlers(near, settings)} == ours


def test_timers_have_names_of_their_own() -> None:
    assert len({timer.name for timer in schedule.TIMERS}) == len(schedule.TIMERS)
