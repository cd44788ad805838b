"""What every answer carries: the request's id, and orders to browsers."""

import re
from uuid import uuid4

import structlog
from starlette.datastructures import Headers, MutableHeaders
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
        scope["wbrm.request_id"] = request_id = _request_id(Headers(scope=scope))
        scope["wbrm.https"] = self.https
        structlog.contextvars.clear_contextvars()
        structlog.contextvars.bind_contextvars(request_id=request_id)

        async def with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in protective_headers(scope).items():
                    headers.setdefault(name, value)
            await send(message)

        await self.app(scope, receive, with_headers)


def protective_headers(scope: Scope) -> dict[str, str]:
    """For answers that are made outside the middleware, too."""
    headers = {"X-Request-Id": str(scope.get("wbrm.request_id", "")), **_ALWAYS}
    if scope["path"].startswith("/api"):
        headers |= _API
    if scope.get("wbrm.https"):
        headers |= _HTTPS
    return headers


def _request_id(headers: Headers) -> str:
    given = headers.get("x-request-id", "")
    return given if _REQUEST_ID.fullmatch(given) else uuid4().hex
