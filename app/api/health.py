"""What a load balancer, an orchestrator and Prometheus ask."""

from functools import cache
from pathlib import Path
from typing import Annotated, Any, Final

from alembic.script import ScriptDirectory
from fastapi import APIRouter, Header, Response
from fastapi.responses import JSONResponse
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest

from app.kit.clock import utc_now
from app.kit.http import Db, TheSettings
from app.kit.pulse import schema_revision
from app.kit.secrets import same

MIGRATIONS: Final = Path(__file__).resolve().parents[2] / "migrations"
router = APIRouter(tags=["health"])


@router.get("/api/health")
async def health(database: Db) -> JSONResponse:
    """`ok` while the database answers; 503 within two seconds otherwise."""
    alive = await schema_revision(database) is not None
    return _answer(alive, "ok" if alive else "degraded")


@router.get("/api/ready")
async def ready(database: Db) -> JSONResponse:
    """Ready to serve: the database answers, and its schema is the one this code was written for."""
    revision, head = await schema_revision(database), code_revision()
    current = revision is not None and revision == head
    found = {"database": revision is not None, "schema": revision or None, "expected_schema": head}
    return _answer(current, "ready" if current else "unavailable", **found)


@router.get("/metrics", include_in_schema=False)
async def metrics(settings: TheSettings, authorization: Annotated[str, Header()] = "") -> Response:
    """This process's numbers in Prometheus' text format."""
    wanted = settings.metrics_token.get_secret_value() if settings.metrics_token else ""
    scheme, _, given = authorization.partition(" ")
    if wanted and not (scheme.lower() == "bearer" and same(given.strip(), wanted)):
        return Response(status_code=401, headers={"WWW-Authenticate": "Bearer"})
    return Response(generate_latest(), media_type=CONTENT_TYPE_LATEST)


@cache
def code_revision() -> str | None:
    """The newest migration that came with this code."""
    return ScriptDirectory(str(MIGRATIONS)).get_current_head()


def _answer(good: bool, status: str, **more: Any) -> JSONResponse:
    timestamp = utc_now().isoformat(timespec="milliseconds").replace("+00:00", "Z")
    return JSONResponse({"status": status, "timestamp": timestamp, **more}, status_code=200 if good else 503)
