"""What a test may make buyers, WB and the seller's own hands do in chats."""

import base64
import binascii
from typing import Any

from fastapi import APIRouter, HTTPException

from simulator.chats.chat import Chat, Event
from simulator.chats.files import NEVER, SAMPLES, File
from simulator.chats.orders import ChatOrder, ChatsOrder, FileOrder, LineOrder, RotateOrder, VerdictOrder
from simulator.chats.room import Line, Room
from simulator.world import Seller, World

Json = dict[str, Any]


def control_chats(world: World) -> APIRouter:
    router = APIRouter(prefix="/__sim")
    _talk_routes(router, world)
    _fate_routes(router, world)
    return router


def _talk_routes(router: APIRouter, world: World) -> None:
    @router.post("/chats")
    async def open_chats(order: ChatsOrder) -> Json:
        """Chats without a word in them yet: the first client-message is their first event."""
        seller = world.seller(order.sid)
        opened = [_opened(seller, one, world.clock.now()) for one in order.chats]
        world.touch()
        return {"ids": [chat.id for chat in opened]}

    @router.post("/chats/{chat_id}/client-message")
    async def client_message(chat_id: str, order: LineOrder) -> Json:
        return _said(world, chat_id, order, sender="client", source=order.source or "rusite")

    @router.post("/chats/{chat_id}/seller-message")
    async def seller_message(chat_id: str, order: LineOrder) -> Json:
        """Typed in the portal."""
        return _said(world, chat_id, order, sender="seller", source=order.source or "seller-portal")

    @router.post("/chats/{chat_id}/system-message")
    async def system_message(chat_id: str, order: LineOrder) -> Json:
        return _said(world, chat_id, order, sender="wb", source=order.source)

    @router.get("/chats/{chat_id}")
    async def look(chat_id: str) -> Json:
        """The chat and all its events as WB would show them, the echoes still on their way included."""
        seller, chat = _found(world, chat_id)
        room, now = seller.room, world.clock.now()
        events = sorted((one for one in room.stream.events.values() if one.chat_id == chat_id), key=_key)
        return chat.wire() | {"listed": chat.listed, "events": [one.wire(chat, room.files, now) for one in events]}

    @router.get("/messages")
    async def messages(sid: str | None = None) -> Json:
        """What was sent through the API, and how often the same was sent to the same chat."""
        sellers = [seller for seller in world.sellers.values() if sid in (None, seller.sid)]
        counts = [(one, times) for seller in sellers for one, times in seller.room.sent.items()]
        return {"messages": [{"chatID": chat, "content": text, "times": times} for (chat, text), times in counts]}


def _fate_routes(router: APIRouter, world: World) -> None:
    @router.post("/signatures/rotate")
    async def rotate(order: RotateOrder) -> Json:
        rooms = [seller.room for seller in world.sellers.values() if order.sid in (None, seller.sid)]
        for room in rooms:
            room.rotate_next = order.nextSends
        chats = [chat for room in rooms for chat in room.chats.values() if order.chatId in (None, chat.id)]
        for chat in chats if not order.nextSends else []:
            chat.rotate(world.clock.now())
        world.touch()
        return {"rotated": 0 if order.nextSends else len(chats), "nextSends": order.nextSends}

    @router.post("/files/{file_id}/moderate")
    async def moderate(file_id: str, order: VerdictOrder) -> Json:
        """At once, whatever was decided before."""
        for seller in world.sellers.values():
            file = seller.room.files.get(file_id)
            if file is not None:
                _decide(file, order.verdict, world.clock.now())
                world.touch()
                return {"id": file_id, "verdict": order.verdict}
        raise HTTPException(404, f"no file {file_id}")


def _said(world: World, chat_id: str, order: LineOrder, *, sender: str, source: str | None) -> Json:
    seller, chat = _found(world, chat_id)
    now = world.clock.now()
    files = [_stored(world, seller.room, one, now) for one in order.files]
    names = tuple(file.id for file in files)
    line = Line(sender=sender, source=source, text=order.text, files=names, bare=order.bare)
    at_ms = round(now * 1000) if order.addTimestamp is None else order.addTimestamp
    event = seller.room.say(chat, line, at_ms=at_ms)
    event.overrides = order.overrides
    world.touch()
    return {"eventID": event.id, "addTimestamp": event.at_ms, "downloadIDs": [file.id for file in files]}


def _stored(world: World, room: Room, order: FileOrder, now: float) -> File:
    try:
        content = None if order.content is None else base64.b64decode(order.content, validate=True)
    except binascii.Error as error:
        raise HTTPException(422, "content is not base64") from error
    size = len(SAMPLES.get(order.contentType, b"?") if content is None else content)
    file = File(
        id=room.new_id(),
        name=order.name,
        content_type=order.contentType,
        size=size,
        uploaded=now,
        decided_at=now + world.knobs.file_moderation_delay,
        content=content,
    )
    if order.verdict is not None:
        _decide(file, order.verdict, now)
    room.files[file.id] = file
    return file


def _decide(file: File, verdict: str, now: float) -> None:
    file.decided_at = NEVER if verdict == "pending" else now
    file.verdict = "blocked" if verdict == "blocked" else "ok"


def _opened(seller: Seller, order: ChatOrder, now: float) -> Chat:
    chat = Chat(
        id=order.chatID or f"1:{seller.room.new_id()}",
        client_name=order.clientName,
        nm_id=order.nmId or seller.products[0].nm_id,
        price=order.price,
        size=order.size,
        listed=order.listed,
        signed_at=now,
    )
    seller.room.open(chat)
    return chat


def _found(world: World, chat_id: str) -> tuple[Seller, Chat]:
    for seller in world.sellers.values():
        chat = world.settled_room(seller.sid).chats.get(chat_id)
        if chat is not None:
            return seller, chat
    raise HTTPException(404, f"no chat {chat_id}")


def _key(event: Event) -> tuple[int, int]:
    return event.key
