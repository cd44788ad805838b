"""Health without a token, under both addresses; and the document with its page."""

import re
from datetime import datetime

import pytest

from app.kit.db import Database
from app.kit.settings import Settings
from app.main import create_app
from tests.extension.callers import Extension
from tests.factories import Make

pytestmark = pytest.mark.anyio
ROOT = "http://127.0.0.1:8000"
BOTH = ["/api/health", "/api/extension/health"]


@pytest.mark.parametrize("path", BOTH)
async def test_health_while_the_database_answers(extension: Extension, path: str) -> None:
    answer = await extension.stranger(base_url=ROOT).get(path)

    said = answer.json()
    assert (answer.status_code, said["status"]) == (200, "ok")
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", said["timestamp"])
    assert datetime.fromisoformat(said["timestamp"]).tzinfo is not None


@pytest.mark.parametrize("path", BOTH)
async def test_health_is_degraded_while_it_does_not(
    extension: Extension, settings: Settings, make: Make, path: str
) -> None:
    nowhere = Database("postgresql+asyncpg://u:p@127.0.0.1:1/x")
    app = create_app(settings, database=nowhere, vault=extension.vault)

    async with Extension(app, nowhere, extension.vault, make) as away:
        answer = await away.stranger(base_url=ROOT).get(path)

    assert (answer.status_code, answer.json()["status"]) == (503, "degraded")


async def test_the_document_and_its_page_need_no_token_and_nothing_from_elsewhere(extension: Extension) -> None:
    client = extension.stranger()

    document, page = await client.get("/openapi.json"), await client.get("/docs")
    scripts = re.findall(r'(?:src|href)="([^"]+)"', page.text)
    parts = [await extension.stranger(base_url=ROOT).get(path) for path in scripts]

    assert document.json()["servers"] == [{"url": "/api/extension"}]
    assert "/auth/verify" in document.json()["paths"]
    assert page.status_code == 200
    assert "script-src 'self' 'unsafe-inline'" in page.headers["content-security-policy"]
    assert len(parts) >= 2
    assert {part.status_code for part in parts} == {200}


async def test_the_document_promises_the_envelope_for_every_error(extension: Extension) -> None:
    document = (await extension.stranger().get("/openapi.json")).json()

    for path, operations in document["paths"].items():
        for operation in operations.values():
            shape = operation["responses"]["default"]["content"]["application/json"]["schema"]
            assert shape == {"$ref": "#/components/schemas/ErrorOut"}, path
            assert "422" not in operation["responses"], path
            assert operation["summary"], path
            assert operation["tags"], path
