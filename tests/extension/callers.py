"""Callers of the extension's surface: each with a token of its own, as a shipped build would show it."""

from collections.abc import Callable, Iterable
from contextlib import AsyncExitStack
from datetime import datetime
from types import TracebackType
from typing import Any, Self

import httpx
from fastapi import FastAPI
from starlette.types import ASGIApp

from app.accounts.access_tokens import IssuedToken, make_token
from app.accounts.models import TokenScope, User
from app.extension.build import ExtensionDoor, build_api, guarded
from app.kit.clock import utc_now
from app.kit.db import Database
from app.kit.secrets import Vault
from app.shops.models import Role, Shop
from tests.factories import Make

BASE = "http://127.0.0.1:8000/api/extension"
EVERY_SCOPE = (TokenScope.READ, TokenScope.REPORT)
ORIGIN = "chrome-extension://" + "abcdefghijklmnop" * 2


class Extension:
    """Paths are relative to `/api/extension`; every client is closed with it."""

    def __init__(self, app: ASGIApp, database: Database, vault: Vault, make: Make) -> None:
        self.app, self.database, self.vault, self.make = app, database, vault, make
        self._open = AsyncExitStack()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._open.aclose()

    async def client(
        self, who: User | Shop, *, scopes: Iterable[TokenScope] = EVERY_SCOPE, role: Role = Role.MANAGER
    ) -> httpx.AsyncClient:
        """With a token of this user, or of a new member of this shop."""
        user = await self.make.member(who, role) if isinstance(who, Shop) else who
        return self.with_token((await self.token(user, scopes=scopes)).secret)

    def with_token(self, secret: str, **more: Any) -> httpx.AsyncClient:
        return self.stranger(headers={"Authorization": f"Bearer {secret}"}, **more)

    def stranger(self, *, base_url: str = BASE, **more: Any) -> httpx.AsyncClient:
        transport = httpx.ASGITransport(self.app, raise_app_exceptions=False)
        client = httpx.AsyncClient(transport=transport, base_url=base_url, **more)
        self._open.push_async_callback(client.aclose)
        return client

    async def token(
        self,
        user: User,
        *,
        scopes: Iterable[TokenScope] = EVERY_SCOPE,
        label: str = "Рабочий браузер",
        expires_at: datetime | None = None,
        now: datetime | None = None,
    ) -> IssuedToken:
        async with self.database.transaction() as session:
            return await make_token(
                session, user.id, label=label, scopes=scopes, expires_at=expires_at, vault=self.vault,
                now=now or utc_now(),
            )  # fmt: skip


def surface_with(extension: Extension, *endpoints: Callable[..., Any], under: str = "") -> ASGIApp:
    """The same surface with more routes, each under its function's name."""
    assert isinstance(extension.app, FastAPI)
    api = build_api(extension.app.state)
    for endpoint in endpoints:
        api.add_api_route(f"{under}/{endpoint.__name__}", endpoint, methods=["GET", "POST"])
    return ExtensionDoor(extension.app, guarded(api))


def code_of(answer: httpx.Response) -> str:
    """Of the envelope that every error has."""
    said = answer.json()
    assert said["success"] is False
    assert said["message"] == said["error"]["message"]
    assert isinstance(said["error"]["details"], list)
    return str(said["error"]["code"])
