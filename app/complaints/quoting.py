"""Where quoted words stand in a feedback: letter by letter, whole words, in one of its fields."""

import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

SHORTEST = 3
_WRAPPING = " \t\n\r«»\"'“”„‘’…"


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """`words` are the feedback's own letters, whatever case or spacing the quote had."""

    part: str
    start: int
    end: int

    @property
    def words(self) -> str:
        return self.part[self.start : self.end]

    def holds(self, span: tuple[int, int]) -> bool:
        """Whether a finding in the same field lies inside the quote."""
        return self.start <= span[0] and span[1] <= self.end


def folded(text: str) -> str:
    """Case, ё and white space do not make another quote; every other sign does."""
    return _folded(text)[0].strip()


def unwrapped(quote: str) -> str:
    """Without the quotation marks and dots that a writer puts around what he quotes."""
    return quote.strip(_WRAPPING)


def places(quote: str, parts: Iterable[str]) -> list[Place]:
    """All places where the quote stands; a quote that begins or ends inside a word stands nowhere."""
    wanted = folded(unwrapped(quote))
    if not any(char.isalnum() for char in wanted):
        return []
    return [place for part in parts for place in _places_in(part, wanted)]


def _places_in(part: str, wanted: str) -> Iterator[Place]:
    text, origin = _folded(part)
    at = text.find(wanted)
    while at >= 0:
        end = at + len(wanted)
        if not (_inside_a_word(text, at) or _inside_a_word(text, end)):
            yield Place(part=part, start=origin[at], end=_end_of(part, origin, end))
        at = text.find(wanted, at + 1)


def _end_of(part: str, origin: list[int], end: int) -> int:
    """Marks that are folded away belong to the letter before them."""
    last = origin[end] if end < len(origin) else len(part)
    while last > 0 and part[last - 1].isspace():
        last -= 1
    return last


def _inside_a_word(text: str, at: int) -> bool:
    return 0 < at < len(text) and text[at - 1].isalnum() and text[at].isalnum()


def _folded(text: str) -> tuple[str, list[int]]:
    kept: list[str] = []
    origin: list[int] = []
    for index, char in enumerate(text):
        for small in _plain(char):
            if small == " " and kept[-1:] == [" "]:
                continue
            kept.append(small)
            origin.append(index)
    return "".join(kept), origin


def _plain(char: str) -> str:
    """ё and е, NBSP and space are one; a stress mark or an invisible sign is nothing."""
    if char.isspace():
        return " "
    shown = (small for small in char.lower() if unicodedata.category(small) not in {"Cf", "Mn", "Me"})
    return "".join(shown).replace("ё", "е")
