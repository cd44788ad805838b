"""Extensions may read every answer, web pages none."""

import httpx
import pytest

from app.kit.db import Database
from app.kit.settings import Settings
from app.main import create_app
from tests.extension.callers import ORIGIN, Extension
from tests.factories import Make

pytestmark = pytest.mark.anyio
FIREFOX = "moz-extension://0a1b2c3d-0a1b-2c3d-4e5f-0123456789ab"
WEB = [
    "https://seller.wildberries.ru",
    "null",
    "chrome-extension://abc",
    f"{ORIGIN}.evil.example",
    f"https://evil.example/{ORIGIN}",
    f"{ORIGIN}\u00e9",
    ORIGIN[:-1] + "z",
    "moz-extension://not-a-uuid",
]
EXPOSED = {"x-ratelimit-limit", "x-ratelimit-remaining", "x-ratelimit-reset", "retry-after"}


def assert_readable(answer: httpx.Response, origin: str = ORIGIN) -> None:
    assert answer.headers.get_list("access-control-allow-origin") == [origin]
    assert "origin" in answer.headers["vary"].lower()
    assert {name.strip().lower() for name in answer.headers["access-control-expose-headers"].split(",")} == EXPOSED
    assert "access-control-allow-credentials" not in answer.headers
    assert answer.headers.get_list("cache-control") == ["no-store"]


@pytest.mark.parametrize("origin", [ORIGIN, FIREFOX])
async def test_a_preflight_is_answered_without_a_token(extension: Extension, origin: str) -> None:
    asked = {
        "Origin": origin,
        "Access-Control-Request-Method": "POST",
        "Access-Control-Request-Headers": "authorization,content-type",
        "Access-Control-Request-Private-Network": "true",
    }

    for path in ("/auth/verify", "/nothing", "/health"):
        answer = await extension.stranger().options(path, headers=asked)

        assert answer.status_code == 204
        assert answer.headers["access-control-allow-origin"] == origin
        assert answer.headers["access-control-allow-private-network"] == "true"
        assert set(answer.headers["access-control-allow-methods"].split(", ")) == {"GET", "POST", "OPTIONS"}
        assert set(answer.headers["access-control-allow-headers"].split(", ")) == {"Authorization", "Content-Type"}
        assert "access-control-allow-credentials" not in answer.headers


async def test_every_kind_of_answer_is_readable(extension: Extension, make: Make) -> None:
    client = await extension.client(await make.user())
    origin = {"Origin": ORIGIN}

    answers = [
        await client.post("/auth/verify", headers=origin),
        await extension.stranger().get("/stores", headers=origin),
        await client.get("/nothing", headers=origin),
        await client.get("", headers=origin),
        await client.get("/auth/verify", headers=origin),
        await client.post("/auth/verify", headers=origin, content=b"x" * 2_000_000),
        await client.get("/health", headers=origin),
    ]

    assert [answer.status_code for answer in answers] == [200, 401, 404, 404, 405, 413, 200]
    for answer in answers:
        assert_readable(answer)


async def test_a_refusal_for_haste_a_breakdown_and_an_absent_database_are_readable_too(
    extension: Extension, settings: Settings, database: Database, make: Make
) -> None:
    issued = await extension.token(await make.user())
    hasty = create_app(
        settings.model_copy(update={"extension_reports_per_minute": 1}), database=database, vault=extension.vault
    )
    nowhere = create_app(settings, database=Database("postgresql+asyncpg://u:p@127.0.0.1:1/x"), vault=extension.vault)
    blind = create_app(settings, database=database)
    answers = []

    for app in (hasty, nowhere, blind):
        client = Extension(app, database, extension.vault, make).with_token(issued.secret, timeout=20)
        answers += [await client.post("/auth/verify", headers={"Origin": ORIGIN}) for _ in range(2)]
        await client.aclose()

    assert [answer.status_code for answer in answers] == [200, 429, 503, 503, 500, 500]
    for answer in answers:
        assert_readable(answer)


@pytest.mark.parametrize("origin", WEB)
async def test_a_web_page_is_told_nothing(extension: Extension, make: Make, origin: str) -> None:
    client = await extension.client(await make.user())
    shown = [(b"Origin", origin.encode())]

    answers = [
        await client.post("/auth/verify", headers=shown),
        await client.options("/auth/verify", headers=[*shown, (b"Access-Control-Request-Method", b"POST")]),
        await client.get("/health", headers=shown),
        await extension.stranger(base_url="http://127.0.0.1:8000").get("/api/health", headers=shown),
    ]

    for answer in answers:
        assert not [name for name in answer.headers if name.startswith("access-control-")]
        assert "origin" in answer.headers["vary"].lower()


async def test_the_dashboard_has_no_cors_but_for_its_health(extension: Extension) -> None:
    dashboard = extension.stranger(base_url="http://127.0.0.1:8000", headers={"Origin": ORIGIN})

    health, ready, me = [await dashboard.get(path) for path in ("/api/health", "/api/ready", "/api/me")]
    preflight = await dashboard.options("/api/me", headers={"Access-Control-Request-Method": "GET"})

    assert_readable(health)
    for answer in (ready, me, preflight):
        assert "access-control-allow-origin" not in answer.headers
