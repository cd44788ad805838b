"""All chats of one seller with their events and files."""

from collections import Counter
from dataclasses import dataclass, field
from uuid import NAMESPACE_URL, uuid5

from simulator.chats.chat import Chat, Event
from simulator.chats.files import File
from simulator.chats.stream import Stream


@dataclass(frozen=True, kw_only=True)
class Line:
    """What somebody says in a chat, before it becomes an event."""

    sender: str
    source: str | None = None
    text: str | None = None
    files: tuple[str, ...] = ()
    bare: bool = False


@dataclass
class Room:
    """`sent` counts what came through the API, by chat and content; `rotate_next` spoils that many sends."""

    sid: str
    chats: dict[str, Chat] = field(default_factory=dict)
    files: dict[str, File] = field(default_factory=dict)
    stream: Stream = field(default_factory=Stream)
    sent: Counter[tuple[str, str]] = field(default_factory=Counter)
    ids_given: int = 0
    rotate_next: int = 0

    def new_id(self) -> str:
        """Depends only on what this seller got before."""
        self.ids_given += 1
        return str(uuid5(NAMESPACE_URL, f"{self.sid}:{self.ids_given}"))

    def open(self, chat: Chat) -> None:
        self.chats[chat.id] = chat

    def event(self, chat: Chat, line: Line, at_ms: int) -> Event:
        """Made but not yet in the stream; the first one a buyer writes opens the chat."""
        is_first = not chat.last_ms and line.sender == "client"
        event = Event(
            number=self.ids_given + 1,
            id=self.new_id(),
            chat_id=chat.id,
            at_ms=at_ms,
            sender=line.sender,
            source=line.source,
            text=line.text,
            files=list(line.files),
            bare=line.bare,
            sign=chat.sign() if is_first else None,
            client_name=chat.client_name if line.sender == "client" else None,
        )
        if not line.bare and at_ms >= chat.last_ms:
            chat.last_text, chat.last_ms = line.text, at_ms
        return event

    def say(self, chat: Chat, line: Line, *, at_ms: int) -> Event:
        event = self.event(chat, line, at_ms)
        self.stream.add_many([event])
        return event

    def listed(self) -> list[Chat]:
        """The liveliest first."""
        shown = [chat for chat in self.chats.values() if chat.listed]
        return sorted(shown, key=lambda chat: (-chat.last_ms, chat.id))

    def owner_of(self, sign: str) -> Chat | None:
        """The chat whose newest signature this is; its id are the first two parts."""
        chat = self.chats.get(":".join(sign.split(":")[:2]))
        return chat if chat is not None and chat.sign() == sign else None
