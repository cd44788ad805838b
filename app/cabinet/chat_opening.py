"""A chat was opened from a feedback: the link between them, known before the chat itself is synced."""

import json
import re
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from urllib.parse import unquote
from uuid import UUID

import asyncpg

from app.cabinet.applying import observe
from app.cabinet.chat_links import MARKED, WHY_RESOLVED, close_resolved, mark_linked
from app.cabinet.gate import Observation
from app.cabinet.matching import FILER_HOURS, FeedbackKey, match, nearest
from app.cabinet.states import ChatState, Source
from app.kit.db import Direct

_SHOWN: Final = f"""
SELECT l.id, l.nm_id, l.rating, l.minute, l.feedback_id, l.chat_id, {WHY_RESOLVED} AS reason
FROM chat_links l LEFT JOIN standings s ON s.shop_id = l.shop_id AND s.feedback_id = l.feedback_id
"""  # noqa: S608
_FIND: Final = f"""
{_SHOWN}
WHERE l.shop_id = $1 AND (l.chat_id = $5 OR l.feedback_id = $6
  OR (l.nm_id = $2 AND l.rating = $3 AND l.minute = $4))
ORDER BY l.chat_id = $5 DESC NULLS LAST, l.minute = $4 DESC LIMIT 1
"""
_GET: Final = f"{_SHOWN} WHERE l.shop_id = $1 AND l.id = $2"
_MAKE: Final = f"""
{MARKED.format("ARRAY[$6::text]")},
made AS (
  INSERT INTO chat_links (shop_id, id, nm_id, rating, minute, chat_id, feedback_id, chat_url, status, opened_at,
    created_at, updated_at)
  VALUES ($1, gen_random_uuid(), $2, $3, $4, $5, $6, $7, $8, $9, $10, $10)
  ON CONFLICT DO NOTHING RETURNING id
), told AS (
  INSERT INTO chat_link_events (shop_id, link_id, actor, kind, details) SELECT $1, id, $11, 'opened', $12 FROM made
)
SELECT id FROM made
"""  # noqa: S608
# What is known is kept, and what another link has is left to it.
_COMPLETE: Final = """
WITH more AS (
  SELECT l.id, coalesce(l.chat_id, $3) AS chat_id,
    CASE WHEN l.chat_id IS NULL AND $4 <> '' THEN $4 ELSE l.chat_url END AS chat_url,
    CASE WHEN EXISTS (SELECT FROM chat_links o WHERE o.shop_id = $1 AND o.feedback_id = $5) THEN l.feedback_id
      ELSE coalesce(l.feedback_id, $5) END AS feedback_id
  FROM chat_links l WHERE l.shop_id = $1 AND l.id = $2 FOR UPDATE
), done AS (
  UPDATE chat_links l
  SET chat_id = m.chat_id, chat_url = m.chat_url, feedback_id = m.feedback_id, updated_at = $6
  FROM more m WHERE l.shop_id = $1 AND l.id = m.id
    AND (l.chat_id, l.chat_url, l.feedback_id) IS DISTINCT FROM (m.chat_id, m.chat_url, m.feedback_id)
  RETURNING l.id
)
INSERT INTO chat_link_events (shop_id, link_id, actor, kind, details) SELECT $1, id, $7, 'opened', $8 FROM done
"""
_ID_IN_URL: Final = re.compile(r"[?&#;]chatid=([^&#;\s]{1,400})", re.IGNORECASE)
_BARE: Final = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenedChat:
    """As the filing extension tells it; the address may lack the chat's id."""

    key: FeedbackKey
    chat_url: str
    status: str
    opened_at: datetime

    @property
    def chat_id(self) -> str | None:
        """As Wildberries' API spells it, `1:<uuid>`; an address may lack the number."""
        found = _ID_IN_URL.search(self.chat_url)
        chat_id = unquote(found[1]).replace("\x00", "").strip() if found else ""
        return f"1:{chat_id.lower()}" if _BARE.fullmatch(chat_id) else chat_id or None


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkedChat:
    """A link, whether this very call has made it, and why nothing is left to be done there, if so."""

    id: UUID
    created: bool
    feedback_id: str | None
    resolved: str | None


async def link_chat(connection: Direct, shop_id: UUID, opened: OpenedChat, *, actor: str, now: datetime) -> LinkedChat:
    """Of equal calls exactly one creates; a chat that is linked elsewhere, or a feedback that is, keeps its link."""
    known = await _find(connection, shop_id, opened, None)
    if known is not None and _says_all(known, opened):
        return _linked(known)
    meant = await _meant(connection, shop_id, opened.key)
    # The standing is locked before the link, here and by whoever closes links: no two wait for each other.
    resolved = meant is not None and await _observe(connection, shop_id, meant, opened, actor=actor)
    made = None if known is not None else await _make(connection, shop_id, opened, meant, actor=actor, now=now)
    created = made is not None
    if made is None:
        made = await _complete(connection, shop_id, opened, meant, actor=actor, now=now)
        if meant is not None:
            await mark_linked(connection, shop_id, [meant])
    if meant is not None and resolved:
        await close_resolved(connection, shop_id, [meant])
    if created and not resolved:
        return LinkedChat(id=made, created=True, feedback_id=meant, resolved=None)
    shown = await connection.fetch(_GET, shop_id, made)
    return _linked(shown[0], created=created)


def _says_all(known: asyncpg.Record, opened: OpenedChat) -> bool:
    same = FeedbackKey(known["nm_id"], known["rating"], known["minute"]) == opened.key
    return same and known["feedback_id"] is not None and (known["chat_id"] is not None or opened.chat_id is None)


def _linked(row: asyncpg.Record, *, created: bool = False) -> LinkedChat:
    return LinkedChat(id=row["id"], created=created, feedback_id=row["feedback_id"], resolved=row["reason"])


async def _find(
    connection: Direct, shop_id: UUID, opened: OpenedChat, feedback_id: str | None
) -> asyncpg.Record | None:
    """By the chat first: one chat belongs to one feedback, whatever the call says."""
    key = opened.key
    return await connection.fetchrow(_FIND, shop_id, key.nm_id, key.rating, key.minute, opened.chat_id, feedback_id)


async def _meant(connection: Direct, shop_id: UUID, key: FeedbackKey) -> str | None:
    found = (await match(connection, shop_id, [key], usual=FILER_HOURS)).found[0]
    if found:
        return found[0] if len(found) == 1 else None
    return await nearest(connection, shop_id, key)


async def _observe(connection: Direct, shop_id: UUID, feedback_id: str, opened: OpenedChat, *, actor: str) -> bool:
    seen = Observation(
        source=Source.FILER, observed_at=opened.opened_at, chat=ChatState.OPENED, actor=actor, raw=opened.status
    )
    advances = await observe(connection, shop_id, {feedback_id: seen})
    return all(after.known.resolved for _, after in advances.values())


async def _make(
    connection: Direct, shop_id: UUID, opened: OpenedChat, meant: str | None, *, actor: str, now: datetime
) -> UUID | None:
    key = opened.key
    made: UUID | None = await connection.fetchval(
        _MAKE, shop_id, key.nm_id, key.rating, key.minute, opened.chat_id, meant, opened.chat_url, opened.status,
        opened.opened_at, now, actor, _told(opened),
    )  # fmt: skip
    return made


async def _complete(
    connection: Direct, shop_id: UUID, opened: OpenedChat, meant: str | None, *, actor: str, now: datetime
) -> UUID:
    """Fills in what the link that is there lacks."""
    known = await _find(connection, shop_id, opened, meant)
    assert known is not None
    more = opened.chat_id, opened.chat_url, meant, now, actor, _told(opened)
    try:
        async with connection.transaction():
            await connection.execute(_COMPLETE, shop_id, known["id"], *more)
    except asyncpg.UniqueViolationError:
        # Somebody has linked this chat in the meantime, and that link is the chat's.
        known = await _find(connection, shop_id, opened, meant)
        assert known is not None
    return UUID(str(known["id"]))


def _told(opened: OpenedChat) -> str:
    key = opened.key
    said = {"nmId": key.nm_id, "rating": key.rating, "minute": key.minute.isoformat()}
    return json.dumps({**said, "chatUrl": opened.chat_url, "status": opened.status}, ensure_ascii=False)
