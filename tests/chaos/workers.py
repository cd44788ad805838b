"""Real worker processes that can be killed and replaced within milliseconds."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Self

from app.cli.processes import ROOT


class Workers:
    """Each is a process of its own; all are gone at the end."""

    def __init__(self, log_path: Path, env: Mapping[str, str]) -> None:
        self.log_path = log_path
        self.alive: list[int] = []
        self._nursery = subprocess.Popen(
            [sys.executable, "-m", "tests.chaos.nursery"],
            cwd=ROOT,
            env={**os.environ, **env},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=log_path.open("ab"),
            text=True,
        )
        assert self._said() == "ready"

    def start(self) -> int:
        """The process id of one more."""
        assert self._nursery.stdin is not None
        self._nursery.stdin.write(f"{self.log_path}\n")
        self._nursery.stdin.flush()
        pid = int(self._said())
        self.alive.append(pid)
        return pid

    def kill(self, pid: int) -> None:
        """kill -9, and wait until it is gone."""
        self.alive.remove(pid)
        os.kill(pid, signal.SIGKILL)
        self._wait(pid, 10)

    def stop(self, pid: int, *, seconds: float = 30) -> None:
        """SIGTERM, as a deploy does; raises when it does not end by itself."""
        self.alive.remove(pid)
        os.kill(pid, signal.SIGTERM)
        self._wait(pid, seconds)

    def _said(self) -> str:
        assert self._nursery.stdout is not None
        return self._nursery.stdout.readline().strip()

    def _wait(self, pid: int, seconds: float) -> None:
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            try:
                os.kill(pid, 0)
            except ProcessLookupError:
                return
            time.sleep(0.002)
        raise TimeoutError(f"worker {pid} is still there")

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        assert self._nursery.stdin is not None
        self._nursery.stdin.close()
        self._nursery.wait(10)
