"""The bodies of what a test may order in chats."""

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict

Verdict = Literal["ok", "blocked", "pending"]


class Order(BaseModel):
    model_config = ConfigDict(extra="forbid")


class ChatOrder(Order):
    """Left out means made up; a chat that is not listed is known only from events."""

    chatID: str | None = None
    clientName: str = "Алёна"
    nmId: int | None = None
    price: int = 500
    size: str = "0"
    listed: bool = True


class ChatsOrder(Order):
    sid: str
    chats: list[ChatOrder]


class FileOrder(Order):
    """`content` is base64; without it there is a sample of the type."""

    name: str = "Чек.pdf"
    contentType: str = "application/pdf"
    content: str | None = None
    verdict: Verdict | None = None


class LineOrder(Order):
    """`addTimestamp` (ms) puts the event anywhere in time; `overrides` go over the finished event."""

    text: str | None = None
    files: list[FileOrder] = []
    source: str | None = None
    bare: bool = False
    addTimestamp: int | None = None
    overrides: dict[str, Any] | None = None


class VerdictOrder(Order):
    verdict: Verdict


class RotateOrder(Order):
    """Everybody's, one seller's or one chat's; or not now, but in the midst of the next `nextSends`."""

    sid: str | None = None
    chatId: str | None = None
    nextSends: int = 0
