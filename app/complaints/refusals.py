"""Why a person is told no."""

from collections.abc import Sequence

from app.kit.errors import Conflict, Invalid


class StaleVersion(Conflict):
    """The words changed since the caller saw them."""

    code = "STALE_VERSION"
    message = "Черновик жалобы обновился. Посмотрите новый текст."


class ComplaintFrozen(Conflict):
    """It is filed: Wildberries has its words, and the one complaint is spent."""

    code = "COMPLAINT_FROZEN"
    message = "Жалоба уже подана: её текст больше не меняется."


class ComplaintBeingFiled(Conflict):
    """An extension took the approved draft a moment ago and is at it."""

    code = "COMPLAINT_BEING_FILED"
    message = "Расширение уже взяло эту жалобу в работу. Попробуйте через несколько минут."


class NoComplaintDraft(Conflict):
    """There are no words to approve or to take back."""

    code = "NO_COMPLAINT_DRAFT"
    message = "Черновика жалобы нет: обновите список."


class ComplaintImpossible(Conflict):
    """Wildberries would not take it, or the shop's rules leave this feedback alone; the message tells which."""

    code = "COMPLAINT_IMPOSSIBLE"
    message = "Жалоба на этот отзыв невозможна."


class DailyCapReached(Conflict):
    """So many drafts a day and no more enter the extension's queue."""

    code = "DAILY_CAP"

    def __init__(self, limit: int) -> None:
        super().__init__(f"Дневной лимит жалоб исчерпан: {limit} из {limit}. Осталось сегодня: 0.")


class BadlyWorded(Invalid):
    """A form that Wildberries rejects; the details tell what to mend."""

    code = "COMPLAINT_WORDING"
    message = "Такой текст жалобы подавать нельзя: исправьте отмеченное."

    def __init__(self, details: Sequence[tuple[str, str]]) -> None:
        super().__init__()
        self.details = details


class NoConflict(Conflict):
    """Sources do not disagree about this complaint, or not any more."""

    code = "NO_CONFLICT"
    message = "Противоречия уже нет: обновите список."
