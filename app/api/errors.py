"""One shape for everything that goes wrong: `{"error": {"code", "message", "details"}}`, in Russian."""

import math
from collections.abc import Sequence
from http import HTTPStatus
from typing import Any

import structlog
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from pydantic import BaseModel, Field
from starlette.exceptions import HTTPException

from app.api.headers import protective_headers
from app.kit import errors as kinds
from app.kit import outages, validation
from app.kit.errors import RateLimited, WbrmError

log = structlog.get_logger(__name__)

STATUS_OF_KIND: dict[type[WbrmError], int] = {
    kinds.Invalid: 422,
    kinds.Conflict: 409,
    kinds.Unauthorized: 401,
    kinds.Forbidden: 403,
    kinds.NotFound: 404,
    kinds.Unavailable: 503,
    kinds.RateLimited: 429,
}
_HTTP_ERRORS = {
    400: ("BAD_REQUEST", "Запрос не удалось прочитать."),
    404: ("PATH_NOT_FOUND", "Такого адреса нет."),
    405: ("METHOD_NOT_ALLOWED", "Этот адрес не принимает такой метод."),
    413: ("BODY_TOO_LARGE", "Запрос слишком большой: не больше 1 МБ."),
    415: ("UNSUPPORTED_MEDIA_TYPE", "Ожидается JSON."),
}
_MEANINGS = {
    401: "Не выполнен вход, или данные для входа неверны",
    403: "Не хватает роли или защиты от подделки запроса",
    404: "Нет такого, или оно чужое",
    409: "Состояние уже другое",
    413: "Тело больше 1 МБ",
    422: "Запрос составлен неверно",
    429: "Слишком часто; когда повторить, говорит Retry-After",
    503: "База данных или Wildberries временно недоступны",
}


class DetailOut(BaseModel):
    field: str = Field(description="Путь к полю, например `body.email`")
    message: str


class ProblemOut(BaseModel):
    code: str = Field(description="Постоянный код для программ")
    message: str = Field(description="Объяснение для людей")
    details: list[DetailOut] = []


class ErrorOut(BaseModel):
    """Так выглядит любая ошибка."""

    error: ProblemOut


def problems(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """For a route's `responses`; a body can always be invalid and the database always away."""
    return {status: {"model": ErrorOut, "description": _MEANINGS[status]} for status in {*statuses, 422, 503}}


def install_error_handlers(app: FastAPI) -> None:
    """Register every reader of trouble."""
    app.add_exception_handler(WbrmError, _expected)
    app.add_exception_handler(RequestValidationError, _invalid)
    app.add_exception_handler(HTTPException, _http)
    for kind in outages.KINDS:
        app.add_exception_handler(kind, _database)
    app.add_exception_handler(Exception, _unexpected)


def error_response(
    status: int,
    code: str,
    message: str,
    *,
    details: Sequence[tuple[str, str]] = (),
    headers: dict[str, str] | None = None,
) -> JSONResponse:
    """The one shape."""
    said = [{"field": field, "message": text} for field, text in details]
    body = {"error": {"code": code, "message": message, "details": said}}
    return JSONResponse(body, status_code=status, headers=headers)


async def _expected(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, WbrmError)
    status = next((found for kind, found in STATUS_OF_KIND.items() if isinstance(error, kind)), 500)
    headers = {}
    if isinstance(error, RateLimited):
        headers["Retry-After"] = str(max(1, math.ceil(error.retry_after)))
    if status == 401:
        headers["WWW-Authenticate"] = "Bearer"
    if status == 500:
        log.error("unexpected_kind", error=error.code)
    return error_response(status, error.code, error.message, details=error.details, headers=headers)


async def _invalid(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, RequestValidationError)
    details = validation.details_of(error.errors())
    return error_response(422, "VALIDATION", "Проверьте заполнение полей.", details=details)


async def _http(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, HTTPException)
    fallback = (HTTPStatus(error.status_code).name, "Запрос не выполнен.")
    code, message = _HTTP_ERRORS.get(error.status_code, fallback)
    return error_response(error.status_code, code, message, headers=dict(error.headers or {}))


async def _database(request: Request, error: Exception) -> JSONResponse:
    known = outages.as_known(error)
    if known is None:
        raise error
    if isinstance(known, kinds.Unavailable):
        log.warning("database_away", error=type(error).__name__)
    return await _expected(request, known)


async def _unexpected(request: Request, error: Exception) -> JSONResponse:
    """Runs outside all middleware, so it puts the headers on itself; the server logs the traceback."""
    message = "Внутренняя ошибка. Мы записали её; попробуйте ещё раз."
    return error_response(500, "INTERNAL", message, headers=protective_headers(request.scope))
