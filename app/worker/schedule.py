"""The table of all timers; PgQueuer fires each once, however many workers run."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

import structlog

from app.feedbacks.jobs import SyncFeedbacks
from app.feedbacks.queries import shops_due
from app.kit.clock import utc_now
from app.kit.db import Database
from app.kit.jobs import deliver_lost, enqueue, purge_done
from app.replies.jobs import PublishReply, VerifyReplies
from app.replies.queries import approved_and_idle, shops_with_checks_due
from app.shops.token_warnings import due_token_warnings

log = structlog.get_logger()

AT_ONCE = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Timer:
    """`cron` has a sixth field, the seconds."""

    name: str
    cron: str
    fire: Callable[[Database], Awaitable[None]]


async def sync_due_shops(database: Database) -> None:
    """Ask for a sync of each shop whose time has come."""
    async with database.transaction() as session:
        for shop_id in await shops_due(session, limit=AT_ONCE):
            await enqueue(session, SyncFeedbacks(shop_id=shop_id))


async def verify_overdue(database: Database) -> None:
    """A lost wake-up must not leave a sent answer unverified."""
    async with database.transaction() as session:
        for shop_id in await shops_with_checks_due(session, now=utc_now()):
            await enqueue(session, VerifyReplies(shop_id=shop_id))


async def publish_forgotten(database: Database) -> None:
    """Approved replies without a live job, for example after a new token, are handed to the worker again."""
    async with database.transaction() as session:
        for shop_id, reply_id in await approved_and_idle(session, limit=AT_ONCE):
            await enqueue(session, PublishReply(shop_id=shop_id, reply_id=reply_id))


async def deliver_lost_jobs(database: Database) -> None:
    """Jobs whose delivery disappeared are delivered again."""
    async with database.transaction() as session:
        await deliver_lost(session)


async def warn_of_tokens(database: Database) -> None:
    """30, 14, 7, 3 and 1 days before a token ends, once each."""
    async with database.transaction() as session:
        await due_token_warnings(session, utc_now())


async def purge(database: Database) -> None:
    """Done jobs are forgotten after a week."""
    async with database.transaction() as session:
        await purge_done(session)


TIMERS = (
    Timer(name="sync_due_shops", cron="* * * * * */10", fire=sync_due_shops),
    Timer(name="verify_overdue", cron="* * * * * 15", fire=verify_overdue),
    Timer(name="publish_forgotten", cron="* * * * * 45", fire=publish_forgotten),
    Timer(name="deliver_lost_jobs", cron="* * * * * 30", fire=deliver_lost_jobs),
    Timer(name="warn_of_tokens", cron="7 * * * * 0", fire=warn_of_tokens),
    Timer(name="purge", cron="23 3 * * * 0", fire=purge),
)
