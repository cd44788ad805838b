"""How a call leaves the process: paced, to Wildberries only, and a write never twice."""

import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from http.cookiejar import CookieJar, DefaultCookiePolicy
from typing import Any, Final, Literal

import httpx
import stamina
import structlog
from pydantic import SecretStr

from app.kit.db import Database, forbid_open_transaction
from app.kit.metrics import WB_REQUESTS, WB_SECONDS
from app.shops.models import TokenKind
from app.wildberries.calls import Answer, Caller, Host, Operation
from app.wildberries.errors import (
    AmbiguousOutcome,
    NotSent,
    TokenRejected,
    Told,
    WbAnswer,
    WbUnavailable,
    error_of,
    told_by,
)
from app.wildberries.pacing import Pacer

TIMEOUTS: Final = httpx.Timeout(30, connect=5, pool=5)
ATTEMPTS: Final = 3
RETRY_SECONDS: Final = 10.0
SERVICE_KINDS: Final = frozenset({TokenKind.BASIC, TokenKind.SERVICE, TokenKind.UNKNOWN})
_NEVER_LEFT: Final = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.UnsupportedProtocol)
log = structlog.get_logger(__name__)

Params = dict[str, str | int | bool | None]
Form = list[tuple[str, tuple[str | None, str | bytes, str | None]]]
"""Parts of a multipart body: (field, (file name, content, content type))."""


class ForeignHost(RuntimeError):
    """A programming error: a token was about to leave for an address that is not in the settings."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Hosts:
    """Base URLs, perhaps with a path prefix; the token goes nowhere else."""

    feedbacks: str
    common: str
    content: str = ""
    chat: str = ""

    def base(self, host: Host) -> httpx.URL:
        """Without a trailing slash."""
        address: str = getattr(self, host.value)
        return httpx.URL(address.rstrip("/"))


def open_http(transport: httpx.AsyncBaseTransport | None = None) -> httpx.AsyncClient:
    """A client that keeps no cookies, follows nobody and ignores proxies of the environment."""
    no_cookies = CookieJar(DefaultCookiePolicy(allowed_domains=[]))
    return httpx.AsyncClient(
        transport=transport, timeout=TIMEOUTS, cookies=no_cookies, follow_redirects=False, trust_env=False
    )


class WildberriesTransport:
    """One per process; raises wildberries.errors."""

    def __init__(
        self,
        http: httpx.AsyncClient,
        database: Database,
        *,
        hosts: Hosts,
        auth_scheme: Literal["bearer", "raw"] = "bearer",
        client_secret: SecretStr | None = None,
        speed: float = 1,
    ) -> None:
        if http.trust_env:
            raise ForeignHost("a proxy of the environment would see the token")
        self.http = http
        self.hosts = hosts
        self.auth_scheme = auth_scheme
        self.client_secret = client_secret
        self.pacer = Pacer(database, has_secret=client_secret is not None, speed=speed)

    async def call(
        self,
        caller: Caller,
        operation: Operation,
        *,
        params: Params | None = None,
        json: Any = None,
        form: Form | None = None,
    ) -> Answer:
        """Reads try up to three times within ten seconds; a write goes out once."""
        forbid_open_transaction()
        _expect_sendable(caller.token)
        request = self._request(caller, operation, params or {}, json, form)
        if operation.writes:
            return await self._once(caller, operation, request)
        async for attempt in stamina.retry_context(
            on=(WbUnavailable, NotSent),
            attempts=ATTEMPTS,
            timeout=RETRY_SECONDS,
            wait_initial=0.2,
            wait_max=2,
            wait_jitter=0.3,
        ):
            with attempt:
                return await self._once(caller, operation, request)
        raise AssertionError("unreachable")

    @asynccontextmanager
    async def stream(self, caller: Caller, operation: Operation) -> AsyncIterator[httpx.Response]:
        """A 2xx answer whose body is read as it comes, one try; raises as `call` does."""
        forbid_open_transaction()
        _expect_sendable(caller.token)
        request = self._request(caller, operation, {}, None)
        await self.pacer.take_turn(caller, operation)
        response = await self._send(caller, operation, request, stream=True)
        try:
            await self.pacer.learn(caller, operation, response)
            if not response.is_success:
                await response.aread()
                raise await self._refusal(caller, operation, response)
            yield response
        except httpx.RequestError as error:
            raise WbUnavailable(Told(0, type(error).__name__)) from error
        finally:
            await response.aclose()

    async def _once(self, caller: Caller, operation: Operation, request: httpx.Request) -> Answer:
        await self.pacer.take_turn(caller, operation)
        if caller.fence is not None:
            caller.fence()
        try:
            response = await self._send(caller, operation, request)
        except WbUnavailable as error:
            raise _lost(operation, error) from error
        await self.pacer.learn(caller, operation, response)
        if response.is_success:
            return Answer(response.status_code, response.content)
        raise await self._refusal(caller, operation, response)

    async def _send(
        self, caller: Caller, operation: Operation, request: httpx.Request, *, stream: bool = False
    ) -> httpx.Response:
        status, started = "lost", time.perf_counter()
        try:
            response = await self.http.send(request, auth=None, follow_redirects=False, stream=stream)
            status = "429" if response.status_code == 429 else f"{response.status_code // 100}xx"
            return response
        except _NEVER_LEFT as error:
            status = "not_sent"
            raise NotSent from error
        except httpx.RequestError as error:
            raise WbUnavailable(Told(0, type(error).__name__)) from error
        finally:
            WB_REQUESTS.labels(operation.name, status).inc()
            WB_SECONDS.labels(operation.name).observe(time.perf_counter() - started)

    async def _refusal(self, caller: Caller, operation: Operation, response: httpx.Response) -> Exception:
        if response.status_code == 429:
            return await self.pacer.close(caller, operation, response, told_by(response, token=caller.token))
        error = error_of(response, token=caller.token)
        log.warning("wb_call_failed", operation=operation.name, seller_id=caller.seller_id, told=str(error.told))
        return _lost(operation, error) if isinstance(error, WbUnavailable) else error

    def _request(
        self, caller: Caller, operation: Operation, params: Params, json: Any, form: Form | None = None
    ) -> httpx.Request:
        base = self.hosts.base(operation.host)
        headers = {"Authorization": f"Bearer {caller.token}" if self.auth_scheme == "bearer" else caller.token}
        if self.client_secret and caller.kind in SERVICE_KINDS:
            headers["X-Client-Secret"] = self.client_secret.get_secret_value()
        given = {name: value for name, value in params.items() if value is not None}
        request = self.http.build_request(
            operation.method,
            f"{base}{operation.path}",
            params=given or None,
            json=json,
            files=form,
            headers=headers,
            timeout=TIMEOUTS,
        )
        target = request.url
        if (target.scheme, target.host, target.port) != (
            base.scheme,
            base.host,
            base.port,
        ) or target.userinfo:
            raise ForeignHost(target.host)
        return request


def _expect_sendable(token: str) -> None:
    """What is no header value is no token; httpx would quote it in its complaint."""
    if not token or not token.isascii() or not token.isprintable() or " " in token:
        raise TokenRejected(Told(0, "malformed"))


def _lost(operation: Operation, error: WbAnswer) -> Exception:
    """For a write, silence, 5xx and redirects leave open whether it was applied."""
    return AmbiguousOutcome(f"{AmbiguousOutcome.message} {error.told}") if operation.writes else error
