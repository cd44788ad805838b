"""POST …/complaint/sent: the filing extension has just pressed the button."""

import json
from contextlib import suppress
from datetime import datetime
from typing import Annotated, Final

from fastapi import Path, Request
from pydantic import AliasChoices, Field, TypeAdapter, ValidationError
from starlette.responses import Response

from app.cabinet.filing import file_complaint
from app.extension.callers import asked_of
from app.extension.errors import router_of
from app.extension.moments import told_at
from app.extension.stores import store_for
from app.extension.wire import Lenient, WireIn, WireOut, WireTime, documented, json_response, wire_time
from app.kit.clock import utc_now

router = router_of("Отчёты")


class SentIn(WireIn):
    sent_at: Annotated[datetime | None, Lenient] = Field(
        None, validation_alias=AliasChoices("sentAt", "sent_at"), description="Когда подана; без него — сейчас"
    )
    duration: Annotated[float | None, Lenient] = None


class SentOut(WireOut):
    """Поля этого ответа контракт пишет через подчёркивание."""

    success: bool
    review_id: str = Field(alias="review_id")
    new_status: str = Field(alias="new_status")
    sent_at: WireTime = Field(alias="sent_at")
    message: str


_SENT: Final = TypeAdapter(SentIn)


@router.post(
    "/stores/{storeId}/reviews/{reviewId}/complaint/sent",
    response_model=SentOut,
    openapi_extra=documented(SentIn),
    summary="Жалоба подана",
)
async def sent(
    store_id: Annotated[str, Path(alias="storeId")],
    review_id: Annotated[str, Path(alias="reviewId")],
    request: Request,
) -> Response:
    """Повтор отвечает 409 `ALREADY_SENT`: клиент считает его успехом."""
    database, caller = asked_of(request)
    said = _read(await request.body())
    now = utc_now()
    at = told_at(said.sent_at, now=now) or now
    async with database.direct() as connection:
        store = await store_for(connection, caller, store_id, reporting=True)
        filed_at = await file_complaint(connection, store.id, review_id, sent_at=at, actor=caller.actor, now=now)
    return json_response(
        {
            "success": True,
            "review_id": review_id,
            "new_status": "pending",
            "sent_at": wire_time(filed_at),
            "message": "Жалоба отмечена как поданная.",
        }
    )


def _read(body: bytes) -> SentIn:
    """A complaint that was filed is filed, whatever the body looks like: nothing here is worth losing that news."""
    with suppress(ValidationError, json.JSONDecodeError):
        return _SENT.validate_json(body)
    return SentIn()
