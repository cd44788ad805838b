"""The one place that asks for the time."""

from datetime import UTC, datetime, timedelta, timezone
from typing import Final

MOSCOW: Final = timezone(timedelta(hours=3), "MSK")
"""Moscow has kept this offset all year since October 2014, before Wildberries had feedbacks to count."""


def utc_now() -> datetime:
    """Now, aware, in UTC."""
    return datetime.now(UTC)
