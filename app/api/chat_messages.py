"""/api/chats/{shop_id}/{chat_id}/…: messages on their way to the buyer."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Request
from fastapi.exceptions import RequestValidationError
from pydantic import Field, ValidationError
from starlette.datastructures import FormData, UploadFile

from app.accounts.models import User
from app.api.chat_wire import ChatId, MessageOut
from app.api.dependencies import DetachedLogin, ManagerShop, shop_for
from app.api.errors import problems
from app.api.fields import Line, Prose, WireIn
from app.chats import service
from app.chats.files import check_files
from app.chats.queries import get_chat
from app.kit.errors import Invalid
from app.kit.http import Db, Session
from app.shops.models import Role

router = APIRouter(prefix="/chats/{shop_id}/{chat_id}", tags=["Чаты"], responses=problems(401, 403, 404, 409))

MOST_FILES = 20
LONGEST_FIELD = 64 * 1024
MULTIPART: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "content": {
            "multipart/form-data": {
                "schema": {
                    "type": "object",
                    "required": ["key"],
                    "properties": {
                        "text": {"type": "string", "maxLength": service.LONGEST},
                        "key": {
                            "type": "string",
                            "maxLength": 100,
                            "description": "Свой у каждого сообщения: повтор с тем же ключом не отправит его дважды",
                        },
                        "files": {
                            "type": "array",
                            "maxItems": MOST_FILES,
                            "items": {"type": "string", "format": "binary"},
                            "description": "JPEG, PNG, PDF до 5 МБ, вместе до 30 МБ",
                        },
                    },
                }
            }
        },
    }
}


class NotMultipart(Invalid):
    code = "NOT_MULTIPART"
    message = "Ожидается multipart/form-data с полями text, key и files."


class SendIn(WireIn):
    """The fields of the form beside its files."""

    text: Annotated[Prose, Field(max_length=service.LONGEST)] = ""
    key: Annotated[Line, Field(max_length=100)]


class DismissIn(WireIn):
    """`as_sent`: вы видели сообщение в чате, значит, оно дошло."""

    as_sent: bool = False


@router.post("/send", status_code=202, openapi_extra=MULTIPART, summary="Отправить сообщение")
async def send(request: Request, shop_id: UUID, chat_id: ChatId, login: DetachedLogin, db: Db) -> MessageOut:
    """Отправить текст и файлы. Дошло ли сообщение, говорит его `state`; само оно не отправляется дважды никогда."""
    await _expect_writable(db, login.user, shop_id, chat_id)
    async with _multipart(request) as form:
        said = _fields(form)
        parts = [part for name, part in form.multi_items() if name == "files" and isinstance(part, UploadFile)]
        files = check_files([(part.filename or "", await part.read()) for part in parts])
    async with db.transaction() as session:
        await shop_for(session, login.user, shop_id, Role.MANAGER, writing=True)
        sent = await service.send(
            session, shop_id, chat_id, text=said.text, files=files, key=said.key, actor=login.user.actor
        )
        return MessageOut.of(sent)


@router.post("/messages/{message_id}/resend", status_code=202, summary="Отправить ещё раз")
async def resend(session: Session, shop: ManagerShop, chat_id: ChatId, message_id: UUID) -> MessageOut:
    """Решение человека: сообщение точно не дошло, либо его искали в чате и не нашли."""
    return MessageOut.of(await service.resend(session, shop.id, chat_id, message_id))


@router.post("/messages/{message_id}/dismiss", summary="Не отправлять, или отметить отправленным")
async def dismiss(
    session: Session, shop: ManagerShop, chat_id: ChatId, message_id: UUID, body: DismissIn
) -> MessageOut:
    """Снять сообщение или черновик; as_sent=true отмечает неподтверждённое отправленным. Его файлы удаляются."""
    return MessageOut.of(await service.dismiss(session, shop.id, chat_id, message_id, as_sent=body.as_sent))


async def _expect_writable(db: Db, user: User, shop_id: UUID, chat_id: str) -> None:
    """Before 30 MB are read from a stranger; no transaction stays open while they arrive."""
    async with db.transaction() as session:
        await shop_for(session, user, shop_id, Role.MANAGER, writing=True)
        await get_chat(session, shop_id, chat_id)


def _multipart(request: Request) -> Any:
    if not request.headers.get("content-type", "").lower().startswith("multipart/form-data"):
        raise NotMultipart
    return request.form(max_files=MOST_FILES, max_fields=4, max_part_size=LONGEST_FIELD)


def _fields(form: FormData) -> SendIn:
    """Browsers send line ends as two characters, which Wildberries would count twice."""
    given = {name: part for name, part in form.multi_items() if isinstance(part, str)}
    try:
        return SendIn.model_validate({name: part.replace("\r\n", "\n") for name, part in given.items()})
    except ValidationError as error:
        complaints = [{**complaint, "loc": ("body", *complaint["loc"])} for complaint in error.errors()]
        raise RequestValidationError(complaints) from error
