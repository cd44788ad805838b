"""The surface put together: CORS around everything, then the last resort, the guard, and the application."""

from typing import Final

from fastapi import FastAPI
from fastapi_offline import FastAPIOffline
from starlette.datastructures import State
from starlette.types import ASGIApp, Receive, Scope, Send

from app.extension.cors import Cors
from app.extension.errors import LastResort, install_error_handlers
from app.extension.guard import Guard
from app.extension.hot import HotRoutes
from app.extension.routes import ROUTES
from app.kit.http import NO_TELEMETRY

PREFIX: Final = "/api/extension"
HEALTH: Final = "/api/health"
_DESCRIPTION: Final = """
Для расширений браузера: что сделать в кабинете продавца, и что там увидено.

`Authorization: Bearer wbrm_…` (токены создаются через `/api/tokens`). Чтение требует права `read`, отчёты — `report`.
Любая ошибка выглядит как `{"success": false, "error": {"code", "message", "details"}, "message"}`.
Сколько запросов осталось, говорят `X-RateLimit-Limit`, `X-RateLimit-Remaining`, `X-RateLimit-Reset`.
"""


class ExtensionDoor:
    """Leads `/api/extension` past the main application's own layers, which buffer bodies and redirect slashes."""

    def __init__(self, app: ASGIApp, extension: ASGIApp) -> None:
        self.app, self.extension = app, extension
        self.with_cors = Cors(app)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        path = scope.get("path", "") if scope["type"] == "http" else ""
        if path.startswith(PREFIX) and path[len(PREFIX) : len(PREFIX) + 1] in ("", "/"):
            scope["root_path"] = PREFIX
            await self.extension(scope, receive, send)
        elif path == HEALTH:
            await self.with_cors(scope, receive, send)
        else:
            await self.app(scope, receive, send)


def build_extension(state: State) -> ASGIApp:
    """`state` is the main application's own: its database and vault may be opened later."""
    return guarded(build_api(state))


def guarded(api: FastAPI) -> ASGIApp:
    """No request reaches the application, and no answer leaves it, but through these."""
    return Cors(LastResort(Guard(HotRoutes(api), api.state)))


def build_api(state: State) -> FastAPI:
    """The application without its guard, which knows the routes and their document."""
    api: FastAPI = FastAPIOffline(
        title="WBRM для расширений",
        version="1.0.0",
        description=_DESCRIPTION.strip(),
        redoc_url=None,
        redirect_slashes=False,
        strict_content_type=False,
        telemetry=NO_TELEMETRY,
    )
    api.state = state
    install_error_handlers(api)
    api.router.routes.extend(ROUTES)
    return api
