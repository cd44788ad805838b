import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime

import httpx
import pytest
from fastapi import FastAPI
from pydantic import SecretStr
from sqlalchemy import text

from app.api.health import code_revision, router
from app.kit.db import Database
from app.kit.settings import Settings

pytestmark = pytest.mark.anyio


@asynccontextmanager
async def client_of(database: Database, settings: Settings) -> AsyncIterator[httpx.AsyncClient]:
    app = FastAPI()
    app.include_router(router)
    app.state.database, app.state.settings = database, settings
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://test") as client:
        yield client


async def test_health_while_the_database_answers(database: Database, settings: Settings) -> None:
    async with client_of(database, settings) as client:
        answer = await client.get("/api/health")

    said = answer.json()
    assert answer.status_code == 200
    assert said["status"] == "ok"
    assert said["timestamp"].endswith("Z")
    assert datetime.fromisoformat(said["timestamp"]).tzinfo is not None


async def test_health_when_nobody_listens(settings: Settings) -> None:
    database = Database("postgresql+asyncpg://u:p@127.0.0.1:1/x")

    async with client_of(database, settings) as client:
        for path, status in (("/api/health", "degraded"), ("/api/ready", "unavailable")):
            answer = await client.get(path)
            assert answer.status_code == 503
            assert answer.json()["status"] == status


async def test_health_within_two_seconds_when_the_database_is_silent(settings: Settings) -> None:
    async def say_nothing(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read()
        writer.close()

    silent = await asyncio.start_server(say_nothing, "127.0.0.1", 0)
    port = silent.sockets[0].getsockname()[1]
    database = Database(f"postgresql+asyncpg://u:p@127.0.0.1:{port}/x")
    started = time.monotonic()

    async with client_of(database, settings) as client:
        answer = await client.get("/api/health")

    assert answer.status_code == 503
    assert time.monotonic() - started < 2
    await asyncio.sleep(0)
    silent.close()


async def test_ready_when_the_schema_is_the_codes(database: Database, settings: Settings) -> None:
    async with client_of(database, settings) as client:
        answer = await client.get("/api/ready")

    assert answer.status_code == 200
    assert answer.json() | {"timestamp": ""} == {
        "status": "ready",
        "timestamp": "",
        "database": True,
        "schema": code_revision(),
        "expected_schema": code_revision(),
    }


async def test_not_ready_before_migration(database: Database, settings: Settings) -> None:
    async with client_of(database, settings) as client:
        async with database.transaction() as session:
            await session.execute(text("ALTER TABLE alembic_version RENAME TO alembic_version_away"))
        unmigrated = await client.get("/api/ready")
        alive = await client.get("/api/health")
        async with database.transaction() as session:
            await session.execute(text("ALTER TABLE alembic_version_away RENAME TO alembic_version"))

    assert (unmigrated.status_code, alive.status_code) == (503, 200)
    assert unmigrated.json()["schema"] is None


async def test_metrics_are_open_unless_a_token_is_set(database: Database, settings: Settings) -> None:
    async with client_of(database, settings) as client:
        answer = await client.get("/metrics")

    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith("text/plain")
    for name in ("http_requests_total", "jobs_total", "job_seconds", "jobs_waiting", "wb_requests_total"):
        assert f"# TYPE {name} " in answer.text


@pytest.mark.parametrize(
    ("header", "status"),
    [(None, 401), ("Bearer wrong", 401), ("Bearer ключ", 401), ("right", 401), ("bearer right", 200)],
)
async def test_metrics_behind_a_token(database: Database, settings: Settings, header: str | None, status: int) -> None:
    guarded = settings.model_copy(update={"metrics_token": SecretStr("right")})

    async with client_of(database, guarded) as client:
        headers = [(b"Authorization", header.encode())] if header else []
        answer = await client.get("/metrics", headers=headers)

    assert answer.status_code == status
