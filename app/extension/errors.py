"""One shape for all trouble: `{"success": false, "error": {"code", "message", "details"}, "message"}`, in Russian."""

import math
from collections.abc import Mapping, Sequence
from typing import Any, Final

import structlog
from fastapi import APIRouter, FastAPI, Request
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel, Field
from starlette.exceptions import HTTPException
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.extension.wire import json_response
from app.kit import errors as kinds
from app.kit import outages, validation
from app.kit.errors import RateLimited, WbrmError

log = structlog.get_logger(__name__)

# The clients repeat nothing but 503, so a budget that is spent elsewhere is 503 too; our own 429 is the guard's.
_OF_KIND: Final[dict[type[WbrmError], tuple[int, str | None]]] = {
    kinds.Invalid: (400, "VALIDATION_ERROR"),
    kinds.Conflict: (409, None),
    kinds.Unauthorized: (401, "UNAUTHORIZED"),
    kinds.Forbidden: (403, "FORBIDDEN"),
    kinds.NotFound: (404, "NOT_FOUND"),
    kinds.Unavailable: (503, "SERVICE_UNAVAILABLE"),
    kinds.RateLimited: (503, "SERVICE_UNAVAILABLE"),
}
_OF_STATUS: Final = {
    401: ("UNAUTHORIZED", "Нужен токен доступа."),
    403: ("FORBIDDEN", "Недостаточно прав для этого действия."),
    404: ("NOT_FOUND", "Такого адреса нет."),
    405: ("METHOD_NOT_ALLOWED", "Этот адрес не принимает такой метод."),
    413: ("PAYLOAD_TOO_LARGE", "Запрос слишком большой: не больше 1 МБ."),
}
_UNREADABLE: Final = ("VALIDATION_ERROR", "Запрос не удалось прочитать.")


class DetailOut(BaseModel):
    field: str = Field(description="Путь к полю, например `body.storeId`")
    message: str


class ProblemOut(BaseModel):
    code: str = Field(description="Постоянный код для программ")
    message: str = Field(description="Объяснение для людей")
    details: list[DetailOut] = []


class ErrorOut(BaseModel):
    """Так выглядит любая ошибка."""

    success: bool = False
    error: ProblemOut
    message: str


_ANY_ERROR: Final[dict[int | str, dict[str, Any]]] = {
    "default": {"model": ErrorOut, "description": "Ошибка: 400, 401, 403, 404, 409, 413, 429, 500 или 503"}
}


def router_of(tag: str, *, prefix: str = "") -> APIRouter:
    """For the routes of one module; their document names the one shape of errors."""
    return APIRouter(prefix=prefix, tags=[tag], responses=_ANY_ERROR)


def error_response(
    status: int,
    code: str,
    message: str,
    *,
    details: Sequence[tuple[str, str]] = (),
    headers: Mapping[str, str] | None = None,
    more: Mapping[str, Any] | None = None,
) -> Response:
    """The one shape; `more` are fields that a client looks for beside it."""
    said = [{"field": field, "message": text} for field, text in details]
    error = {"code": code, "message": message, "details": said}
    return json_response(
        {"success": False, "error": error, "message": message, **(more or {})}, status, headers=headers
    )


def response_of(error: Exception) -> Response:
    """What a caller is told of anything that was raised."""
    if isinstance(error, HTTPException):
        code, message = _OF_STATUS.get(error.status_code, _UNREADABLE)
        return error_response(error.status_code, code, message, headers=error.headers)
    if isinstance(error, RequestValidationError):
        found = validation.details_of(error.errors())
        return error_response(400, "VALIDATION_ERROR", "Проверьте заполнение полей.", details=found)
    known = outages.as_known(error) if isinstance(error, outages.KINDS) else error
    if isinstance(known, kinds.Unavailable):
        log.warning("database_away" if known is not error else "unavailable", error=type(error).__name__)
    return _known(known) if isinstance(known, WbrmError) else _broken(error)


def _known(error: WbrmError) -> Response:
    for kind, (status, code) in _OF_KIND.items():
        if isinstance(error, kind):
            wait = (
                {"Retry-After": str(max(1, math.ceil(error.retry_after)))} if isinstance(error, RateLimited) else None
            )
            return error_response(status, code or error.code, error.message, details=error.details, headers=wait)
    return _broken(error)


def _broken(error: Exception) -> Response:
    log.error("unexpected", exc_info=error)
    return error_response(500, "INTERNAL_ERROR", "Внутренняя ошибка. Мы записали её; попробуйте ещё раз.")


def install_error_handlers(app: FastAPI) -> None:
    """Whatever a route raises is answered inside the guard, so that the answer carries the token's limits."""
    for kind in (WbrmError, RequestValidationError, HTTPException, *outages.KINDS, Exception):
        app.add_exception_handler(kind, _answer)


async def _answer(request: Request, error: Exception) -> Response:
    return response_of(error)


class LastResort:
    """Answers for what breaks outside of the application, in the guard itself above all."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        started = False

        async def watched(message: Message) -> None:
            nonlocal started
            started = True
            await send(message)

        try:
            await self.app(scope, receive, watched)
        except Exception as error:
            # Starlette raises again what it has answered with 500, and a broken stream ends by itself.
            if not started:
                await response_of(error)(scope, receive, send)
