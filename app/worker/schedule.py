"""The table of all timers; PgQueuer fires each once, however many workers run."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

import structlog
from sqlalchemy import select

from app.accounts.sessions import forget_expired_sessions
from app.analytics import refreshing as analytics
from app.analytics.jobs import RefreshRollups
from app.buyers import refreshing as buyers
from app.buyers.jobs import RefreshBuyers
from app.chats import queries as chats
from app.chats.jobs import SendMessages, SyncChats
from app.complaints import queries as complaints
from app.complaints.counting import shops_with_new_verdicts
from app.complaints.jobs import ConsiderFeedbacks, RefreshOdds
from app.feedbacks.jobs import SyncFeedbacks
from app.feedbacks.queries import shops_due
from app.kit.clock import utc_now
from app.kit.db import Database, direct
from app.kit.job_records import deliver_lost, purge_done
from app.kit.jobs import enqueue_again
from app.kit.limits import forget_idle_buckets
from app.pins import queries as pins
from app.pins.jobs import PinFeedbacks, SyncPins, UnpinFeedbacks
from app.pins.models import PinState
from app.products import queries as products
from app.products.jobs import SyncProducts
from app.questions import queries as questions
from app.questions.jobs import SyncQuestions
from app.replies.jobs import PublishReply, VerifyReplies
from app.replies.queries import approved_and_idle, shops_with_checks_due
from app.shops.models import ShopToken, TokenPurpose
from app.shops.token_warnings import due_token_warnings
from app.worker import cabinet_timers

log = structlog.get_logger()

AT_ONCE = 200
REST = 1800.0
"""Seconds that a job which gave up is left alone by the timers; a new token or a person ends the rest."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Timer:
    """`cron` has a sixth field, the seconds."""

    name: str
    cron: str
    fire: Callable[[Database], Awaitable[None]]


async def sync_due_shops(database: Database) -> None:
    """Ask for a sync of each shop whose time has come."""
    async with database.transaction() as session:
        due = await shops_due(session, limit=AT_ONCE)
        tokens = select(ShopToken.shop_id, ShopToken.added_at).where(ShopToken.purpose == TokenPurpose.MAIN)
        for shop_id, token_since in await session.execute(tokens.where(ShopToken.shop_id.in_(due))):
            await enqueue_again(session, SyncFeedbacks(shop_id=shop_id), rest=REST, cured_at=token_since)


async def sync_due_questions(database: Database) -> None:
    """As for feedbacks; their requests come out of the same budget."""
    async with database.transaction() as session:
        for shop_id, token_since in await questions.shops_due(session, limit=AT_ONCE):
            await enqueue_again(session, SyncQuestions(shop_id=shop_id), rest=REST, cured_at=token_since)


async def verify_overdue(database: Database) -> None:
    """A lost wake-up must not leave a sent answer unverified."""
    async with database.transaction() as session:
        for shop_id, token_since in await shops_with_checks_due(session, now=utc_now()):
            await enqueue_again(session, VerifyReplies(shop_id=shop_id), rest=REST, cured_at=token_since)


async def publish_forgotten(database: Database) -> None:
    """Approved replies without a live job, for example after a new token, are handed to the worker again."""
    async with database.transaction() as session:
        for shop_id, reply_id, token_since in await approved_and_idle(session, rest=REST, limit=AT_ONCE):
            job = PublishReply(shop_id=shop_id, reply_id=reply_id)
            await enqueue_again(session, job, rest=REST, cured_at=token_since)


async def sync_due_pins(database: Database) -> None:
    """Only reading tells what Wildberries, or somebody in the cabinet, has unpinned."""
    async with database.transaction() as session:
        for shop_id, token_since in await pins.shops_due(session, limit=AT_ONCE):
            await enqueue_again(session, SyncPins(shop_id=shop_id), rest=REST, cured_at=token_since)


async def write_forgotten_pins(database: Database) -> None:
    """Queued pins and unpinnings without a live job, for example after a new token."""
    async with database.transaction() as session:
        for shop_id, state, token_since in await pins.shops_waiting(session, limit=AT_ONCE):
            job = PinFeedbacks(shop_id=shop_id) if state is PinState.QUEUED else UnpinFeedbacks(shop_id=shop_id)
            await enqueue_again(session, job, rest=REST, cured_at=token_since)


async def sync_due_products(database: Database) -> None:
    """Once a day for each shop whose token opens cards."""
    async with database.transaction() as session:
        for shop_id, token_since in await products.shops_due(session, limit=AT_ONCE):
            await enqueue_again(session, SyncProducts(shop_id=shop_id), rest=REST, cured_at=token_since)


async def sync_due_chats(database: Database) -> None:
    """Wildberries tells nobody of a new message; somebody has to ask."""
    async with database.transaction() as session:
        for shop_id, token_since in await chats.shops_due(session, limit=AT_ONCE):
            await enqueue_again(session, SyncChats(shop_id=shop_id), rest=REST, cured_at=token_since)


async def send_forgotten(database: Database) -> None:
    """Queued messages without a live job, and claims of a worker that died."""
    async with database.transaction() as session:
        for shop_id, chat_id, token_since in await chats.forgotten_chats(session, limit=AT_ONCE):
            job = SendMessages(shop_id=shop_id, chat_id=chat_id)
            await enqueue_again(session, job, rest=REST, cured_at=token_since)


async def refresh_rollups(database: Database) -> None:
    """Only shops where something changed are counted anew."""
    async with database.transaction() as session:
        for shop_id in await analytics.shops_to_refresh(session, now=utc_now(), limit=AT_ONCE):
            await enqueue_again(session, RefreshRollups(shop_id=shop_id), rest=REST)


async def refresh_buyers(database: Database) -> None:
    """The same for the names under which buyers write."""
    async with database.transaction() as session:
        for shop_id in await buyers.shops_to_refresh(session, now=utc_now(), limit=AT_ONCE):
            await enqueue_again(session, RefreshBuyers(shop_id=shop_id), rest=REST)


async def consider_feedbacks(database: Database) -> None:
    """Shops where a complaint is possible and nobody thought of it yet, or the buyer changed the words since."""
    async with database.transaction() as session:
        for shop_id in await complaints.shops_to_consider(session, limit=AT_ONCE):
            await enqueue_again(session, ConsiderFeedbacks(shop_id=shop_id), rest=REST)


async def refresh_odds(database: Database) -> None:
    """Shops with verdicts that are not counted in their odds yet."""
    async with database.transaction() as session:
        for shop_id in await shops_with_new_verdicts(await direct(session), limit=AT_ONCE):
            await enqueue_again(session, RefreshOdds(shop_id=shop_id), rest=REST)


async def deliver_lost_jobs(database: Database) -> None:
    """Jobs whose delivery disappeared are delivered again."""
    async with database.transaction() as session:
        await deliver_lost(session)


async def warn_of_tokens(database: Database) -> None:
    """30, 14, 7, 3 and 1 days before a token ends, once each."""
    async with database.transaction() as session:
        await due_token_warnings(session, utc_now())


async def purge(database: Database) -> None:
    """Forget done jobs after a week, idle rate limits after a day, sessions when they end."""
    async with database.transaction() as session:
        await purge_done(session)
    async with database.transaction() as session:
        await forget_idle_buckets(session)
    async with database.transaction() as session:
        await forget_expired_sessions(session, now=utc_now())


TIMERS = (
    Timer(name="sync_due_shops", cron="* * * * * */10", fire=sync_due_shops),
    Timer(name="sync_due_questions", cron="* * * * * */10", fire=sync_due_questions),
    Timer(name="verify_overdue", cron="* * * * * 15", fire=verify_overdue),
    Timer(name="publish_forgotten", cron="* * * * * 45", fire=publish_forgotten),
    Timer(name="sync_due_pins", cron="* * * * * 25", fire=sync_due_pins),
    Timer(name="write_forgotten_pins", cron="* * * * * 40", fire=write_forgotten_pins),
    Timer(name="sync_due_products", cron="* * * * * 55", fire=sync_due_products),
    Timer(name="sync_due_chats", cron="* * * * * */10", fire=sync_due_chats),
    Timer(name="send_forgotten", cron="* * * * * 35", fire=send_forgotten),
    Timer(name="refresh_rollups", cron="* * * * * 10", fire=refresh_rollups),
    Timer(name="refresh_buyers", cron="* * * * * 30", fire=refresh_buyers),
    Timer(name="consider_feedbacks", cron="* * * * * 12,42", fire=consider_feedbacks),
    Timer(name="refresh_odds", cron="*/10 * * * * 50", fire=refresh_odds),
    Timer(name="refresh_standings", cron="* * * * * */10", fire=cabinet_timers.refresh_standings),
    Timer(name="fold_tallies", cron="* * * * * */10", fire=cabinet_timers.fold_tallies),
    Timer(name="end_rests", cron="* * * * * 20", fire=cabinet_timers.end_rests),
    Timer(name="recount_tallies", cron="41 3 * * * 0", fire=cabinet_timers.recount_tallies),
    Timer(name="deliver_lost_jobs", cron="* * * * * 5,20,35,50", fire=deliver_lost_jobs),
    Timer(name="warn_of_tokens", cron="7 * * * * 0", fire=warn_of_tokens),
    Timer(name="purge", cron="23 3 * * * 0", fire=purge),
)
