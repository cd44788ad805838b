"""Moments as clients tell them, made fit to be kept."""

from datetime import UTC, datetime
from typing import Final

FIRST: Final = datetime(2020, 1, 1, tzinfo=UTC)
"""No client has existed for so long: an earlier moment is a clock that was never set."""


def told_at(said: datetime | None, *, now: datetime) -> datetime | None:
    """In UTC, and not in the future; None for what has no zone or cannot be."""
    if said is None or said.tzinfo is None or said < FIRST:
        return None
    return min(said, now).astimezone(UTC)
