"""What the check says of a claim: grounded, or no ground and why."""

from dataclasses import dataclass
from enum import StrEnum

from app.complaints.reasons import Reason
from app.drafting.ports import Usage


class Flaw(StrEnum):
    """Why a complaint is not written; stored and counted, so the codes never change."""

    NOTHING_WRITTEN = "nothing_written"
    NOT_ELIGIBLE = "not_eligible"
    UNKNOWN_REASON = "unknown_reason"
    NO_QUOTE = "no_quote"
    QUOTE_NOT_FOUND = "quote_not_found"
    QUOTE_TOO_SHORT = "quote_too_short"
    NO_MEDIA = "no_media"
    NOT_OBSCENE = "not_obscene"
    NOT_ABUSIVE = "not_abusive"
    NOT_AN_AD = "not_an_ad"
    NOT_POLITICAL = "not_political"
    NO_RIVAL = "no_rival"
    ABOUT_PRODUCT = "about_product"
    NEEDS_MODEL = "needs_model"
    TOO_SHORT = "too_short"
    TOO_LONG = "too_long"
    NO_OPENING = "no_opening"
    LAYOUT = "layout"
    NOT_RUSSIAN = "not_russian"
    FALSE_QUOTATION = "false_quotation"
    INVENTED = "invented"
    ACCUSATION = "accusation"
    CONTACTS = "contacts"
    RUDE = "rude"
    PRESSURE = "pressure"
    BOILERPLATE = "boilerplate"


SENTENCES: dict[Flaw, str] = {
    Flaw.NOTHING_WRITTEN: "В отзыве нет ни текста, ни фото, ни видео: жаловаться не на что.",
    Flaw.NOT_ELIGIBLE: "Основания для жалобы не найдено.",
    Flaw.UNKNOWN_REASON: "Такой причины жалобы на Wildberries нет.",
    Flaw.NO_QUOTE: "Нет слов отзыва, которые доказывают нарушение.",
    Flaw.QUOTE_NOT_FOUND: "Процитированных слов в отзыве нет.",
    Flaw.QUOTE_TOO_SHORT: "Цитата слишком коротка, чтобы что-то доказать.",
    Flaw.NO_MEDIA: "Для этой причины нужны фото или видео, а в отзыве их нет.",
    Flaw.NOT_OBSCENE: "В цитате нет нецензурного слова.",
    Flaw.NOT_ABUSIVE: "В цитате нет угрозы или оскорбления.",
    Flaw.NOT_AN_AD: "В цитате нет рекламы: ни ссылки, ни контактов, ни приглашения на другую площадку.",
    Flaw.NOT_POLITICAL: "В цитате нет политического высказывания.",
    Flaw.NO_RIVAL: "Отзыв не предлагает другой магазин или бренд: обвинение конкурентов ничем не доказано.",
    Flaw.ABOUT_PRODUCT: "Отзыв говорит о товаре или цитата не доказывает обратного.",
    Flaw.NEEDS_MODEL: "Причину «Другое» нельзя доказать одним списком слов.",
    Flaw.TOO_SHORT: "Текст жалобы короче 100 знаков.",
    Flaw.TOO_LONG: "Текст жалобы длиннее 900 знаков.",
    Flaw.NO_OPENING: "Текст жалобы не начинается словами «Жалоба от:» с именем продавца.",
    Flaw.LAYOUT: "В тексте жалобы есть список, разметка, заготовка или служебные знаки.",
    Flaw.NOT_RUSSIAN: "Текст жалобы написан не по-русски.",
    Flaw.FALSE_QUOTATION: "В тексте жалобы в кавычках стоят слова, которых в отзыве нет.",
    Flaw.INVENTED: "В тексте жалобы есть число, дата или имя, которых нет в отзыве и карточке.",
    Flaw.ACCUSATION: "Текст жалобы обвиняет покупателя в том, чего слова отзыва не доказывают.",
    Flaw.CONTACTS: "В тексте жалобы есть ссылка или контакты вне цитаты.",
    Flaw.RUDE: "В тексте жалобы вне цитаты есть брань или оскорбление.",
    Flaw.PRESSURE: "Текст жалобы угрожает или давит на модератора.",
    Flaw.BOILERPLATE: "Такая же жалоба недавно уже подготовлена: одинаковые тексты отклоняют.",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class NoGround:
    """A good answer: the only shot is saved. `sentence` is Russian and says what `code` says, with the detail."""

    code: Flaw
    sentence: str

    @classmethod
    def because(cls, code: Flaw, detail: str = "") -> "NoGround":
        return cls(code=code, sentence=f"{SENTENCES[code]} {detail}".strip())


@dataclass(frozen=True, slots=True, kw_only=True)
class Grounded:
    """A complaint that may go to a person; `quotes` are cut out of the feedback letter by letter.

    `by_words` — lists of words alone prove it, whoever wrote the text; `needs_eyes` — only someone who looks at the
    photos can confirm it.
    """

    reason: Reason
    quotes: tuple[str, ...]
    text: str
    by_words: bool
    needs_eyes: bool
    writer: str
    variant: str = ""
    usage: Usage | None = None
