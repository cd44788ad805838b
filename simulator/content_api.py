"""The seller's cards: only as much as names, photos and sizes need."""

from dataclasses import dataclass
from typing import Any
from uuid import NAMESPACE_URL, uuid5

from simulator.clock import utc_text
from simulator.endpoint import Endpoint, Routes
from simulator.feedback import Product
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


def list_cards(world: World, call: Call) -> Reply:
    wanted = _wanted(call)
    cards = sorted((_card(product) for product in world.seller(call.sid).products), key=_key)
    if wanted.seen is not None:
        seen = wanted.seen
        cards = [card for card in cards if (_key(card) > seen if wanted.ascending else _key(card) < seen)]
    page = (cards if wanted.ascending else cards[::-1])[: wanted.limit]
    last = {"updatedAt": page[-1]["updatedAt"], "nmID": page[-1]["nmID"]} if page else {}
    return json_reply({"cards": page, "cursor": last | {"total": len(page)}})


def _wanted(call: Call) -> Wanted:
    try:
        settings = call.json()["settings"]
        cursor = settings.get("cursor") or {}
        ascending = bool((settings.get("sort") or {}).get("ascending", False))
        seen = (str(cursor["updatedAt"]), int(cursor.get("nmID") or 0)) if cursor.get("updatedAt") else None
        return Wanted(min(PAGE, int(cursor.get("limit") or 10)), seen, ascending)
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise Refused(answer_problem("Invalid request body")) from error


def _key(card: dict[str, Any]) -> tuple[str, int]:
    return card["updatedAt"], card["nmID"]


def _card(product: Product) -> dict[str, Any]:
    nm_id = product.nm_id
    place = f"https://basket-10.wbbasket.ru/vol{nm_id // 100_000}/part{nm_id // 1000}/{nm_id}/images"
    sizes = ("big", "c246x328", "c516x688", "square", "tm")
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
        "description": f"{product.name}. Подробности в характеристиках.",
        "needKiz": False,
        "kizMarked": False,
        "photos": [{size: f"{place}/{size}/1.webp" for size in sizes}],
        "characteristics": [{"id": 14177449, "name": "Цвет", "value": [color for color in product.colors if color]}],
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


ROUTES: Routes = {
    ("POST", "/content-api/content/v2/get/cards/list"): Endpoint(handler=list_cards, bucket="cards.list", category=1)
}
