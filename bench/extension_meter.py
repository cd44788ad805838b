"""CPU of a server and of its database's backends, while the clock runs."""

from types import TracebackType
from typing import Self

import asyncpg
import psutil


class Meter:
    """`with meter:` adds up seconds; the backend that rewinds the tables is not counted."""

    def __init__(self, server: psutil.Process | None, database: str, without: int) -> None:
        self.server = self.database = 0.0
        self._process, self._name, self._without = server, database, without
        self._before = (0.0, 0.0)

    @classmethod
    async def of(cls, server: psutil.Process | None, control: "asyncpg.Connection[asyncpg.Record]") -> Self:
        """The database is the one that `control` is connected to."""
        return cls(server, await control.fetchval("SELECT current_database()"), control.get_server_pid())

    def __enter__(self) -> Self:
        self._before = self._read()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        server, database = self._read()
        self.server += server - self._before[0]
        self.database += database - self._before[1]

    def _read(self) -> tuple[float, float]:
        spent = sum(
            _seconds(process)
            for process in psutil.process_iter(["name"])
            if process.info["name"] == "postgres" and process.pid != self._without and self._serves(process)
        )
        return (_seconds(self._process) if self._process else 0.0), spent

    def _serves(self, process: psutil.Process) -> bool:
        try:
            return f" {self._name} " in " ".join(process.cmdline())
        except psutil.Error:
            return False


def _seconds(process: psutil.Process) -> float:
    try:
        spent = process.cpu_times()
    except psutil.Error:
        return 0.0
    return float(spent.user + spent.system)
