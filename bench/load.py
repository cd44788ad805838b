"""A closed loop of keep-alive connections, thin enough not to be what is measured."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from itertools import cycle
from typing import Any
from urllib.parse import urlsplit

Call = Callable[[], Awaitable[Any]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Timing:
    """Milliseconds, and calls per second of all connections together."""

    p50: float
    p99: float
    per_second: float


async def closed_loop(calls: Sequence[Call], *, seconds: float, at_least: int = 2) -> Timing:
    """Each call of `calls` is one connection's: it is made again as soon as it has returned."""
    taken: list[float] = []
    started = time.perf_counter()

    async def repeat(call: Call) -> None:
        await call()
        done = 0
        while done < at_least or time.perf_counter() - started < seconds:
            before = time.perf_counter()
            await call()
            taken.append(time.perf_counter() - before)
            done += 1

    await asyncio.gather(*[repeat(call) for call in calls])
    return timing(taken, time.perf_counter() - started)


def timing(taken: Sequence[float], elapsed: float) -> Timing:
    """From seconds per call."""
    ordered = sorted(taken)
    return Timing(
        p50=round(1000 * ordered[len(ordered) // 2], 2),
        p99=round(1000 * ordered[min(len(ordered) - 1, int(len(ordered) * 0.99))], 2),
        per_second=round(len(ordered) / elapsed, 1),
    )


class UnexpectedAnswer(RuntimeError):
    """The bench would time something that failed."""


class HttpConnection:
    """One keep-alive connection that only ever GETs."""

    def __init__(self, base_url: str, paths: Sequence[str], token: str) -> None:
        self._host, self._port = urlsplit(base_url).hostname, urlsplit(base_url).port
        self._requests = cycle(
            f"GET {path} HTTP/1.1\r\nHost: bench\r\nAuthorization: Bearer {token}\r\n\r\n".encode() for path in paths
        )
        self._streams: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None

    async def get(self) -> bytes:
        """The next path's body; raises UnexpectedAnswer unless it is a 200."""
        if self._streams is None:
            self._streams = await asyncio.open_connection(self._host, self._port)
        reader, writer = self._streams
        writer.write(next(self._requests))
        head = await reader.readuntil(b"\r\n\r\n")
        length = int(head.lower().partition(b"content-length:")[2].partition(b"\r\n")[0])
        body = await reader.readexactly(length)
        if not head.startswith(b"HTTP/1.1 200"):
            raise UnexpectedAnswer(f"{head.splitlines()[0]!r}: {body[:200]!r}")
        return body

    def close(self) -> None:
        if self._streams is not None:
            self._streams[1].close()
