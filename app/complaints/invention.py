"""Numbers, dates and names that a complaint says and nobody gave it."""

import re
from collections.abc import Iterator
from typing import Final

from app.complaints.ports import ComplaintRequest
from app.complaints.quotations import without_quotations
from app.drafting.morphology import lemmas, parses

_NUMBER: Final = re.compile(r"\d+")
_WORD: Final = re.compile(r"[^\W\d_]+")
_LATIN: Final = re.compile(r"[a-z]", re.IGNORECASE)
_SENTENCE_OPENS: Final = re.compile(r"(?:^|[.!?…:;\n(])\W*$")
_OUR_NAMES: Final = frozenset({"wildberries", "wb", "вб", "пвз", "вы", "ваш", "вайлдберриз", "вайлдберрис"})
_COUNTED: Final = (
    "два три четыре пять шесть семь восемь девять десять двадцать тридцать сорок пятьдесят сто двести тысяча миллион "
    "дважды трижды неоднократно неоднократный многократно многократный процент "
    "январь февраль март апрель май июнь июль август сентябрь октябрь ноябрь декабрь "
    "понедельник вторник четверг пятница суббота воскресенье вчера позавчера сегодня"
)
_COUNTED_LEMMAS: Final = frozenset(_WORD.findall(_COUNTED))


def invented(text: str, request: ComplaintRequest) -> str | None:
    """The first such word or number outside quotations; None when everything was given."""
    given = _given(request)
    own = without_quotations(text)
    numbers = set(_NUMBER.findall(given))
    foreign_number = next((number for number in _NUMBER.findall(own) if number not in numbers), None)
    return foreign_number or next(_foreign_words(own, given), None)


def _given(request: ComplaintRequest) -> str:
    return "\n".join(
        (
            *request.parts,
            request.buyer_name,
            request.product_name,
            request.brand_name,
            request.complainant,
            *request.tags,
            *request.facts,
            f"{request.rating} {request.photo_count}",
        )
    )


def _foreign_words(own: str, given: str) -> Iterator[str]:
    known = _OUR_NAMES.union(*(lemmas(word) for word in _WORD.findall(given)))
    for found in _WORD.finditer(own):
        word = found.group()
        if lemmas(word) & known:
            continue
        if _LATIN.search(word) or lemmas(word) & _COUNTED_LEMMAS or _is_a_name(own, found):
            yield word


def _is_a_name(own: str, found: re.Match[str]) -> bool:
    """A capital letter where no sentence begins; where one does, the dictionary must know the word as a name."""
    word = found.group()
    if not word[0].isupper():
        return False
    if not _SENTENCE_OPENS.search(own[max(0, found.start() - 20) : found.start()]):
        return True
    likeliest = parses(word.lower())[:1]
    return any(parse.is_known and parse.tag.grammemes & {"Name", "Surn", "Patr"} for parse in likeliest)
