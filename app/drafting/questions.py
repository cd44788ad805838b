"""The answer to a question in public: every fact in it needs a source, and without one a person writes it."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final, Protocol
from uuid import UUID

from app.drafting.choosing import shuffled
from app.drafting.findings import Severity
from app.drafting.linter import lint
from app.drafting.ports import Draft, MalformedDraft
from app.drafting.routing import needs_person
from app.drafting.service import HouseRules
from app.drafting.signatures import pick_signature, sign
from app.drafting.templates import TEMPLATE_WRITER


@dataclass(frozen=True, slots=True, kw_only=True)
class QuestionRequest:
    """All a writer may know; `facts` are the lines of the product's card that it may cite."""

    shop_id: UUID
    wb_id: str
    text: str
    product_name: str = ""
    brand_name: str = ""
    facts: tuple[str, ...] = ()
    tone: str = ""


class QuestionWriter(Protocol):
    """Puts an answer into words; trouble is raised by kind, never hidden in the text."""

    async def write_answer(self, request: QuestionRequest) -> Draft: ...


CANNOT_CONFIRM: Final = (
    "Здравствуйте! Спасибо за вопрос. Точных данных об этом в карточке товара нет, поэтому подтвердить не можем.",
    "Здравствуйте! Благодарим за интерес к товару. В карточке этого не указано, и утверждать наверняка мы не станем.",
    "Здравствуйте! Спасибо, что спросили. Такой характеристики в описании нет, поэтому точного ответа дать не можем.",
)
NO_SOURCE: Final = "Нет факта из карточки, на который опирается ответ"


@dataclass(frozen=True, slots=True)
class CannotConfirmWriter:
    """Works offline: says honestly that the card does not tell, and leaves the rest to a person."""

    async def write_answer(self, request: QuestionRequest) -> Draft:
        text = shuffled(CANNOT_CONFIRM, seed=request.wb_id)[0]
        return Draft(text=text, needs_human=True, reason=NO_SOURCE, writer=TEMPLATE_WRITER, variant="cannot-confirm")


async def compose_answer(
    writer: QuestionWriter,
    request: QuestionRequest,
    *,
    rules: HouseRules,
    fallback: QuestionWriter = CannotConfirmWriter(),
) -> Draft:
    """A draft without text means that only a person may answer; the writer's failures keep their kind."""
    if reason := needs_person(request.text, blacklist_keywords=rules.blacklist_keywords):
        return Draft(text="", needs_human=True, reason=reason, writer="")
    try:
        draft = await writer.write_answer(request)
    except MalformedDraft as error:
        draft = replace(await fallback.write_answer(request), usage=error.usage)
    if not draft.text.strip():
        return replace(draft, needs_human=True)
    signed = replace(draft, text=sign(draft.text, pick_signature(rules.signatures, request.wb_id)))
    return _checked(signed, rules.stop_words)


def _checked(draft: Draft, stop_words: Sequence[str]) -> Draft:
    found = [one for one in lint(draft.text, stop_words=stop_words) if one.severity is Severity.BLOCK]
    reasons = [draft.reason] if draft.reason else []
    if not draft.facts_used and NO_SOURCE not in reasons:
        reasons.append(NO_SOURCE)
    reasons += dict.fromkeys(f"{one.message}: «{one.excerpt}»" for one in found)
    return replace(draft, needs_human=draft.needs_human or bool(reasons), reason="; ".join(reasons))
