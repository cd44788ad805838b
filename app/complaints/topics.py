"""What a feedback talks about when it does not talk of the product: politics, or delivery and other goods."""

import re
from collections.abc import Iterator
from itertools import chain
from typing import Final

from app.drafting.phrases import words
from app.drafting.readings import read

Span = tuple[int, int]

# Countries, war films, «лососевая путина» and sanctions as a cause of prices are no politics by themselves.
_POLITICS: Final = words(
    r"путин(?:ым|ск\w+|ист\w*)?|(?:за|про|против|спасибо|президент\w*|владимир\w*) путин[ауе]",
    r"зеленск(?:ий|ого|ому|им)|байден\w{0,2}|навальн(?:ый|ого|ому|ым)|жириновск(?:ий|ого)|лукашенк\w",
    r"(?:на|про|против|за|из-за|после|ветеран\w*|участник\w*|бойц\w+|героя\w*) сво",
    r"спецопераци\w+|специальн\w+ военн\w+ операци\w+|мобилизаци\w+|могилизаци\w+",
    r"войн\w+ (?:в|на|с|против) (?:украин\w+|росси\w+|донбасс\w*)|донбасс\w*|оккупант\w*|(?:рос|укро)нацист\w*",
    r"бандеров\w+|бандер[аыу]|хохл(?:ы|ов|ам|ами|ах)|москал(?:и|ей|ям)|укроп(?:ы|ам)|(?:рас|ра)шист\w*|русня|русни",
    r"единая россия|единой росси[ия]|единороссы?|госдум\w+|депутат\w*|оппозици\w+|режим\w* (?:путин\w*|кремл\w+)",
    r"слава украин[еи]|героям слава|крым наш|zа наших|нет войне|иноагент\w*",
    r"политик(?:а|и|у|ой) (?:государств\w*|власт\w+|правительств\w*|президент\w*)|(?:наш\w* )?правительство",
)
_SERVICE: Final = words(
    r"доставк\w+|доставил\w*|доставля\w+|курьер\w*|пвз|пункт\w* (?:выдачи|самовывоза)|сортировочн\w+ центр\w*",
    r"на (?:пункте|складе wildberries|складе вб)|работник\w* пункта|сотрудни\w+ (?:пвз|пункта)",
    r"служб\w+ поддержки|(?:поддержк\w+|приложени\w+|сайт\w*) (?:wildberries|вайлдбер+из|вб|wb)",
    r"(?:wildberries|вайлдбер+из|вб|wb) (?:не )?(?:везет|везут|привез\w*|потерял\w*|доставля\w+|списал\w*|вернул\w*)",
    r"вез(?:ли|ут) (?:\w+ ){0,3}(?:долго|месяц\w*|недел\w+|дн\w+)|плат\w+ (?:за )?возврат\w*",
    r"отзыв (?:\w+ ){0,2}(?:на|о|про|от|к) друг\w+|друг\w+ (?:товар\w*|артикул\w*) (?:отзыв\w*|оценк\w+)",
    r"(?:не к (?:тому|этому)|ошибл\w+|перепутал\w*) (?:\w+ )?(?:товар\w*|карточк\w+|отзыв\w*|артикул\w*)",
)
_TRAITS: Final = words(
    r"качеств\w*|ткан[ьи]\w*|материал\w*|размер\w*|маломер\w*|большемер\w*|цвет\w*|оттен\w+|брак\w*|дефект\w*",
    r"запах\w*|вон[яь]\w*|пахн\w+|слом\w+|порва\w+|лопнул\w*|отвалил\w*|не работа\w+|шов|швы|нитк\w+|пятн\w+",
    r"вкус\w*|срок годности|упаков\w+|комплект\w*|состав\w*|подделк\w+|оригинал\w*|тонк\w+|просвечива\w+",
    r"линя\w+|крив\w+|царапин\w+|товар (?:ужасн\w+|плох\w+|отличн\w+|хорош\w+|нормальн\w+)",
)


def political_spans(text: str) -> list[Span]:
    return sorted(set(_spans(text, _POLITICS)))


def service_spans(text: str) -> list[Span]:
    """Delivery, the pick-up point, Wildberries itself, or goods that are not these."""
    return sorted(set(_spans(text, _SERVICE)))


def speaks_of_product(text: str) -> bool:
    """Any trait of a thing is enough: such a feedback belongs where it stands."""
    return any(True for _ in _spans(text, _TRAITS))


def _spans(text: str, patterns: tuple[re.Pattern[str], ...]) -> Iterator[Span]:
    for reading in read(text).all:
        for found in chain.from_iterable(pattern.finditer(reading.text) for pattern in patterns):
            yield reading.span(*found.span())
