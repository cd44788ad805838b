"""GET /review-statuses: what the pages showed last."""

import re
from contextlib import suppress
from datetime import UTC, datetime
from functools import lru_cache
from typing import Annotated, Any, Final, Literal

import asyncpg
from fastapi import Query, Request
from pydantic import Field
from pydantic_core import from_json
from starlette.responses import Response

from app.cabinet.page_listing import newest_pages
from app.extension.callers import asked_of
from app.extension.errors import router_of
from app.extension.keys import spell_key
from app.extension.stores import store_and_counts
from app.extension.wire import WireIn, WireOut, WireTime, json_response, wire_time

router = router_of("Отчёты")
MOST: Final = 100
_EXACT: Final = re.compile(r"20[0-9]{2}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-5][0-9]\.[0-9]{3}Z")
_WANTED: Final = {"true": [True], "false": [False], "all": [True, False]}


class PageStateOut(WireOut):
    review_key: str
    product_id: str
    rating: int
    review_date: WireTime
    statuses: list[str]
    can_submit_complaint: bool
    chat_status: str | None
    rating_excluded: bool
    parsed_at: WireTime
    created_at: WireTime
    updated_at: WireTime


class PageStatsOut(WireOut):
    can_submit: int
    cannot_submit: int


class PageStatesOut(WireOut):
    total: int
    reviews: list[PageStateOut]
    stats: PageStatsOut


class PageListOut(WireOut):
    success: bool
    data: PageStatesOut


class PagesAsked(WireIn):
    store_id: str
    limit: int = Field(50, ge=1, description=f"Не больше {MOST}")
    can_submit: Literal["true", "false", "all"] = "all"


@router.get("/review-statuses", response_model=PageListOut, summary="Что расширение видело на страницах")
async def review_statuses(request: Request, asked: Annotated[PagesAsked, Query()]) -> Response:
    """Сначала недавно появившиеся, также и те, чей отзыв ещё не найден. `total` — всё, что подходит под фильтр."""
    database, caller = asked_of(request)
    async with database.glance() as connection:
        store, counts = await store_and_counts(connection, caller, asked.store_id)
        wanted = _WANTED[asked.can_submit]
        pages = await newest_pages(connection, store.id, wanted, limit=min(asked.limit, MOST))
    sizes = {True: counts["pages_can"], False: counts["pages_cannot"]}
    return json_response(
        {
            "success": True,
            "data": {
                "total": sum(sizes[each] for each in wanted),
                "reviews": [_page(page) for page in pages],
                "stats": {"canSubmit": sizes[True], "cannotSubmit": sizes[False]},
            },
        }
    )


def _page(page: asyncpg.Record) -> dict[str, Any]:
    review_date = written_at(page["feedback_date"], page["minute"])
    return {
        "reviewKey": spell_key(page["nm_id"], page["rating"], review_date),
        "productId": str(page["nm_id"]),
        "rating": page["rating"],
        "reviewDate": review_date,
        "statuses": _labels(page["statuses"]),
        "canSubmitComplaint": page["can_submit"],
        "chatStatus": page["chat_status"],
        "ratingExcluded": page["rating_excluded"],
        "parsedAt": page["read_at"],
        "createdAt": page["created_at"],
        "updatedAt": page["updated_at"],
    }


@lru_cache(maxsize=512)
def _labels(statuses: str) -> list[str]:
    """A few sets of labels stand beside all feedbacks."""
    found: list[str] = from_json(statuses)
    return found


def written_at(told: str, minute: str) -> str:
    """To the second, if the page's own words name an instant in this very minute; its zone may have been wrong."""
    if _EXACT.fullmatch(told) and told[:16] == minute[:16]:
        return told
    with suppress(ValueError):
        moment = datetime.fromisoformat(told)
        found = wire_time(moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment)
        if found[:16] == minute[:16]:
            return found
    return minute
