"""What questions need of Wildberries; the adapter is `app.wildberries.questions`."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol
from uuid import UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class IncomingQuestion:
    """A question as Wildberries shows it now; unknown states are kept as they came."""

    wb_id: str
    nm_id: int
    imt_id: int | None
    text: str
    written_at: datetime
    product_name: str
    brand_name: str
    supplier_article: str
    was_viewed: bool
    is_warned: bool
    wb_state: str
    answer_text: str | None
    answer_editable: bool | None
    answered_at: datetime | None
    raw: dict[str, Any] = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class QuestionPage:
    """One list call; `received` counts the unreadable rows too."""

    questions: Sequence[IncomingQuestion]
    received: int
    broken: int
    unanswered_total: int | None
    answered_total: int | None


class QuestionSource(Protocol):
    """Each call spends one request of the budget that feedbacks share; raises kit.errors kinds."""

    async def page(
        self,
        shop_id: UUID,
        *,
        answered: bool,
        take: int,
        skip: int,
        since: datetime | None,
        until: datetime | None,
    ) -> QuestionPage:
        """Oldest first, both seconds included; `take` and `skip` together are at most 10,000."""

    async def one(self, shop_id: UUID, wb_id: str) -> IncomingQuestion | None:
        """None when it cannot be obtained."""

    async def view(self, shop_id: UUID, wb_id: str) -> None:
        """Mark as seen; harmless to repeat."""
