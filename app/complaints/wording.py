"""How a complaint is worded: whose it is, how long, in plain Russian, without pressure and without an accusation."""

import re
import unicodedata
from collections.abc import Callable, Iterable
from typing import Final

from app.complaints.abuse import abuse_spans
from app.complaints.ads import contact_spans
from app.complaints.ports import ComplaintRequest
from app.complaints.profanity import obscene_spans
from app.complaints.quotations import without_quotations
from app.complaints.reasons import Reason
from app.complaints.verdicts import Flaw, NoGround
from app.drafting.leftovers import MARKUP, PLACEHOLDERS, SYSTEM_WORDS
from app.drafting.phrases import words
from app.drafting.readings import read

SHORTEST, LONGEST = 100, 900
OPENING: Final = "Жалоба от: "
_LONGEST_NAME = 80
_RUSSIAN_SHARE = 0.8
_OWN_OPENING: Final = re.compile(r"^\s*жалоба\s+от\s*:?[^.\n]*[.\n]\s*", re.IGNORECASE)
_LIST: Final = re.compile(r"^\s*(?:[-*•–—+·]|\d{1,2}[.)]|[а-яa-z]\))\s", re.MULTILINE | re.IGNORECASE)
_SIGNS: Final = re.compile(r"[*_`|{}\[\]<>\\~^#=]{2,}|[#`|{}\[\]<>\\]|\n\s*\n\s*\n")
_UNSEEN: Final = frozenset({"Cc", "Cf", "Cs", "Co", "Cn"})
_PRESSURE: Final = words(
    r"(?:подадим|подаем|обратимся|пожалуемся|напишем) (?:\w+ ){0,2}(?:суд|прокуратуру|роспотребнадзор|полицию|фас)",
    r"в (?:противном|ином) случае|иначе (?:мы|нам|придется|будем)|будем вынуждены|вынуждены будем",
    r"оставляем за собой право|(?:требуем|настаиваем)|вы обязаны|немедленно|понес\w+ ответственность",
    r"судебн\w+|уголовн\w+|стать\w+ \d+",
)
_ACCUSATIONS: Final = words(
    r"заказн\w+|проплачен\w*|купленн\w+ отзыв\w*|фейк\w*|накрут\w*|бот(?:ы|ов|ом|а)?|мошенни\w+|вымога\w+|шантаж\w*",
    r"клевет\w+|лжет|лжив\w+|ложь|лжи|ложью|ложн\w+|врет|вран\w+|обман\w*|недостоверн\w+|подставн\w+|провока\w+",
    r"преднамеренн\w+|умышленн\w+|намеренн\w+|специально|злонамеренн\w+|недобросовестн\w+",
    r"потребительск\w+ экстремизм\w*|чтобы навредить|с целью навредить|очерн\w+|дискредит\w+",
    r"никогда не (?:покупал\w*|заказывал\w*)",
)
_RIVALS: Final = words(r"конкурент\w*|конкурир\w+|конкурентн\w+")


def opened(text: str, request: ComplaintRequest) -> str:
    """The text under the opening that our extensions and the billing know; an opening it already had goes."""
    body = text.strip()
    if body.startswith(opening(request)):
        return body
    return f"{opening(request)} {_OWN_OPENING.sub('', body, count=1).strip()}"


def opening(request: ComplaintRequest) -> str:
    """«Жалоба от: Ромашка.» — the name without invisible signs, cut when it is absurdly long."""
    shown = "".join(char for char in request.complainant if unicodedata.category(char) not in _UNSEEN)
    return f"{OPENING}{shown[:_LONGEST_NAME].rstrip(' .')}."


def misworded(text: str, reason: Reason, request: ComplaintRequest) -> NoGround | None:
    """The first thing that must not be filed; words inside the feedback's quotations are the buyer's, not ours."""
    own = without_quotations(text.removeprefix(opening(request)))
    checks: Iterable[tuple[Flaw, Callable[[], bool]]] = (
        (Flaw.TOO_SHORT, lambda: len(text) < SHORTEST),
        (Flaw.TOO_LONG, lambda: len(text) > LONGEST),
        (Flaw.NO_OPENING, lambda: not text.startswith(opening(request))),
        (Flaw.LAYOUT, lambda: _has_layout(text, own)),
        (Flaw.NOT_RUSSIAN, lambda: not _is_russian(own)),
        (Flaw.CONTACTS, lambda: bool(contact_spans(own))),
        (Flaw.RUDE, lambda: bool(obscene_spans(own) or abuse_spans(own))),
        (Flaw.PRESSURE, lambda: _says(own, _PRESSURE)),
        (Flaw.ACCUSATION, lambda: _says(own, _ACCUSATIONS)),
        (Flaw.ACCUSATION, lambda: reason is not Reason.COMPETITORS and _says(own, _RIVALS)),
    )
    return next((NoGround.because(flaw) for flaw, broken in checks if broken()), None)


def _has_layout(text: str, own: str) -> bool:
    if _LIST.search(text) or _SIGNS.search(own) or any(_is_unprintable(char) for char in text):
        return True
    if any(unicodedata.category(char) == "So" for char in own):
        return True
    readings = read(own)
    return any(True for phrases in (PLACEHOLDERS, SYSTEM_WORDS, MARKUP) for _ in phrases.findings(readings))


def _is_unprintable(char: str) -> bool:
    return char != "\n" and unicodedata.category(char) in _UNSEEN


def _is_russian(own: str) -> bool:
    letters = [char for char in own if char.isalpha()]
    cyrillic = sum("а" <= char.lower() <= "я" or char.lower() == "ё" for char in letters)
    return bool(letters) and cyrillic >= len(letters) * _RUSSIAN_SHARE


def _says(own: str, patterns: tuple[re.Pattern[str], ...]) -> bool:
    return any(pattern.search(reading.text) for reading in read(own).all for pattern in patterns)
