"""Chats as rows of the state file."""

import base64
from dataclasses import asdict
from typing import Any

from simulator.chats.chat import Chat, Event
from simulator.chats.files import File
from simulator.chats.room import Room

# A larger upload is forgotten by a restart, and shows a sample of its type from then on.
KEPT = 64 * 1024


def dump_room(room: Room) -> dict[str, Any]:
    late = {key[1] for _, key in room.stream.late}
    return {
        "chats": [asdict(chat) for chat in room.chats.values()],
        "events": [asdict(event) for event in room.stream.events.values() if event.number not in late],
        "late": [asdict(room.stream.events[key[1]]) | {"at": at} for at, key in room.stream.late],
        "files": [_file_row(file) for file in room.files.values()],
        "sent": [[chat_id, content, times] for (chat_id, content), times in room.sent.items()],
        "ids_given": room.ids_given,
        "rotate_next": room.rotate_next,
    }


def load_room(room: Room, saved: dict[str, Any]) -> None:
    room.chats = {row["id"]: Chat(**row) for row in saved["chats"]}
    room.files = {row["id"]: _file(row) for row in saved["files"]}
    room.stream.add_many([Event(**row) for row in saved["events"]])
    for row in saved["late"]:
        at = row.pop("at")
        room.stream.add_late(Event(**row), at=at)
    for chat_id, content, times in saved["sent"]:
        room.sent[chat_id, content] = times
    room.ids_given, room.rotate_next = saved["ids_given"], saved["rotate_next"]


def _file_row(file: File) -> dict[str, Any]:
    small = file.content is not None and len(file.content) <= KEPT
    return asdict(file) | {"content": base64.b64encode(file.content or b"").decode() if small else None}


def _file(row: dict[str, Any]) -> File:
    content = row["content"]
    return File(**row | {"content": None if content is None else base64.b64decode(content)})
