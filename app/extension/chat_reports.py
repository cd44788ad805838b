"""/chat/{chatRecordId}/…: what the filing extension found, sent and could not do in a chat."""

from datetime import datetime
from typing import Annotated, Any, Final, Literal
from uuid import UUID

from fastapi import Path, Request
from pydantic import AliasChoices, ConfigDict, Field, TypeAdapter
from starlette.responses import Response

from app.accounts.access_tokens import Caller
from app.cabinet.chat_records import Anchor, ChatRecordNotFound, SentMessage, Trouble, note, shop_of_record
from app.extension.callers import asked_of
from app.extension.errors import router_of
from app.extension.moments import told_at
from app.extension.stores import StoreNotFound, accessible_shop_ids, parse_id, store_for
from app.extension.wire import Lenient, WireIn, WireOut, documented, json_response, read_body
from app.kit.clock import utc_now
from app.kit.db import Database
from app.kit.documents import storable

router = router_of("Чаты", prefix="/chat/{chatRecordId}")

RecordId = Annotated[str, Path(alias="chatRecordId")]
Words = Annotated[str | None, Lenient]
Moment = Annotated[datetime | None, Lenient]
LONGEST_WORD: Final = 200
LONGEST_TEXT: Final = 10_000


class ReportIn(WireIn):
    """Builds tell codes as numbers, too."""

    model_config = ConfigDict(coerce_numbers_to_str=True)


class AnchorIn(ReportIn):
    status: Words = Field(None, description="`ANCHOR_FOUND` или `ANCHOR_NOT_FOUND`")
    system_message_text: Words = None
    parsed_nm_id: Annotated[Annotated[int, Field(ge=1, le=2**53)] | None, Lenient] = None
    parsed_product_title: Words = None
    anchor_found_at: Moment = None


class MessageSentIn(ReportIn):
    status: Words = Field(None, description="`MESSAGE_SENT`, `SKIPPED` или `FAILED`")
    message_type: Words = None
    sent_at: Moment = Field(None, validation_alias=AliasChoices("sentAt", "messageSentAt", "occurredAt"))


class TroubleIn(ReportIn):
    error_code: Words = None
    error_message: Words = None
    stage: Words = Field(None, description="Любой текст")
    occurred_at: Moment = None


class NotedDataOut(WireOut):
    chat_record_id: str


class NotedOut(WireOut):
    success: Literal[True] = True
    chat_record_id: str
    data: NotedDataOut
    message: str


_ANCHOR: Final = TypeAdapter(AnchorIn)
_MESSAGE: Final = TypeAdapter(MessageSentIn)
_TROUBLE: Final = TypeAdapter(TroubleIn)


@router.post("/anchor", response_model=NotedOut, openapi_extra=documented(AnchorIn), summary="Найдено начало чата")
async def anchor(record_id: RecordId, request: Request) -> Response:
    """Сообщение Wildberries, которое называет товар. Более раннее по времени не заменяет более позднее."""
    database, caller = asked_of(request)
    said = await read_body(request, _ANCHOR)
    found = Anchor(
        status=_word(said.status),
        text=_text(said.system_message_text),
        nm_id=said.parsed_nm_id,
        title=_text(said.parsed_product_title),
        at=told_at(said.anchor_found_at, now=utc_now()),
    )
    return await _keep(database, caller, record_id, found)


@router.post(
    "/message-sent", response_model=NotedOut, openapi_extra=documented(MessageSentIn), summary="Сообщение отправлено"
)
async def message_sent(record_id: RecordId, request: Request) -> Response:
    """Или пропущено, или не отправилось: так говорит `status`."""
    database, caller = asked_of(request)
    said = await read_body(request, _MESSAGE)
    found = SentMessage(
        status=_word(said.status), type=_word(said.message_type), at=told_at(said.sent_at, now=utc_now())
    )
    return await _keep(database, caller, record_id, found)


@router.post("/error", response_model=NotedOut, openapi_extra=documented(TroubleIn), summary="Ошибка в чате")
async def trouble(record_id: RecordId, request: Request) -> Response:
    """Что и на каком шаге не получилось."""
    database, caller = asked_of(request)
    said = await read_body(request, _TROUBLE)
    found = Trouble(
        code=_word(said.error_code),
        message=_text(said.error_message),
        stage=_word(said.stage),
        at=told_at(said.occurred_at, now=utc_now()),
    )
    return await _keep(database, caller, record_id, found)


async def _keep(database: Database, caller: Caller, record_id: str, found: Anchor | SentMessage | Trouble) -> Response:
    async with database.direct() as connection:
        shop_ids = await accessible_shop_ids(connection, caller)
        record = _parse(record_id)
        shop_id = await shop_of_record(connection, record, shop_ids)
        await store_for(connection, caller, str(shop_id), reporting=True)
        await note(connection, shop_id, record, found, actor=caller.actor, now=utc_now())
    data: dict[str, Any] = {"chatRecordId": record_id}
    return json_response({"success": True, **data, "data": data, "message": "Записано."})


def _parse(record_id: str) -> UUID:
    try:
        return parse_id(record_id)
    except StoreNotFound:
        raise ChatRecordNotFound from None


def _word(said: str | None) -> str:
    return str(storable((said or "").strip()[:LONGEST_WORD]))


def _text(said: str | None) -> str:
    return str(storable((said or "").strip()[:LONGEST_TEXT]))
