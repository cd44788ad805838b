"""Russian word forms; the dictionary is loaded once per process."""

import re
from collections.abc import Iterator, Sequence
from functools import cache, lru_cache

from pymorphy3 import MorphAnalyzer
from pymorphy3.analyzer import Parse

_WORD = re.compile(r"\w+")
_RUSSIAN = re.compile(r"[а-яё-]+", re.IGNORECASE)


@cache
def _analyzer() -> MorphAnalyzer:
    return MorphAnalyzer(lang="ru")


def parses(word: str) -> list[Parse]:
    """Every reading of a Russian word the dictionary allows, the likeliest first."""
    if not _RUSSIAN.fullmatch(word):
        return []  # the dictionary stumbles over letters without a Unicode name
    found: list[Parse] = _analyzer().parse(word)
    return found


@lru_cache(maxsize=20_000)
def lemmas(word: str) -> frozenset[str]:
    """All dictionary forms the word may stand for, ё as е, the word itself among them."""
    plain = word.lower().replace("ё", "е")
    return frozenset({plain, *(str(parse.normal_form).replace("ё", "е") for parse in parses(word.lower()))})


def mentions(text: str, phrase: str) -> Iterator[tuple[int, int]]:
    """Where the phrase stands in the text, in any form of its words; mere marks are sought as they are."""
    wanted = [lemmas(word) for word in _WORD.findall(phrase)]
    if not wanted:
        yield from _occurrences(text, phrase.strip())
        return
    words = list(_WORD.finditer(text))
    for index in range(len(words) - len(wanted) + 1):
        window = words[index : index + len(wanted)]
        if _same(window, wanted):
            yield window[0].start(), window[-1].end()


def _same(window: Sequence[re.Match[str]], wanted: Sequence[frozenset[str]]) -> bool:
    return all(lemmas(word.group()) & forms for word, forms in zip(window, wanted, strict=True))


def _occurrences(text: str, piece: str) -> Iterator[tuple[int, int]]:
    if piece:
        yield from (found.span() for found in re.finditer(re.escape(piece), text, re.IGNORECASE))
