"""The check that stands between whoever writes a complaint and the feedback's only shot."""

from collections.abc import Sequence
from typing import Final

from app.complaints.boilerplate import repeats
from app.complaints.fitting import located, misfit, proved_by_words
from app.complaints.invention import invented
from app.complaints.ports import Claim, ComplaintRequest
from app.complaints.quotations import false_quotation
from app.complaints.reasons import Reason, find_reason
from app.complaints.verdicts import Flaw, Grounded, NoGround
from app.complaints.wording import misworded, opening

_LONGEST_DOUBT: Final = 300


def judge(claim: Claim, request: ComplaintRequest, recent_texts: Sequence[str] = ()) -> Grounded | NoGround:
    """Believes only what the feedback itself says; `recent_texts` are the shop's latest complaints."""
    if refusal := nothing_to_prove(request):
        return refusal
    if not claim.eligible:
        return NoGround.because(Flaw.NOT_ELIGIBLE, " ".join(claim.why_not.split())[:_LONGEST_DOUBT])
    reason = find_reason(claim.reason_id)
    if reason is None:
        return NoGround.because(Flaw.UNKNOWN_REASON)
    quoted = located(claim, reason, request)
    if isinstance(quoted, NoGround):
        return quoted
    text = claim.text.strip()
    refusal = misfit(reason, quoted, claim, request) or text_refusal(text, reason, request, recent_texts)
    if refusal:
        return refusal
    return Grounded(
        reason=reason,
        quotes=tuple(dict.fromkeys(place.words for place in quoted)),
        text=text,
        by_words=proved_by_words(reason, quoted),
        needs_eyes=reason.needs_media,
        writer=claim.writer,
        variant=claim.variant,
        usage=claim.usage,
    )


def text_refusal(
    text: str, reason: Reason, request: ComplaintRequest, recent_texts: Sequence[str] = ()
) -> NoGround | None:
    """What speaks against the wording alone; also for a text that a person has edited."""
    if refusal := misworded(text, reason, request):
        return refusal
    body = text.removeprefix(opening(request))
    if (piece := false_quotation(body, request)) is not None:
        return NoGround.because(Flaw.FALSE_QUOTATION, f"В кавычках: «{piece[:80]}».")
    if (word := invented(body, request)) is not None:
        return NoGround.because(Flaw.INVENTED, f"Лишнее: «{word[:80]}».")
    return NoGround.because(Flaw.BOILERPLATE) if repeats(text, recent_texts) else None


def nothing_to_prove(request: ComplaintRequest) -> NoGround | None:
    """Says no before anybody is asked and paid: stars alone break no rule."""
    return None if request.parts or request.has_media else NoGround.because(Flaw.NOTHING_WRITTEN)
