"""Telephone numbers of Russia, Belarus and Kazakhstan, also in words, spaced or with letters for digits."""

import re
from collections.abc import Iterator
from itertools import chain

import phonenumbers

_DIGIT = "[0-9oоzзlб]"
# Digits with at most three separating marks in between; letters stand for the digits they resemble.
# Each length apart: two numbers in a row are two stretches of eleven.
_STRETCHES = tuple(
    re.compile(rf"(?<!\w)\+?\(?{_DIGIT}(?:[ \t.\-–—()*_/·|]{{0,3}}{_DIGIT}){{{size - 1}}}(?!\w)")
    for size in (10, 11, 12)
)
_LOCAL = re.compile(r"(?:тел\b|телефон\w*|(?:по)?звоните|номер)\D{0,12}(?<!\d)\d{2,3}[- ]\d{2}[- ]\d{2}(?!\d)")
_DATE = re.compile(r"(?<![\d.])\d{1,2}\.\d{1,2}\.(?:\d{4}|\d{2})(?![\d.])")
_CATALOGUE = re.compile(r"(?:арт\w*|код\w*|штрих\w*|заказ\w*|баркод\w*|№|номенклатур\w*|nm)\W{0,4}$")
_READ_AS_DIGITS = str.maketrans("oоzзlб", "003316")
_BARE_SHAPES = {(10,), (3, 3, 2, 2), (3, 3, 4), (3, 7), (3, 2, 2, 3), (3, 2, 3, 2), (1,) * 10}

_UNIT = r"(?:ноль|нуль|один|два|три|четыре|пять|шесть|семь|восемь|девять)"
_TEN = r"(?:десять|\w{2,7}надцать|двадцать|тридцать|сорок|\w{4,6}ьдесят|девяносто)"
_HUNDRED = r"(?:сто|двести|триста|четыреста|пятьсот|шестьсот|семьсот|восемьсот|девятьсот)"
_SEPARATOR = r"[\s,.\-–—]+"
_SPELLED = (
    re.compile(rf"(?<!\w)(?:{_UNIT}|{_TEN}|{_HUNDRED})(?:{_SEPARATOR}(?:{_UNIT}|{_TEN}|{_HUNDRED}|\d+)(?!\w)){{4,}}"),
    re.compile(rf"(?<!\w)(?:8|\+\s?7|(?:плюс\s+)?семь|восемь){_SEPARATOR}(?:девятьсот|восемьсот|четыреста)(?!\w)"),
)


def phone_spans(text: str) -> Iterator[tuple[int, int]]:
    """Spans of a lower-case text that a buyer could dial."""
    for pattern in (*_SPELLED, _LOCAL):
        yield from (found.span() for found in pattern.finditer(text))
    for region in ("RU", "BY", "KZ"):
        for match in phonenumbers.PhoneNumberMatcher(text, region):
            if match.raw_string.startswith("+"):
                yield match.start, match.end
    for stretch in chain.from_iterable(pattern.finditer(text) for pattern in _STRETCHES):
        if _can_be_dialled(stretch.group()) and not _CATALOGUE.search(text[: stretch.start()]):
            yield stretch.span()


def _can_be_dialled(stretch: str) -> bool:
    if _DATE.search(stretch) or sum(char.isdigit() for char in stretch) < 7:
        return False
    groups = re.findall(r"\d+", stretch.translate(_READ_AS_DIGITS))
    digits = "".join(groups)
    if stretch.startswith("+"):
        return _is_valid(f"+{digits}", region=None)
    return _has_a_prefix(digits, first=groups[0]) or _is_bare_mobile(digits, groups)


def _has_a_prefix(digits: str, *, first: str) -> bool:
    """Sizes in a row («80 86 92 98 104») have eleven digits too, but no lone 8 in front."""
    if digits.startswith("375"):
        return len(digits) == 12 and _is_valid(f"+{digits}", region=None)
    if len(digits) != 11 or (len(first) in {2, 3} and not digits.startswith("80")):
        return False
    if digits.startswith("80") and _is_valid(digits, region="BY"):
        return True
    return digits[0] in "78" and _is_valid(f"+7{digits[1:]}", region=None)


def _is_bare_mobile(digits: str, groups: list[str]) -> bool:
    shape = tuple(len(group) for group in groups)
    return len(digits) == 10 and digits[0] == "9" and shape in _BARE_SHAPES and _is_valid(digits, region="RU")


def _is_valid(digits: str, *, region: str | None) -> bool:
    try:
        return phonenumbers.is_valid_number(phonenumbers.parse(digits, region))
    except phonenumbers.NumberParseException:
        return False
