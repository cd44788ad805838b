"""Whether a complaint about a feedback can still be filed at all, and if not, why: in the words of the list."""

from collections.abc import Sequence
from datetime import datetime

from app.cabinet.models import Standing
from app.cabinet.states import ComplaintState, Visibility
from app.complaints.refusals import ComplaintBeingFiled, ComplaintFrozen, ComplaintImpossible

_GONE = {
    Visibility.EXCLUDED: "Отзыв уже исключён из рейтинга: жалоба ничего не изменит.",
    Visibility.UNPUBLISHED: "Отзыв уже снят с публикации.",
    Visibility.HIDDEN: "Отзыв сейчас скрыт.",
    Visibility.DELETED: "Отзыв удалён на Wildberries.",
}


def obstacles(standing: Standing) -> Sequence[str]:
    """Empty while the one shot is there and the shop's rules want it."""
    said = [
        (not standing.in_work, "Товар не в работе, отзыв заменён новым или слишком стар для жалобы."),
        (not standing.complaint_allowed, "Правила товара не разрешают жалобы на эту оценку."),
        (standing.key_shared, "Отзывов с тем же товаром, оценкой и минутой несколько: расширение их не различит."),
        (standing.rating_excluded, "Отзыв уже не учитывается в рейтинге."),
        (standing.can_submit is False, "Страница кабинета показала, что подать жалобу нельзя."),
        (standing.can_submit is None, "Расширение ещё не прочитало страницу этого отзыва."),
        (not standing.complaint_possible, "Wildberries больше не принимает жалобу на этот отзыв."),
    ]
    gone = [_GONE[standing.visibility]] if standing.visibility in _GONE else []
    return [*gone, *(sentence for is_so, sentence in said if is_so)]


def assert_possible(standing: Standing) -> None:
    """Raises ComplaintFrozen or ComplaintImpossible."""
    assert_not_filed(standing)
    for sentence in obstacles(standing):
        raise ComplaintImpossible(sentence)


def assert_not_filed(standing: Standing) -> None:
    """Raises ComplaintFrozen."""
    if standing.complaint.filed:
        raise ComplaintFrozen


def assert_free(standing: Standing, *, now: datetime) -> None:
    """Raises ComplaintFrozen, or ComplaintBeingFiled while an extension may be filing the very draft."""
    assert_not_filed(standing)
    taken = standing.leased_until is not None and standing.leased_until > now
    if standing.complaint is ComplaintState.DRAFT and standing.ready and taken:
        raise ComplaintBeingFiled
