"""Children of a command: started with their own settings, waited for, and never left behind."""

import os
import socket
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import IO, Self

import httpx

ROOT = Path(__file__).resolve().parents[2]
STOP_SECONDS = 30.0


class ChildDied(RuntimeError):
    """A process ended before its time; its last words are in the log named here."""


class Children:
    """Each child in a session of its own, so that Ctrl-C reaches only us and we stop them in order."""

    def __init__(self, log_dir: Path, *, quiet: bool) -> None:
        self.log_dir = log_dir
        self.quiet = quiet
        self._running: dict[str, subprocess.Popen[bytes]] = {}
        self._logs: list[IO[bytes]] = []

    def start(self, name: str, *module: str, env: Mapping[str, str]) -> subprocess.Popen[bytes]:
        """`python -m module …` from the project's root; quiet ones write to a log file."""
        self.log_dir.mkdir(parents=True, exist_ok=True)
        output: IO[bytes] | None = None
        if self.quiet:
            output = (self.log_dir / f"{name}.log").open("ab")
            self._logs.append(output)
        child = subprocess.Popen(  # noqa: S603
            [sys.executable, "-m", *module],
            cwd=ROOT,
            env={**os.environ, **env},
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT if output else None,
            start_new_session=True,
        )
        self._running[name] = child
        return child

    def wait_until_up(self, name: str, url: str, *, seconds: float = 60) -> None:
        """Until the child answers 200 there; raises ChildDied."""
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            self.assert_alive()
            try:
                if httpx.get(url, timeout=2, trust_env=False).status_code == httpx.codes.OK:
                    return
            except httpx.HTTPError:
                pass
            time.sleep(0.1)
        raise ChildDied(f"{name}: no answer at {url} within {seconds:.0f} s")

    def assert_alive(self) -> None:
        """Raises ChildDied when any child has ended."""
        for name, child in self._running.items():
            if child.poll() is not None:
                hint = f", see {self.log_dir / name}.log" if self.quiet else ""
                raise ChildDied(f"{name} ended with {child.returncode}{hint}")

    def stop(self) -> None:
        """Last started first; whoever does not listen for half a minute is killed."""
        for child in reversed(self._running.values()):
            if child.poll() is None:
                child.terminate()
        deadline = time.monotonic() + STOP_SECONDS
        for child in reversed(self._running.values()):
            try:
                child.wait(max(0.1, deadline - time.monotonic()))
            except subprocess.TimeoutExpired:
                child.kill()
                child.wait()
        self._running.clear()
        for log in self._logs:
            log.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()


def free_port(wanted: int = 0) -> int:
    """The wanted port if nobody listens there, else any free one."""
    for port in (wanted, 0):
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return int(probe.getsockname()[1])
    raise OSError("no free port")
