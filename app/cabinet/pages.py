"""Pages of feedbacks as the filing extension read them: kept by key, and what they show of a known feedback applied."""

import json
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from uuid import UUID

import asyncpg

from app.cabinet.applying import lock_known, not_found, observe
from app.cabinet.chat_links import close_resolved
from app.cabinet.gate import Advance, Known, Observation
from app.cabinet.matching import FILER_HOURS, FeedbackKey, match
from app.cabinet.page_readings import PageReading, Shown
from app.cabinet.states import Match
from app.kit.db import Direct

_PUT = """
WITH put AS (
  INSERT INTO page_states AS p (shop_id, nm_id, rating, minute, feedback_id, match, statuses, can_submit, chat_status,
    rating_excluded, feedback_date, read_at, created_at, updated_at)
  SELECT $1, nm_id, ($7::smallint[])[kind], minute, feedback_id, ($8::text[])[kind], ($9::jsonb[])[kind],
    ($10::boolean[])[kind], ($11::text[])[kind], ($12::boolean[])[kind], feedback_date, $13, $14, $14
  FROM unnest($2::bigint[], $3::timestamptz[], $4::text[], $5::text[], $6::smallint[])
    AS page(nm_id, minute, feedback_id, feedback_date, kind)
  ON CONFLICT (shop_id, nm_id, rating, minute) DO UPDATE
  SET feedback_id = EXCLUDED.feedback_id, match = EXCLUDED.match, statuses = EXCLUDED.statuses,
    could_submit = p.can_submit, can_submit = EXCLUDED.can_submit,
    chat_status = coalesce(EXCLUDED.chat_status, p.chat_status), rating_excluded = EXCLUDED.rating_excluded,
    feedback_date = EXCLUDED.feedback_date, read_at = EXCLUDED.read_at, updated_at = EXCLUDED.updated_at
  WHERE EXCLUDED.read_at >= p.read_at
  RETURNING can_submit, could_submit
),
tallied AS (
  INSERT INTO tallies (shop_id, pages_can, pages_cannot, page_at)
  SELECT $1, coalesce(sum(can_submit::int - coalesce(could_submit::int, 0)), 0),
    coalesce(sum((NOT can_submit)::int - coalesce((NOT could_submit)::int, 0)), 0), $14
  FROM put
)
SELECT count(*) FILTER (WHERE could_submit IS NULL) AS created, count(could_submit) AS updated FROM put
"""
_LATER = """
SELECT p.nm_id, p.rating, p.minute
FROM unnest($2::bigint[], $3::smallint[], $4::timestamptz[]) AS page(nm_id, rating, minute)
JOIN page_states p ON p.shop_id = $1 AND p.nm_id = page.nm_id AND p.rating = page.rating AND p.minute = page.minute
WHERE p.read_at > $5
"""
_OPEN = """
SELECT nm_id, rating, minute, statuses, can_submit, chat_status, rating_excluded, read_at
FROM page_states WHERE shop_id = $1 AND match <> 'one' ORDER BY created_at DESC LIMIT $2
"""
_MATCHED = """
UPDATE page_states p SET feedback_id = n.feedback_id, match = 'one'
FROM unnest($2::bigint[], $3::smallint[], $4::timestamptz[], $5::text[]) AS n(nm_id, rating, minute, feedback_id)
WHERE p.shop_id = $1 AND p.nm_id = n.nm_id AND p.rating = n.rating AND p.minute = n.minute
"""
SETTLED_AT_ONCE = 2000
_MATCHES = (Match.NONE.value, Match.ONE.value, Match.SEVERAL.value)
"""By the number of feedbacks that fit, two for several."""


@dataclass(slots=True, kw_only=True)
class PagesReport:
    """What became of a batch; `missing_ids` are known feedbacks that a page lacked."""

    created: int = 0
    updated: int = 0
    applied: int = 0
    chats: int = 0
    unmatched: int = 0
    ambiguous: int = 0
    missing: int = 0
    missing_ids: Sequence[str] = ()
    hours: int = 0
    unusual_clock: bool = False


async def report_pages(
    connection: Direct, shop_id: UUID, readings: Iterable[PageReading], *, read_at: datetime, actor: str, now: datetime
) -> PagesReport:
    """Five statements however many rows; of equal keys the last counts, an older reading changes nothing.

    What a page lacked is named by the keys that we gave out, so that its clock is looked for without them.
    """
    latest = sorted({reading.key: reading for reading in readings}.values(), key=lambda reading: reading.key)
    seen = [each for each in latest if not each.missing]
    report = PagesReport()
    if len(seen) < len(latest):
        await _find_missing(connection, shop_id, [each.key for each in latest if each.missing], report)
    if seen:
        await _report_seen(connection, shop_id, seen, report, read_at=min(read_at, now), actor=actor, now=now)
    if report.missing_ids:
        await not_found(connection, shop_id, report.missing_ids, now=now)
    return report


async def _report_seen(
    connection: Direct,
    shop_id: UUID,
    seen: Sequence[PageReading],
    report: PagesReport,
    *,
    read_at: datetime,
    actor: str,
    now: datetime,
) -> None:
    matched = await match(connection, shop_id, [each.key for each in seen], usual=FILER_HOURS)
    if matched.hours:
        seen = [each._replace(key=each.key.shifted(matched.hours)) for each in seen]
    rows = list(zip(seen, matched.found, strict=True))
    fitting = [len(ids) for ids in matched.found]
    report.unmatched = fitting.count(0)
    report.ambiguous = len(fitting) - fitting.count(0) - fitting.count(1)
    report.hours, report.unusual_clock = matched.hours, matched.unusual
    later = await _put(connection, shop_id, rows, report, read_at=read_at, now=now)
    known = [(each, ids[0]) for each, ids in rows if len(ids) == 1 and each.key not in later]
    said = {shown: shown.observation(read_at=read_at, actor=actor) for shown in {each.shown for each, _ in known}}
    await _apply(connection, shop_id, {feedback_id: said[each.shown] for each, feedback_id in known}, report)


async def _find_missing(connection: Direct, shop_id: UUID, keys: Sequence[FeedbackKey], report: PagesReport) -> None:
    found = (await match(connection, shop_id, keys, usual=FILER_HOURS)).found
    report.missing = len(keys)
    report.missing_ids = [ids[0] for ids in found if len(ids) == 1]


async def settle_page_states(connection: Direct, shop_id: UUID) -> int:
    """Readings that came before their feedback did, or while another shared its key; says how many fit now."""
    rows = await connection.fetch(_OPEN, shop_id, SETTLED_AT_ONCE)
    if not rows:
        return 0
    keys = [FeedbackKey(row["nm_id"], row["rating"], row["minute"]) for row in rows]
    matched = await match(connection, shop_id, keys, usual=FILER_HOURS)
    fitting = [
        (key, row, ids[0])
        for key, row, ids in zip(keys, rows, matched.found, strict=True)
        if len(ids) == 1 and matched.hours == 0
    ]
    if not fitting:
        return 0
    fitting.sort(key=lambda each: each[0])
    columns = zip(*((key.nm_id, key.rating, key.minute, feedback_id) for key, _, feedback_id in fitting), strict=True)
    await connection.execute(_MATCHED, shop_id, *(list(column) for column in columns))
    observed = {
        feedback_id: _stored(row).observation(read_at=row["read_at"], actor="page") for _, row, feedback_id in fitting
    }
    await _apply(connection, shop_id, observed, PagesReport())
    return len(fitting)


@lru_cache(maxsize=512)
def _document(statuses: tuple[str, ...]) -> str:
    return json.dumps(statuses, ensure_ascii=False)


async def _put(
    connection: Direct,
    shop_id: UUID,
    rows: Sequence[tuple[PageReading, list[str]]],
    report: PagesReport,
    *,
    read_at: datetime,
    now: datetime,
) -> Collection[FeedbackKey]:
    """Keys of which a later reading is kept already; the others are written and counted in the report.

    What many rows have in common goes over once, since each value of an array has its price.
    """
    kinds: dict[tuple[int, int, Shown], int] = {}
    columns = zip(
        *[
            (
                each.key.nm_id,
                each.key.minute,
                ids[0] if len(ids) == 1 else None,
                each.feedback_date,
                kinds.setdefault((each.key.rating, min(len(ids), 2), each.shown), len(kinds) + 1),
            )
            for each, ids in rows
        ],
        strict=True,
    )
    common = zip(
        *[
            (
                rating, _MATCHES[fitting], _document(shown.statuses),
                shown.offers_complaint, shown.chat_status, shown.rating_excluded,
            )
            for rating, fitting, shown in kinds
        ],
        strict=True,
    )  # fmt: skip
    put = await connection.fetchrow(_PUT, shop_id, *columns, *common, read_at, now)
    assert put is not None
    report.created, report.updated = put["created"], put["updated"]
    if report.created + report.updated == len(rows):
        return ()
    keys = zip(*[each.key for each, _ in rows], strict=True)
    return {FeedbackKey(*row) for row in await connection.fetch(_LATER, shop_id, *keys, read_at)}


async def _apply(connection: Direct, shop_id: UUID, observed: Mapping[str, Observation], report: PagesReport) -> None:
    if report.missing_ids:
        # All of them at once: locked in two rounds, two batches could wait for each other.
        await lock_known(connection, shop_id, [*observed, *report.missing_ids])
    if not observed:
        return
    advances = await observe(connection, shop_id, observed)
    report.applied = len(advances)
    report.chats = sum(before.chat is not after.known.chat for before, after in advances.values())
    await close_resolved(connection, shop_id, newly_resolved(advances))


def newly_resolved(advances: Mapping[str, tuple[Known, Advance]]) -> list[str]:
    """Of which nothing is left to be done since just now."""
    return [
        key
        for key, (before, after) in advances.items()
        if after.known is not before and after.known.resolved and not before.resolved
    ]


def _stored(row: asyncpg.Record) -> Shown:
    return Shown(tuple(json.loads(row["statuses"])), row["can_submit"], row["chat_status"], row["rating_excluded"])
