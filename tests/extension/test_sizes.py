"""A body of more than a megabyte is refused, and its rest is not read."""

from collections.abc import AsyncIterator
from typing import Any

import pytest
from fastapi import Request

from tests.extension.callers import BASE, Extension, code_of, surface_with
from tests.factories import Make

pytestmark = pytest.mark.anyio
MEGABYTE = 1024 * 1024


class Stream:
    """Counts what was asked of it."""

    def __init__(self, chunks: int, size: int = 100_000) -> None:
        self.chunks, self.size, self.sent = chunks, size, 0

    async def __aiter__(self) -> AsyncIterator[bytes]:
        for _ in range(self.chunks):
            self.sent += 1
            yield b" " * self.size


async def test_a_megabyte_is_welcome(extension: Extension, make: Make) -> None:
    client = await extension.client(await make.user())

    answer = await client.post("/auth/verify", content=b" " * MEGABYTE)

    assert answer.status_code == 200


async def test_an_announced_size_is_refused_at_once(extension: Extension, make: Make) -> None:
    issued = await extension.token(await make.user())
    read: list[Any] = []
    sent: list[Any] = []

    async def receive() -> Any:
        read.append(1)
        return {"type": "http.request", "body": b" " * 65_536, "more_body": True}

    async def send(message: Any) -> None:
        sent.append(message)

    headers = [
        (b"authorization", f"Bearer {issued.secret}".encode()),
        (b"content-length", str(MEGABYTE + 1).encode()),
    ]
    scope = {
        "type": "http", "method": "POST", "path": "/api/extension/auth/verify", "headers": headers,
        "query_string": b"", "root_path": "", "scheme": "http", "http_version": "1.1",
    }  # fmt: skip
    await extension.app(scope, receive, send)

    assert sent[0]["status"] == 413
    assert (b"connection", b"close") in sent[0]["headers"]
    assert read == []


async def test_what_was_not_announced_is_counted_as_it_comes(extension: Extension, make: Make) -> None:
    async def weigh(body: dict[str, int]) -> dict[str, int]:
        return body

    async def drink(request: Request) -> dict[str, int]:
        return {"size": len(await request.body())}

    extension.app = surface_with(extension, weigh, drink)
    client = await extension.client(await make.user())

    for path in ("/weigh", "/drink"):
        endless, fitting = Stream(chunks=1000), Stream(chunks=10)
        refused = await client.post(path, content=aiter(endless))
        taken = await client.post(path, content=aiter(fitting))

        assert (refused.status_code, code_of(refused)) == (413, "PAYLOAD_TOO_LARGE")
        assert refused.headers["connection"] == "close"
        assert refused.headers["x-ratelimit-limit"]
        assert endless.sent <= 12
        assert taken.status_code != 413


async def test_a_stranger_is_not_even_listened_to(extension: Extension) -> None:
    answer = await extension.stranger().post("/auth/verify", content=b" " * (MEGABYTE + 1))

    assert (answer.status_code, code_of(answer)) == (401, "UNAUTHORIZED")


@pytest.mark.parametrize("length", ["-1", "x", "1e3"])
async def test_a_nonsensical_length_is_refused(extension: Extension, make: Make, length: str) -> None:
    client = await extension.client(await make.user())

    answer = await client.post("/auth/verify", content=b"{}", headers={"Content-Length": length})

    assert (answer.status_code, code_of(answer)) == (413, "PAYLOAD_TOO_LARGE")
    assert BASE in str(answer.url)
