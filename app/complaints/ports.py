"""What a complaint needs from outside: someone who proposes one, and whom nobody believes unchecked."""

from dataclasses import dataclass
from typing import Protocol
from uuid import UUID

from app.drafting.ports import Usage
from app.kit.errors import Unavailable


@dataclass(frozen=True, slots=True, kw_only=True)
class ComplaintRequest:
    """All a writer may know of a feedback; `author` is in whose name the complaint speaks, normally the shop's."""

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
    photo_count: int = 0
    has_video: bool = False
    facts: tuple[str, ...] = ()
    author: str = ""

    @property
    def parts(self) -> tuple[str, ...]:
        """What the buyer wrote, field by field; a quote stands in one of them."""
        return tuple(part for part in (self.text, self.pros, self.cons) if part.strip())

    @property
    def has_media(self) -> bool:
        return self.photo_count > 0 or self.has_video

    @property
    def complainant(self) -> str:
        """Who complains, on one line: the shop, else the brand, else the product."""
        names = (" ".join(name.split()) for name in (self.author, self.brand_name, self.product_name))
        return next((name for name in names if name), "продавец")


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """A proposal, not yet believed: `quotes` are said to be the feedback's own words that prove `reason_id`.

    `why_not` tells in Russian why there is no ground, and is empty for an eligible claim. `writer` is "rules" or
    the model's name.
    """

    eligible: bool
    reason_id: int | None = None
    quotes: tuple[str, ...] = ()
    text: str = ""
    why_not: str = ""
    writer: str
    variant: str = ""
    usage: Usage | None = None


class ComplaintWriter(Protocol):
    """Proposes a complaint or says that there is no ground; trouble is raised by kind."""

    async def write_complaint(self, request: ComplaintRequest) -> Claim: ...


class MalformedClaim(Unavailable):
    """The writer answered out of shape; nothing of it is kept but its cost."""

    code = "MALFORMED_CLAIM"
    message = "Модель вернула жалобу не по форме."

    def __init__(self, *, writer: str, usage: Usage | None = None) -> None:
        super().__init__()
        self.writer = writer
        self.usage = usage
