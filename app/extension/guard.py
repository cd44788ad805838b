"""Who comes in: a token, its scope, its limits and the size of what it brings; before the application is touched."""

import re
from typing import Final

from starlette.datastructures import State
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.accounts.access_tokens import Caller
from app.accounts.models import TokenScope
from app.extension.allowance import Allowances
from app.extension.callers import SCOPE_KEY, KnownCallers
from app.extension.cors import adding
from app.extension.errors import error_response, response_of

LARGEST: Final = 1024 * 1024
_BEARER: Final = re.compile(rb"[Bb][Ee][Aa][Rr][Ee][Rr] +(wbrm_[0-9a-f]{32})\s*")
_OPEN: Final = frozenset({"/health", "/openapi.json", "/docs", "/docs/oauth2-redirect"})
_OPEN_FOLDER: Final = "/static-offline-docs/"
_ANY_SCOPE: Final = frozenset({"/auth/verify"})
_NEEDED: Final = {"GET": TokenScope.READ, "POST": TokenScope.REPORT}
# The main application's policy lets a page run nothing; this one is a page.
_DOCS_POLICY: Final = (
    b"content-security-policy",
    b"default-src 'self'; script-src 'self' 'unsafe-inline'; style-src 'self' 'unsafe-inline'; "
    b"img-src 'self' data:; frame-ancestors 'none'",
)

_STRANGER: Final = error_response(
    401,
    "UNAUTHORIZED",
    "Токен доступа не указан, неверен, отозван или истёк. Создайте новый в настройках WBRM.",
    headers={"WWW-Authenticate": "Bearer"},
)
_OUT_OF_SCOPE: Final = error_response(403, "FORBIDDEN", "У токена нет прав для этого действия.")
_TOO_OFTEN: Final = error_response(429, "RATE_LIMITED", "Слишком много запросов. Подождите немного.")


class Guard:
    """Costs a stranger with a malformed token no query, and one with a good guess one in ten seconds."""

    def __init__(self, app: ASGIApp, state: State) -> None:
        self.app = app
        self.callers = KnownCallers(state)
        self.allowances = Allowances(state)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        path = scope["path"][len(scope["root_path"]) :]
        if is_open(scope["method"], path):
            await self.app(scope, receive, adding(send, [_DOCS_POLICY]) if path.startswith("/docs") else send)
            return
        caller = await self._identify(scope)
        if caller is None:
            await _STRANGER(scope, receive, send)
            return
        standing = await self.allowances.spend(caller, reporting=scope["method"] not in ("GET", "HEAD"))
        send = adding(send, standing.headers())
        if not standing.granted:
            await _TOO_OFTEN(scope, receive, send)
        elif not _may(caller, scope["method"], path):
            await _OUT_OF_SCOPE(scope, receive, send)
        elif _announced_size(scope) > LARGEST:
            await response_of(TooLarge())(scope, receive, send)
        else:
            scope[SCOPE_KEY] = caller
            await self.app(scope, _counted(receive), send)

    async def _identify(self, scope: Scope) -> Caller | None:
        for name, value in scope["headers"]:
            if name == b"authorization":
                shown = _BEARER.fullmatch(value)
                return await self.callers.find(shown[1].decode()) if shown else None
        return None


class TooLarge(HTTPException):
    """Of the kind that FastAPI lets through when it comes up while a body is read."""

    def __init__(self) -> None:
        # Without this the server would read the rest, only to throw it away.
        super().__init__(413, headers={"Connection": "close"})


def is_open(method: str, path: str) -> bool:
    """Health and the document need no token."""
    return method == "GET" and (path in _OPEN or path.startswith(_OPEN_FOLDER))


def _may(caller: Caller, method: str, path: str) -> bool:
    needed = _NEEDED.get(method)
    return needed is None or needed in caller.scopes or path in _ANY_SCOPE


def _announced_size(scope: Scope) -> int:
    for name, value in scope["headers"]:
        if name == b"content-length":
            return int(value) if value.isdigit() else LARGEST + 1
    return 0


def _counted(receive: Receive) -> Receive:
    left = LARGEST

    async def pass_on() -> Message:
        nonlocal left
        message = await receive()
        left -= len(message.get("body", b""))
        if left < 0:
            raise TooLarge
        return message

    return pass_on
