"""Chats and events as they come: every field may be missing, null, or of tomorrow's shape."""

import json
from hashlib import sha256
from typing import Annotated, Any, Final

from pydantic import BeforeValidator, Field

from app.chats.models import Sender
from app.chats.moments import moment
from app.chats.ports import IncomingChat, IncomingEvent
from app.wildberries.models import Int64, Label, Lenient, WireIn

Rows = Annotated[list[Any], BeforeValidator(lambda rows: rows if isinstance(rows, list) else [])]
Text = Annotated[str, BeforeValidator(lambda text: "" if text is None else text)]
Sign = Annotated[str, Field(min_length=1, max_length=255)]
SENDERS: Final = {"client": Sender.CLIENT, "seller": Sender.SELLER}
CAPABILITY: Final = "replySign"


class GoodIn(WireIn):
    """The product the chat is about; `rid` is the order's `srid`."""

    nm_id: Lenient[Int64] = Field(None, alias="nmID")
    rid: Label = ""


class LastIn(WireIn):
    text: Text = ""
    add_timestamp: Lenient[Int64] = None


class ChatIn(WireIn):
    chat_id: Annotated[str, Field(min_length=1, max_length=100, alias="chatID")]
    reply_sign: Lenient[Sign] = None
    client_name: Label = ""
    good_card: Lenient[GoodIn] = None
    last_message: Lenient[LastIn] = None

    def incoming(self) -> IncomingChat:
        good, last = self.good_card or GoodIn(), self.last_message or LastIn()
        return IncomingChat(
            chat_id=self.chat_id,
            reply_sign=self.reply_sign,
            client_name=self.client_name,
            nm_id=good.nm_id,
            rid=good.rid,
            last_text=last.text,
            last_at=moment(last.add_timestamp) if last.add_timestamp else None,
        )


class FileIn(WireIn):
    """A file or, without name and size, an image; its `url` is a foreign address that we do not hand on."""

    download_id: Lenient[str] = Field(None, alias="downloadID")
    name: Label = ""
    content_type: Label = ""
    size: Lenient[Int64] = None

    def described(self, kind: str) -> dict[str, Any]:
        """As the thread keeps it."""
        told = {
            "kind": kind,
            "name": self.name,
            "content_type": self.content_type,
            "size": self.size,
            "download_id": self.download_id,
        }
        return {name: value for name, value in told.items() if value not in (None, "")}


class AttachmentsIn(WireIn):
    good_card: Lenient[GoodIn] = None
    files: Rows = Field(default_factory=list)
    images: Rows = Field(default_factory=list)


class MessageIn(WireIn):
    text: Text = ""
    attachments: Lenient[AttachmentsIn] = None


class EventIn(WireIn):
    """`message` may be absent altogether; `replySign` comes with a new chat alone and may have expired."""

    chat_id: Label = Field("", alias="chatID")
    event_id: Label = Field("", alias="eventID")
    event_type: Label = ""
    message: Lenient[MessageIn] = None
    source: Label = ""
    add_timestamp: Lenient[Int64] = None
    reply_sign: Lenient[Sign] = None
    sender: Label = ""
    client_name: Label = ""


class StreamIn(WireIn):
    next: Lenient[Int64] = None
    total_events: Lenient[Int64] = None
    events: Rows = Field(default_factory=list)


class EventsIn(WireIn):
    result: StreamIn


class ChatsIn(WireIn):
    result: Rows


class AcceptedIn(WireIn):
    """Of a message that was sent; `sign` is the chat's newest replySign."""

    add_time: Lenient[Int64] = None
    sign: Lenient[Sign] = None


class SentIn(WireIn):
    result: Lenient[AcceptedIn] = None
    errors: Rows = Field(default_factory=list)


class PendingIn(WireIn):
    """A file that Wildberries still checks."""

    retry_seconds: Lenient[Int64] = None


def incoming_event(raw: Any, *, at_least_ms: int) -> IncomingEvent:
    """Nothing is lost: an event without an id gets one of its content, one without a time that of the cursor."""
    raw = raw if isinstance(raw, dict) else {"value": raw}
    read = EventIn.model_validate(raw)
    kept = {name: value for name, value in raw.items() if name != CAPABILITY}
    message = read.message or MessageIn()
    attachments = message.attachments or AttachmentsIn()
    good = attachments.good_card or GoodIn()
    files = [("file", file) for file in attachments.files] + [("image", image) for image in attachments.images]
    described = [FileIn.model_validate(file).described(kind) for kind, file in files if isinstance(file, dict)]
    return IncomingEvent(
        event_id=read.event_id or _print_of(kept),
        chat_id=read.chat_id,
        kind=read.event_type,
        wb_ms=read.add_timestamp or at_least_ms,
        is_message=read.event_type == "message" and read.message is not None,
        sender=SENDERS.get(read.sender, Sender.WB),
        source=read.source,
        text=message.text,
        attachments=tuple(described),
        client_name=read.client_name,
        nm_id=good.nm_id,
        rid=good.rid,
        reply_sign=read.reply_sign,
        raw=kept,
    )


def _print_of(raw: dict[str, Any]) -> str:
    return "print:" + sha256(json.dumps(raw, sort_keys=True, ensure_ascii=False).encode()).hexdigest()
