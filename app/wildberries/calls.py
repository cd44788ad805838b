"""What a call is made of: who calls, what is asked, what came back."""

from collections.abc import Callable
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

from app.shops.models import TokenKind
from app.wildberries.limits import Bucket


class Host(StrEnum):
    """Wildberries' hosts; their addresses are settings."""

    FEEDBACKS = "feedbacks"
    COMMON = "common"
    CONTENT = "content"
    CHAT = "chat"


@dataclass(frozen=True, slots=True, kw_only=True)
class Caller:
    """A seller and the token to use; limits belong to `seller_id`, urgent calls go before the others.

    `fence` is asked right before the request leaves, after all waiting; when it raises, nothing is sent.
    """

    token: str = field(repr=False)
    seller_id: str
    kind: TokenKind
    urgent: bool = False
    fence: Callable[[], None] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Operation:
    """A method of the API; one that writes is never sent twice. `shared` is a budget it draws on besides its own."""

    name: str
    method: str
    path: str
    host: Host = Host.FEEDBACKS
    bucket: Bucket = Bucket.FEEDBACKS
    shared: Bucket | None = None
    writes: bool = False


@dataclass(frozen=True, slots=True)
class Answer:
    """A 2xx answer; its body may still say that the call failed."""

    status: int
    body: bytes


FEEDBACKS: Final = Operation(name="feedbacks", method="GET", path="/api/v1/feedbacks")
ARCHIVE: Final = Operation(name="archive", method="GET", path="/api/v1/feedbacks/archive")
FEEDBACK: Final = Operation(name="feedback", method="GET", path="/api/v1/feedback")
COUNT_UNANSWERED: Final = Operation(name="count_unanswered", method="GET", path="/api/v1/feedbacks/count-unanswered")
COUNT: Final = Operation(name="feedbacks_count", method="GET", path="/api/v1/feedbacks/count")
NEWS: Final = Operation(name="has_new", method="GET", path="/api/v1/new-feedbacks-questions")
ANSWER: Final = Operation(name="answer", method="POST", path="/api/v1/feedbacks/answer", writes=True)
EDIT_ANSWER: Final = Operation(name="edit_answer", method="PATCH", path="/api/v1/feedbacks/answer", writes=True)
SELLER_INFO: Final = Operation(
    name="seller_info", method="GET", path="/api/v1/seller-info", host=Host.COMMON, bucket=Bucket.SELLER_INFO
)
PINS: Final = Operation(name="pins", method="GET", path="/api/feedbacks/v1/pins")
PINS_COUNT: Final = Operation(name="pins_count", method="GET", path="/api/feedbacks/v1/pins/count")
PIN_LIMITS: Final = Operation(name="pin_limits", method="GET", path="/api/feedbacks/v1/pins/limits")
PIN: Final = Operation(name="pin", method="POST", path="/api/feedbacks/v1/pins", writes=True)
UNPIN: Final = Operation(name="unpin", method="DELETE", path="/api/feedbacks/v1/pins", writes=True)
CARDS: Final = Operation(
    name="cards", method="POST", path="/content/v2/get/cards/list", host=Host.CONTENT, bucket=Bucket.CARDS_LIST
)
CHATS: Final = Operation(
    name="chats", method="GET", path="/api/v1/seller/chats",
    host=Host.CHAT, bucket=Bucket.CHAT_LIST, shared=Bucket.CHAT,
)  # fmt: skip
CHAT_EVENTS: Final = Operation(
    name="chat_events", method="GET", path="/api/v1/seller/events",
    host=Host.CHAT, bucket=Bucket.CHAT_EVENTS, shared=Bucket.CHAT,
)  # fmt: skip
CHAT_MESSAGE: Final = Operation(
    name="chat_message", method="POST", path="/api/v1/seller/message",
    host=Host.CHAT, bucket=Bucket.CHAT_MESSAGE, shared=Bucket.CHAT, writes=True,
)  # fmt: skip
CHAT_DOWNLOAD: Final = Operation(
    name="chat_download", method="GET", path="/api/v1/seller/download",
    host=Host.CHAT, bucket=Bucket.CHAT_DOWNLOAD, shared=Bucket.CHAT,
)  # fmt: skip
