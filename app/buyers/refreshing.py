"""Keeps mentions and counts: what changed is looked up, and every name it touched is counted anew.

A feedback's change is seen by its `changed_at`, which is older than its commit: the latest minutes are looked at twice.
Chats tell no time of change and are few: all of a shop are compared. Vanished rows are put right once a week.
"""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from uuid import UUID

from sqlalchemy import TextClause, delete, select, text
from sqlalchemy.ext.asyncio import AsyncSession

from app.buyers.jobs import RefreshBuyers
from app.buyers.models import Buyer, BuyersState, Mention
from app.buyers.names import key_of, shown
from app.kit.clock import utc_now
from app.kit.db import Database

OVERLAP = timedelta(minutes=10)
"""No transaction stays open for so long."""
REBUILT_EVERY = timedelta(days=7)
BEGINNING = datetime(1970, 1, 1, tzinfo=UTC)

_SPELLED = "unnest(CAST(:spellings AS text[]), CAST(:keys AS text[]), CAST(:names AS text[])) AS s(spelling, key, name)"
_COLUMNS = "shop_id, kind, ref, name_key, name, at, rating, waiting"

_FEEDBACK_SPELLINGS = text(
    "SELECT DISTINCT buyer_name FROM feedbacks WHERE shop_id = :shop_id AND changed_at >= :since"
)
_FEEDBACKS = f"""
SELECT f.shop_id, 'feedback' AS kind, f.wb_id AS ref, s.key AS name_key, s.name, f.written_at AS at, f.rating,
  f.needs_reply AS waiting
FROM {_SPELLED} JOIN feedbacks f ON f.shop_id = :shop_id AND f.changed_at >= :since AND f.buyer_name = s.spelling
WHERE f.deleted_at IS NULL
"""  # noqa: S608
_ALL_MENTIONED = f"SELECT {_COLUMNS} FROM buyer_mentions m WHERE m.shop_id = :shop_id AND m.kind = '{{}}'"  # noqa: S608
_MENTIONED_SINCE = f"""{_ALL_MENTIONED.format("feedback")} AND m.ref IN (
  SELECT f.wb_id FROM feedbacks f WHERE f.shop_id = :shop_id AND f.changed_at >= :since)"""  # noqa: S608

_CHAT_SPELLINGS = text("SELECT DISTINCT client_name FROM chats WHERE shop_id = :shop_id")
_CHATS = f"""
SELECT c.shop_id, 'chat' AS kind, c.chat_id AS ref, s.key AS name_key, s.name, c.last_message_at AS at,
  CAST(NULL AS smallint) AS rating, c.status = 'waiting_for_us' AS waiting
FROM {_SPELLED} JOIN chats c ON c.shop_id = :shop_id AND c.client_name = s.spelling
"""  # noqa: S608


def _difference(wanted: str, stood: str) -> tuple[TextClause, TextClause]:
    """Two statements that make of what stood what is wanted; both return the names they touch."""
    forget = f"""
    WITH gone AS (
      DELETE FROM buyer_mentions m USING ({stood} EXCEPT {wanted}) g
      WHERE m.shop_id = :shop_id AND m.kind = g.kind AND m.ref = g.ref RETURNING m.name_key
    ) SELECT DISTINCT name_key FROM gone"""  # noqa: S608
    add = f"""
    WITH added AS (INSERT INTO buyer_mentions ({_COLUMNS}) {wanted} EXCEPT {stood} RETURNING name_key)
    SELECT DISTINCT name_key FROM added"""  # noqa: S608
    return text(forget), text(add)


_CHANGED_FEEDBACKS = _difference(_FEEDBACKS, _MENTIONED_SINCE)
_ALL_FEEDBACKS = _difference(_FEEDBACKS, _ALL_MENTIONED.format("feedback"))
_ALL_CHATS = _difference(_CHATS, _ALL_MENTIONED.format("chat"))

_ANY_CHANGE = text("SELECT EXISTS (SELECT FROM feedbacks WHERE shop_id = :shop_id AND changed_at >= :since)")

_FORGET_NAMES = text("DELETE FROM buyers WHERE shop_id = :shop_id AND name_key = ANY(CAST(:keys AS text[]))")
_COUNT_NAMES = text("""
INSERT INTO buyers (shop_id, name_key, name, feedbacks, chats, rating_sum, lowest_rating, unanswered, last_at)
SELECT shop_id, name_key, max(name COLLATE "C"), count(*) FILTER (WHERE kind = 'feedback'),
  count(*) FILTER (WHERE kind = 'chat'), coalesce(sum(rating), 0), min(rating), count(*) FILTER (WHERE waiting), max(at)
FROM buyer_mentions WHERE shop_id = :shop_id AND name_key = ANY(CAST(:keys AS text[]))
GROUP BY shop_id, name_key
""")

_DUE = text("""
SELECT s.id FROM shops s LEFT JOIN buyers_states t ON t.shop_id = s.id
LEFT JOIN chat_syncs y ON y.shop_id = s.id
WHERE CASE WHEN t.shop_id IS NULL
    THEN EXISTS (SELECT FROM feedbacks f WHERE f.shop_id = s.id) OR EXISTS (SELECT FROM chats c WHERE c.shop_id = s.id)
  ELSE t.again_at <= :now
    OR EXISTS (SELECT FROM feedbacks f WHERE f.shop_id = s.id AND f.changed_at >= t.through)
    OR EXISTS (SELECT FROM chats c WHERE c.shop_id = s.id AND c.last_message_at >= t.through)
    OR y.backfilled_at >= t.through
  END
ORDER BY t.through NULLS FIRST LIMIT :limit
""")


async def refresh_buyers(job: RefreshBuyers, *, database: Database) -> None:
    """May run any number of times: names are counted anew, never added to."""
    async with database.transaction() as session:
        await refresh(session, job.shop_id, now=utc_now())


async def refresh(session: AsyncSession, shop_id: UUID, *, now: datetime, overlap: timedelta = OVERLAP) -> None:
    """Counts what changed since the last time; everything the first time and once a week."""
    state = await session.get(BuyersState, shop_id, with_for_update=True, populate_existing=True)
    if state is None or state.rebuilt_at < now - REBUILT_EVERY:
        await rebuild(session, shop_id, now=now)
        return
    since = state.through - overlap
    touched = await _mention(session, shop_id, _FEEDBACK_SPELLINGS, _CHANGED_FEEDBACKS, since=since)
    touched |= await _mention(session, shop_id, _CHAT_SPELLINGS, _ALL_CHATS)
    await _count(session, shop_id, touched)
    changed = touched or await session.scalar(_ANY_CHANGE, {"shop_id": shop_id, "since": since})
    state.through, state.again_at = now, now + overlap if changed else None


async def rebuild(session: AsyncSession, shop_id: UUID, *, now: datetime) -> None:
    """As if nothing had been counted before; mentions that are right already are left alone."""
    await _mention(session, shop_id, _FEEDBACK_SPELLINGS, _ALL_FEEDBACKS, since=BEGINNING)
    await _mention(session, shop_id, _CHAT_SPELLINGS, _ALL_CHATS)
    await session.execute(delete(Buyer).where(Buyer.shop_id == shop_id))
    names = await session.scalars(select(Mention.name_key).where(Mention.shop_id == shop_id).distinct())
    await _count(session, shop_id, set(names))
    await session.merge(BuyersState(shop_id=shop_id, through=now, again_at=now + OVERLAP, rebuilt_at=now))


async def _mention(
    session: AsyncSession, shop_id: UUID, spellings: TextClause, difference: Sequence[TextClause], **since: datetime
) -> set[str]:
    """The names that lost or won something."""
    asked = {"shop_id": shop_id, **since}
    asked_of_names = {**asked, **_spelled((await session.scalars(spellings, asked)).all())}
    touched: set[str] = set()
    for statement in difference:
        touched.update((await session.scalars(statement, asked_of_names)).all())
    return touched


async def _count(session: AsyncSession, shop_id: UUID, names: set[str]) -> None:
    keys = {"shop_id": shop_id, "keys": sorted(names)}
    await session.execute(_FORGET_NAMES, keys)
    await session.execute(_COUNT_NAMES, keys)


def _spelled(spellings: Sequence[str]) -> dict[str, list[str]]:
    """What is nobody's name is left out."""
    named = [(spelling, key_of(spelling)) for spelling in spellings if key_of(spelling)]
    return {
        "spellings": [spelling for spelling, _ in named],
        "keys": [key for _, key in named],
        "names": [shown(spelling) for spelling, _ in named],
    }


async def shops_to_refresh(session: AsyncSession, *, now: datetime, limit: int) -> Sequence[UUID]:
    """Shops with changes that are not counted yet, the longest waiting first."""
    return (await session.scalars(_DUE, {"now": now, "limit": limit})).all()
