"""The seller's cards: names, photos, sizes, and the facts that answers to buyers rest on."""

from dataclasses import dataclass
from typing import Any
from uuid import NAMESPACE_URL, uuid5

from simulator.cards import FACTS, description_of
from simulator.clock import utc_text
from simulator.endpoint import Endpoint, Routes
from simulator.feedback import Product
from simulator.shape import Oddity
from simulator.wire import Call, Refused, Reply, answer_problem, json_reply
from simulator.world import World

FIRST_EDIT = 1_700_000_000
PAGE = 100


@dataclass(frozen=True)
class Wanted:
    """`seen` is the last card of the page before."""

    limit: int
    seen: tuple[str, int] | None
    ascending: bool
    search: str = ""
    imt_id: int | None = None

    def includes(self, card: dict[str, Any]) -> bool:
        if self.imt_id not in (None, card["imtID"]):
            return False
        skus = [sku for size in card["sizes"] for sku in size["skus"]]
        return not self.search or self.search in (card["vendorCode"], str(card["nmID"]), *skus)


def list_cards(world: World, call: Call) -> Reply:
    wanted = _wanted(call)
    cards = sorted(filter(wanted.includes, map(_card, world.seller(call.sid).products)), key=_key)
    if wanted.seen is not None:
        seen = wanted.seen
        cards = [card for card in cards if (_key(card) > seen if wanted.ascending else _key(card) < seen)]
    page = (cards if wanted.ascending else cards[::-1])[: wanted.limit]
    last = {"updatedAt": page[-1]["updatedAt"], "nmID": page[-1]["nmID"]} if page else {}
    if Oddity.MISSING_KEYS in world.oddities:
        page = [{name: card[name] for name in card if name != "photos" or card["nmID"] % 3} for card in page]
    return json_reply({"cards": page, "cursor": last | {"total": len(page)}})


def _wanted(call: Call) -> Wanted:
    try:
        settings = call.json()["settings"]
        cursor = settings.get("cursor") or {}
        ascending = bool((settings.get("sort") or {}).get("ascending", False))
        seen = (str(cursor["updatedAt"]), int(cursor.get("nmID") or 0)) if cursor.get("updatedAt") else None
        chosen = settings.get("filter") or {}
        search, imt_id = str(chosen.get("textSearch") or ""), chosen.get("imtID")
        return Wanted(min(PAGE, int(cursor.get("limit") or 10)), seen, ascending, search, imt_id)
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise Refused(answer_problem("Invalid request body")) from error


def _key(card: dict[str, Any]) -> tuple[str, int]:
    return card["updatedAt"], card["nmID"]


def _card(product: Product) -> dict[str, Any]:
    nm_id = product.nm_id
    place = f"https://basket-10.wbbasket.ru/vol{nm_id // 100_000}/part{nm_id // 1000}/{nm_id}/images"
    views = ("big", "c246x328", "c516x688", "square", "tm")
    edited = utc_text(FIRST_EDIT + product.nm_id % 1_000_000)
    return {
        "nmID": product.nm_id,
        "imtID": product.imt_id,
        "nmUUID": str(uuid5(NAMESPACE_URL, str(product.nm_id))),
        "subjectID": product.subject_id,
        "subjectName": product.subject,
        "vendorCode": product.article,
        "brand": product.brand,
        "title": product.name,
        "description": description_of(product),
        "needKiz": False,
        "kizMarked": False,
        "photos": [
            {view: f"{place}/{view}/{number}.webp" for view in views} for number in range(1, 2 + product.nm_id % 4)
        ],
        "characteristics": _characteristics(product),
        "dimensions": {
            "length": 20 + nm_id % 30,
            "width": 15 + nm_id % 20,
            "height": 5 + nm_id % 15,
            "weightBrutto": 0.1 + nm_id % 90 / 10,
            "isValid": True,
        },
        "sizes": [
            {
                "chrtID": product.nm_id * 10 + number,
                "techSize": size,
                "wbSize": size,
                "skus": [f"{product.nm_id}{number:03d}"],
            }
            for number, size in enumerate(product.sizes)
        ],
        "createdAt": utc_text(FIRST_EDIT),
        "updatedAt": edited,
    }


def _characteristics(product: Product) -> list[dict[str, Any]]:
    """A value is a list of words or a number, whichever the characteristic takes."""
    colors = [color for color in product.colors if color]
    named: dict[str, Any] = ({"Цвет": colors} if colors else {}) | FACTS.get(product.subject_id, {})
    return [
        {"id": 14177449 + number, "name": name, "value": value} for number, (name, value) in enumerate(named.items())
    ]


ROUTES: Routes = {
    ("POST", "/content-api/content/v2/get/cards/list"): Endpoint(handler=list_cards, bucket="cards.list", category=1)
}
