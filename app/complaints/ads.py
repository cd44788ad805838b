"""Advertising in a buyer's words: a link, a way to get in touch, an invitation to buy somewhere else.

A mere mention is none: «на Озоне дешевле» compares, «позвоните мне» asks, and Wildberries' own address leads nowhere.
"""

import re
from collections.abc import Iterator
from typing import Final

from app.drafting.contacts import contact_findings
from app.drafting.findings import Rule
from app.drafting.phrases import words
from app.drafting.readings import Reading, Readings, read
from app.drafting.rivals import MARKETPLACES, MESSENGERS

Span = tuple[int, int]

_INVITE = (
    r"(?:пишите|напишите|заходите|зайдите|подписывайтесь|подпишитесь|переходите|перейдите|заказывайте|закажите|"
    r"покупайте|купите|берите|возьмите|ищите|смотрите|посмотрите|звоните|позвоните|вступайте|приходите|обращайтесь|"
    r"рекомендую|советую)"
)
_INVITATION: Final = re.compile(rf"(?<!\w){_INVITE}(?!\w)")
_REFUSED: Final = re.compile(r"(?<!\w)(?:не|никогда не|ни за что не)\s+$")
_REACH = 60
_RIVAL_OFFERS: Final = words(
    rf"{_INVITE} (?:\w+ ){{0,3}}(?:у|в|на) (?:(?:друго[мй]|другого|других) (?:продавц\w+|магазин\w*|бренд\w*)|"
    r"(?:продавца|магазине|бренда|фирмы|ип|ооо) [\"«]?\w{2,})",
    rf"{_INVITE} (?:\w+ ){{0,3}}(?:артикул|арт|нм|nm)\.?:? ?№? ?\d{{6,12}}",
    rf"{_INVITE} (?:\w+ ){{0,2}}(?:бренд|фирму|марку|магазин) [\"«]?\w{{2,}}",
    r"(?:у нас|в нашем магазине|наш магазин|наша фирма|наш бренд) (?:\w+ ){0,4}(?:дешевле|лучше|качественнее|выгоднее)",
    r"(?:мы|сам|сама|я) (?:тоже |сами |сам |сама )?(?:продаю|продаем|торгую|торгуем|произвожу|производим) "
    r"(?:\w+ ){0,2}(?:так\w+|эт\w+|аналогичн\w+|похож\w+|тако\w+)",
)
_OWN_CONTACT: Final = words(
    r"мне|со мной|мой (?:номер|телефон)|моя (?:почта|карта)|мою (?:почту|карту)|свяжитесь|верните|перезвоните|"
    r"горяч\w+ лини\w+|поддержк\w+|звонил\w*|писал\w*|просил\w*|обещал\w*|вложен\w*|визитк\w*|открытк\w*",
)
_CALL: Final = words(r"звоните|позвоните|тел|телефон\w*|пишите|напишите|номер\w*|ват?с?апп?\w*|whats ?app|viber|вайбер")
# A full stop without a space makes «чехол.Me» and «50.ml» look like addresses.
_ADDRESS: Final = re.compile(
    r"https?://|(?<!\w)www\s*\.|(?<!\w)(?:[a-z0-9_-]+\.)*[a-z0-9_-]*[a-z][a-z0-9_-]+\."
    r"(?:ru|com|net|org|su|by|kz|info|site|shop|store|online|biz|pro|io)(?!\w)|[а-я0-9-]{2,}\.рф(?!\w)"
    r"|(?<!\w)(?:t|wa)\s*\.\s*me(?!\w)|(?<!\w)(?:vk|ok)\.(?:com|cc|me|ru)(?!\w)"
    r"|[\w-]+\s+(?:точка|тчк|dot)\s+(?:ru|ру|рф|com|ком)(?!\w)"
)
_HOME: Final = re.compile(r"(?:wildberries|(?<!\w)wb|вайлдберриз)\s*\.\s*(?:ru|by|kz|ру)", re.IGNORECASE)
_HANDLE: Final = re.compile(r"(?<![\w.@])@[a-z_][\w.]{3,}")
_SENTENCE: Final = re.compile(r"[.!?…\n](?=\s|$)")


def ad_spans(text: str) -> list[Span]:
    """Links, contacts given to the public and invitations to other places, in order."""
    readings = read(text)
    return sorted({*_contacts(readings), *_handles(readings), *_invitations(readings), *_rival_offers(readings)})


def contact_spans(text: str) -> list[Span]:
    """All that one could follow or dial, whoever's it is."""
    readings = read(text)
    return sorted({*(finding.span for finding in contact_findings(readings)), *_handles(readings)})


def rival_spans(text: str) -> list[Span]:
    """Where another shop or brand is offered in so many words: the only trace of a competitor."""
    readings = read(text)
    return sorted({*_invitations(readings), *_rival_offers(readings)})


def _contacts(readings: Readings) -> Iterator[Span]:
    for finding in contact_findings(readings):
        words_found = readings.original[slice(*finding.span)]
        if finding.rule is Rule.LINK:
            if _ADDRESS.search(words_found.lower()) and not _HOME.search(words_found):
                yield finding.span
        elif _is_offered(readings.plain, finding.span, words_found):
            yield finding.span


def _handles(readings: Readings) -> Iterator[Span]:
    for found in _HANDLE.finditer(readings.plain.text):
        yield readings.plain.span(*found.span())


def _invitations(readings: Readings) -> Iterator[Span]:
    """«Заказывайте на Озоне»: the verb and the place stand in one sentence, near each other."""
    for phrases in (MARKETPLACES, MESSENGERS):
        for reading in readings.all:
            for place in (found for pattern in phrases.patterns for found in pattern.finditer(reading.text)):
                opening = max(_last_end(reading.text, place.start()), place.start() - _REACH)
                for verb in _INVITATION.finditer(reading.text, opening, place.start()):
                    if not _REFUSED.search(reading.text, max(0, verb.start() - 20), verb.start()):
                        yield reading.span(verb.start(), place.end())


def _rival_offers(readings: Readings) -> Iterator[Span]:
    for reading in readings.all:
        for found in (found for pattern in _RIVAL_OFFERS for found in pattern.finditer(reading.text)):
            if not _REFUSED.search(reading.text, max(0, found.start() - 20), found.start()):
                yield reading.span(*found.span())


def _is_offered(plain: Reading, span: Span, contact: str) -> bool:
    """Not the buyer's own, not one he has called, and not a bare row of digits that may be an order's number."""
    start = next((at for at, (_, end) in enumerate(plain.origin) if end > span[0]), len(plain.text))
    stop = _SENTENCE.search(plain.text, start)
    sentence = plain.text[_last_end(plain.text, start) : stop.start() if stop else None]
    if any(pattern.search(sentence) for pattern in _OWN_CONTACT):
        return False
    return not contact.isdigit() or any(pattern.search(sentence) for pattern in _CALL)


def _last_end(text: str, at: int) -> int:
    ends = [found.end() for found in _SENTENCE.finditer(text, 0, at)]
    return ends[-1] if ends else 0
