"""GET /stores/{storeId}/complaints: for older builds, which know no rounds."""

from collections.abc import Mapping, Sequence
from typing import Annotated, Any, Final, Literal

from fastapi import Path, Query, Request
from pydantic import ConfigDict, Field
from starlette.responses import Response

from app.cabinet.complaint_listing import filed_complaints, queued_complaints
from app.cabinet.complaint_sizes import Sizes, sizes_of
from app.cabinet.states import ComplaintState
from app.cabinet.tasks import Task
from app.extension.callers import asked_of
from app.extension.errors import router_of
from app.extension.handing import lent, looked_up
from app.extension.stores import store_and_counts
from app.extension.task_items import ComplaintOut, complaint_item
from app.extension.wire import WireIn, WireOut, json_response
from app.kit.clock import utc_now
from app.kit.db import Direct

router = router_of("Задания")
MOST: Final = 500
_FILED: Final = [state for state in ComplaintState if state.filed]


class ComplaintStatsOut(WireOut):
    """Поля этого ответа контракт пишет через подчёркивание."""

    draft: int
    pending: int
    approved: int
    rejected: int
    by_rating: dict[str, int]
    by_article: dict[str, int]

    model_config = ConfigDict(alias_generator=None)


class ComplaintsOut(WireOut):
    complaints: list[ComplaintOut]
    total: int
    stats: ComplaintStatsOut


Kind = Literal["draft", "all", "pending", "approved", "rejected", "reconsidered"]


class ComplaintsAsked(WireIn):
    limit: int = Field(100, ge=1, description=f"Не больше {MOST}")
    filter: Kind = "draft"
    rating: str = Field("1,2,3", pattern=r"^ *[1-5] *(, *[1-5] *)*$", description="Через запятую")


@router.get("/stores/{storeId}/complaints", response_model=ComplaintsOut, summary="Жалобы списком (старые сборки)")
async def complaints(
    store_id: Annotated[str, Path(alias="storeId")], request: Request, asked: Annotated[ComplaintsAsked, Query()]
) -> Response:
    """`draft` — готовые к подаче: выданные остаются за этим токеном 15 минут, как в `/tasks`.

    `total`, `by_rating` и `by_article` считают всё, что подходит под фильтр, а не только показанное.
    """
    now, most, kind = utc_now(), min(asked.limit, MOST), asked.filter
    ratings = sorted({int(each) for each in asked.rating.split(",")})
    states = _FILED if kind == "all" else [] if kind == "draft" else [ComplaintState(kind)]
    database, caller = asked_of(request)
    drafts = kind in ("draft", "all")
    async with database.glance() as connection:
        store, counts = await store_and_counts(connection, caller, store_id)
        sizes = await sizes_of(connection, store.id, ratings, queued=drafts and not store.archived, states=states)
        filed = await filed_complaints(connection, store.id, states, ratings, limit=most) if states else []

        async def look(connection: Direct) -> Sequence[Task]:
            return await queued_complaints(connection, store.id, caller.token_id, ratings, limit=most, now=now)

        seen = await looked_up(connection, store, caller, look) if drafts else []
    queued = await lent(database, store, caller, look, seen, now=now)
    shown = [complaint_item(task) for task in [*queued, *filed][:most]]
    return json_response({"complaints": shown, "total": sizes.total, "stats": _stats(counts, sizes, store.archived)})


def _stats(counts: Mapping[str, Any], sizes: Sizes, archived: bool) -> dict[str, Any]:
    return {
        "draft": 0 if archived else counts["queued_complaints"],
        "pending": counts["pending"],
        "approved": counts["approved"],
        "rejected": counts["rejected"],
        "by_rating": sizes.by_rating,
        "by_article": sizes.by_product,
    }
