"""The answer to a question in public: every fact in it needs a source, and without one a person writes it."""

from dataclasses import dataclass, replace
from functools import partial
from typing import Final, Protocol
from uuid import UUID

from app.drafting.choosing import shuffled
from app.drafting.ports import Draft
from app.drafting.routing import needs_person
from app.drafting.service import HouseRules, both, finished, written
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
    draft = await written(partial(writer.write_answer, request), fallback=partial(fallback.write_answer, request))
    return _sourced(finished(draft, request.wb_id, rules=rules))


def _sourced(draft: Draft) -> Draft:
    """What is said of a product must stand on its card."""
    if not draft.text.strip() or draft.facts_used:
        return draft
    reason = draft.reason if NO_SOURCE in draft.reason else both(draft.reason, NO_SOURCE)
    return replace(draft, needs_human=True, reason=reason)
