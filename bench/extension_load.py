"""Keep-alive connections that read no more of an answer than they must, and a closed loop that can be rewound."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from itertools import count
from typing import Self, cast
from urllib.parse import urlsplit

from bench.data import shop_id
from bench.extension_data import secret
from bench.load import Timing, UnexpectedAnswer, timing

BASE = "/api/extension"
SHOP = str(shop_id(0))
ORIGIN = "chrome-extension://" + "abcdefghijklmnop" * 2
STRANGER = "wbrm_" + "f" * 32

Ask = Callable[[int], Awaitable[object]]
"""Makes the request of this number."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """One call by one token; None is a stranger's."""

    method: str
    path: str
    body: bytes = b""
    token: int | None = 0


def encoded(request: Request, *, path: str = "") -> bytes:
    """As a browser's extension sends it, without what only browsers add."""
    shown = STRANGER if request.token is None else secret(request.token)
    head = (
        f"{request.method} {path or request.path} HTTP/1.1\r\nHost: bench\r\nAuthorization: Bearer {shown}\r\n"
        f"Origin: {ORIGIN}\r\nContent-Type: application/json\r\nContent-Length: {len(request.body)}\r\n\r\n"
    )
    return head.encode() + request.body


class Connection(asyncio.Protocol):
    """One request at a time."""

    def __init__(self, answers: Sequence[int]) -> None:
        self.answers = answers
        self._transport: asyncio.Transport | None = None
        self._got = bytearray()
        self._wanted = 0
        self._answer: asyncio.Future[None] | None = None

    @classmethod
    async def open(cls, url: str, answers: Sequence[int]) -> Self:
        """To a server on this machine."""
        parts = urlsplit(url)
        made = cls(answers)
        await asyncio.get_running_loop().create_connection(lambda: made, str(parts.hostname), int(parts.port or 80))
        return made

    async def ask(self, request: bytes) -> None:
        """Raises UnexpectedAnswer for a status that is not among `answers`."""
        assert self._transport is not None
        self._answer = asyncio.get_running_loop().create_future()
        self._transport.write(request)
        await self._answer

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)

    def data_received(self, data: bytes) -> None:
        self._got += data
        if not self._wanted:
            end = self._got.find(b"\r\n\r\n")
            if end < 0:
                return
            head = bytes(self._got[:end]).lower()
            self._wanted = end + 4 + int(head.partition(b"content-length:")[2].partition(b"\r\n")[0])
        if len(self._got) >= self._wanted:
            self._done()

    def connection_lost(self, error: Exception | None) -> None:
        if self._answer is not None and not self._answer.done():
            self._answer.set_exception(UnexpectedAnswer(f"the server hung up: {error}"))

    def close(self) -> None:
        if self._transport is not None:
            self._transport.close()

    def _done(self) -> None:
        assert self._answer is not None
        status = int(self._got[9:12])
        if status in self.answers:
            self._answer.set_result(None)
        else:
            said = bytes(self._got[self._got.find(b"\r\n\r\n") :])[:300].decode()
            self._answer.set_exception(UnexpectedAnswer(f"{status}: {said}"))
        self._got, self._wanted = bytearray(), 0


@dataclass(slots=True)
class Clock:
    """Counts only while requests are made, not while tables are rewound."""

    seconds: float
    spent: float = 0.0
    taken: list[float] = field(default_factory=list)
    at_least: int = 1

    @property
    def over(self) -> bool:
        return self.spent >= self.seconds and len(self.taken) >= self.at_least

    async def round(self, asks: Sequence[Ask], most: int | None) -> None:
        """All connections together make at most so many requests, each number once."""
        numbers, began = count(), time.perf_counter()

        async def repeat(ask: Ask) -> None:
            while (number := next(numbers)) < (most or number + 1):
                before = time.perf_counter()
                await ask(number)
                after = time.perf_counter()
                self.taken.append(after - before)
                if self.spent + after - began >= self.seconds and len(self.taken) >= self.at_least:
                    return

        await asyncio.gather(*[repeat(ask) for ask in asks])
        self.spent += time.perf_counter() - began

    def timing(self) -> Timing:
        """Of all rounds."""
        return timing(self.taken, self.spent)
