"""Feedbacks that a test dictates in WB's own JSON, as much or as little of it as it cares about."""

from dataclasses import replace
from datetime import datetime
from typing import Any

from simulator.feedback import Answer, Feedback, Product, product_details
from simulator.moderation import PUBLISHED
from simulator.world import Seller

Json = dict[str, Any]
OURS = {
    "id": "id",
    "text": "text",
    "pros": "pros",
    "cons": "cons",
    "productValuation": "rating",
    "userName": "user_name",
    "wasViewed": "viewed",
    "color": "color",
    "orderStatus": "order_status",
    "matchingSize": "matching_size",
    "isAbleReturnProductOrders": "returnable",
    "bables": "bables",
    "returnProductOrdersDate": "returned_on",
    "parentFeedbackId": "parent_id",
    "childFeedbackId": "child_id",
}
BY_HAND = {"answer", "state", "productDetails"}


def feedback_from(wire: Json, seller: Seller, *, now: float, visible_at: float) -> Feedback:
    """Unknown fields are shown back unchanged; one without any words gets a text, "" must be asked for."""
    known = {ours: wire[theirs] for theirs, ours in OURS.items() if theirs in wire}
    known.setdefault("id", seller.new_id())
    if not any(name in known for name in ("text", "pros", "cons")):
        known["text"] = "Хороший товар, спасибо."
    feedback = Feedback(**known, created=_created(wire, now), product=product_of(wire, seller), visible_at=visible_at)
    _set_product_details(feedback, wire)
    _set_rest(feedback, wire)
    _set_answer(feedback, wire, now=now)
    return feedback


def supplement_of(seller: Seller, original: Feedback, wire: Json, *, now: float, visible_at: float) -> Feedback:
    """What the buyer added later, under an id of its own."""
    later = replace(
        original,
        id=wire.get("id") or seller.new_id(),
        created=int(now),
        parent_id=original.id,
        child_id=None,
        answer=None,
        processed_at=None,
        viewed=False,
        visible_at=visible_at,
        photos=0,
        video=False,
        text=wire.get("text", "Дополняю отзыв."),
        pros=wire.get("pros", ""),
        cons=wire.get("cons", ""),
        rating=wire.get("productValuation", original.rating),
        overrides=None,
        shelf=0,
    )
    original.child_id = later.id
    return later


def _created(wire: Json, now: float) -> int:
    if "createdDate" not in wire:
        return int(now)
    return int(datetime.fromisoformat(wire["createdDate"]).timestamp())


def product_of(wire: Json, seller: Seller) -> Product:
    """The seller's first one unless an nmId is given; an nmId nobody knows makes a new one."""
    nm_id = (wire.get("productDetails") or {}).get("nmId")
    if nm_id is None:
        return seller.products[0]
    known = next((product for product in seller.products if product.nm_id == nm_id), None)
    if known is None:
        known = replace(seller.products[0], nm_id=nm_id, imt_id=wire["productDetails"].get("imtId", nm_id))
        seller.products.append(known)
    return known


def _set_product_details(feedback: Feedback, wire: Json) -> None:
    details = wire.get("productDetails") or {}
    feedback.size = details.get("size", feedback.size)
    if set(details) - {"nmId", "size"}:
        shown = product_details(feedback.product, feedback.size) | details
        feedback.overrides = {"productDetails": shown}


def _set_rest(feedback: Feedback, wire: Json) -> None:
    rest = {name: value for name, value in wire.items() if name not in OURS and name not in BY_HAND}
    feedback.photos = len(wire.get("photoLinks") or [])
    feedback.video = bool(wire.get("video"))
    if rest:
        feedback.overrides = (feedback.overrides or {}) | rest


def _set_answer(feedback: Feedback, wire: Json, *, now: float) -> None:
    given = wire.get("answer")
    if given:
        verdict = given.get("state", PUBLISHED)
        feedback.answer = Answer(
            text=given["text"],
            submitted_at=min(now, feedback.created + 3600.0),
            decided_at=now,
            verdict=verdict,
            editable=given.get("editable", True),
        )
    if given or wire.get("state") == "wbRu" or feedback.is_empty():
        feedback.processed_at = float(feedback.created)
