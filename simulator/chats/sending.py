"""The seller's one write into a chat. It is not idempotent: the same call twice is two messages."""

import hashlib
from dataclasses import dataclass

from simulator.chats.chat import Chat
from simulator.chats.files import LIMIT, File, sniff
from simulator.chats.multipart import NotMultipart, Part, parts_of
from simulator.chats.room import Line, Room
from simulator.knobs import Knobs
from simulator.moderation import share_of
from simulator.wire import PROBLEM, Call, Refused, chat_problem

TEXT_LIMIT = 1000
SIGN_LIMIT = 255


@dataclass(frozen=True)
class Letter:
    chat: Chat
    text: str | None
    files: list[Part]


@dataclass(frozen=True)
class Sent:
    """`errors` are of files that were lost on the way; with nothing left there is no message."""

    chat: Chat
    at_ms: int
    errors: list[str]
    applied: bool


def letter_from(call: Call, room: Room, *, knobs: Knobs, now: float) -> Letter:
    try:
        parts = parts_of(call.headers.get("content-type", ""), call.body)
    except NotMultipart as error:
        raise refused("request Content-Type isn't multipart/form-data") from error
    signs = [part.text() for part in parts if part.name == "replySign"]
    chat = _addressee(signs[0] if signs else "", room, knobs=knobs, now=now)
    texts = [part.text() for part in parts if part.name == "message"]
    text = texts[0] if texts and texts[0] else None
    files = [part for part in parts if part.name == "file"]
    if (text is None and not files) or len(text or "") > TEXT_LIMIT:
        raise refused('Invalid value for "message"')
    _check_files(files, knobs)
    return Letter(chat, text, files)


def send(room: Room, letter: Letter, *, knobs: Knobs, now: float) -> Sent:
    """The echo in the event stream has the very time that is returned here."""
    lost = [part for part in letter.files if _is_lost(part, knobs)]
    errors = [f'{_tag(part)}: "{part.filename}" upload failed' for part in lost]
    kept = [part for part in letter.files if part not in lost]
    at_ms = round(now * 1000)
    if letter.text is None and not kept:
        return Sent(letter.chat, at_ms, errors, applied=False)
    files = [_store(room, part, knobs=knobs, now=now) for part in kept]
    line = Line(sender="seller", source="seller-public-api", text=letter.text, files=tuple(file.id for file in files))
    echo = room.event(letter.chat, line, at_ms)
    room.stream.add_late(echo, at=now + knobs.echo_delay)
    room.sent[letter.chat.id, _content(letter.text, kept)] += 1
    if knobs.sign_in_reply == "new":
        letter.chat.rotate(now)
    return Sent(letter.chat, at_ms, errors, applied=True)


def refused(detail: str) -> Refused:
    return Refused(chat_problem(detail, media_type=PROBLEM))


def _addressee(sign: str, room: Room, *, knobs: Knobs, now: float) -> Chat:
    chat = room.owner_of(sign) if len(sign) <= SIGN_LIMIT else None
    if chat is not None and room.rotate_next > 0:
        room.rotate_next -= 1
        chat.rotate(now)
        chat = None
    if chat is None or chat.has_expired_sign(now, knobs.signature_ttl):
        raise refused("Invalid signature")
    return chat


def _check_files(files: list[Part], knobs: Knobs) -> None:
    for part in files:
        if len(part.content) > LIMIT:
            raise refused(f"{_tag(part)}: attachment too big. Max size: 5MiB")
        if sniff(part.content) is None:
            raise refused(f'{_tag(part)}: "{part.filename}" has unsupported mime type')
    if sum(len(part.content) for part in files) > knobs.chat_files_limit:
        raise refused("attachments too big. Max total size: 30MiB")


def _is_lost(part: Part, knobs: Knobs) -> bool:
    marked = bool(knobs.file_error_marker) and knobs.file_error_marker in (part.filename or "")
    return marked or share_of(f"{part.filename}:{len(part.content)}") < knobs.file_error_share


def _store(room: Room, part: Part, *, knobs: Knobs, now: float) -> File:
    file = File(
        id=room.new_id(),
        name=part.filename or "file",
        content_type=sniff(part.content) or "",
        size=len(part.content),
        uploaded=now,
        decided_at=now + knobs.file_moderation_delay,
        content=part.content,
    )
    file.verdict = "blocked" if share_of(file.id) < knobs.file_block_share else "ok"
    room.files[file.id] = file
    return file


def _content(text: str | None, files: list[Part]) -> str:
    digests = sorted(hashlib.sha256(part.content).hexdigest()[:16] for part in files)
    return "|".join([text or "", *digests])


def _tag(part: Part) -> str:
    return hashlib.sha256(part.content[:1024]).hexdigest()[:11].upper()
