"""Wildberries' codes in sentences that a seller understands."""

from typing import Final

ALREADY_PINNED: Final = "alreadyPinned"

REFUSALS: Final = {
    "feedbackNotFound": "Wildberries не нашла этот отзыв.",
    "itemNotFound": "Wildberries не нашла товар этого отзыва среди ваших.",
    "feedbackMismatch": "Отзыв не относится к этому товару.",
    "itemNoImages": "У карточки товара нет фото: закрепить отзыв нельзя.",
    "feedbackExcluded": "Отзыв исключён из рейтинга, такой закрепить нельзя.",
    "imtNotDisplayed": "Группа карточек сейчас не показывается на сайте.",
    "globalLimitReached": "Общий лимит закреплённых отзывов исчерпан.",
    "unitLimitReached": "На этом товаре уже закреплено столько отзывов, сколько разрешено.",
    "tariffRestriction": "Тарифная опция «Закрепление отзыва» не подключена или закончилась.",
    "subscriptionRestriction": "Подписка «Джем» не подключена или закончилась.",
    "alreadyPinned": "Отзыв уже закреплён.",
    "bodyNotValid": "Wildberries не поняла запрос на закрепление.",
}
CAUSES: Final = {
    "sysTariffUnpinned": "Wildberries открепила отзыв: закончилась подписка или тарифная опция.",
    "sysLimitReached": "Wildberries открепила отзыв: закончился общий лимит по подписке.",
    "sysNoratingUnpinned": "Wildberries открепила отзыв: он исключён из рейтинга, например удалён.",
    "sysAdditionalSlot": "Wildberries открепила отзыв: на карточке закреплено максимальное число отзывов.",
}


def refusal(code: str, said: str) -> str:
    """Why a feedback was not pinned."""
    return REFUSALS.get(code) or f"Wildberries отказалась закрепить отзыв: {said or code or 'без объяснений'}."


def unpinning(cause: str | None) -> str:
    """Why Wildberries unpinned by itself."""
    return CAUSES.get(cause or "") or f"Wildberries открепила отзыв сама: {cause or 'причина не названа'}."
