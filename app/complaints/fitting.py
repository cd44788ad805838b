"""Whether a reason is proved by what was quoted; each reason has its own proof."""

from collections.abc import Callable, Sequence
from typing import Final

from app.complaints.abuse import Span, abuse_spans, certain_abuse_spans
from app.complaints.ads import ad_spans, rival_spans
from app.complaints.ports import Claim, ComplaintRequest
from app.complaints.profanity import obscene_spans
from app.complaints.quoting import SHORTEST, Place, folded, places, unwrapped
from app.complaints.reasons import Reason
from app.complaints.topics import political_spans, service_spans, speaks_of_product
from app.complaints.verdicts import Flaw, NoGround

RULES_WRITER: Final = "rules"
_SHORTEST_OTHER = 15
_SHARE_OF_SERVICE = 0.5
_MOST_QUOTES = 10
_Finder = Callable[[str], list[Span]]

# Evidence is sought in the whole field, so that a quote cannot cut it out of its context.
_PROOFS: Final[dict[Reason, tuple[_Finder, Flaw]]] = {
    Reason.OBSCENE_WORDS: (obscene_spans, Flaw.NOT_OBSCENE),
    Reason.THREATS: (abuse_spans, Flaw.NOT_ABUSIVE),
    Reason.SPAM_IN_TEXT: (ad_spans, Flaw.NOT_AN_AD),
    Reason.COMPETITORS: (rival_spans, Flaw.NO_RIVAL),
    Reason.POLITICS: (political_spans, Flaw.NOT_POLITICAL),
    Reason.NOT_ABOUT_PRODUCT: (service_spans, Flaw.ABOUT_PRODUCT),
}
_CERTAIN: Final[dict[Reason, _Finder]] = {
    Reason.OBSCENE_WORDS: obscene_spans,
    Reason.THREATS: certain_abuse_spans,
    Reason.SPAM_IN_TEXT: ad_spans,
}


def located(claim: Claim, reason: Reason, request: ComplaintRequest) -> list[Place] | NoGround:
    """The first place of each quote, where its reason is proved if it is anywhere; all quotes must be there."""
    quotes = [quote for quote in claim.quotes if quote.strip()]
    if len(quotes) > _MOST_QUOTES:
        return NoGround.because(Flaw.NO_QUOTE, f"Цитат больше {_MOST_QUOTES}.")
    evidence, found = _evidence(reason, request), list[Place]()
    for quote in quotes:
        spots = places(quote, request.parts)
        if not spots:
            return NoGround.because(Flaw.QUOTE_NOT_FOUND, f"Искали: «{unwrapped(quote)[:80]}».")
        if len(folded(unwrapped(quote))) < SHORTEST:
            return NoGround.because(Flaw.QUOTE_TOO_SHORT)
        found.append(next((spot for spot in spots if _proved(spot, evidence)), spots[0]))
    if not found and reason.needs_words:
        return NoGround.because(Flaw.NO_QUOTE)
    return found


def misfit(reason: Reason, quoted: Sequence[Place], claim: Claim, request: ComplaintRequest) -> NoGround | None:
    """Why the reason does not follow from the quotes; None when it does."""
    if reason.needs_media:
        return None if request.has_media else NoGround.because(Flaw.NO_MEDIA)
    if reason is Reason.OTHER:
        return _other_misfit(quoted, claim)
    evidence = _evidence(reason, request)
    if not any(_proved(place, evidence) for place in quoted):
        return NoGround.because(_PROOFS[reason][1])
    if reason is Reason.NOT_ABOUT_PRODUCT:
        return _service_misfit(quoted, request)
    return None


def proved_by_words(reason: Reason, quoted: Sequence[Place]) -> bool:
    """Nobody's judgement is needed: the lists alone are certain."""
    finder = _CERTAIN.get(reason)
    return finder is not None and any(place.holds(span) for place in quoted for span in finder(place.part))


def _evidence(reason: Reason, request: ComplaintRequest) -> dict[str, list[Span]]:
    if reason not in _PROOFS:
        return {}
    return {part: _PROOFS[reason][0](part) for part in request.parts}


def _proved(place: Place, evidence: dict[str, list[Span]]) -> bool:
    return any(place.holds(span) for span in evidence.get(place.part, ()))


def _other_misfit(quoted: Sequence[Place], claim: Claim) -> NoGround | None:
    if claim.writer == RULES_WRITER:
        return NoGround.because(Flaw.NEEDS_MODEL)
    if max(len(place.words) for place in quoted) < _SHORTEST_OTHER:
        return NoGround.because(Flaw.QUOTE_TOO_SHORT)
    return None


def _service_misfit(quoted: Sequence[Place], request: ComplaintRequest) -> NoGround | None:
    """Delivery must be what the feedback is about, not a remark beside its words on the product."""
    written = sum(len(part.strip()) for part in request.parts)
    spoken = len({(place.part, at) for place in quoted for at in range(place.start, place.end)})
    if spoken < written * _SHARE_OF_SERVICE or any(speaks_of_product(part) for part in request.parts):
        return NoGround.because(Flaw.ABOUT_PRODUCT)
    return None
