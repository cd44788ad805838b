"""reviewKey, `{nmId}_{rating}_{YYYY-MM-DDTHH:mm}`, and the key that the domain knows."""

import re
from datetime import datetime
from typing import Final

from app.cabinet.matching import FeedbackKey

_KEY: Final = re.compile(r"\s*0*([1-9][0-9]{0,17})_([1-5])_(20[0-9]{2}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2})")
# Builds differ in what follows the minute: nothing, seconds, «.000Z», «:00.000Z», or seconds and that as well.
_REST: Final = re.compile(r"(?::[0-9]{2}){0,2}(?:\.[0-9]{1,9})?Z?\s*")
LONGEST: Final = 64
"""Characters; no spelling of a key is longer."""


def parse_key(text: str) -> FeedbackKey | None:
    """None for what is no key: its row is an error of its own, the others go on."""
    found = _KEY.match(text) if len(text) <= LONGEST else None
    if found is None or (found.end() < len(text) and not _REST.fullmatch(text, found.end())):
        return None
    nm_id, rating, minute = found.groups()
    try:
        return FeedbackKey(int(nm_id), int(rating), datetime.fromisoformat(minute + "Z"))
    except ValueError:
        return None


def spell_key(nm_id: int, rating: int, written_at: str) -> str:
    """The same of its parts, for hundreds at a time; the moment is one of `wire_time`, cut to its minute."""
    return f"{nm_id}_{rating}_{written_at[:16]}"
