"""Whether what a buyer calls himself is a name one may address him by."""

import re

from app.drafting.morphology import parses

_PART = re.compile(r"^[А-Яа-яЁё]+(?:-[А-Яа-яЁё]+)*\.?$")
_ORNAMENT = re.compile(r"^[^\w]+|[^\w.]+$")


def first_name(buyer_name: str) -> str:
    """The first name as it is written in Russian; empty for «Покупатель», firms, nicknames."""
    parts = [part for part in (_ORNAMENT.sub("", raw) for raw in buyer_name.split()) if part]
    if not 0 < len(parts) <= 3 or not all(_belongs_to_a_person(part) for part in parts):
        return ""
    given = next((part for part in parts if _is_given(part)), "")
    return "-".join(piece.capitalize() for piece in given.split("-"))


def _belongs_to_a_person(part: str) -> bool:
    if not _PART.match(part):
        return False
    if len(part.rstrip(".")) == 1:
        return True
    return any(_tagged(piece, {"Name", "Surn", "Patr"}) for piece in _pieces(part))


def _is_given(part: str) -> bool:
    if part.endswith("."):
        return False
    return all(_tagged(piece, {"Name", "sing", "nomn"}, every=True) for piece in _pieces(part))


def _pieces(part: str) -> list[str]:
    return part.rstrip(".").split("-")


def _tagged(word: str, grammemes: set[str], *, every: bool = False) -> bool:
    """Guesses about unknown words do not count: «Гульназ» is declined wrongly, «Хзкто» would pass."""
    wanted = len(grammemes) if every else 1
    known = (parse for parse in parses(word.lower()) if parse.is_known)
    return len(word) > 1 and any(len(grammemes & parse.tag.grammemes) >= wanted for parse in known)
