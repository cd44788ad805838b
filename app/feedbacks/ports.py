"""What the sync needs of Wildberries; the adapter is `app.wildberries.feedbacks.WildberriesFeedbacks`."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any, Protocol
from uuid import UUID


class FeedbackList(StrEnum):
    """Wildberries' three lists; `processed` also holds rating-only feedbacks that nobody answered."""

    UNANSWERED = "unanswered"
    PROCESSED = "processed"
    ARCHIVE = "archive"


@dataclass(frozen=True, slots=True, kw_only=True)
class IncomingFeedback:
    """A feedback as Wildberries shows it now; absent texts are "", unknown enum values are kept as they came."""

    wb_id: str
    nm_id: int
    imt_id: int | None
    rating: int
    text: str
    pros: str
    cons: str
    written_at: datetime
    buyer_name: str
    product_name: str
    brand_name: str
    supplier_article: str
    size: str
    color: str
    order_status: str
    matching_size: str
    tags: tuple[str, ...]
    photo_count: int
    has_video: bool
    was_viewed: bool
    wb_state: str
    answer_text: str | None
    answer_state: str | None
    answer_editable: bool | None
    parent_id: str | None
    child_id: str | None
    complaint_possible: bool
    complaint_reason: int
    return_possible: bool
    raw: dict[str, Any] = field(repr=False)

    @property
    def rating_only(self) -> bool:
        """Stars without a word, a photo or a video: Wildberries calls it processed though nobody answered."""
        return not (self.text or self.pros or self.cons or self.photo_count or self.has_video)


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedbackPage:
    """One list call: `received` counts the unreadable rows too; the totals are those of the whole cabinet."""

    feedbacks: Sequence[IncomingFeedback]
    received: int
    broken: int
    unanswered_total: int | None
    processed_total: int | None


class FeedbackSource(Protocol):
    """Each call spends one request of the seller's budget; raises kit.errors kinds."""

    async def page(
        self,
        shop_id: UUID,
        which: FeedbackList,
        *,
        take: int,
        skip: int,
        since: datetime | None,
        until: datetime | None,
    ) -> FeedbackPage:
        """Oldest first; `since` and `until` are inclusive to the second, and the archive knows neither."""

    async def one(self, shop_id: UUID, wb_id: str) -> IncomingFeedback | None:
        """None when Wildberries says it cannot be obtained: deleted, or never there."""
