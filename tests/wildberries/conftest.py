"""A client whose Wildberries is a list of answers."""

from collections.abc import AsyncIterator, Callable
from typing import Any

import httpx
import pytest

from app.kit.db import Database
from app.shops.models import TokenKind
from app.wildberries.api import WildberriesApi
from app.wildberries.calls import Caller
from app.wildberries.transport import Hosts, WildberriesTransport, open_http

TOKEN = "eyJhbGciOiJFUzI1NiJ9.eyJzaWQiOiJhIn0.c2lnbmF0dXJl"
HOSTS = Hosts(feedbacks="https://feedbacks-api.wildberries.ru", common="https://common-api.wildberries.ru/prefix/")
Respond = Callable[[httpx.Request], httpx.Response]


def envelope(data: Any, **more: Any) -> dict[str, Any]:
    return {"data": data, "error": False, "errorText": "", "additionalErrors": None, **more}


class Wildberries:
    """Answers from a script (the last answer repeats) and remembers what it was asked."""

    def __init__(self) -> None:
        self.script: list[httpx.Response | Exception | Respond] = []
        self.asked: list[httpx.Request] = []

    def will(self, *script: httpx.Response | Exception | Respond) -> None:
        self.script = list(script)

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.asked.append(request)
        answer = self.script.pop(0) if len(self.script) > 1 else self.script[0]
        if isinstance(answer, Exception):
            raise answer
        if isinstance(answer, httpx.Response):
            return answer
        return answer(request)


@pytest.fixture
def wildberries() -> Wildberries:
    return Wildberries()


@pytest.fixture
async def http(wildberries: Wildberries) -> AsyncIterator[httpx.AsyncClient]:
    async with open_http(httpx.MockTransport(wildberries)) as http:
        yield http


@pytest.fixture
def transport(http: httpx.AsyncClient, database: Database) -> WildberriesTransport:
    return WildberriesTransport(http, database, hosts=HOSTS)


@pytest.fixture
def api(transport: WildberriesTransport) -> WildberriesApi:
    return WildberriesApi(transport)


@pytest.fixture
def caller() -> Caller:
    return Caller(token=TOKEN, seller_id="seller-1", kind=TokenKind.PERSONAL)


@pytest.fixture
def urgent_caller() -> Caller:
    return Caller(token=TOKEN, seller_id="seller-1", kind=TokenKind.PERSONAL, urgent=True)
