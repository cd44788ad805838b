"""What the HTTP surfaces share: the transaction of a request, its database, and the caller's address.

All of it is `async`: FastAPI runs a plain function in a thread, which costs more than the function.
"""

from collections.abc import AsyncIterator
from typing import Annotated, Any, Final

from fastapi import Depends, Request, Response
from fastapi.telemetry import TelemetryConfig
from pydantic_core import to_json
from sqlalchemy.ext.asyncio import AsyncSession

from app.kit.db import Database
from app.kit.secrets import Vault
from app.kit.settings import Settings

NO_TELEMETRY: Final[TelemetryConfig] = {"tracing": False, "metrics": False, "logs": False}
"""FastAPI looks for OpenTelemetry on every request otherwise: sixty microseconds; ours is `/metrics`."""


async def get_database(request: Request) -> Database:
    """The process's database, for endpoints that alternate short transactions with outside calls."""
    database: Database = request.app.state.database
    return database


async def get_vault(request: Request) -> Vault:
    """Opens and closes encrypted columns."""
    vault: Vault = request.app.state.vault
    return vault


async def get_settings(request: Request) -> Settings:
    """The process's settings."""
    settings: Settings = request.app.state.settings
    return settings


async def open_transaction(
    database: Annotated[Database, Depends(get_database)],
) -> AsyncIterator[AsyncSession]:
    """One request, one transaction; committed before the response leaves."""
    async with database.transaction() as session:
        yield session


Session = Annotated[AsyncSession, Depends(open_transaction, scope="function")]
Db = Annotated[Database, Depends(get_database)]
TheVault = Annotated[Vault, Depends(get_vault)]
TheSettings = Annotated[Settings, Depends(get_settings)]


def ready(body: Any, beside: Response) -> Response:
    """For hot reads: plain values to bytes in one step, with the headers that dependencies have set on `beside`."""
    answer = Response(to_json(body), media_type="application/json")
    answer.raw_headers.extend(beside.raw_headers)
    return answer


def caller_address(request: Request) -> str:
    """The client's address; the proxy's word counts only when settings trust it."""
    settings: Settings = request.app.state.settings
    forwarded = request.headers.get("x-forwarded-for", "")
    if settings.trust_proxy and forwarded:
        return forwarded.split(",")[-1].strip()
    return request.client.host if request.client else "unknown"
