"""The one place that asks for the time."""

from datetime import UTC, datetime, timedelta, timezone
from typing import Final

MOSCOW: Final = timezone(timedelta(hours=3), "MSK")
"""Moscow has kept this offset all year since October 2014, before Wildberries had feedbacks to count."""


def utc_now() -> datetime:
    """Now, aware, in UTC."""
    return datetime.now(UTC)


def utc_text(column: str) -> str:
    """SQL for an instant as text, cut to the millisecond: `2026-01-07T20:09:00.000Z`."""
    return f"to_char({column} AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS.MS\"Z\"')"
