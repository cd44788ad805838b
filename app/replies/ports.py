"""What publishing needs of Wildberries; the adapter is `app.wildberries.publisher.WildberriesPublisher`."""

from collections.abc import Callable
from typing import Protocol
from uuid import UUID

from app.feedbacks.ports import IncomingFeedback
from app.kit.errors import Unavailable


class AmbiguousOutcome(Unavailable):
    """The write may or may not have reached Wildberries: read before anything else."""

    code = "AMBIGUOUS_OUTCOME"
    message = "Ответ Wildberries потерялся. Проверяем, дошла ли публикация."


class Publisher(Protocol):
    """Urgent calls: they go before the sync's. A write is sent at most once per call, never repeated inside.

    `fence` is called right before the request leaves, after all waiting for the seller's budget; when it raises,
    nothing is sent and its error passes through.
    """

    async def answer(self, shop_id: UUID, wb_id: str, text: str, fence: Callable[[], None]) -> None:
        """First answer. Raises AmbiguousOutcome when it may have arrived; any other error means it did not."""

    async def edit(self, shop_id: UUID, wb_id: str, text: str, fence: Callable[[], None]) -> None:
        """The only edit; errors as for `answer`."""

    async def read(self, shop_id: UUID, wb_id: str) -> IncomingFeedback | None:
        """The feedback with its answer as Wildberries shows it; None when it cannot be obtained."""
