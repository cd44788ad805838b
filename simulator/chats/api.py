"""The four methods of buyer-chat-api."""

from simulator.chats import sending
from simulator.clock import utc_text
from simulator.endpoint import Endpoint, Handler, Routes
from simulator.shape import CHAT, EVENT, Item, bend
from simulator.wire import PROBLEM, Call, Refused, Reply, chat_problem, json_reply
from simulator.world import World

CHAT_BIT = 9


def list_chats(world: World, call: Call) -> Reply:
    """All at once; whose signature has expired gets a new one here."""
    room, now = world.settled_room(call.sid), world.clock.now()
    chats = room.listed()
    for chat in chats:
        if chat.has_expired_sign(now, world.knobs.signature_ttl):
            chat.rotate(now)
            world.touch()
    items = bend([chat.wire() for chat in chats], world.oddities, page=True, kind=CHAT)
    return json_reply({"result": items, "errors": None})


def list_events(world: World, call: Call) -> Reply:
    cursor = _cursor(call)
    room, now = world.settled_room(call.sid), world.clock.now()
    page = room.stream.page(cursor, world.knobs)
    items = [event.wire(room.chats[event.chat_id], room.files, now) for event in page.events]
    result: Item = {"next": page.next, "totalEvents": len(items)}
    if not items:
        return json_reply({"result": result | {"events": [] if world.knobs.empty_events == "list" else None}})
    times = [event.at_ms / 1000 for event in page.events]
    result |= {
        "newestEventTime": utc_text(times[-1]),
        "oldestEventTime": utc_text(times[0]),
        "events": bend(items, world.oddities, page=True, kind=EVENT),
    }
    return json_reply({"result": result, "errors": None})


def send_message(world: World, call: Call) -> Reply:
    room, now = world.settled_room(call.sid), world.clock.now()
    letter = sending.letter_from(call, room, knobs=world.knobs, now=now)
    sent = sending.send(room, letter, knobs=world.knobs, now=now)
    result: Item = {"addTime": sent.at_ms, "chatID": sent.chat.id}
    if world.knobs.sign_in_reply != "absent":
        result["sign"] = sent.chat.sign()
    reply = json_reply({"result": result, "errors": sent.errors})
    reply.applied = sent.applied
    return reply


def download(world: World, call: Call) -> Reply:
    file = world.settled_room(call.sid).files.get(call.path.rpartition("/")[2])
    now = world.clock.now()
    if file is None:
        raise Refused(chat_problem("invalid fileID", title="invalid fileID"))
    if file.is_pending(now):
        return json_reply({"moderationState": "pending", "retrySeconds": file.retry_seconds(now)}, 202)
    if file.verdict != "ok":
        title = "Unavailable for Legal Reasons"
        raise Refused(chat_problem("moderation error", status=451, title=title, media_type=PROBLEM))
    return Reply(200, file.bytes(), {"content-type": file.content_type})


def _cursor(call: Call) -> int | None:
    raw = call.query.get("next")
    if raw is None:
        return None
    if not raw.removeprefix("-").isascii() or not raw.removeprefix("-").isdigit():
        raise Refused(chat_problem("Invalid number"))
    if int(raw) <= 0:
        raise Refused(chat_problem('Invalid value for "next"'))
    return int(raw)


def _reading(handler: Handler, bucket: str) -> Endpoint:
    return Endpoint(handler=handler, bucket=bucket, category=CHAT_BIT)


HOST = "/buyer-chat-api/api/v1/seller"
ROUTES: Routes = {
    ("GET", f"{HOST}/chats"): _reading(list_chats, "chat.list"),
    ("GET", f"{HOST}/events"): _reading(list_events, "chat.events"),
    ("GET", f"{HOST}/download/{{id}}"): _reading(download, "chat.download"),
    ("POST", f"{HOST}/message"): Endpoint(handler=send_message, bucket="chat.message", category=CHAT_BIT, writes=True),
}
