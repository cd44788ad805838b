"""What the texts of Wildberries' cabinet mean, in one table; an unknown text is no error and says nothing."""

from dataclasses import dataclass
from functools import lru_cache

from app.cabinet.states import ChatState, ComplaintState, FiledBy, Purchase, Visibility

COMPLAINTS = {
    "жалоба отклонена": ComplaintState.REJECTED,
    "жалоба одобрена": ComplaintState.APPROVED,
    "проверяем жалобу": ComplaintState.PENDING,
    "жалоба пересмотрена": ComplaintState.RECONSIDERED,
}
VISIBILITIES = {
    "снят с публикации": Visibility.UNPUBLISHED,
    "временно скрыт": Visibility.HIDDEN,
    "исключен из рейтинга": Visibility.EXCLUDED,
    "виден": Visibility.VISIBLE,
}
PURCHASES = {
    "выкуп": Purchase.PURCHASED,
    "отказ": Purchase.REFUSED,
    "возврат": Purchase.RETURNED,
    "запрошен возврат": Purchase.RETURN_REQUESTED,
}
SUPPLEMENTED = "дополнен"
CHATS = {
    "chat_not_activated": ChatState.UNAVAILABLE,
    "chat_available": ChatState.AVAILABLE,
    "chat_opened": ChatState.OPENED,
}
_STRONGEST_COMPLAINT = (
    ComplaintState.RECONSIDERED,
    ComplaintState.REJECTED,
    ComplaintState.APPROVED,
    ComplaintState.PENDING,
)
_STRONGEST_VISIBILITY = (Visibility.UNPUBLISHED, Visibility.HIDDEN, Visibility.EXCLUDED, Visibility.VISIBLE)
_VERDICT_STEMS = (
    ("пересмотр", ComplaintState.RECONSIDERED),
    ("reconsider", ComplaintState.RECONSIDERED),
    ("отклон", ComplaintState.REJECTED),
    ("reject", ComplaintState.REJECTED),
    ("одобр", ComplaintState.APPROVED),
    ("approv", ComplaintState.APPROVED),
    ("провер", ComplaintState.PENDING),
    ("рассм", ComplaintState.PENDING),
    ("pending", ComplaintState.PENDING),
)
_OURS = frozenset({"r5", "р5"})


@dataclass(frozen=True, slots=True)
class PageFacts:
    """What the labels beside a feedback say."""

    complaint: ComplaintState | None
    visibility: Visibility | None
    purchase: Purchase | None
    supplemented: bool


@lru_cache(maxsize=512)
def facts_of(statuses: tuple[str, ...]) -> PageFacts:
    """Of several complaints the latest step counts; of several visibilities the hardest."""
    seen = {_plain(status) for status in statuses}
    complaints = {COMPLAINTS[word] for word in seen if word in COMPLAINTS}
    visibilities = {VISIBILITIES[word] for word in seen if word in VISIBILITIES}
    purchases = [PURCHASES[word] for word in PURCHASES if word in seen]
    return PageFacts(
        complaint=next((state for state in _STRONGEST_COMPLAINT if state in complaints), None),
        visibility=next((each for each in _STRONGEST_VISIBILITY if each in visibilities), None),
        purchase=purchases[-1] if purchases else None,
        supplemented=SUPPLEMENTED in seen,
    )


def chat_of(status: str | None) -> ChatState | None:
    """None, and anything unknown, says nothing."""
    return CHATS.get((status or "").strip().lower())


@lru_cache(maxsize=512)
def verdict_of(status: str) -> ComplaintState | None:
    """The checker's word for a complaint, long or short: «Жалоба одобрена», «Одобрена»."""
    word = _plain(status)
    return next((state for stem, state in _VERDICT_STEMS if stem in word), None)


def filer_of(filed_by: str | None) -> FiledBy | None:
    """`R5` is our extension's mark; whoever else filed it, we did not."""
    word = (filed_by or "").strip().lower()
    if not word:
        return None
    return FiledBy.US if word in _OURS else FiledBy.SELLER


def _plain(status: str) -> str:
    return " ".join(status.replace("\u00a0", " ").split()).lower().replace("ё", "е")
