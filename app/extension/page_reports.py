"""POST /review-statuses: the filing extension tells what its pages show."""

from datetime import datetime
from functools import lru_cache
from typing import Annotated, Any, Final

import structlog
from fastapi import Request
from pydantic import Field, TypeAdapter, WithJsonSchema
from starlette.responses import Response

from app.cabinet.jobs import LookAgain
from app.cabinet.page_readings import PageReading, Shown
from app.cabinet.pages import PagesReport, report_pages
from app.cabinet.unknown import ask_for_sync
from app.extension.callers import asked_of
from app.extension.errors import router_of
from app.extension.keys import parse_key
from app.extension.moments import told_at
from app.extension.stores import store_for
from app.extension.wire import Lenient, WireIn, WireOut, documented, json_response, read_body
from app.kit.clock import utc_now
from app.kit.db import Database
from app.kit.documents import storable
from app.kit.jobs import enqueue

router = router_of("Отчёты")
log = structlog.get_logger(__name__)
MOST_ROWS: Final = 100
MOST_MISSING: Final = 1000
NOT_FOUND: Final = "not_found"


LONGEST_LABEL: Final = 300
MOST_LABELS: Final = 50
_YES: Final = frozenset({"true", "1"})

# Whatever the field holds, its row is read: a validator in Python for each field would cost as much as the statements.
Text = Annotated[Any, WithJsonSchema({"anyOf": [{"type": "string"}, {"type": "null"}]})]
Flag = Annotated[Any, WithJsonSchema({"anyOf": [{"type": "boolean"}, {"type": "null"}]})]
Labels = Annotated[list[Any] | None, WithJsonSchema({"type": "array", "items": {"type": "string"}})]


class PageRowIn(WireIn):
    review_key: str = Field(max_length=64)
    statuses: Labels = None
    can_submit_complaint: Flag = None
    chat_status: Text = None
    rating_excluded: Flag = None
    review_date: Text = None
    review_status_wb: Text = None


class PagesIn(WireIn):
    store_id: str
    parsed_at: Annotated[datetime | None, Lenient] = None
    reviews: list[Annotated[PageRowIn | None, Lenient]] = Field(max_length=MOST_ROWS)
    not_found_review_keys: Annotated[list[Annotated[str | None, Lenient]] | None, Lenient] = Field(
        None, description="Старые сборки: ключи, которых на странице не нашлось"
    )


class PagesDataOut(WireOut):
    received: int
    created: int
    updated: int
    errors: int
    synced: int
    chat_status_synced: int
    sync_errors: int
    not_found: int
    unmatched: int
    ambiguous: int
    hour_offset: int = Field(description="На сколько часов время страницы опережает UTC")


class PagesOut(WireOut):
    success: bool
    data: PagesDataOut
    message: str


_PAGES: Final = TypeAdapter(PagesIn)


@router.post(
    "/review-statuses",
    response_model=PagesOut,
    openapi_extra=documented(PagesIn),
    summary="Сообщить, что показывают страницы отзывов",
)
async def report(request: Request) -> Response:
    """До 100 строк. Плохая строка считается в `errors`, остальные учитываются; повтор ничего не портит."""
    database, caller = asked_of(request)
    batch = await read_body(request, _PAGES)
    now = utc_now()
    readings = [reading for row in batch.reviews if (reading := _reading(row)) is not None]
    missing = [key for text in _missing(batch) if (key := parse_key(text)) is not None]
    async with database.direct() as connection:
        store = await store_for(connection, caller, batch.store_id, reporting=True)
        done = await report_pages(
            connection,
            store.id,
            [*readings, *(PageReading(key=key, missing=True) for key in missing)],
            read_at=told_at(batch.parsed_at, now=now) or now,
            actor=caller.actor,
            now=now,
        )
    if done.unmatched or done.missing_ids:
        await _look_closer(database, store.id, done, now=now)
    if done.unusual_clock:
        log.warning("unusual_page_clock", shop_id=str(store.id), hours=done.hours, rows=len(readings))
    return json_response(_answer(batch, done, errors=len(batch.reviews) - len(readings)))


def _reading(row: PageRowIn | None) -> PageReading | None:
    key = parse_key(row.review_key) if row is not None else None
    if row is None or key is None:
        return None
    if row.review_status_wb is not None and _text(row.review_status_wb).strip().lower() == NOT_FOUND:
        return PageReading(key=key, missing=True)
    labels = row.statuses or ()
    shown = _shown(
        tuple([each[:LONGEST_LABEL] for each in labels[:MOST_LABELS] if isinstance(each, str)]),
        _flag(row.can_submit_complaint),
        row.chat_status[:LONGEST_LABEL] if isinstance(row.chat_status, str) else "",
        _flag(row.rating_excluded),
    )
    return PageReading(key, shown, _text(row.review_date))


def _text(value: Any) -> str:
    return str(storable(value[:LONGEST_LABEL])) if isinstance(value, str) else ""


@lru_cache(maxsize=512)
def _shown(labels: tuple[str, ...], can_submit: bool, chat_status: str, rating_excluded: bool) -> Shown:
    """Pages repeat a few of these without end."""
    return Shown(tuple(map(storable, labels)), can_submit, storable(chat_status) or None, rating_excluded)


def _flag(value: Any) -> bool:
    if value is True or value is False or value is None:
        return bool(value)
    return isinstance(value, str | int) and str(value).lower() in _YES


def _missing(batch: PagesIn) -> list[str]:
    return [text for text in (batch.not_found_review_keys or [])[:MOST_MISSING] if text]


async def _look_closer(database: Database, shop_id: Any, done: PagesReport, *, now: datetime) -> None:
    """Hints only, and the next page repeats them: so after the report is safe."""
    async with database.transaction() as session:
        if done.unmatched:
            await ask_for_sync(session, shop_id, now=now)
        for feedback_id in done.missing_ids:
            await enqueue(session, LookAgain(shop_id=shop_id, feedback_id=feedback_id))


def _answer(batch: PagesIn, done: PagesReport, *, errors: int) -> dict[str, Any]:
    data = {
        "received": len(batch.reviews),
        "created": done.created,
        "updated": done.updated,
        "errors": errors,
        "synced": done.applied,
        "chatStatusSynced": done.chats,
        "syncErrors": 0,
        "notFound": done.missing,
        "unmatched": done.unmatched,
        "ambiguous": done.ambiguous,
        "hourOffset": done.hours,
    }
    said = f"Принято строк: {data['received'] - errors}."
    if done.unusual_clock:
        said += f" Время на странице отличается от UTC на {done.hours} ч: проверьте часовой пояс браузера."
    return {"success": True, "data": data, "message": said}
