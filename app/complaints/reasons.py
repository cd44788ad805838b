"""The reasons for which Wildberries takes a feedback down, as the radio buttons of its cabinet have them."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import IntEnum
from types import MappingProxyType
from typing import Final


class Reason(IntEnum):
    """Ids of the cabinet; with any other the extension would silently click the first button."""

    NOT_ABOUT_PRODUCT = 11
    COMPETITORS = 12
    SPAM_IN_TEXT = 13
    SPAM_IN_MEDIA = 14
    OBSCENE_MEDIA = 15
    OBSCENE_WORDS = 16
    FOREIGN_MEDIA = 17
    POLITICS = 18
    OTHER = 19
    THREATS = 20

    @property
    def title(self) -> str:
        """As the cabinet writes it."""
        return TABLE[self].title

    @property
    def needs_media(self) -> bool:
        """Only a photo or a video can prove it."""
        return TABLE[self].needs_media

    @property
    def needs_words(self) -> bool:
        """Only words of the feedback can prove it."""
        return not self.needs_media


@dataclass(frozen=True, slots=True)
class Entry:
    title: str
    needs_media: bool = False


TABLE: Final[Mapping[Reason, Entry]] = MappingProxyType(
    {
        Reason.NOT_ABOUT_PRODUCT: Entry("Отзыв не относится к товару"),
        Reason.COMPETITORS: Entry("Отзыв оставили конкуренты"),
        Reason.SPAM_IN_TEXT: Entry("Спам-реклама в тексте"),
        Reason.SPAM_IN_MEDIA: Entry("Спам-реклама на фото или видео", needs_media=True),
        Reason.OBSCENE_MEDIA: Entry("Нецензурное содержимое в фото или видео", needs_media=True),
        Reason.OBSCENE_WORDS: Entry("Нецензурная лексика"),
        Reason.FOREIGN_MEDIA: Entry("Фото или видео не имеет отношения к товару", needs_media=True),
        Reason.POLITICS: Entry("Отзыв с политическим контекстом"),
        Reason.OTHER: Entry("Другое"),
        Reason.THREATS: Entry("Угрозы, оскорбления"),
    }
)


def find_reason(reason_id: int | None) -> Reason | None:
    """None for what the cabinet does not offer."""
    return next((reason for reason in Reason if reason == reason_id), None)
