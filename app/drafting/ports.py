"""What the shop's voice needs from outside: someone who writes a draft."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Protocol
from uuid import UUID

from app.kit.errors import Unavailable


@dataclass(frozen=True, slots=True, kw_only=True)
class DraftRequest:
    """All a writer may know of a feedback; `answered_before` is our answer to the one it amends."""

    shop_id: UUID
    wb_id: str
    rating: int
    text: str = ""
    pros: str = ""
    cons: str = ""
    buyer_name: str = ""
    product_name: str = ""
    brand_name: str = ""
    tags: tuple[str, ...] = ()
    answered_before: str | None = None
    facts: tuple[str, ...] = ()
    tone: str = ""

    @property
    def buyer_words(self) -> str:
        """Everything the buyer wrote, one part per line; empty for a bare rating."""
        return "\n".join(part.strip() for part in (self.text, self.pros, self.cons) if part.strip())


@dataclass(frozen=True, slots=True, kw_only=True)
class Usage:
    """What a draft cost, all attempts together."""

    model: str
    input_tokens: int
    output_tokens: int
    cost_usd: Decimal
    seconds: float

    def plus(self, other: "Usage | None") -> "Usage":
        """Both together, under this one's model."""
        if other is None:
            return self
        return Usage(
            model=self.model,
            input_tokens=self.input_tokens + other.input_tokens,
            output_tokens=self.output_tokens + other.output_tokens,
            cost_usd=self.cost_usd + other.cost_usd,
            seconds=self.seconds + other.seconds,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """Words for the buyer; `reason` tells in Russian why a person must look, and is empty otherwise.

    `writer` is "template", the model's name, or empty when no one was asked to write.
    """

    text: str
    needs_human: bool = False
    reason: str = ""
    facts_used: tuple[str, ...] = ()
    writer: str
    variant: str = ""
    usage: Usage | None = None


class Writer(Protocol):
    """Puts an answer into words; trouble is raised by kind, never hidden in the text."""

    async def write(self, request: DraftRequest) -> Draft: ...


class MalformedDraft(Unavailable):
    """The writer answered out of shape; `text` holds its answer only when that is surely whole."""

    code = "MALFORMED_DRAFT"
    message = "Модель вернула ответ не по форме."

    def __init__(self, *, writer: str, text: str = "", usage: Usage | None = None) -> None:
        super().__init__()
        self.writer = writer
        self.text = text
        self.usage = usage
