"""What holds for every route: who may come in, what trouble looks like, what the document promises."""

import logging
import re
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest
from fastapi import FastAPI

from app.accounts.models import User
from app.kit.db import Database
from app.kit.secrets import Vault
from app.kit.settings import Settings
from app.main import app as served_app
from app.main import create_app
from app.shops.models import Role, Shop
from tests.api.clients import Clients, code_of, wb_token
from tests.factories import Make

pytestmark = pytest.mark.anyio
OPEN = {
    "/api/auth/setup",
    "/api/auth/login",
    "/api/auth/token",
    "/api/invites/accept",
    "/api/health",
    "/api/ready",
}
METHODS = ("get", "post", "put", "patch", "delete")
ROUTES = [
    (method.upper(), path)
    for path, operations in served_app.openapi()["paths"].items()
    for method in operations
    if method in METHODS
]
OF_A_SHOP = [(method, path) for method, path in ROUTES if "{shop_id}" in path]
MINE = [(method, path) for method, path in OF_A_SHOP if not re.search("feedbacks|jobs|sync", path)]


def body_of(path: str, shop: Shop) -> dict[str, Any] | None:
    """A body that is valid for the route, so that only the caller can be what is wrong."""
    if "/tokens/" in path:
        return {"token": wb_token(shop.seller_id, categories=(7, 9))}
    if "/settings/" in path:
        return {
            "version": 1, "reply_mode": "semi", "rating_mode_map": {}, "blacklist_keywords": [],
            "templates": {}, "signatures": [], "tone": "",
        }  # fmt: skip
    if "/members/" in path or path.endswith("/invites"):
        return {"role": "viewer"}
    return {"name": "Имя"}


async def call(
    client: httpx.AsyncClient, method: str, path: str, shop: Shop, shop_id: UUID | None = None
) -> httpx.Response:
    url = path.replace("{shop_id}", str(shop_id or shop.id)).replace("{purpose}", "main")
    url = re.sub(r"\{\w+\}", str(uuid4()), url)
    body = body_of(path, shop) if method in ("POST", "PUT", "PATCH") else None
    return await client.request(method, url, json=body)


@pytest.mark.parametrize(("method", "path"), OF_A_SHOP)
async def test_a_foreign_shop_and_an_unknown_one_are_not_found(
    clients: Clients, make: Make, method: str, path: str
) -> None:
    shop = await make.shop(owner=await make.user())
    stranger = await clients.of(await make.user())

    foreign = await call(stranger, method, path, shop)
    unknown = await call(stranger, method, path, shop, uuid4())

    assert (foreign.status_code, unknown.status_code) == (404, 404)
    assert foreign.json() == unknown.json()


@pytest.mark.parametrize(("method", "path"), [route for route in ROUTES if route[1] not in OPEN])
async def test_nobody_gets_in_without_logging_in(clients: Clients, make: Make, method: str, path: str) -> None:
    shop = await make.shop()

    answer = await call(clients.anonymous(), method, path, shop)

    assert (answer.status_code, code_of(answer)) == (401, "UNAUTHORIZED")


@pytest.mark.parametrize(("method", "path"), [route for route in OF_A_SHOP if route[0] != "GET"])
async def test_a_cookie_without_a_csrf_token_writes_nothing(
    clients: Clients, make: Make, method: str, path: str
) -> None:
    owner = await make.user()
    shop = await make.shop(owner=owner)
    client = await clients.of(owner)
    del client.headers["x-csrf-token"]

    answer = await call(client, method, path, shop)

    assert (answer.status_code, code_of(answer)) == (403, "CSRF")


@pytest.mark.parametrize(("method", "path"), [route for route in MINE if route[0] != "GET"])
async def test_a_viewer_only_looks(clients: Clients, make: Make, method: str, path: str) -> None:
    shop = await make.shop()
    viewer = await clients.member(shop, Role.VIEWER)

    answer = await call(viewer, method, path, shop)

    expected = "MEMBER_NOT_FOUND" if (method, path[-18:]) == ("DELETE", "/members/{user_id}") else ""
    assert (answer.status_code, code_of(answer)) in ((403, "ROLE_TOO_LOW"), (404, expected))


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("POST", "/api/shops/{shop_id}/archive"),
        ("POST", "/api/shops/{shop_id}/restore"),
        ("GET", "/api/shops/{shop_id}/invites"),
        ("POST", "/api/shops/{shop_id}/invites"),
        ("DELETE", "/api/shops/{shop_id}/invites/{invite_id}"),
        ("PATCH", "/api/shops/{shop_id}/members/{user_id}"),
    ],
)
async def test_what_only_owners_do_a_manager_may_not(clients: Clients, make: Make, method: str, path: str) -> None:
    shop = await make.shop()
    manager = await clients.member(shop, Role.MANAGER)

    answer = await call(manager, method, path, shop)

    assert (answer.status_code, code_of(answer)) == (403, "ROLE_TOO_LOW")


@pytest.mark.parametrize(("method", "path"), ROUTES)
def test_every_route_explains_itself_and_its_errors(method: str, path: str) -> None:
    operation = served_app.openapi()["paths"][path][method.lower()]

    assert operation["summary"]
    assert operation["description"]
    assert operation["tags"]
    if path not in ("/api/health", "/api/ready"):
        shape = operation["responses"]["422"]["content"]["application/json"]["schema"]
        assert shape == {"$ref": "#/components/schemas/ErrorOut"}


@pytest.mark.parametrize(
    ("method", "url", "status", "code"),
    [
        ("GET", "/api/nothing", 404, "PATH_NOT_FOUND"),
        ("DELETE", "/api/me", 405, "METHOD_NOT_ALLOWED"),
        ("GET", "/api/shops/not-a-uuid", 422, "VALIDATION"),
    ],
)
async def test_trouble_has_one_shape(
    clients: Clients, make: Make, method: str, url: str, status: int, code: str
) -> None:
    client = await clients.of(await make.user())

    answer = await client.request(method, url)

    assert (answer.status_code, code_of(answer)) == (status, code)
    assert set(answer.json()["error"]) == {"code", "message", "details"}
    assert re.search("[а-я]", answer.json()["error"]["message"])


async def test_field_errors_name_the_field_in_russian(clients: Clients) -> None:
    answer = await clients.anonymous().post("/api/auth/login", json={"email": "x" * 400})

    assert answer.json()["error"]["details"] == [
        {"field": "body.email", "message": "Слишком длинно: не больше 320 симв."},
        {"field": "body.password", "message": "Обязательное поле."},
    ]


@pytest.mark.parametrize("body", [b"{", b"\xff\xfe", b'{"email": "\\ud800", "password": "x"}', b"[" * 100_000])
async def test_garbage_is_refused_not_stumbled_over(clients: Clients, body: bytes) -> None:
    answer = await clients.anonymous().post(
        "/api/auth/login", content=body, headers={"Content-Type": "application/json"}
    )

    assert answer.status_code in (400, 422)
    assert answer.json()["error"]["message"]


async def test_a_body_over_a_megabyte_is_refused_whatever_its_length_header_says(clients: Clients) -> None:
    async def stream() -> Any:
        for _ in range(20):
            yield b"x" * 100_000

    client = clients.anonymous()
    answers = [
        await client.post("/api/auth/login", content=b"x" * 2_000_000),
        await client.post("/api/auth/login", content=stream()),
    ]

    assert [(answer.status_code, code_of(answer)) for answer in answers] == [(413, "BODY_TOO_LARGE")] * 2
    assert all(answer.headers["x-request-id"] for answer in answers)


async def test_the_request_id_is_taken_over_when_it_is_sane(clients: Clients) -> None:
    client = clients.anonymous()

    given = await client.get("/api/me", headers={"X-Request-Id": "abc-1"})
    insane = await client.get("/api/me", headers={"X-Request-Id": "a b\t<script>"})

    assert given.headers["x-request-id"] == "abc-1"
    assert re.fullmatch("[0-9a-f]{32}", insane.headers["x-request-id"])


async def test_answers_are_not_cached_and_not_framed(clients: Clients) -> None:
    answer = await clients.anonymous().get("/api/me")

    assert answer.headers["cache-control"] == "no-store"
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["x-frame-options"] == "DENY"


async def test_a_bug_answers_500_without_saying_what_broke(clients: Clients, caplog: pytest.LogCaptureFixture) -> None:
    async def broken() -> None:
        raise RuntimeError("пароль в сообщении")

    clients.app.add_api_route("/api/broken", broken)
    caplog.set_level(logging.ERROR)

    answer = await clients.anonymous().get("/api/broken", headers={"X-Request-Id": "abc-2"})

    assert (answer.status_code, code_of(answer)) == (500, "INTERNAL")
    assert "пароль" not in answer.text
    assert answer.headers["x-request-id"] == "abc-2"


async def test_a_database_that_is_away_is_503(settings: Settings, vault: Vault, make: Make) -> None:
    nowhere = Database("postgresql+asyncpg://nobody@127.0.0.1:9/nothing")
    app = create_app(settings, database=nowhere, vault=vault)
    async with Clients(app, nowhere, make) as clients:
        answer = await clients.anonymous().get("/api/auth/setup")

    assert (answer.status_code, code_of(answer)) == (503, "DATABASE_AWAY")


async def test_an_exhausted_pool_is_503(settings: Settings, database: Database, vault: Vault, make: Make) -> None:
    small = Database(database.url, pool_size=1)
    small.engine.pool._timeout = 0.1  # type: ignore[attr-defined]
    app = create_app(settings, database=small, vault=vault)
    async with Clients(app, small, make) as clients, small.transaction() as one, small.transaction() as two:
        await one.connection()
        await two.connection()
        answer = await clients.anonymous().get("/api/auth/setup")
    await small.close()

    assert (answer.status_code, code_of(answer)) == (503, "DATABASE_AWAY")


async def test_the_front_door_leads_to_the_document(clients: Clients) -> None:
    client = clients.anonymous()

    front, docs, redoc = await client.get("/"), await client.get("/docs"), await client.get("/redoc")

    assert front.headers["location"] == "/docs"
    assert (docs.status_code, redoc.status_code) == (200, 200)


async def test_the_app_starts_and_stops_with_what_it_builds_itself(settings: Settings, make: Make) -> None:
    app: FastAPI = create_app(settings)

    async with app.router.lifespan_context(app), Clients(app, app.state.database, make) as clients:
        answer = await clients.anonymous().get("/api/auth/setup")

    assert answer.json() == {"open": True}


async def test_secrets_of_a_user_are_in_no_answer(clients: Clients, make: Make) -> None:
    user: User = await make.user(password_hash="$argon2id$secret")
    shop = await make.shop(owner=user)
    client = await clients.of(user)

    texts = [(await client.get(url)).text for url in ("/api/me", f"/api/shops/{shop.id}/members", "/api/shops")]

    assert all("argon2" not in text for text in texts)
