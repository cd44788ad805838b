"""The ways a person can read a text that tries to look like something else to a machine.

Every reading remembers where each of its characters came from, so findings point into the original.
"""

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass

from app.drafting.homoglyphs import to_cyrillic, to_latin

_WORD = re.compile(r"\w+")
_SPACED_LETTERS = re.compile(r"(?<!\w)[^\W\d_](?:[ .\-_*·|/]{1,3}[^\W\d_](?!\w)){2,}")


@dataclass(frozen=True, slots=True)
class Reading:
    text: str
    origin: tuple[tuple[int, int], ...]

    def span(self, start: int, end: int) -> tuple[int, int]:
        """Where a piece of this reading stands in the original."""
        return self.origin[start][0], self.origin[end - 1][1]


@dataclass(frozen=True, slots=True)
class Readings:
    """`plain` folds only width, case and invisible characters; `all` adds the disguises, each text once."""

    original: str
    plain: Reading
    latin: Reading
    all: tuple[Reading, ...]


def read(text: str) -> Readings:
    """Lower case, ё as е, digits as 0-9, nothing invisible; then look-alike letters and spaced-out words."""
    visible = _visible(text)
    plain = _lowered(visible)
    latin, cyrillic = _lowered(_swapped(visible, to_latin)), _lowered(_swapped(visible, to_cyrillic))
    candidates = (plain, latin, cyrillic, _joined(plain), _joined(latin), _joined(cyrillic))
    return Readings(text, plain, latin, tuple({reading.text: reading for reading in candidates}.values()))


def _visible(text: str) -> Reading:
    pieces = ((start, end, _shown(text[start:end])) for start, end in _clusters(text))
    return _assembled((char, (start, end)) for start, end, shown in pieces for char in shown)


def _clusters(text: str) -> Iterable[tuple[int, int]]:
    """A letter with its combining marks folds as one, or й written as и + breve would be lost."""
    start = 0
    for index in range(1, len(text) + 1):
        if index == len(text) or not unicodedata.combining(text[index]):
            yield start, index
            start = index


def _shown(cluster: str) -> str:
    folded = unicodedata.normalize("NFKC", cluster)
    return "".join(_digit(char) for char in folded if not _is_invisible(char))


def _digit(char: str) -> str:
    return str(unicodedata.digit(char)) if char.isdigit() else char


def _is_invisible(char: str) -> bool:
    """Stress marks and strike-throughs count too: whatever could be composed into a letter already is."""
    return unicodedata.category(char) in {"Cf", "Mn", "Me"}


def _lowered(reading: Reading) -> Reading:
    return _assembled(
        (small, place)
        for char, place in zip(reading.text, reading.origin, strict=True)
        for small in char.lower().replace("ё", "е")
    )


def _swapped(reading: Reading, table: dict[str, str]) -> Reading:
    """Only words of mixed alphabets change: «со» is Russian, the mixture in «оzоn» gives it away."""
    text = _WORD.sub(lambda word: _swapped_word(word.group(), table), reading.text)
    return Reading(text, reading.origin)


def _swapped_word(word: str, table: dict[str, str]) -> str:
    if len({_alphabet(char) for char in word}) < 2:
        return word
    return "".join(table.get(char, char) for char in word)


def _alphabet(char: str) -> str:
    if char.isdigit():
        return "DIGIT"
    return unicodedata.name(char, "?").split(" ", 1)[0]


def _joined(reading: Reading) -> Reading:
    """«о з о н», «t-e-l-e-g-r-a-m» as one word."""
    kept: list[tuple[str, tuple[int, int]]] = []
    position = 0
    for spaced in _SPACED_LETTERS.finditer(reading.text):
        kept += _slice(reading, position, spaced.start())
        kept += [entry for entry in _slice(reading, spaced.start(), spaced.end()) if entry[0].isalpha()]
        position = spaced.end()
    return _assembled([*kept, *_slice(reading, position, len(reading.text))])


def _slice(reading: Reading, start: int, end: int) -> list[tuple[str, tuple[int, int]]]:
    return list(zip(reading.text[start:end], reading.origin[start:end], strict=True))


def _assembled(entries: Iterable[tuple[str, tuple[int, int]]]) -> Reading:
    listed = list(entries)
    return Reading("".join(char for char, _ in listed), tuple(place for _, place in listed))
