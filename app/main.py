"""The web process: settings → database → surfaces. Started as `uvicorn app.main:app`."""

import gc
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager

from fastapi import FastAPI
from fastapi.responses import RedirectResponse
from fastapi_offline import FastAPIOffline

from app.api.body_limit import BodyLimitMiddleware
from app.api.errors import install_error_handlers
from app.api.headers import HeadersMiddleware
from app.api.health import router as health_router
from app.api.routes import router
from app.chats.ports import ChatFiles
from app.extension.build import ExtensionDoor, build_extension
from app.kit.db import Database
from app.kit.http import NO_TELEMETRY
from app.kit.logs import configure_logging
from app.kit.metrics import MetricsMiddleware
from app.kit.postgres import database_url, release_embedded
from app.kit.secrets import Vault, build_vault
from app.kit.settings import Settings
from app.shops.ports import CabinetProbe
from app.wildberries.build import PublishedLimits, open_wildberries
from app.wildberries.chats import PublishedChatLimits

_YOUNG = 5_000
"""Objects made and not yet freed, after which the collector looks; Python's own number is 700."""

DESCRIPTION = """
Отзывы Wildberries: черновик → согласование → публикация → проверка, что ответ виден.

Любая ошибка выглядит как `{"error": {"code", "message", "details"}}`. Войдите через `POST /api/auth/login`
(cookie и заголовок `X-CSRF-Token`) или `POST /api/auth/token` (`Authorization: Bearer …`, час).
Чужой магазин неотличим от несуществующего: 404.
"""


def create_app(
    settings: Settings | None = None,
    *,
    database: Database | None = None,
    vault: Vault | None = None,
    probe: CabinetProbe | None = None,
    chat_files: ChatFiles | None = None,
) -> FastAPI:
    """Whatever is not given is built when the server starts."""
    settings = settings or Settings()
    configure_logging(settings)
    app: FastAPI = FastAPIOffline(
        title="WBRM", version="0.1.0", description=DESCRIPTION.strip(), lifespan=_lifespan, telemetry=NO_TELEMETRY
    )
    app.state.settings = settings
    app.state.database, app.state.vault, app.state.probe = database, vault, probe
    app.state.chat_files = chat_files
    app.state.budget, app.state.chat_limits = PublishedLimits(settings), PublishedChatLimits(settings)
    app.include_router(router)
    app.include_router(health_router)
    app.add_api_route("/", _root, include_in_schema=False)
    install_error_handlers(app)
    app.add_middleware(BodyLimitMiddleware)
    app.add_middleware(ExtensionDoor, extension=build_extension(app.state))
    app.add_middleware(HeadersMiddleware, https=settings.cookie_secure)
    app.add_middleware(MetricsMiddleware)
    return app


@asynccontextmanager
async def _lifespan(app: FastAPI) -> AsyncIterator[None]:
    state, settings = app.state, app.state.settings
    async with AsyncExitStack() as opened:
        if state.database is None:
            if settings.database_url is None:
                opened.callback(release_embedded)
            state.database = Database(database_url(settings), pool_size=settings.database_pool)
            opened.push_async_callback(state.database.close)
            _collect_seldom()
        state.vault = state.vault or build_vault(settings)
        if state.probe is None or state.chat_files is None:
            outside = await opened.enter_async_context(open_wildberries(settings, state.database, state.vault))
            state.probe = state.probe or outside.probe
            state.chat_files = state.chat_files or outside.chat_files
        yield


def _collect_seldom() -> None:
    """What is loaded by now stays to the end; else each full collection walks it, and nobody is served for 0.15 s.

    A batch of a hundred rows makes thousands of objects, nearly all freed without the collector, which at Python's own
    threshold took a twentieth to a sixth of the batch's Python.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(_YOUNG)


async def _root() -> RedirectResponse:
    return RedirectResponse("/docs")


app = create_app()
