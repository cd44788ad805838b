"""GET /stores/{storeId}/stats: a shop's complaints and feedbacks in figures."""

from typing import Annotated

from fastapi import Path, Request
from pydantic import Field
from starlette.responses import Response

from app.cabinet.overview import feedbacks_by_rating
from app.extension.callers import asked_of
from app.extension.errors import router_of
from app.extension.stores import store_and_counts
from app.extension.wire import WireOut, WireTime, json_response, wire_time

router = router_of("Магазины")


class ComplaintsQueueOut(WireOut):
    draft: int = Field(description="Готовы к подаче")
    sent: int = Field(description="Поданы, с любым исходом")
    pending: int
    approved: int
    rejected: int
    reconsidered: int


class StatsOut(WireOut):
    total_reviews: int
    complaints_queue: ComplaintsQueueOut
    last_sync: WireTime | None = Field(description="Когда расширение в последний раз прислало страницы")
    reviews: dict[str, int] = Field(description="Сколько отзывов с каждой оценкой", examples=[{"1": 2, "5": 40}])
    approval_rate: float | None = Field(description="Доля одобренных среди решённых, от 0 до 1")


@router.get("/stores/{storeId}/stats", response_model=StatsOut, summary="Показатели магазина")
async def stats(store_id: Annotated[str, Path(alias="storeId")], request: Request) -> Response:
    """Жалобы по состояниям и отзывы по оценкам."""
    database, caller = asked_of(request)
    async with database.glance() as connection:
        store, counts = await store_and_counts(connection, caller, store_id)
        reviews = await feedbacks_by_rating(connection, store.id)
    page_at = counts["page_at"]
    decided = counts["approved"] + counts["rejected"]
    return json_response(
        {
            "totalReviews": sum(reviews.values()),
            "complaintsQueue": {
                "draft": counts["queued_complaints"],
                "sent": counts["pending"] + decided + counts["reconsidered"],
                "pending": counts["pending"],
                "approved": counts["approved"],
                "rejected": counts["rejected"],
                "reconsidered": counts["reconsidered"],
            },
            "lastSync": wire_time(page_at) if page_at else None,
            "reviews": {str(rating): count for rating, count in reviews.items()},
            "approvalRate": round(counts["approved"] / decided, 4) if decided else None,
        }
    )
