"""Answers that keep to the letter of the API but not to its spirit, for clients that parse too strictly."""

from collections.abc import Callable
from dataclasses import dataclass
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
    DECIMAL_PRICES = "decimal_prices"


def _odd_feedback(item: Item, mark: int) -> Item:
    changes: Item = {"orderStatus": "partlyRedeemed", "matchingSize": ("ок", " ", "tooLong")[mark % 3]}
    if item["answer"] and mark % 2:
        changes["answer"] = item["answer"] | {"state": "onHold"}
    return changes


def _odd_question(item: Item, mark: int) -> Item:
    return {"state": "onHold"} if mark % 3 == 0 else {}


def _odd_event(item: Item, mark: int) -> Item:
    return ({"eventType": "refund"}, {"source": "huawei"}, {"sender": "bot"}, {})[mark % 4]


def _nothing_odd(item: Item, mark: int) -> Item:
    return {}


@dataclass(frozen=True)
class Kind:
    """Where an item of this kind can be bent."""

    id: str
    nullable: tuple[str, ...]
    omitted: tuple[str, ...]
    names: str
    odd_enums: Callable[[Item, int], Item]
    broken: Item


FEEDBACK = Kind(
    id="id",
    nullable=("photoLinks", "bables", "video", "color", "matchingSize", "lastOrderCreatedAt", "subjectName"),
    omitted=("bables", "video", "orderStatus", "color", "lastOrderShkId", "wasViewed", "childFeedbackId"),
    names="userName",
    odd_enums=_odd_feedback,
    broken={"id": None, "productDetails": "?", "createdDate": 0},
)
QUESTION = Kind(
    id="id",
    nullable=("isWarned", "wasViewed"),
    omitted=("isWarned", "wasViewed"),
    names="",
    odd_enums=_odd_question,
    broken={"id": None, "productDetails": "?", "createdDate": 0},
)
EVENT = Kind(
    id="eventID",
    nullable=("message", "source", "clientName", "isNewChat"),
    omitted=("message", "source", "clientName", "addTime"),
    names="clientName",
    odd_enums=_odd_event,
    broken={"eventID": None, "chatID": 0, "message": "?", "addTimestamp": None},
)
CHAT = Kind(
    id="chatID",
    nullable=("goodCard", "lastMessage", "clientName"),
    omitted=("goodCard", "lastMessage", "clientName"),
    names="clientName",
    odd_enums=_nothing_odd,
    broken={"chatID": None, "replySign": 0, "lastMessage": "?"},
)


def profile(name: str | list[str]) -> frozenset[Oddity]:
    """`off`, `all`, or a list of oddities."""
    if name == "off":
        return frozenset()
    if name == "all":
        return frozenset(Oddity)
    return frozenset(Oddity(one) for one in ([name] if isinstance(name, str) else name))


def bend(items: list[Item], oddities: frozenset[Oddity], *, page: bool, kind: Kind = FEEDBACK) -> list[Item]:
    """Each item is bent in its own way, always the same; one item of a page is beyond repair."""
    if not oddities:
        return items
    bent = [_bend(item, oddities, kind, crc32(str(item[kind.id]).encode())) for item in items]
    if page and bent and Oddity.BROKEN_ITEM in oddities:
        bent[len(bent) // 2] = dict(kind.broken)
    return bent


def _bend(item: Item, oddities: frozenset[Oddity], kind: Kind, mark: int) -> Item:
    changes: Item = {}
    if Oddity.NULLS in oddities:
        changes[kind.nullable[mark % len(kind.nullable)]] = None
    if Oddity.EMPTY_NAMES in oddities and mark % 2 and kind.names:
        changes[kind.names] = ""
    if Oddity.EXTRA_FIELDS in oddities:
        changes["futureField"] = {"nested": [mark % 10]}
    changes |= _odd_dates(item, oddities)
    changes |= kind.odd_enums(item, mark) if Oddity.UNKNOWN_ENUMS in oddities else {}
    changes |= _odd_price(item) if Oddity.DECIMAL_PRICES in oddities else {}
    bent = item | changes
    if Oddity.MISSING_KEYS in oddities:
        bent.pop(kind.omitted[mark % len(kind.omitted)], None)
    return bent


def _odd_price(item: Item) -> Item:
    card = item.get("goodCard")
    return {"goodCard": card | {"price": card["price"] + 0.5}} if card else {}


def _odd_dates(item: Item, oddities: frozenset[Oddity]) -> Item:
    if "createdDate" not in item:
        return {}
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
