"""Whether a complaint repeats one that the shop has lately made: identical texts are rejected in bulk."""

import re
from collections.abc import Sequence
from difflib import SequenceMatcher
from typing import Final

from app.complaints.quoting import folded

_WORD: Final = re.compile(r"\w+")
_OPENING: Final = re.compile(r"^жалоба от: [^.]*\.\s*")
_SHINGLE = 3
_WORTH_COMPARING = 0.5
_SAME = 0.9


def repeats(text: str, recent_texts: Sequence[str]) -> bool:
    """Same or nearly so, whatever the case, the marks and the opening; letters are compared only where words agree."""
    words = _words(text)
    shingles = _shingles(words)
    return any(_is_same(words, shingles, _words(recent)) for recent in recent_texts)


def _is_same(words: list[str], shingles: frozenset[tuple[str, ...]], others: list[str]) -> bool:
    if words == others:
        return True
    theirs = _shingles(others)
    shared = len(shingles & theirs) / max(1, len(shingles | theirs))
    if shared < _WORTH_COMPARING:
        return False
    return shared > _SAME or SequenceMatcher(None, " ".join(words), " ".join(others), autojunk=False).ratio() > _SAME


def _words(text: str) -> list[str]:
    return _WORD.findall(_OPENING.sub("", folded(text)))


def _shingles(words: list[str]) -> frozenset[tuple[str, ...]]:
    return frozenset(tuple(words[at : at + _SHINGLE]) for at in range(max(1, len(words) - _SHINGLE + 1)))
