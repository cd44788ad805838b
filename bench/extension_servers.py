"""The bare server beside ours, and our application within this process, to hear which SQL a request sends."""

import asyncio
import pickle
import tempfile
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from urllib.parse import quote

import httpx
import psutil
from asyncpg.connection import LoggedQuery
from pydantic import SecretStr

from app.cli.processes import Children, free_port
from app.kit.db import Database, Direct
from app.kit.postgres import plain
from app.kit.secrets import Vault
from app.kit.settings import Settings
from app.main import create_app
from bench.extension_bare import DATABASE, POOL, PROGRAMS
from bench.extension_data import secret
from bench.extension_load import ORIGIN, STRANGER, Request
from bench.extension_replay import Program, Statement
from bench.load import UnexpectedAnswer
from bench.serving import PATIENT, Web

NOT_ITS_OWN = ("rate_buckets", "access_tokens", "typeinfo_tree", "'jit'")
"""Of the guard, once in a tenth of a second and once in ten, and of the driver, once a connection; none a request's."""
UNLIMITED = 100_000_000


@contextmanager
def bare_process(
    database_url: str, programs: Mapping[str, tuple[int, Sequence[Program]]], *, pool: int
) -> Iterator[Web]:
    """uvicorn with uvloop and httptools, as ours runs; stopped at the end."""
    port = free_port()
    with tempfile.TemporaryDirectory(prefix="wbrm-bench-") as folder, Children(Path(folder), quiet=True) as children:
        path = Path(folder) / "programs"
        path.write_bytes(pickle.dumps({quote(name, safe=""): work for name, work in programs.items()}))
        env = {DATABASE: plain(database_url), PROGRAMS: str(path), POOL: str(pool)}
        options = ("--port", str(port), "--log-level", "warning", "--no-access-log", "--lifespan", "on", *PATIENT)
        child = children.start("bare", "uvicorn", "bench.extension_bare:app", *options, env=env)
        children.wait_until_up("bare", f"http://127.0.0.1:{port}/up")
        yield Web(f"http://127.0.0.1:{port}", psutil.Process(child.pid))


def bare_path(kind: str, work: str, number: int) -> str:
    """`kind` is plain or json."""
    return f"/{kind}/{quote(work, safe='')}/{number}"


class HeardDatabase(Database):
    """Repeats to `heard` what goes over the driver's connections."""

    def __init__(self, url: str) -> None:
        super().__init__(url, pool_size=2)
        self.heard: list[Statement] = []

    @asynccontextmanager
    async def glance(self) -> AsyncIterator[Direct]:
        async with super().glance() as connection:
            await connection.execute("SET synchronous_commit = off")  # only the measured ones shall wait for the disk
            with connection.query_logger(self._note):
                yield connection

    def _note(self, logged: LoggedQuery) -> None:
        if not any(table in logged.query for table in NOT_ITS_OWN):
            self.heard.append((logged.query, tuple(logged.args)))


class Heard:
    """The same application as the measured one, within this process."""

    def __init__(self, database: HeardDatabase, key: str) -> None:
        settings = Settings(
            _env_file=None,
            secret_keys=SecretStr(key),
            log_level="WARNING",
            extension_reads_per_minute=UNLIMITED,
            extension_reports_per_minute=UNLIMITED,
        )
        app = create_app(settings, database=database, vault=Vault([key]))
        self._http = httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://bench")
        self._database = database

    async def program(self, request: Request, answers: Sequence[int]) -> Program:
        """What this request does to the database as it is now; it is done."""
        self._database.heard = []
        shown = STRANGER if request.token is None else secret(request.token)
        headers = {"Authorization": f"Bearer {shown}", "Origin": ORIGIN, "Content-Type": "application/json"}
        answer = await self._http.request(request.method, request.path, content=request.body, headers=headers)
        await asyncio.sleep(0)  # the driver tells its listeners in the loop's next turn
        if answer.status_code not in answers:
            raise UnexpectedAnswer(f"{request.path} {answer.status_code}: {answer.text[:300]}")
        return Program(self._database.heard, answer.content)


@asynccontextmanager
async def heard(url: str, key: str) -> AsyncIterator[Heard]:
    """Needs no lifespan: the database is given, and nothing here calls Wildberries."""
    database = HeardDatabase(url)
    try:
        yield Heard(database, key)
    finally:
        await database.close()
