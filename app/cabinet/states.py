"""The words for what a cabinet shows."""

from enum import StrEnum
from typing import Final, Self

FILED_FROM: Final = 2
"""The rank of a complaint that is pending."""


class ComplaintState(StrEnum):
    """none → draft → pending → approved | rejected → reconsidered; `gate` tells who may move it."""

    rank: int
    """A complaint never goes to a lower one once it is filed."""
    filed: bool
    """The one complaint that Wildberries allows is spent, and its words are frozen."""

    NONE = "none", 0
    DRAFT = "draft", 1
    PENDING = "pending", 2
    APPROVED = "approved", 3
    REJECTED = "rejected", 3
    RECONSIDERED = "reconsidered", 4

    def __new__(cls, value: str, rank: int = 0) -> Self:
        state = str.__new__(cls, value)
        state._value_ = value
        state.rank, state.filed = rank, rank >= FILED_FROM
        return state


class Triage(StrEnum):
    """Whether a complaint was thought of: open is not yet, dismissed is a person's «don't file»."""

    OPEN = "open"
    NO_GROUND = "no_ground"
    DISMISSED = "dismissed"


class ChatState(StrEnum):
    """What the feedback's chat button says; opened never changes again."""

    UNKNOWN = "unknown"
    UNAVAILABLE = "unavailable"
    AVAILABLE = "available"
    OPENED = "opened"


class Visibility(StrEnum):
    """How buyers see the feedback; deleted is Wildberries' word, the others are the page's."""

    UNKNOWN = "unknown"
    VISIBLE = "visible"
    HIDDEN = "hidden"
    EXCLUDED = "excluded"
    UNPUBLISHED = "unpublished"
    DELETED = "deleted"


class Purchase(StrEnum):
    """What became of the order."""

    UNKNOWN = "unknown"
    PURCHASED = "purchased"
    REFUSED = "refused"
    RETURNED = "returned"
    RETURN_REQUESTED = "return_requested"


class FiledBy(StrEnum):
    """Our extension, or the seller by hand."""

    US = "us"
    SELLER = "seller"


class Source(StrEnum):
    """Who says so: the filing or the checking extension, Wildberries' API, a person here, or WBRM itself."""

    FILER = "filer"
    CHECKER = "checker"
    WILDBERRIES = "wildberries"
    PERSON = "person"
    SYSTEM = "system"


class Match(StrEnum):
    """Whether a key of a page means one feedback, none that we know of yet, or several."""

    ONE = "one"
    NONE = "none"
    SEVERAL = "several"


class WorkStatus(StrEnum):
    """Only the feedbacks of active products are worked on."""

    ACTIVE = "active"
    PAUSED = "paused"
    STOPPED = "stopped"
