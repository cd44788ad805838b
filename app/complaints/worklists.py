"""What only a person can settle: keys that mean several feedbacks or none, and sources that contradict each other."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import asyncpg

from app.cabinet.applying import lock_known, write
from app.cabinet.gate import Advance, Change, Observation
from app.cabinet.states import ComplaintState, Source
from app.complaints.refusals import NoConflict
from app.feedbacks.queries import NoSuchFeedback
from app.kit.db import Direct
from app.kit.keyset import BadCursor, Cursor

_KEY = "nm_id, rating, minute"
_SEEN_TWINS = """
SELECT s.nm_id, s.rating, f.written_minute AS minute
FROM standings s JOIN feedbacks f ON f.shop_id = s.shop_id AND f.wb_id = s.feedback_id
WHERE s.shop_id = $1 AND s.key_shared AND (s.page_read_at IS NOT NULL OR s.complaint <> 'none')
"""
_AMBIGUOUS = f"""
SELECT k.*, p.statuses::text AS statuses, p.can_submit, p.chat_status, p.rating_excluded, p.read_at
FROM (
  SELECT {_KEY} FROM page_states WHERE shop_id = $1 AND match = 'several' UNION {_SEEN_TWINS}
) k
LEFT JOIN page_states p ON p.shop_id = $1 AND (p.nm_id, p.rating, p.minute) = (k.nm_id, k.rating, k.minute)
WHERE $2::timestamptz IS NULL OR (k.minute, k.nm_id, k.rating) < ($2, $3::bigint, $4::smallint)
ORDER BY k.minute DESC, k.nm_id DESC, k.rating DESC LIMIT $5
"""  # noqa: S608
_UNMATCHED = f"""
SELECT {_KEY}, statuses::text AS statuses, can_submit, chat_status, rating_excluded, read_at FROM page_states
WHERE shop_id = $1 AND match = 'none'
  AND ($2::timestamptz IS NULL OR (minute, nm_id, rating) < ($2, $3::bigint, $4::smallint))
ORDER BY minute DESC, nm_id DESC, rating DESC LIMIT $5
"""  # noqa: S608
_TWINS = """
SELECT f.nm_id, f.rating, f.written_minute AS minute, f.wb_id, f.text, f.pros, f.cons, f.buyer_name, f.written_at,
  coalesce(s.complaint, 'none') AS complaint, coalesce(s.visibility, 'unknown') AS visibility
FROM unnest($2::bigint[], $3::smallint[], $4::timestamptz[]) AS k(nm_id, rating, minute)
JOIN feedbacks f ON f.shop_id = $1 AND f.nm_id = k.nm_id AND f.rating = k.rating AND f.written_minute = k.minute
  AND f.deleted_at IS NULL
LEFT JOIN standings s ON s.shop_id = f.shop_id AND s.feedback_id = f.wb_id
ORDER BY f.written_at, f.wb_id
"""
_CONFLICTS = """
SELECT s.feedback_id, s.nm_id, s.rating, s.written_at, s.complaint, s.conflict, s.complaint_at, s.filed_by, s.filed_at,
  f.text, f.pros, f.cons, f.buyer_name, f.product_name,
  (SELECT max(e.observed_at) FROM standing_events e
   WHERE e.shop_id = s.shop_id AND e.feedback_id = s.feedback_id AND e.track = 'conflict') AS contradicted_at
FROM standings s JOIN feedbacks f ON f.shop_id = s.shop_id AND f.wb_id = s.feedback_id
WHERE s.shop_id = $1 AND s.conflict IS NOT NULL AND s.feedback_id > $2 ORDER BY s.feedback_id LIMIT $3
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Twin:
    """One of the feedbacks that a key may mean."""

    wb_id: str
    text: str
    pros: str
    cons: str
    buyer_name: str
    written_at: datetime
    complaint: str
    visibility: str


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenKey:
    """What a page showed under a key, if we have its reading, and which feedbacks it may mean."""

    nm_id: int
    rating: int
    minute: datetime
    statuses: list[str]
    can_submit: bool | None
    chat_status: str | None
    rating_excluded: bool | None
    read_at: datetime | None
    feedbacks: Sequence[Twin] = ()

    @property
    def cursor(self) -> Cursor:
        return Cursor(at=self.minute, id=f"{self.nm_id}_{self.rating}")


async def ambiguous_keys(connection: Direct, shop_id: UUID, *, after: Cursor | None, limit: int) -> list[OpenKey]:
    """Newest first; nothing is filed about these by itself. Ask for one more than you show."""
    rows = await connection.fetch(_AMBIGUOUS, shop_id, *_place(after), limit)
    columns = ([row[name] for row in rows] for name in ("nm_id", "rating", "minute"))
    twins: dict[tuple[int, int, datetime], list[Twin]] = {}
    for row in await connection.fetch(_TWINS, shop_id, *columns):
        values = {name: row[name] for name in Twin.__dataclass_fields__}
        twins.setdefault((row["nm_id"], row["rating"], row["minute"]), []).append(Twin(**values))
    return [_key(row, twins.get((row["nm_id"], row["rating"], row["minute"]), [])) for row in rows]


async def unmatched_keys(connection: Direct, shop_id: UUID, *, after: Cursor | None, limit: int) -> list[OpenKey]:
    """Newest first; Wildberries' API did not show these feedbacks yet, or the page's clock is odd."""
    return [_key(row, ()) for row in await connection.fetch(_UNMATCHED, shop_id, *_place(after), limit)]


async def conflicts(connection: Direct, shop_id: UUID, *, after: str, limit: int) -> list[asyncpg.Record]:
    """By id; `complaint` is what stands here, `conflict` what another source says."""
    return await connection.fetch(_CONFLICTS, shop_id, after, limit)


async def settle_conflict(
    connection: Direct, shop_id: UUID, feedback_id: str, verdict: ComplaintState, *, actor: str, now: datetime
) -> None:
    """A person believes one of the two verdicts; older looks of any source change nothing any more.

    Saying again what was settled so already changes nothing; raises NoConflict.
    """
    known = (await lock_known(connection, shop_id, [feedback_id])).get(feedback_id)
    if known is None:
        raise NoSuchFeedback
    if known.conflict is None:
        if known.complaint is verdict:
            return
        raise NoConflict
    if verdict not in (known.complaint, ComplaintState(known.conflict)):
        raise NoConflict
    at = max(now, known.complaint_at or now)
    after = known._replace(complaint=verdict, conflict=None, complaint_at=at)
    changes = [Change("conflict", known.conflict, "settled")]
    if verdict is not known.complaint:
        after = after._replace(verdict_at=at)
        changes.append(Change("complaint", known.complaint, verdict))
    seen = Observation(source=Source.PERSON, observed_at=at, actor=actor)
    await write(connection, shop_id, {feedback_id: (Advance(after, changes), seen)})


def _place(after: Cursor | None) -> tuple[datetime | None, int | None, int | None]:
    if after is None:
        return None, None, None
    nm_id, _, rating = after.id.partition("_")
    if not all(part.isascii() and part.isdigit() and len(part) < 19 for part in (nm_id, rating)) or int(rating) > 5:
        raise BadCursor
    return after.at, int(nm_id), int(rating)


def _key(row: asyncpg.Record, twins: Sequence[Twin]) -> OpenKey:
    plain: dict[str, Any] = {
        name: row[name]
        for name in ("nm_id", "rating", "minute", "can_submit", "chat_status", "rating_excluded", "read_at")
    }
    return OpenKey(**plain, statuses=json.loads(row["statuses"] or "[]"), feedbacks=twins)
