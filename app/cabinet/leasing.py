"""Tasks lent to one access token for a while, so that two people do not file the same complaint."""

from collections.abc import Awaitable, Callable, Iterable, Sequence
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from app.cabinet.tasks import Task
from app.kit.db import Direct

LENT: Final = timedelta(minutes=15)
"""Whoever asks again before half of it is over keeps what he has without a write."""

FREE: Final = "(s.leased_until IS NULL OR s.leased_until <= $3::timestamptz OR s.leased_to = $2)"
"""Of a standing `s`: nobody else has it; $2 is the access token, $3 the present."""

_HALF: Final = f"interval '{LENT.total_seconds() / 2} s'"
HELD: Final = f"coalesce(s.leased_to = $2 AND s.leased_until > $3::timestamptz + {_HALF}, false)"
"""Of a standing `s`: lent to this token for long enough to leave it as it is."""

_TURN: Final = "SELECT pg_advisory_xact_lock(hashtextextended('leases:' || $1::uuid::text, 0))"
_LEND: Final = f"""
WITH free AS (
  SELECT s.feedback_id FROM standings s
  WHERE s.shop_id = $1 AND s.feedback_id = ANY($4::text[]) AND {FREE}
    AND (s.queued_complaint OR s.queued_chat OR s.queued_link)
  ORDER BY s.feedback_id FOR UPDATE SKIP LOCKED
)
UPDATE standings s SET leased_to = $2, leased_until = $5 FROM free
WHERE s.shop_id = $1 AND s.feedback_id = free.feedback_id
RETURNING s.feedback_id, s.queued_complaint, s.queued_chat, s.queued_link
"""  # noqa: S608
_FLAGS: Final = {"complaint": "queued_complaint", "open": "queued_chat", "link": "queued_link"}

Look = Callable[[Direct], Awaitable[Sequence[Task]]]
"""Reads the tasks that are free for one token."""


def unheld(tasks: Iterable[Task]) -> list[str]:
    """Feedbacks whose tasks must be lent before they are handed out."""
    return [task["feedback_id"] for task in tasks if not task["held"]]


async def hand_out(connection: Direct, shop_id: UUID, token_id: UUID, look: Look, *, now: datetime) -> Sequence[Task]:
    """Only what is this token's for the next minutes, and still to be done; wants an open transaction.

    One at a time in a shop: what somebody else was just lent is not looked at any more. A row that is being changed
    at this very moment is left for the next round.
    """
    await connection.execute(_TURN, shop_id)
    tasks = await look(connection)
    rows = await connection.fetch(_LEND, shop_id, token_id, now, unheld(tasks), now + LENT)
    lent = {(row["feedback_id"], kind) for row in rows for kind, flag in _FLAGS.items() if row[flag]}
    return [task for task in tasks if task["held"] or (task["feedback_id"], task["kind"]) in lent]
