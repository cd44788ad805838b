"""Writes down what the gate decided: rows locked in the order of their ids, one statement for all of them."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import asyncpg

from app.cabinet.gate import Advance, Known, Observation, advance
from app.cabinet.standings import refresh_standings
from app.cabinet.states import ChatState, ComplaintState, FiledBy, Purchase, Visibility
from app.cabinet.tallies import COUNTS_FROM, TALLIED
from app.kit.db import Direct

_COLUMNS = {
    "complaint": "text", "complaint_at": "timestamptz", "filed_by": "text", "filed_at": "timestamptz",
    "verdict_at": "timestamptz", "conflict": "text", "ready": "boolean", "chat": "text", "chat_at": "timestamptz",
    "visibility": "text", "purchase": "text", "supplemented": "boolean", "rating_excluded": "boolean",
    "can_submit": "boolean", "page_read_at": "timestamptz", "read_again": "boolean", "not_found": "smallint",
    "cooling": "boolean", "cool_until": "timestamptz",
}  # fmt: skip
_NAMES = Known._fields
_LOCK = f"""
SELECT feedback_id, {", ".join(_NAMES)} FROM standings
WHERE shop_id = $1 AND feedback_id = ANY($2::text[]) ORDER BY feedback_id FOR UPDATE
"""  # noqa: S608
_EVENTS = {
    "feedback_id": "text", "track": "text", "from_state": "text", "to_state": "text", "source": "text",
    "observed_at": "timestamptz", "actor": "text", "raw": "text",
}  # fmt: skip


def _rows_from(columns: Mapping[str, str], first: int) -> tuple[str, list[str]]:
    """Arrays from $first on as rows `n`, and each column in such a row; for `_packed` values."""
    arrays = {name: f"${first + place}::{kind}[]" for place, (name, kind) in enumerate(columns.items())}
    value = "CASE WHEN cardinality({array}) = 1 THEN ({array})[1] ELSE n.{name} END"
    return (
        f"unnest({', '.join(arrays.values())}) AS n({', '.join(columns)})",
        [value.format(array=array, name=name) for name, array in arrays.items()],
    )


_STOOD, _STANDS = _rows_from({"feedback_id": "text", **{name: _COLUMNS[name] for name in _NAMES}}, 2)
_TOLD, _TELLS = _rows_from(_EVENTS, 3 + len(_NAMES))
_WRITE = f"""
WITH before AS MATERIALIZED (
  SELECT {COUNTS_FROM} FROM standings WHERE shop_id = $1 AND feedback_id = ANY($2::text[])
),
after AS (
  UPDATE standings s SET {", ".join(f"{name} = {value}" for name, value in zip(_NAMES, _STANDS[1:], strict=True))}
  FROM {_STOOD}
  WHERE s.shop_id = $1 AND s.feedback_id = n.feedback_id
  RETURNING {", ".join(f"s.{name}" for name in COUNTS_FROM.split(", "))}
),
{TALLIED}
INSERT INTO standing_events (shop_id, {", ".join(_EVENTS)})
SELECT $1, {", ".join(_TELLS)} FROM {_TOLD}
"""  # noqa: S608
COOL_FIRST = timedelta(hours=24)
COOL_LATER = timedelta(days=7)
OFTEN = 3


async def lock_known(connection: Direct, shop_id: UUID, feedback_ids: Sequence[str]) -> dict[str, Known]:
    """What stands of each of these feedbacks, locked; standings that are missing are made."""
    wanted = sorted(set(feedback_ids))
    rows = await connection.fetch(_LOCK, shop_id, wanted)
    if len(rows) < len(wanted):
        present = {row["feedback_id"] for row in rows}
        await refresh_standings(connection, shop_id, [each for each in wanted if each not in present])
        rows = await connection.fetch(_LOCK, shop_id, wanted)
    return {row["feedback_id"]: _known(row) for row in rows}


async def observe(
    connection: Direct, shop_id: UUID, seen: Mapping[str, Observation]
) -> dict[str, tuple[Known, Advance]]:
    """Feeds one observation for each feedback to the gate; says what stood before and what came of it."""
    known = await lock_known(connection, shop_id, list(seen))
    advances = {feedback_id: (each, advance(each, seen[feedback_id])) for feedback_id, each in known.items()}
    moved = {key: (after, seen[key]) for key, (before, after) in advances.items() if after.known != before}
    await write(connection, shop_id, moved)
    return advances


async def not_found(connection: Direct, shop_id: UUID, feedback_ids: Sequence[str], *, now: datetime) -> None:
    """A page lacks them, which is a hint and no more: their tasks rest for a day, after the third time for a week."""
    known = await lock_known(connection, shop_id, feedback_ids)
    rows = [
        (feedback_id, each.not_found + 1, now + (COOL_LATER if each.not_found + 1 >= OFTEN else COOL_FIRST))
        for feedback_id, each in known.items()
    ]
    await connection.fetchval(_COOL, shop_id, *(list(column) for column in zip(*rows, strict=True)))


async def write(connection: Direct, shop_id: UUID, moved: Mapping[str, tuple[Advance, Observation]]) -> None:
    """What the gate said of locked standings, its history, and the difference in the shop's counts."""
    if not moved:
        return
    events = [
        (key, line.track, line.before, line.after, seen.source.value, seen.observed_at, seen.actor, seen.raw)
        for key, (after, seen) in moved.items()
        for line in after.changes
    ]
    columns = _packed([(key, *after.known) for key, (after, _) in moved.items()])
    await connection.execute(_WRITE, shop_id, *columns, *(_packed(events) if events else [()] * len(_EVENTS)))


def _packed(rows: Sequence[tuple[Any, ...]]) -> list[Sequence[Any]]:
    """As columns; what is the same in all rows goes over once, since each value of an array has its price."""
    keys, *columns = zip(*rows, strict=True)
    return [keys, *(column[:1] if column.count(column[0]) == len(column) else column for column in columns)]


def _known(row: asyncpg.Record) -> Known:
    """Of a row of _LOCK."""
    _, complaint, complaint_at, filed_by, filed_at, verdict_at, conflict, ready, chat, chat_at, *others = row
    visibility, purchase, *facts = others
    return Known(
        _COMPLAINTS[complaint], complaint_at, _FILERS[filed_by], filed_at, verdict_at, conflict, ready, _CHATS[chat],
        chat_at, _VISIBILITIES[visibility], _PURCHASES[purchase], *facts,
    )  # fmt: skip


_COMPLAINTS = {state.value: state for state in ComplaintState}
_FILERS: Mapping[str | None, FiledBy | None] = {None: None, **{each.value: each for each in FiledBy}}
_CHATS = {state.value: state for state in ChatState}
_VISIBILITIES = {state.value: state for state in Visibility}
_PURCHASES = {state.value: state for state in Purchase}
_COOL = f"""
WITH before AS MATERIALIZED (
  SELECT {COUNTS_FROM} FROM standings WHERE shop_id = $1 AND feedback_id = ANY($2::text[])
),
after AS (
  UPDATE standings s SET not_found = n.times, cooling = true, cool_until = n.until
  FROM unnest($2::text[], $3::smallint[], $4::timestamptz[]) AS n(feedback_id, times, until)
  WHERE s.shop_id = $1 AND s.feedback_id = n.feedback_id
  RETURNING {", ".join(f"s.{name}" for name in COUNTS_FROM.split(", "))}
),
{TALLIED}
SELECT count(*) FROM after
"""  # noqa: S608
