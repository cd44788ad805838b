"""Which pages may read the answers: extensions of Chromium and Firefox, and no web site."""

import re
from typing import Final

from starlette.types import ASGIApp, Message, Receive, Scope, Send

Header = tuple[bytes, bytes]

_HEX: Final = rb"[0-9a-f]"
_EXTENSION: Final = re.compile(
    rb"chrome-extension://[a-p]{32}|moz-extension://" + rb"-".join(_HEX + rb"{%d}" % n for n in (8, 4, 4, 4, 12))
)
_ALWAYS: Final[list[Header]] = [(b"vary", b"Origin"), (b"cache-control", b"no-store")]
_EXPOSED: Final[Header] = (
    b"access-control-expose-headers",
    b"X-RateLimit-Limit, X-RateLimit-Remaining, X-RateLimit-Reset, Retry-After",
)
_PREFLIGHT: Final[list[Header]] = [
    *_ALWAYS,
    (b"access-control-allow-methods", b"GET, POST, OPTIONS"),
    (b"access-control-allow-headers", b"Authorization, Content-Type"),
    (b"access-control-allow-private-network", b"true"),
    (b"access-control-max-age", b"600"),
]


class Cors:
    """Outermost, so that no answer lacks the headers; Starlette's own lets web pages' preflights in half-way."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        asked = dict(scope["headers"])
        origin = asked.get(b"origin", b"")
        more = _ALWAYS
        if origin and _EXTENSION.fullmatch(origin):
            allowed = (b"access-control-allow-origin", origin)
            if scope["method"] == "OPTIONS" and b"access-control-request-method" in asked:
                await send({"type": "http.response.start", "status": 204, "headers": [allowed, *_PREFLIGHT]})
                await send({"type": "http.response.body", "body": b""})
                return
            more = [*_ALWAYS, allowed, _EXPOSED]
        await self.app(scope, receive, adding(send, more))


def adding(send: Send, more: list[Header]) -> Send:
    """The answer's own headers stay; the list is a new one, since an answer may be sent twice."""

    async def with_more(message: Message) -> None:
        if message["type"] == "http.response.start":
            message["headers"] = [*message["headers"], *more]
        await send(message)

    return with_more
