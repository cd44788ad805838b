"""The simulator in this process with a frozen clock, and the simulator as a real server."""

import socket
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import httpx
import pytest
from fastapi import FastAPI

from simulator.app import create_app
from simulator.clock import Clock
from simulator.options import Options
from tests.simulator.harness import Shop, Sim

ROOT = Path(__file__).resolve().parents[2]
NOON = 1_780_000_000.0


@pytest.fixture(scope="session")
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture(scope="session")
def app() -> FastAPI:
    return create_app(Options(frozen=True, start=NOON))


@pytest.fixture
async def sim(app: FastAPI) -> AsyncIterator[Sim]:
    """A new world at noon in the app of the session: building one takes a tenth of a second."""
    app.state.world.clock = Clock(frozen=True, start=NOON)
    app.state.world.reset()
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://sim") as http:
        yield Sim(http)


@pytest.fixture
async def shop(sim: Sim) -> Shop:
    return await sim.shop()


@pytest.fixture(scope="session")
def server_url() -> Iterator[str]:
    url, process = start_server()
    yield url
    process.terminate()
    process.wait(timeout=5)


@pytest.fixture
async def server(server_url: str) -> AsyncIterator[Sim]:
    """The shared process, emptied before each test."""
    async with httpx.AsyncClient(base_url=server_url, timeout=10) as http:
        sim = Sim(http)
        await sim.order("/reset")
        yield sim


def start_server(*arguments: str) -> tuple[str, subprocess.Popen[bytes]]:
    port = _free_port()
    command = [sys.executable, "-m", "simulator", "--port", str(port), "--frozen", *arguments]
    process = subprocess.Popen(command, cwd=ROOT)
    url = f"http://127.0.0.1:{port}"
    _wait_until_it_answers(url, process)
    return url, process


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _wait_until_it_answers(url: str, process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + 15
    while time.monotonic() < deadline and process.poll() is None:
        try:
            httpx.get(f"{url}/__sim/clock")
        except httpx.TransportError:
            time.sleep(0.05)
        else:
            return
    raise RuntimeError("the simulator did not start")
