"""Whatever goes wrong has the one shape, a stable code and a Russian message, and tells nothing of the inside."""

import logging
import re

import asyncpg
import httpx
import pytest
from pydantic import BaseModel, Field

from app.extension.stores import CurrentStore
from app.kit.db import Database
from app.kit.errors import Conflict, Forbidden, Invalid, NotFound, RateLimited, Unauthorized, Unavailable
from app.kit.http import Db
from app.kit.settings import Settings
from app.main import create_app
from app.shops.models import Role
from tests.extension.callers import Extension, code_of, surface_with
from tests.factories import Make

pytestmark = pytest.mark.anyio


class AlreadySent(Conflict):
    code = "ALREADY_SENT"
    message = "Жалоба уже отправлена."


class Odd(Invalid):
    code = "ODD"
    message = "Странно."
    details = (("body.rows", "Слишком много."),)


class Row(BaseModel):
    rating: int = Field(ge=1, le=5)


class Body(BaseModel):
    rows: list[Row]


RAISED: list[tuple[Exception, int, str]] = [
    (Odd(), 400, "VALIDATION_ERROR"),
    (AlreadySent(), 409, "ALREADY_SENT"),
    (Conflict(), 409, "CONFLICT"),
    (Unauthorized(), 401, "UNAUTHORIZED"),
    (Forbidden(), 403, "FORBIDDEN"),
    (NotFound(), 404, "NOT_FOUND"),
    (Unavailable(), 503, "SERVICE_UNAVAILABLE"),
    (RateLimited(2.5), 503, "SERVICE_UNAVAILABLE"),
    (ConnectionRefusedError(), 503, "SERVICE_UNAVAILABLE"),
    (TimeoutError(), 503, "SERVICE_UNAVAILABLE"),
    (asyncpg.ConnectionDoesNotExistError("connection was closed"), 503, "SERVICE_UNAVAILABLE"),
    (asyncpg.TooManyConnectionsError("too many"), 503, "SERVICE_UNAVAILABLE"),
    (asyncpg.CharacterNotInRepertoireError("\\x00"), 400, "VALIDATION_ERROR"),
    (asyncpg.UndefinedTableError("секрет"), 500, "INTERNAL_ERROR"),
    (RuntimeError("секрет"), 500, "INTERNAL_ERROR"),
]


@pytest.mark.parametrize(("error", "status", "code"), RAISED)
async def test_each_kind_has_its_code(
    extension: Extension, make: Make, caplog: pytest.LogCaptureFixture, error: Exception, status: int, code: str
) -> None:
    async def fail() -> None:
        raise error

    extension.app = surface_with(extension, fail)
    client = await extension.client(await make.user())
    caplog.set_level(logging.ERROR)

    answer = await client.post("/fail")

    assert (answer.status_code, code_of(answer)) == (status, code)
    assert re.search("[а-я]", answer.json()["message"])
    assert not re.search("секрет|Traceback|Error\\(", answer.text)
    assert answer.headers["x-ratelimit-limit"]
    assert any("unexpected" in line.getMessage() for line in caplog.records) is (status == 500)


async def test_details_are_kept_and_a_wait_is_told(extension: Extension, make: Make) -> None:
    async def odd() -> None:
        raise Odd

    async def wait() -> None:
        raise RateLimited(2.5)

    extension.app = surface_with(extension, odd, wait)
    client = await extension.client(await make.user())

    assert (await client.post("/odd")).json() == {
        "success": False,
        "error": {
            "code": "VALIDATION_ERROR",
            "message": "Странно.",
            "details": [{"field": "body.rows", "message": "Слишком много."}],
        },
        "message": "Странно.",
    }
    assert (await client.post("/wait")).headers["retry-after"] == "3"


@pytest.mark.parametrize(
    ("content", "field"),
    [
        (b'{"rows": [{"rating": 6}]}', "body.rows.0.rating"),
        (b"{}", "body.rows"),
        (b"{", "body.1"),
        (b"", "body"),
        (b'{"rows": [{"rating": "\\ud800"}]}', "body.rows.0.rating"),
        (b"\xff\xfe", "body.0"),
        (b"[" * 100_000, ""),
    ],
)
async def test_a_bad_body_is_400_and_names_the_field_in_russian(
    extension: Extension, make: Make, content: bytes, field: str
) -> None:
    async def take(body: Body) -> None:
        pass

    extension.app = surface_with(extension, take)
    client = await extension.client(await make.user())

    answer = await client.post("/take", content=content, headers={"Content-Type": "application/json"})

    assert (answer.status_code, code_of(answer)) == (400, "VALIDATION_ERROR")
    details = answer.json()["error"]["details"]
    assert [detail["field"] for detail in details] == ([field] if field else [])
    assert all(re.search("[а-я]", detail["message"]) for detail in details)


async def test_a_body_without_a_content_type_is_read(extension: Extension, make: Make) -> None:
    async def take(body: Body) -> int:
        return len(body.rows)

    extension.app = surface_with(extension, take)
    client = await extension.client(await make.user())

    assert (await client.post("/take", content=b'{"rows": []}')).json() == 0


@pytest.mark.parametrize(
    ("method", "path", "status", "code"),
    [
        ("GET", "/nothing", 404, "NOT_FOUND"),
        ("POST", "/nothing", 404, "NOT_FOUND"),
        ("POST", "/auth/verify/", 404, "NOT_FOUND"),
        ("GET", "", 404, "NOT_FOUND"),
        ("GET", "/", 404, "NOT_FOUND"),
        ("GET", "/../../api/shops", 404, "NOT_FOUND"),
        ("GET", "/auth/verify", 405, "METHOD_NOT_ALLOWED"),
        ("DELETE", "/auth/verify", 405, "METHOD_NOT_ALLOWED"),
        ("PUT", "/nothing", 404, "NOT_FOUND"),
        ("OPTIONS", "/auth/verify", 405, "METHOD_NOT_ALLOWED"),
    ],
)
async def test_unknown_paths_and_methods_have_the_shape_too_and_nothing_redirects(
    extension: Extension, make: Make, method: str, path: str, status: int, code: str
) -> None:
    client = await extension.client(await make.user())

    answer = await client.request(method, f"http://127.0.0.1:8000/api/extension{path}".replace("/../..", "/%2e%2e"))

    assert (answer.status_code, code_of(answer)) == (status, code)
    assert answer.headers["x-request-id"]


async def test_a_head_of_anything_breaks_nothing(extension: Extension, make: Make) -> None:
    client = await extension.client(await make.user())

    assert (await client.head("/nothing")).status_code == 404


async def test_a_neighbour_of_the_prefix_belongs_to_the_dashboard(extension: Extension) -> None:
    answer = await extension.stranger(base_url="http://127.0.0.1:8000").get("/api/extensions")

    assert answer.json()["error"]["code"] == "PATH_NOT_FOUND"
    assert "success" not in answer.json()


async def test_a_database_that_is_away_is_503_for_the_guard_and_for_routes(
    extension: Extension, settings: Settings, database: Database, make: Make
) -> None:
    issued = await extension.token(await make.user())
    going = Database(database.url, pool_size=1)
    app = create_app(settings, database=going, vault=extension.vault)
    client = Extension(app, going, extension.vault, make).with_token(issued.secret)

    before = await client.post("/auth/verify")
    going.url = "postgresql+asyncpg://u:p@127.0.0.1:1/x"
    await going.close()
    going._pool = None
    route = await client.post("/auth/verify")
    fresh = create_app(settings, database=going, vault=extension.vault)
    guard = await Extension(fresh, going, extension.vault, make).with_token(issued.secret).post("/auth/verify")
    await client.aclose()

    assert before.status_code == 200
    assert [(answer.status_code, code_of(answer)) for answer in (route, guard)] == [(503, "SERVICE_UNAVAILABLE")] * 2


async def test_an_exhausted_pool_is_503(
    extension: Extension, settings: Settings, database: Database, make: Make
) -> None:
    async def hold(database: Db) -> None:
        async with database.glance(), database.glance():
            pass

    small = Database(database.url, pool_size=1)
    issued = await extension.token(await make.user())
    busy = Extension(create_app(settings, database=small, vault=extension.vault), small, extension.vault, make)
    busy.app = surface_with(busy, hold)

    async with busy:
        answer = await busy.with_token(issued.secret, timeout=20).post("/hold")
    await small.close()

    assert (answer.status_code, code_of(answer)) == (503, "SERVICE_UNAVAILABLE")


async def test_a_store_of_the_path_is_the_callers_own_and_writable(extension: Extension, make: Make) -> None:
    shop = await make.shop(name="Ромашка")
    foreign = await make.shop()

    async def name_of(store: CurrentStore) -> str:
        return store.name

    extension.app = surface_with(extension, name_of, under="/stores/{storeId}")
    viewer = await extension.client(shop, role=Role.VIEWER)
    manager = await extension.client(shop, role=Role.MANAGER)

    async def ask(client: httpx.AsyncClient, method: str, store_id: object) -> int:
        return (await client.request(method, f"/stores/{store_id}/name_of")).status_code

    assert await ask(viewer, "GET", shop.id) == 200
    assert await ask(viewer, "POST", shop.id) == 403
    assert await ask(manager, "POST", shop.id) == 200
    assert await ask(manager, "GET", foreign.id) == 403
    assert await ask(manager, "GET", "nothing") == 404
