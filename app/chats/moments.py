"""Wildberries counts chat time in milliseconds."""

from datetime import UTC, datetime, timedelta

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_LATEST = 253_402_300_799_999  # the last millisecond of the year 9999


def moment(wb_ms: int) -> datetime:
    """Exact, without the rounding of floats; nonsense lands on the nearest end of the calendar."""
    return _EPOCH + timedelta(milliseconds=min(max(wb_ms, 0), _LATEST))


def milliseconds(at: datetime) -> int:
    """The inverse of `moment`."""
    return (at - _EPOCH) // timedelta(milliseconds=1)
