"""POST /complaint-statuses: the checking extension tells what became of complaints."""

import time
from typing import Annotated, Any, Final

import structlog
from fastapi import Request
from pydantic import Field, TypeAdapter
from starlette.responses import Response

from app.cabinet.verdicts import VerdictReading, VerdictsReport, report_verdicts
from app.cabinet.words import filer_of, verdict_of
from app.extension.callers import asked_of
from app.extension.errors import router_of
from app.extension.keys import parse_key
from app.extension.stores import store_for
from app.extension.wire import Lenient, WireIn, WireOut, documented, json_response, read_body
from app.kit.clock import utc_now
from app.kit.documents import storable

router = router_of("Отчёты")
log = structlog.get_logger(__name__)
MOST_ROWS: Final = 500
MOST_DETAILS: Final = 20


class VerdictRowIn(WireIn):
    review_key: str = Field(max_length=64)
    status: str = Field(max_length=300)
    filed_by: Annotated[str | None, Lenient] = Field(None, description="«R5» — подано нашим расширением")
    complaint_date: Annotated[str | None, Lenient] = Field(None, description="«ДД.ММ.ГГГГ» или «ДД.ММ»")


class VerdictsIn(WireIn):
    store_id: str
    results: list[Annotated[VerdictRowIn | None, Lenient]] = Field(min_length=1, max_length=MOST_ROWS)


class SkippedOut(WireOut):
    index: int
    review_key: str
    reason: str


class VerdictsDataOut(WireOut):
    received: int
    valid: int
    reviews_updated: int
    complaints_updated: int
    chats_closed: int
    skipped: int
    unmatched: int
    ambiguous: int
    skipped_details: list[SkippedOut] = Field(max_length=MOST_DETAILS)
    hour_offset: int


class VerdictsOut(WireOut):
    success: bool
    data: VerdictsDataOut
    elapsed: int = Field(description="Миллисекунд")
    message: str


_VERDICTS: Final = TypeAdapter(VerdictsIn)


@router.post(
    "/complaint-statuses",
    response_model=VerdictsOut,
    openapi_extra=documented(VerdictsIn),
    summary="Сообщить исходы жалоб",
)
async def report(request: Request) -> Response:
    """От 1 до 500 строк. Непонятные строки перечислены в `skippedDetails`, остальные учитываются."""
    database, caller = asked_of(request)
    began = time.monotonic()
    batch = await read_body(request, _VERDICTS)
    numbered = [(index, reading) for index, row in enumerate(batch.results) if (reading := _reading(row)) is not None]
    async with database.direct() as connection:
        store = await store_for(connection, caller, batch.store_id, reporting=True)
        done = await report_verdicts(
            connection, store.id, [reading for _, reading in numbered], actor=caller.actor, now=utc_now()
        )
    if done.unusual_clock:
        log.warning("unusual_page_clock", shop_id=str(store.id), hours=done.hours, rows=len(numbered))
    data = _data(batch, numbered, done)
    elapsed = round((time.monotonic() - began) * 1000)
    said = f"Обновлено жалоб: {done.complaints}."
    return json_response({"success": True, "data": data, "elapsed": elapsed, "message": said})


def _reading(row: VerdictRowIn | None) -> VerdictReading | None:
    key = parse_key(row.review_key) if row is not None else None
    state = verdict_of(row.status) if row is not None else None
    if row is None or key is None or state is None:
        return None
    return VerdictReading(
        key=key,
        complaint=state,
        filed_by=filer_of(row.filed_by),
        filed_on=(row.complaint_date or "")[:20],
        raw=storable(f"{row.status}; {row.filed_by or ''}; {row.complaint_date or ''}"),
    )


def _data(batch: VerdictsIn, numbered: list[tuple[int, VerdictReading]], done: VerdictsReport) -> dict[str, Any]:
    read = {index for index, _ in numbered}
    reasons = {index: _why(row) for index, row in enumerate(batch.results) if index not in read}
    reasons |= {numbered[place][0]: why for place, why in done.open_keys.items()}
    details = [
        {"index": index, "reviewKey": _key_of(batch.results[index]), "reason": reasons[index]}
        for index in sorted(reasons)[:MOST_DETAILS]
    ]
    return {
        "received": len(batch.results),
        "valid": len(numbered),
        "reviewsUpdated": done.feedbacks,
        "complaintsUpdated": done.complaints,
        "chatsClosed": done.chats_closed,
        "skipped": len(reasons),
        "unmatched": done.unmatched,
        "ambiguous": done.ambiguous,
        "skippedDetails": details,
        "hourOffset": done.hours,
    }


def _why(row: VerdictRowIn | None) -> str:
    if row is None:
        return "bad_row"
    return "bad_key" if parse_key(row.review_key) is None else "unknown_status"


def _key_of(row: VerdictRowIn | None) -> str:
    return row.review_key if row is not None else ""
