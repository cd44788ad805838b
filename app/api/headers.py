"""What every answer carries: the request's id, and orders to browsers."""

import re
from functools import cache
from random import getrandbits

import structlog
from starlette.types import ASGIApp, Message, Receive, Scope, Send

_REQUEST_ID = re.compile(r"[\w.-]{1,64}", re.ASCII)
_ALWAYS = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
}
_API = {"Cache-Control": "no-store", "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'"}
_HTTPS = {"Strict-Transport-Security": "max-age=31536000"}


class HeadersMiddleware:
    """Takes over the caller's X-Request-Id or makes one; log lines of the request and its jobs carry it."""

    def __init__(self, app: ASGIApp, *, https: bool) -> None:
        self.app = app
        self.https = https

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        scope["wbrm.request_id"] = request_id = _request_id(scope)
        scope["wbrm.https"] = self.https
        structlog.contextvars.clear_contextvars()
        structlog.contextvars.bind_contextvars(request_id=request_id)

        async def with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                said = dict(message["headers"])
                orders = _raw(scope["path"].startswith("/api"), self.https)
                ours = [(b"x-request-id", request_id.encode()), *orders]
                message["headers"] = [*message["headers"], *[header for header in ours if header[0] not in said]]
            await send(message)

        await self.app(scope, receive, with_headers)


def protective_headers(scope: Scope) -> dict[str, str]:
    """For answers that are made outside the middleware."""
    request_id = {"X-Request-Id": str(scope.get("wbrm.request_id", ""))}
    return request_id | _orders(scope["path"].startswith("/api"), bool(scope.get("wbrm.https")))


def _orders(api: bool, https: bool) -> dict[str, str]:
    return _ALWAYS | (_API if api else {}) | (_HTTPS if https else {})


@cache
def _raw(api: bool, https: bool) -> list[tuple[bytes, bytes]]:
    return [(name.lower().encode(), value.encode()) for name, value in _orders(api, https).items()]


def _request_id(scope: Scope) -> str:
    given = next((value for name, value in scope["headers"] if name == b"x-request-id"), b"").decode("latin-1")
    # It is a name and no secret: the system's own random numbers cost each request as much as all of these headers.
    return given if _REQUEST_ID.fullmatch(given) else f"{getrandbits(128):032x}"
