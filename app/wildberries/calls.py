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
    """A method of the API; one that writes is never sent twice."""

    name: str
    method: str
    path: str
    host: Host = Host.FEEDBACKS
    bucket: Bucket = Bucket.FEEDBACKS
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
