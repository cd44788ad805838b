"""What Python can do at all over HTTP: the same SQL, fixed bytes for an answer, and no framework in between.

`/json/…` also reads the request's JSON and writes the answer's, which no honest server can leave out.
"""

import json
import os
import pickle
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from starlette.types import Receive, Scope, Send

from bench.extension_replay import Program, open_pool, replay

DATABASE, PROGRAMS, POOL = "BARE_DATABASE_URL", "BARE_PROGRAMS", "BARE_POOL"


class Bare:
    """The raw ASGI callable."""

    def __init__(self) -> None:
        self._pool: Any = None
        self._works: dict[str, tuple[int, Sequence[Program]]] = {}
        self._said: dict[bytes, Any] = {}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self._live(receive, send)
            return
        kind, _, rest = scope["raw_path"].decode()[1:].partition("/")
        if kind == "up":
            await _answer(send, 200, b"")
            return
        work, _, number = rest.partition("/")
        status, programs = self._works[work]
        program = programs[int(number)]
        body = await _read(receive) if scope["method"] == "POST" else b""
        if kind == "json" and body:
            json.loads(body)
        await replay(self._pool, program)
        await _answer(send, status, self._written(program.answer) if kind == "json" else program.answer)

    def _written(self, answer: bytes) -> bytes:
        if answer not in self._said:
            self._said[answer] = json.loads(answer)
        return json.dumps(self._said[answer], ensure_ascii=False, separators=(",", ":")).encode()

    async def _live(self, receive: Receive, send: Send) -> None:
        while (message := await receive())["type"] != "lifespan.shutdown":
            if message["type"] == "lifespan.startup":
                self._works = pickle.loads(Path(os.environ[PROGRAMS]).read_bytes())
                self._pool = await open_pool(os.environ[DATABASE], int(os.environ[POOL]))
                await send({"type": "lifespan.startup.complete"})
        await self._pool.close()
        await send({"type": "lifespan.shutdown.complete"})


async def _read(receive: Receive) -> bytes:
    body = bytearray()
    while True:
        message = await receive()
        body += message.get("body", b"")
        if not message.get("more_body", False):
            return bytes(body)


async def _answer(send: Send, status: int, body: bytes) -> None:
    headers = [(b"content-type", b"application/json"), (b"content-length", b"%d" % len(body))]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})


app = Bare()
