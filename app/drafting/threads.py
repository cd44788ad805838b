"""The next line of a private chat, with the thread as context: who writes it, and what must hold of it."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final, Protocol
from uuid import UUID

from app.drafting.choosing import shuffled
from app.drafting.findings import Severity
from app.drafting.linter import lint
from app.drafting.names import first_name
from app.drafting.ports import Draft, MalformedDraft, Usage
from app.drafting.routing import needs_person
from app.drafting.templates import TEMPLATE_WRITER

LONGEST: Final = 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class ThreadLine:
    """One message; `ours` are the seller's, Wildberries' own are left out."""

    ours: bool
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ThreadRequest:
    """All a writer may know of a chat: its latest lines, oldest first."""

    shop_id: UUID
    chat_id: str
    lines: tuple[ThreadLine, ...]
    buyer_name: str = ""
    facts: tuple[str, ...] = ()
    tone: str = ""

    @property
    def waiting_words(self) -> str:
        """What the buyer has written since our last line."""
        waiting: list[str] = []
        for line in reversed(self.lines):
            if line.ours:
                break
            waiting.append(line.text.strip())
        return "\n".join(filter(None, reversed(waiting)))


class ThreadWriter(Protocol):
    """Puts the next line into words; trouble is raised by kind, never hidden in the text."""

    async def write_line(self, request: ThreadRequest) -> Draft: ...


NEUTRAL: Final = (
    "Здравствуйте! Спасибо за сообщение. Мы его прочитали, уточним детали и ответим Вам здесь же, в чате.",
    "Здравствуйте! Благодарим, что написали нам. Разберёмся в Вашем вопросе и вернёмся с ответом в этот чат.",
    "Здравствуйте! Спасибо, что обратились. Проверим всё, о чём Вы написали, и ответим здесь.",
)
NAMED_GREETING: Final = "{name}, здравствуйте!"


@dataclass(frozen=True, slots=True)
class NeutralThreadWriter:
    """Works offline: polite, promises nothing but an answer, the same chat always getting the same words."""

    async def write_line(self, request: ThreadRequest) -> Draft:
        text = shuffled(NEUTRAL, seed=f"{request.chat_id}:{len(request.lines)}")[0]
        if name := first_name(request.buyer_name):
            text = text.replace("Здравствуйте!", NAMED_GREETING.format(name=name), 1)
        return Draft(text=text, writer=TEMPLATE_WRITER, variant="neutral")


async def compose_line(
    writer: ThreadWriter,
    request: ThreadRequest,
    *,
    blacklist_keywords: Sequence[str] = (),
    fallback: ThreadWriter = NeutralThreadWriter(),
) -> Draft:
    """A draft without text means that only a person may answer; the writer's failures keep their kind."""
    if reason := needs_person(request.waiting_words, blacklist_keywords=blacklist_keywords):
        return Draft(text="", needs_human=True, reason=reason, writer="")
    draft = await _written(writer, request, fallback=fallback)
    if not draft.text.strip():
        return replace(draft, needs_human=True, reason=draft.reason or "Модель не написала ответ")
    findings = lint(draft.text, stop_words=blacklist_keywords, longest=LONGEST)
    blocking = dict.fromkeys(f"{one.message}: «{one.excerpt}»" for one in findings if one.severity is Severity.BLOCK)
    if not blocking:
        return draft
    return replace(draft, needs_human=True, reason="; ".join(filter(None, (draft.reason, *blocking))))


async def _written(writer: ThreadWriter, request: ThreadRequest, *, fallback: ThreadWriter) -> Draft:
    """A malformed draft earns one more try, then the neutral words; what the tries cost is kept."""
    spent: Usage | None = None
    for _ in range(2):
        try:
            draft = await writer.write_line(request)
        except MalformedDraft as malformed:
            spent = malformed.usage.plus(spent) if malformed.usage else spent
        else:
            return replace(draft, usage=draft.usage.plus(spent) if draft.usage else spent)
    draft = await fallback.write_line(request)
    return replace(draft, needs_human=True, reason="Модель ответила не по форме, подставлен шаблон", usage=spent)
