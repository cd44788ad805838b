"""A chat with one buyer about one order, and the events that happen in it."""

import hashlib
from dataclasses import dataclass, field
from typing import Any
from zlib import crc32

from simulator.chats.files import File
from simulator.clock import utc_text

Json = dict[str, Any]


@dataclass(slots=True, kw_only=True)
class Chat:
    """A chat that is not `listed` is only named by its events."""

    id: str
    client_name: str
    nm_id: int
    price: int
    size: str = "0"
    listed: bool = True
    signatures: int = 1
    signed_at: float = 0.0
    last_text: str | None = None
    last_ms: int = 0

    def sign(self) -> str:
        """Four parts or three, as WB's own examples have it."""
        secret = hashlib.sha512(f"{self.id}:{self.signatures}".encode()).hexdigest()
        mark = crc32(self.id.encode())
        return f"{self.id}:{mark % 90_000_000}:{secret}" if mark % 3 else f"{self.id}:{secret}"

    def rotate(self, now: float) -> None:
        self.signatures, self.signed_at = self.signatures + 1, now

    def has_expired_sign(self, now: float, ttl: float | None) -> bool:
        return ttl is not None and now >= self.signed_at + ttl

    def good_card(self) -> Json:
        return {
            "nmID": self.nm_id,
            "price": self.price,
            "priceCurrency": "RUB",
            "rid": hashlib.md5(self.id.encode(), usedforsecurity=False).hexdigest(),
            "size": self.size,
        }

    def wire(self) -> Json:
        shown: Json = {
            "chatID": self.id,
            "replySign": self.sign(),
            "clientName": self.client_name,
            "goodCard": self.good_card(),
        }
        if self.last_ms:
            shown["lastMessage"] = {"text": self.last_text or "", "addTimestamp": self.last_ms}
        return shown


@dataclass(slots=True, kw_only=True)
class Event:
    """`number` orders events of one millisecond; a `bare` one has no message at all."""

    number: int
    id: str
    chat_id: str
    at_ms: int
    sender: str
    source: str | None = None
    text: str | None = None
    files: list[str] = field(default_factory=list)
    bare: bool = False
    sign: str | None = None
    client_name: str | None = None
    overrides: Json | None = None

    @property
    def key(self) -> tuple[int, int]:
        return self.at_ms, self.number

    def wire(self, chat: Chat, files: dict[str, File], now: float) -> Json:
        """Keys are left out rather than null, as in WB's examples; the first event of a chat has its signature."""
        shown: Json = {"chatID": self.chat_id, "eventID": self.id, "eventType": "message"}
        if self.sign is not None:
            shown["isNewChat"] = True
        if not self.bare:
            shown["message"] = self._message(chat, files, now)
        if self.source is not None:
            shown["source"] = self.source
        shown |= {"addTimestamp": self.at_ms, "addTime": utc_text(self.at_ms / 1000)}
        if self.sign is not None:
            shown["replySign"] = self.sign
        shown["sender"] = self.sender
        if self.client_name is not None:
            shown["clientName"] = self.client_name
        return shown | (self.overrides or {})

    def _message(self, chat: Chat, files: dict[str, File], now: float) -> Json:
        message: Json = {}
        sent = [files[name] for name in self.files]
        attachments: Json = {"goodCard": chat.good_card()} if self.sign is not None else {}
        images = [file.wire(now) for file in sent if file.is_image]
        others = [file.wire(now) for file in sent if not file.is_image]
        attachments |= ({"files": others} if others else {}) | ({"images": images} if images else {})
        if attachments:
            message["attachments"] = attachments
        if self.text is not None:
            message["text"] = self.text
        return message
