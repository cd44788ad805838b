"""From a feedback to a draft a person or the shop's mode can decide on."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial

from app.drafting.findings import Severity
from app.drafting.linter import lint
from app.drafting.ports import Draft, DraftRequest, MalformedDraft, Usage, Writer
from app.drafting.routing import needs_person
from app.drafting.signatures import pick_signature, sign
from app.drafting.templates import TemplateWriter


@dataclass(frozen=True, slots=True, kw_only=True)
class HouseRules:
    """What a shop adds to our own rules."""

    signatures: Sequence[str] = ()
    blacklist_keywords: Sequence[str] = ()
    stop_words: Sequence[str] = ()


Write = Callable[[], Awaitable[Draft]]
_FALLBACK = TemplateWriter()


async def compose(writer: Writer, request: DraftRequest, *, rules: HouseRules, fallback: Writer = _FALLBACK) -> Draft:
    """A draft without text means that only a person may answer; the writer's failures keep their kind."""
    if reason := needs_person(request.buyer_words, blacklist_keywords=rules.blacklist_keywords):
        return Draft(text="", needs_human=True, reason=reason, writer="")
    draft = await written(partial(writer.write, request), fallback=partial(fallback.write, request))
    return finished(draft, request.wb_id, rules=rules)


async def written(write: Write, *, fallback: Write) -> Draft:
    """A malformed draft earns one more try; what both tries cost is kept."""
    try:
        return await write()
    except MalformedDraft as first:
        spent = first.usage
    try:
        draft = await write()
    except MalformedDraft as second:
        return await _salvaged(second, fallback=fallback, spent=_sum(second.usage, spent))
    return replace(draft, usage=_sum(draft.usage, spent))


def finished(draft: Draft, wb_id: str, *, rules: HouseRules) -> Draft:
    """Signed and checked; without words only a person can go on."""
    if not draft.text.strip():
        return replace(draft, needs_human=True, reason=both(draft.reason, "Модель не написала ответ"))
    signed = replace(draft, text=sign(draft.text, pick_signature(rules.signatures, wb_id)))
    return _checked(signed, rules.stop_words)


async def _salvaged(failure: MalformedDraft, *, fallback: Write, spent: Usage | None) -> Draft:
    if failure.text:
        whole = Draft(text=failure.text, writer=failure.writer)
        return replace(whole, needs_human=True, reason=failure.message, usage=spent)
    draft = await fallback()
    reason = both(draft.reason, f"{failure.message} Подставлен шаблон.")
    return replace(draft, needs_human=True, reason=reason, usage=spent)


def _checked(draft: Draft, stop_words: Sequence[str]) -> Draft:
    blocking = [one for one in lint(draft.text, stop_words=stop_words) if one.severity is Severity.BLOCK]
    if not blocking:
        return draft
    named = dict.fromkeys(f"{one.message}: «{one.excerpt}»" for one in blocking)
    return replace(draft, needs_human=True, reason=both(draft.reason, "; ".join(named)))


def both(*reasons: str) -> str:
    """In one line."""
    return "; ".join(reason.rstrip(". ") for reason in reasons if reason)


def _sum(usage: Usage | None, other: Usage | None) -> Usage | None:
    return usage.plus(other) if usage else other
