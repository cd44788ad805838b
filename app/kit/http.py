"""What the HTTP surfaces share: the transaction of a request, its database, and the caller's address."""

from collections.abc import AsyncIterator
from typing import Annotated

from fastapi import Depends, Request
from sqlalchemy.ext.asyncio import AsyncSession

from app.kit.db import Database
from app.kit.secrets import Vault
from app.kit.settings import Settings


def get_database(request: Request) -> Database:
    """The process's database, for endpoints that alternate short transactions with outside calls."""
    database: Database = request.app.state.database
    return database


def get_vault(request: Request) -> Vault:
    """Opens and closes encrypted columns."""
    vault: Vault = request.app.state.vault
    return vault


def get_settings(request: Request) -> Settings:
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


def caller_address(request: Request) -> str:
    """The client's address; the proxy's word counts only when settings trust it."""
    settings: Settings = request.app.state.settings
    forwarded = request.headers.get("x-forwarded-for", "")
    if settings.trust_proxy and forwarded:
        return forwarded.split(",")[-1].strip()
    return request.client.host if request.client else "unknown"
