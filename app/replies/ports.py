"""What publishing needs of Wildberries; the adapters are in `app.wildberries.publisher` and `.questions`."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol
from uuid import UUID

from app.kit.errors import Unavailable
from app.replies.subjects import Seen, Subject, SubjectKind


class AmbiguousOutcome(Unavailable):
    """The write may or may not have reached Wildberries: read before anything else."""

    code = "AMBIGUOUS_OUTCOME"
    message = "Ответ Wildberries потерялся. Проверяем, дошла ли публикация."


Fence = Callable[[], None]


class Publisher(Protocol):
    """Urgent calls: they go before the sync's. A write is sent at most once per call, never repeated inside.

    `fence` is called right before the request leaves, after all waiting for the seller's budget; when it raises,
    nothing is sent and its error passes through.
    """

    async def answer(self, shop_id: UUID, wb_id: str, text: str, fence: Fence) -> None:
        """First answer. Raises AmbiguousOutcome when it may have arrived; any other error means it did not."""

    async def edit(self, shop_id: UUID, wb_id: str, text: str, fence: Fence) -> None:
        """The only edit; errors as for `answer`."""

    async def read(self, shop_id: UUID, wb_id: str) -> Seen | None:
        """What it looks like at Wildberries, with its answer; None when it cannot be obtained."""


class QuestionPublisher(Publisher, Protocol):
    """Questions can also be turned down."""

    async def reject(self, shop_id: UUID, wb_id: str, text: str, fence: Fence) -> None:
        """Hide it from buyers, telling why; errors as for `answer`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Publishers:
    """One for each kind of subject."""

    feedbacks: Publisher
    questions: QuestionPublisher

    def of(self, subject: Subject) -> Publisher:
        """The one that knows this subject."""
        return self.feedbacks if subject.kind is SubjectKind.FEEDBACK else self.questions


class Looker(Protocol):
    """Looks at what Wildberries shows of one kind; each call spends one request of the seller's budget."""

    @property
    def reach(self) -> int:
        """The most that `take` and `skip` may be together."""

    async def one(self, shop_id: UUID, wb_id: str) -> Seen | None:
        """None when it cannot be obtained."""

    async def answered(
        self, shop_id: UUID, *, take: int, skip: int, since: datetime, until: datetime
    ) -> tuple[Sequence[Seen], int]:
        """A page of the answered ones of that time, oldest first, and how many rows it had, unreadable ones too."""
