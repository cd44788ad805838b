"""The five pin methods of feedbacks-api."""

from typing import Any
from uuid import uuid4

from simulator.endpoint import Endpoint, Handler, Routes
from simulator.pins.board import METHODS, PLACES
from simulator.pins.filters import Filters, number
from simulator.wire import Call, Refused, Reply, json_reply, pin_problem
from simulator.world import World

FEEDBACKS_BIT = 7
PAGE = 500
BODY = "invalid request body"
Json = dict[str, Any]


def list_pins(world: World, call: Call) -> Reply:
    """By pinId; `next` is the last one shown, and absent at the end."""
    filters = Filters.read(call)
    after, limit = number(call, "next") or 0, number(call, "limit")
    limit = PAGE if limit is None else limit
    if not 1 <= limit <= PAGE:
        raise Refused(pin_problem(400, "Bad Request", "limit must be between 1 and 500"))
    pins = world.seller(call.sid).board.pins
    found = [pins[pin_id] for pin_id in sorted(pins) if pin_id > after and filters.include(pins[pin_id])]
    page = found[:limit]
    rest = {"next": page[-1].id} if len(found) > limit else {}
    return json_reply({"data": [pin.wire() for pin in page]} | rest)


def count_pins(world: World, call: Call) -> Reply:
    filters = Filters.read(call)
    return json_reply({"data": sum(map(filters.include, world.seller(call.sid).board.pins.values()))})


def pin_limits(world: World, call: Call) -> Reply:
    return json_reply({"data": world.seller(call.sid).board.limits(world.knobs)})


def pin_feedbacks(world: World, call: Call) -> Reply:
    items = _array(call)
    if not all(isinstance(item, dict) for item in items):
        raise Refused(pin_problem(400, "Bad Request", BODY))
    if not world.knobs.pin_limits():
        detail = "this feature requires active subscription or active tariff"
        raise Refused(pin_problem(403, "no active subscription or tariff", detail))
    results = [_pinned(world, call.sid, item) for item in items]
    reply = json_reply({"data": results})
    reply.applied = any(not result["isErrors"] for result in results)
    return reply


def unpin(world: World, call: Call) -> Reply:
    """Only what was really taken off comes back."""
    ids = _array(call)
    if not all(type(one) is int for one in ids):
        raise Refused(pin_problem(400, "Bad Request", BODY))
    board = world.seller(call.sid).board
    taken = [pin_id for pin_id in ids if board.take_off(pin_id)]
    reply = json_reply({"data": taken})
    reply.applied = bool(taken)
    return reply


def _pinned(world: World, sid: str, item: Json) -> Json:
    method, place, wb_id = (str(item.get(name, "")) for name in ("pinMethod", "pinOn", "feedbackId"))
    shown = {"feedbackId": wb_id, "pinMethod": method, "pinOn": place}
    if method not in METHODS or place not in PLACES or not wb_id:
        return shown | _failed("bodyNotValid")
    feedback = world.settled(sid).feedbacks.get(wb_id)
    if feedback is None:
        return shown | _failed("feedbackMismatch" if world.find(wb_id) else "feedbackNotFound")
    board = world.seller(sid).board
    obstacle = board.obstacle(feedback, method, place, world.knobs)
    if obstacle is not None:
        return shown | _failed(obstacle)
    pin = board.pin(feedback, method, place, pin_id=world.new_pin_id(), now=world.clock.now())
    return shown | {"isErrors": False, "pinId": pin.id}


def _failed(status: str) -> Json:
    """Here the status is a word, unlike in family C."""
    error = {
        "status": status,
        "title": status,
        "detail": status,
        "requestId": uuid4().hex,
        "origin": "pin-open-api",
    }
    return {"isErrors": True, "errors": [error]}


def _array(call: Call) -> list[Any]:
    try:
        body = call.json()
    except ValueError:
        body = None
    if not isinstance(body, list) or not 1 <= len(body) <= PAGE:
        raise Refused(pin_problem(400, "Bad Request", BODY))
    return body


def _endpoint(handler: Handler, *, writes: bool = False) -> Endpoint:
    return Endpoint(handler=handler, bucket="feedbacks", category=FEEDBACKS_BIT, writes=writes)


HOST = "/feedbacks-api/api/feedbacks/v1/pins"
ROUTES: Routes = {
    ("GET", HOST): _endpoint(list_pins),
    ("GET", f"{HOST}/count"): _endpoint(count_pins),
    ("GET", f"{HOST}/limits"): _endpoint(pin_limits),
    ("POST", HOST): _endpoint(pin_feedbacks, writes=True),
    ("DELETE", HOST): _endpoint(unpin, writes=True),
}
