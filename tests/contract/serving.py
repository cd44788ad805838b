"""The running server over the test's database, with the limits that it has in production."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from app.cli.processes import Children, free_port
from app.kit.postgres import plain


@contextmanager
def serving(database_url: str, secret_key: str, folder: Path) -> Iterator[str]:
    """The address of `/api/extension`; Wildberries is nowhere to be reached."""
    port, nowhere = free_port(), f"http://127.0.0.1:{free_port()}"
    env = {
        "DATABASE_URL": plain(database_url), "DATA_DIR": str(folder), "SECRET_KEYS": secret_key,
        "WB_FEEDBACKS_URL": nowhere, "WB_COMMON_URL": nowhere,
    }  # fmt: skip
    with Children(folder, quiet=True) as children:
        url = f"http://127.0.0.1:{port}/api/extension"
        children.start("web", "uvicorn", "app.main:app", "--port", str(port), "--no-access-log", env=env)
        children.wait_until_up("web", f"{url}/health")
        yield url
