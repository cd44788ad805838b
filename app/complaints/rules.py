"""The writer that works without a model: drafts only what lists of words prove, and otherwise says no."""

import re
import unicodedata
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice, product
from typing import Final

from app.complaints.abuse import Span, certain_abuse_spans
from app.complaints.ads import ad_spans, contact_spans
from app.complaints.boilerplate import repeats
from app.complaints.fitting import RULES_WRITER
from app.complaints.ports import Claim, ComplaintRequest, ComplaintWriter
from app.complaints.profanity import obscene_spans
from app.complaints.quoting import SHORTEST
from app.complaints.reasons import Reason
from app.complaints.rule_texts import WORDINGS
from app.complaints.wording import opened
from app.drafting.choosing import shuffled

NO_PROOF: Final = "Словами отзыва нарушение не доказать."
# The clearest proof first: whatever else is wrong, an obscene word is seen at a glance.
_PROOFS: Final[tuple[tuple[Reason, Callable[[str], list[Span]]], ...]] = (
    (Reason.OBSCENE_WORDS, obscene_spans),
    (Reason.THREATS, certain_abuse_spans),
    (Reason.SPAM_IN_TEXT, ad_spans),
)
_MOST_QUOTES = 3
_LONGEST_QUOTE = 160
_LONGEST_PRODUCT = 60
_TRIES = 40
_UNQUOTABLE: Final = re.compile(r"[«»\"“”„*`|{}\[\]<>\\…]|\.{3}")


@dataclass(frozen=True, slots=True)
class RulesWriter:
    """The same feedback always gets the same words, unless they repeat a recent complaint."""

    recent_texts: Sequence[str] = ()

    async def write_complaint(self, request: ComplaintRequest) -> Claim:
        for reason, finder in _PROOFS:
            if quotes := tuple(_quotes(request, finder)):
                text, variant = self._first_fresh(reason, quotes, request)
                return Claim(
                    eligible=True, reason_id=reason, quotes=quotes, text=text, writer=RULES_WRITER, variant=variant
                )
        return Claim(eligible=False, why_not=NO_PROOF, writer=RULES_WRITER)

    def _first_fresh(self, reason: Reason, quotes: tuple[str, ...], request: ComplaintRequest) -> tuple[str, str]:
        candidates = list(islice(_candidates(reason, quotes, request), _TRIES))
        fresh = (candidate for candidate in candidates if not repeats(candidate[0], self.recent_texts))
        return next(fresh, candidates[0])


@dataclass(frozen=True, slots=True)
class RulesFirst:
    """Asks the model only where lists of words prove nothing: certain cases cost nothing."""

    rules: RulesWriter
    model: ComplaintWriter

    async def write_complaint(self, request: ComplaintRequest) -> Claim:
        claim = await self.rules.write_complaint(request)
        return claim if claim.eligible else await self.model.write_complaint(request)


def _quotes(request: ComplaintRequest, finder: Callable[[str], list[Span]]) -> Iterator[str]:
    """The longest of overlapping finds, as they stand in the feedback."""
    found = (part[start:end] for part in request.parts for start, end in _apart(finder(part)))
    sizeable = (quote for quote in found if SHORTEST <= len(quote) <= _LONGEST_QUOTE)
    return islice(dict.fromkeys(sizeable), _MOST_QUOTES)


def _apart(spans: list[Span]) -> Iterator[Span]:
    reached = 0
    for start, end in sorted(spans, key=lambda span: (span[0], -span[1])):
        if start >= reached:
            yield start, end
            reached = end


def _candidates(reason: Reason, quotes: tuple[str, ...], request: ComplaintRequest) -> Iterator[tuple[str, str]]:
    wording = WORDINGS[reason]
    values = {"about": _about(request), "quotes": _quoted(reason, quotes), "evidence": _kind(quotes)}
    numbered = product(*(list(enumerate(pool, 1)) for pool in (wording.leads, wording.evidence, wording.requests)))
    for pieces in shuffled(list(numbered), seed=request.wb_id):
        body = " ".join(piece.format_map(values) for _, piece in pieces)
        yield opened(body, request), f"rules:{int(reason)}#{'.'.join(str(number) for number, _ in pieces)}"


def _about(request: ComplaintRequest) -> str:
    """Nothing when the product's name would spoil the quotation marks around it."""
    name = " ".join(request.product_name.split())
    if len(name) > _LONGEST_PRODUCT:
        name = name[:_LONGEST_PRODUCT].rpartition(" ")[0].rstrip(" ,.;:-–—")
    spoilt = _UNQUOTABLE.search(name) or any(unicodedata.category(char)[0] == "C" for char in name)
    return f" о товаре «{name}»" if name and not spoilt else ""


def _quoted(reason: Reason, quotes: tuple[str, ...]) -> str:
    hide = _starred if reason is Reason.OBSCENE_WORDS else _without_obscenities
    return ", ".join(f"«{hide(_on_one_line(quote))}»" for quote in quotes)


def _without_obscenities(quote: str) -> str:
    for start, end in obscene_spans(quote):
        quote = quote[:start] + _starred(quote[start:end]) + quote[end:]
    return quote


def _starred(word: str) -> str:
    """«х***я»: a complaint need not repeat what it complains about."""
    inside = "".join(char if char.isspace() else "*" for char in word[1:-1])
    return f"{word[0]}{inside}{word[-1]}"


def _on_one_line(quote: str) -> str:
    shown = "".join(char for char in quote if char.isspace() or unicodedata.category(char)[0] not in "CM")
    return _UNQUOTABLE.sub("*", " ".join(shown.split()))


def _kind(quotes: tuple[str, ...]) -> str:
    """What is advertised is named, never repeated."""
    if not any(contact_spans(quote) for quote in quotes):
        return "покупателям предлагают перейти на другую площадку, сообщество или к другому продавцу"
    if any("@" in quote for quote in quotes):
        return "оставлен адрес для связи вне площадки"
    if any(sum(char.isdigit() for char in quote) >= 7 for quote in quotes):
        return "оставлен контакт для связи вне площадки"
    return "стоит ссылка на сторонний сайт"
