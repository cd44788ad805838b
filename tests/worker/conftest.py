"""Real worker processes against the test's database and a simulator of their own."""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from cryptography.fernet import Fernet
from sqlalchemy import text

from app.cli.processes import Children
from app.cli.stack import Simulator, Stack
from app.kit.db import Database
from app.kit.secrets import Vault
from tests.chaos.workers import Workers
from tests.factories import Make

SPEED = 30.0


@dataclass
class Yard:
    """All processes of one test."""

    database: Database
    simulator: Simulator
    stack: Stack
    workers: Workers
    make: Make
    env: dict[str, str]
    log_dir: Path

    async def rows(self, sql: str, **values: Any) -> list[Any]:
        async with self.database.transaction() as session:
            return list(await session.execute(text(sql), values))

    async def run(self, sql: str, **values: Any) -> None:
        async with self.database.transaction() as session:
            await session.execute(text(sql), values)

    async def count(self, sql: str, **values: Any) -> int:
        return int((await self.rows(f"SELECT count(*) AS n FROM {sql}", **values))[0].n)

    def logs(self) -> str:
        return self.workers.log_path.read_text()


async def until(condition: Callable[[], Awaitable[object]], *, seconds: float) -> float:
    """How long it took; fails when it takes longer."""
    began = time.monotonic()
    while not await condition():
        assert time.monotonic() - began < seconds, f"not within {seconds} s"
        await asyncio.sleep(0.05)
    return time.monotonic() - began


@pytest.fixture(scope="module")
def stack(database_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    logs = tmp_path_factory.mktemp("stack")
    stack = Stack.plan(database_url, web_port=0, simulator_port=0, speed=SPEED, data_dir=logs)
    with Children(logs, quiet=True) as children:
        stack.start_simulator(children)
        yield stack


@pytest.fixture(scope="module")
def environment(stack: Stack) -> dict[str, str]:
    return {
        **stack.env,
        "SECRET_KEYS": Fernet.generate_key().decode(),
        "SETTLE_SECONDS": "4",
        "VERIFY_AFTER_SECONDS": "0.5",
        "WORKER_HEARTBEAT_SECONDS": "3",
        "LOG_FORMAT": "json",
        "OPENAI_API_KEY": "",
    }


@pytest.fixture
async def yard(database: Database, stack: Stack, environment: dict[str, str], tmp_path: Path) -> AsyncIterator[Yard]:
    """No worker runs yet."""
    simulator = Simulator(stack.simulator)
    simulator.order("/reset")
    simulator.http.delete("/faults")
    make = Make(database, Vault([environment["SECRET_KEYS"]]))
    with Workers(tmp_path / "workers.log", environment) as workers:
        yield Yard(
            database=database, simulator=simulator, stack=stack, workers=workers, make=make, env=environment,
            log_dir=tmp_path,
        )  # fmt: skip
