"""Dates as Wildberries' pages print them: «18 февр. 2026 г. в 21:45», «18.02.2026 в 21:45», in Moscow's time."""

import re
from datetime import UTC, datetime
from functools import lru_cache
from typing import Final

from dateparser.date import DateDataParser

from app.kit.clock import MOSCOW

LONGEST: Final = 60
"""Characters; no date is longer, and a parser of dates is no place for a novel."""

# Day, month by number or name, year, and perhaps a time: dateparser alone would also read «18 2026» and «вчера».
_DAY: Final = r"\d{1,2}(?:\.\d{1,2}\.|\s+[а-яё]{3,8}\.?\s+)(?:\d{4}|\d{2})"
_SHAPE: Final = re.compile(rf"{_DAY}(?:\s*г(?:\.|ода)?)?(?:,?\s*(?:в\s+)?\d{{1,2}}:\d\d(?::\d\d)?)?", re.ASCII)
_FILLERS: Final = re.compile(r"(?<=\d)\s*г(?:\.|ода)?(?=[\s,]|$)|,|\sв\s")
_ISO: Final = re.compile(r"\d{4}-\d\d-\d\d(?:[T ]\d\d:\d\d(?::\d\d(?:\.\d{1,6})?)?(?:Z|[+-]\d\d:?\d\d)?)?", re.ASCII)
_FIRST_YEAR, _LAST_YEAR = 2010, 2099
_PARSER: Final = DateDataParser(
    languages=["ru"],
    settings={
        "DATE_ORDER": "DMY",
        "REQUIRE_PARTS": ["day", "month", "year"],
        "PARSERS": ["absolute-time"],
        "RETURN_AS_TIMEZONE_AWARE": False,
    },
)


@lru_cache(maxsize=4096)
def parse_wb_date(text: str) -> datetime | None:
    """In UTC; a day without a time is its midnight in Moscow, and what is no such date is None."""
    words = " ".join(text[: LONGEST + 1].split()).lower()
    if len(text) > LONGEST or not words:
        return None
    if _ISO.fullmatch(words.upper()):
        found = _iso(words.upper())
    elif _SHAPE.fullmatch(words):
        found = _PARSER.get_date_data(" ".join(_FILLERS.sub(" ", words).split())).date_obj
    else:
        return None
    if found is None or not _FIRST_YEAR <= found.year <= _LAST_YEAR:
        return None
    return (found if found.tzinfo else found.replace(tzinfo=MOSCOW)).astimezone(UTC)


def has_time(text: str) -> bool:
    """Whether such a date names a minute."""
    return ":" in text


def month_of(moment: datetime) -> datetime:
    """When the Moscow month of this moment begins."""
    return moment.astimezone(MOSCOW).replace(day=1, hour=0, minute=0, second=0, microsecond=0)


def _iso(words: str) -> datetime | None:
    try:
        return datetime.fromisoformat(words)
    except ValueError:
        return None
