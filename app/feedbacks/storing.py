"""Writes what Wildberries showed: one statement a page, rows that did not change are left alone."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import blake2b
from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from app.feedbacks.jobs import AnswersSeen, FeedbacksArrived
from app.feedbacks.ports import IncomingFeedback
from app.kit.clock import utc_now
from app.kit.documents import document, storable
from app.kit.jobs import enqueue

COLUMNS = {
    "wb_id": "text",
    "nm_id": "bigint",
    "imt_id": "bigint",
    "rating": "smallint",
    "text": "text",
    "pros": "text",
    "cons": "text",
    "written_at": "timestamptz",
    "buyer_name": "text",
    "product_name": "text",
    "brand_name": "text",
    "supplier_article": "text",
    "size": "text",
    "color": "text",
    "order_status": "text",
    "matching_size": "text",
    "tags": "jsonb",
    "photo_count": "smallint",
    "has_video": "boolean",
    "rating_only": "boolean",
    "was_viewed": "boolean",
    "wb_state": "text",
    "answer_text": "text",
    "answer_state": "text",
    "answer_editable": "boolean",
    "parent_id": "text",
    "child_id": "text",
    "complaint_possible": "boolean",
    "complaint_reason": "bigint",
    "return_possible": "boolean",
    "raw": "jsonb",
    "fingerprint": "bytea",
}
_MADE = ("raw", "tags", "fingerprint")
_NAMES = ", ".join(COLUMNS)
_CASTS = {name: f"CAST(:{name} AS {kind}[])" for name, kind in COLUMNS.items()}
_ARRAYS = ", ".join(_CASTS.values())
_KEYS = ", ".join(_CASTS[name] for name in ("wb_id", "nm_id", "rating", "written_at"))
_CHANGES = ", ".join(f"{name} = EXCLUDED.{name}" for name in COLUMNS if name != "wb_id")

_STORE = text(f"""
WITH former AS (
  INSERT INTO feedback_former_keys (shop_id, nm_id, rating, minute, wb_id)
  SELECT f.shop_id, f.nm_id, f.rating, f.written_minute, f.wb_id
  FROM unnest({_KEYS}) AS page(wb_id, nm_id, rating, written_at)
  JOIN feedbacks f ON f.shop_id = :shop_id AND f.wb_id = page.wb_id
  WHERE (f.nm_id, f.rating, f.written_minute) <> (page.nm_id, page.rating, date_trunc('minute', page.written_at))
  ON CONFLICT DO NOTHING
)
INSERT INTO feedbacks AS f ({_NAMES}, shop_id, archived, written_minute, first_seen_at, changed_at)
SELECT {_NAMES}, :shop_id, :archived, date_trunc('minute', written_at), :now, :now
FROM unnest({_ARRAYS}) AS page({_NAMES})
ON CONFLICT (shop_id, wb_id) DO UPDATE
SET {_CHANGES}, written_minute = EXCLUDED.written_minute, archived = f.archived OR EXCLUDED.archived,
    changed_at = EXCLUDED.changed_at, deleted_at = NULL
WHERE f.fingerprint <> EXCLUDED.fingerprint OR f.deleted_at IS NOT NULL
   OR (EXCLUDED.archived AND NOT f.archived)
RETURNING first_seen_at = :now AS is_new, needs_reply AND reply_state IS NULL AS wants_reply,
          answer_text IS NOT NULL AND reply_state IS NOT NULL AS answer_seen
""")  # noqa: S608


# Asked beforehand, since PostgreSQL makes the whole row, its words for the search too, before it finds that there is
# one already; and most rows of most pages are as they were.
_AS_THEY_WERE = text("""
SELECT f.wb_id FROM unnest(CAST(:wb_id AS text[]), CAST(:fingerprint AS bytea[])) AS page(wb_id, fingerprint)
JOIN feedbacks f ON f.shop_id = :shop_id AND f.wb_id = page.wb_id
WHERE f.fingerprint = page.fingerprint AND f.deleted_at IS NULL AND (f.archived OR NOT :archived)
""")


@dataclass(frozen=True, slots=True, kw_only=True)
class Stored:
    """How many rows were new, and how many known ones changed."""

    new: int
    changed: int


async def store(
    session: AsyncSession, shop_id: UUID, feedbacks: Sequence[IncomingFeedback], *, archived: bool = False
) -> Stored:
    """Insert or update, and send the news of what wants a reply or shows an answer."""
    rows = sorted({feedback.wb_id: feedback for feedback in feedbacks}.values(), key=lambda row: row.wb_id)
    seen = await _to_write(session, shop_id, [_Seen(row) for row in rows], archived=archived)
    if not seen:
        return Stored(new=0, changed=0)
    found = (
        await session.execute(_STORE, {**_as_arrays(seen), "shop_id": shop_id, "archived": archived, "now": utc_now()})
    ).all()
    if any(row.wants_reply for row in found):
        await enqueue(session, FeedbacksArrived(shop_id=shop_id))
    if any(row.answer_seen for row in found):
        await enqueue(session, AnswersSeen(shop_id=shop_id))
    new = sum(row.is_new for row in found)
    return Stored(new=new, changed=len(found) - new)


class _Seen:
    """A row beside its document and the document's fingerprint."""

    __slots__ = ("document", "fingerprint", "row")

    def __init__(self, row: IncomingFeedback) -> None:
        self.row = row
        self.document = document(row.raw)
        self.fingerprint = blake2b(self.document.encode(), digest_size=16).digest()


async def _to_write(session: AsyncSession, shop_id: UUID, seen: Sequence[_Seen], *, archived: bool) -> Sequence[_Seen]:
    """Those that are not stored just so."""
    values = {"wb_id": [storable(each.row.wb_id) for each in seen], "fingerprint": [each.fingerprint for each in seen]}
    known = set(await session.scalars(_AS_THEY_WERE, {**values, "shop_id": shop_id, "archived": archived}))
    return [each for each in seen if each.row.wb_id not in known]


def _as_arrays(seen: Sequence[_Seen]) -> dict[str, list[Any]]:
    values: dict[str, list[Any]] = {}
    for name, kind in COLUMNS.items():
        column = [getattr(each.row, name) for each in seen] if name not in _MADE else []
        values[name] = [storable(value) for value in column] if kind == "text" else column
    values["raw"] = [each.document for each in seen]
    values["tags"] = [document(each.row.tags) for each in seen]
    values["fingerprint"] = [each.fingerprint for each in seen]
    return values


# Rows are locked in the order of `store`, which may write the same ones at the same time.
_DELETED = text("""
WITH gone AS MATERIALIZED (
  SELECT wb_id FROM feedbacks
  WHERE shop_id = :shop_id AND wb_id = ANY(CAST(:wb_ids AS text[])) AND deleted_at IS NULL
  ORDER BY wb_id COLLATE "C" FOR UPDATE
)
UPDATE feedbacks f SET deleted_at = :now, changed_at = :now
FROM gone WHERE f.shop_id = :shop_id AND f.wb_id = gone.wb_id
""")
_ARCHIVED = text("""
WITH old AS MATERIALIZED (
  SELECT wb_id FROM feedbacks
  WHERE shop_id = :shop_id AND wb_id = ANY(CAST(:wb_ids AS text[])) AND NOT archived
  ORDER BY wb_id COLLATE "C" FOR UPDATE
)
UPDATE feedbacks f SET archived = TRUE, changed_at = :now
FROM old WHERE f.shop_id = :shop_id AND f.wb_id = old.wb_id
""")


async def mark_deleted(session: AsyncSession, shop_id: UUID, wb_ids: Sequence[str], *, now: datetime) -> None:
    """Gone from Wildberries; the row stays, and comes back to life if it is seen again."""
    await session.execute(_DELETED, {"shop_id": shop_id, "wb_ids": list(wb_ids), "now": now})


async def mark_archived(session: AsyncSession, shop_id: UUID, wb_ids: Sequence[str], *, now: datetime) -> None:
    """Thirty days without an answer: Wildberries moved them to the archive."""
    await session.execute(_ARCHIVED, {"shop_id": shop_id, "wb_ids": list(wb_ids), "now": now})
