"""Answers that keep to the letter of the API but not to its spirit, for clients that parse too strictly."""

from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any
from zlib import crc32

Item = dict[str, Any]


class Oddity(StrEnum):
    NULLS = "nulls"
    MISSING_KEYS = "missing_keys"
    EMPTY_NAMES = "empty_names"
    NINE_DIGITS = "nine_digits"
    MOSCOW_TIME = "moscow_time"
    UNKNOWN_ENUMS = "unknown_enums"
    EXTRA_FIELDS = "extra_fields"
    BROKEN_ITEM = "broken_item"


NULLABLE = ("photoLinks", "bables", "video", "color", "matchingSize", "lastOrderCreatedAt", "subjectName")
OMITTED = ("bables", "video", "orderStatus", "color", "lastOrderShkId", "wasViewed", "childFeedbackId")


def profile(name: str | list[str]) -> frozenset[Oddity]:
    """`off`, `all`, or a list of oddities."""
    if name == "off":
        return frozenset()
    if name == "all":
        return frozenset(Oddity)
    return frozenset(Oddity(one) for one in ([name] if isinstance(name, str) else name))


def bend(items: list[Item], oddities: frozenset[Oddity], *, page: bool) -> list[Item]:
    """Each item is bent in its own way, always the same; one item of a page is beyond repair."""
    if not oddities:
        return items
    bent = [_bend(item, oddities, crc32(str(item["id"]).encode())) for item in items]
    if page and bent and Oddity.BROKEN_ITEM in oddities:
        bent[len(bent) // 2] = {"id": None, "productDetails": "?", "createdDate": 0}
    return bent


def _bend(item: Item, oddities: frozenset[Oddity], mark: int) -> Item:
    changes: Item = {}
    if Oddity.NULLS in oddities:
        changes[NULLABLE[mark % len(NULLABLE)]] = None
    if Oddity.EMPTY_NAMES in oddities and mark % 2:
        changes["userName"] = ""
    if Oddity.EXTRA_FIELDS in oddities:
        changes["futureField"] = {"nested": [mark % 10]}
    changes |= _odd_dates(item, oddities) | _odd_enums(item, oddities, mark)
    bent = item | changes
    if Oddity.MISSING_KEYS in oddities:
        bent.pop(OMITTED[mark % len(OMITTED)], None)
    return bent


def _odd_dates(item: Item, oddities: frozenset[Oddity]) -> Item:
    moment = str(item["createdDate"])
    zone = "+03:00" if moment.endswith("+03:00") else "Z"
    if Oddity.NINE_DIGITS in oddities:
        second, _, fraction = moment.removesuffix(zone).partition(".")
        moment = f"{second}.{fraction.ljust(9, '1')}{zone}"
    if Oddity.MOSCOW_TIME in oddities and zone == "Z":
        # The same instant, three hours later on the wall.
        moment = _to_moscow(moment)
    return {"createdDate": moment}


def _to_moscow(moment: str) -> str:
    second, dot, fraction = moment.removesuffix("Z").partition(".")
    moved = datetime.fromisoformat(second) + timedelta(hours=3)
    return f"{moved:%Y-%m-%dT%H:%M:%S}{dot}{fraction}+03:00"


def _odd_enums(item: Item, oddities: frozenset[Oddity], mark: int) -> Item:
    if Oddity.UNKNOWN_ENUMS not in oddities:
        return {}
    changes: Item = {"orderStatus": "partlyRedeemed", "matchingSize": ("ок", " ", "tooLong")[mark % 3]}
    if item["answer"] and mark % 2:
        changes["answer"] = item["answer"] | {"state": "onHold"}
    return changes
