"""Words in quotation marks inside a complaint: either the feedback's own, or it is a lie."""

import re
from collections.abc import Iterator
from typing import Final

from app.complaints.ports import ComplaintRequest
from app.complaints.quoting import folded, places, unwrapped
from app.complaints.reasons import Reason

_PASSAGE: Final = re.compile(r"«([^«»]*)»|\"([^\"]*)\"|“([^“”]*)”|„([^„“”]*)[“”]")
_GAP: Final = re.compile(r"\s*(?:…|\.{3,})\s*")
_NAMES: Final = ("Wildberries", "Вайлдберриз", *(reason.title for reason in Reason))


def without_quotations(text: str) -> str:
    """What the complaint says in its own words."""
    return _PASSAGE.sub(" ", text)


def false_quotation(text: str, request: ComplaintRequest) -> str | None:
    """The first quoted piece that stands neither in the feedback nor among the names of shop, brand and product."""
    return next((piece for piece in _pieces(text) if not _is_true(piece, request)), None)


def _pieces(text: str) -> Iterator[str]:
    for passage in _PASSAGE.finditer(text):
        words = next(group for group in passage.groups() if group is not None)
        yield from (piece for piece in _GAP.split(words) if unwrapped(piece))


def _is_true(piece: str, request: ComplaintRequest) -> bool:
    names = (request.product_name, request.brand_name, request.complainant, *request.tags, *request.facts, *_NAMES)
    if places(piece, (*request.parts, *names)):
        return True
    return "*" in piece and any(_masks(piece, part) for part in request.parts)


def _masks(piece: str, part: str) -> bool:
    """«х***я»: each star stands for one letter, so that a complaint need not repeat the obscenity."""
    pattern = re.escape(folded(unwrapped(piece))).replace(r"\*", r"[^\s]")
    return re.search(rf"(?<!\w){pattern}(?!\w)", folded(part)) is not None
