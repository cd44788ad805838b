"""Callers of the API: a browser with its cookie and CSRF token, a program with a bearer token, a stranger."""

import base64
import json
from contextlib import AsyncExitStack
from datetime import UTC, datetime, timedelta
from types import TracebackType
from typing import Any, Self
from uuid import uuid4

import httpx
from fastapi import FastAPI

from app.accounts.models import SessionKind, User
from app.accounts.sessions import open_session
from app.kit.db import Database, forbid_open_transaction
from app.shops.models import Role, Shop
from app.shops.ports import CabinetFacts, TokenRefusedByWildberries
from app.shops.wb_token import TokenFacts, clean_token
from tests.factories import Make

PASSWORD = "правильный конь"


class FakeProbe:
    """Wildberries as far as a token is concerned; `forged` are the tokens it did not sign."""

    def __init__(self) -> None:
        self.forged: set[str] = set()
        self.seller_id: str | None = None
        self.trouble: Exception | None = None
        self.asked: list[str] = []

    async def confirm(self, raw_token: str, facts: TokenFacts) -> CabinetFacts:
        forbid_open_transaction()
        self.asked.append(raw_token)
        if self.trouble is not None:
            raise self.trouble
        if clean_token(raw_token) in self.forged:
            raise TokenRefusedByWildberries
        return CabinetFacts(name="Ромашка", seller_id=self.seller_id or facts.seller_id)


class Clients:
    """Every client belongs to one app and is closed with it."""

    def __init__(self, app: FastAPI, database: Database, make: Make) -> None:
        self.app, self.database, self.make = app, database, make
        self._open = AsyncExitStack()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._open.aclose()

    def anonymous(self, **more: Any) -> httpx.AsyncClient:
        transport = httpx.ASGITransport(self.app, raise_app_exceptions=False)
        client = httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1:8000", **more)
        self._open.push_async_callback(client.aclose)
        return client

    async def of(self, user: User) -> httpx.AsyncClient:
        """A logged-in browser."""
        async with self.database.transaction() as session:
            opened = await open_session(session, user, SessionKind.COOKIE, user_agent="test", now=datetime.now(UTC))
        client = self.anonymous(headers={"X-CSRF-Token": opened.csrf_token or ""})
        client.cookies.set("wbrm_session", opened.token)
        return client

    async def member(self, shop: Shop, role: Role) -> httpx.AsyncClient:
        return await self.of(await self.make.member(shop, role))


def wb_token(
    seller_id: str | None = None,
    *,
    categories: tuple[int, ...] = (7,),
    acc: int = 3,
    days: float = 180,
    read_only: bool = False,
    signature: str = "c2lnbmF0dXJl",
    **claims: Any,
) -> str:
    """Looks like Wildberries' token; whether it is one, the probe says."""
    scope = sum(1 << bit for bit in categories) | (1 << 30 if read_only else 0)
    body = {
        "sid": seller_id or str(uuid4()),
        "s": scope,
        "acc": acc,
        "exp": int((datetime.now(UTC) + timedelta(days=days)).timestamp()),
        "t": False,
        **claims,
    }
    return f"eyJhbGciOiJFUzI1NiJ9.{encode(body)}.{signature}"


def encode(body: Any) -> str:
    return base64.urlsafe_b64encode(json.dumps(body).encode()).rstrip(b"=").decode()


def code_of(response: httpx.Response) -> str:
    return str(response.json()["error"]["code"])
