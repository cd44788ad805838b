"""What chats need of Wildberries; the adapters are in `app.wildberries.chats` and `app.wildberries.chat_files`."""

from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any, Protocol
from uuid import UUID

from app.chats.files import CheckedFile
from app.chats.models import Sender
from app.kit.errors import Invalid, NotFound, Unavailable
from app.kit.limits import Budget
from app.shops.models import TokenKind


class AmbiguousSend(Unavailable):
    """The message may or may not have reached Wildberries: only its echo can tell, and only a person sends again."""

    code = "AMBIGUOUS_SEND"
    message = "Ответ Wildberries потерялся. Ищем сообщение в чате."


class SignatureRefused(Invalid):
    """The chat's replySign is old; nothing was sent."""

    code = "CHAT_SIGNATURE_REFUSED"
    message = "Wildberries не принял подпись чата."


class FileBlocked(NotFound):
    """Wildberries' moderation rejected the file, for good."""

    code = "CHAT_FILE_BLOCKED"
    message = "Wildberries отклонил этот файл на модерации."


class ChatCall(StrEnum):
    """The methods that have a budget of their own."""

    LIST = "list"
    EVENTS = "events"
    MESSAGE = "message"
    DOWNLOAD = "download"


@dataclass(frozen=True, slots=True, kw_only=True)
class IncomingChat:
    """A chat as the list shows it; `last_at` is None when it holds no message."""

    chat_id: str
    reply_sign: str | None = field(repr=False)
    client_name: str = ""
    nm_id: int | None = None
    rid: str = ""
    last_text: str = ""
    last_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class IncomingEvent:
    """An event of the stream. `raw` has no replySign; without `is_message` there is no line to show."""

    event_id: str
    chat_id: str
    kind: str
    wb_ms: int
    is_message: bool
    sender: Sender
    source: str = ""
    text: str = ""
    attachments: tuple[dict[str, Any], ...] = ()
    client_name: str = ""
    nm_id: int | None = None
    rid: str = ""
    reply_sign: str | None = field(default=None, repr=False)
    raw: dict[str, Any] = field(default_factory=dict, repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class EventPage:
    """`next_ms` is None when Wildberries names no cursor."""

    events: Sequence[IncomingEvent]
    total: int
    next_ms: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Outgoing:
    """A message ready to leave."""

    reply_sign: str = field(repr=False)
    text: str
    files: Sequence[CheckedFile]


@dataclass(frozen=True, slots=True, kw_only=True)
class Accepted:
    """Wildberries took it: `wb_ms` is the echo's time, `errors` are about single files."""

    wb_ms: int | None
    reply_sign: str | None = field(repr=False)
    errors: Sequence[str] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Download:
    """A file's bytes, or, while Wildberries still checks it, the seconds after which to ask again."""

    chunks: AsyncIterator[bytes] | None
    content_type: str = ""
    length: int | None = None
    retry_seconds: int = 0


class ChatSource(Protocol):
    """Each call spends one request of the seller's budget; raises kit.errors kinds."""

    async def chats(self, shop_id: UUID) -> Sequence[IncomingChat]:
        """All of them: the list has no pages."""

    async def events(self, shop_id: UUID, *, after_ms: int | None) -> EventPage:
        """From the oldest event when `after_ms` is None."""


class ChatSender(Protocol):
    """Urgent, and never twice: `fence` is called right before the request leaves."""

    async def send(self, shop_id: UUID, message: Outgoing, fence: Callable[[], None]) -> Accepted:
        """Raises AmbiguousSend when it may have arrived; after any other error it did not."""


class ChatPost(ChatSource, ChatSender, Protocol):
    """What sending needs: it goes before the sync in both."""


class ChatFiles(Protocol):
    """Files that buyers and sellers have attached."""

    def open(self, shop_id: UUID, download_id: str) -> AbstractAsyncContextManager[Download]:
        """Raises FileBlocked."""


class ChatLimits(Protocol):
    """What Wildberries allows for chats."""

    def is_full(self, kind: TokenKind) -> bool:
        """False for tokens with one request an hour."""

    def budget(self, kind: TokenKind, call: ChatCall) -> Budget:
        """As our own bucket counts it."""

    def bucket_key(self, seller_id: str, call: ChatCall) -> str:
        """Where kit.limits keeps the cabinet's budget."""
