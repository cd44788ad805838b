"""Closing a TCP connection from inside an ASGI app, which ASGI itself has no word for."""

import asyncio
from typing import NamedTuple

import httpx
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from simulator.wire import Call


class Connection(NamedTuple):
    transport: asyncio.Transport
    closed: asyncio.Event


_open: dict[tuple[str, int], Connection] = {}


class DroppableProtocol(HttpToolsProtocol):
    """uvicorn's own protocol, which also remembers the transport of each open connection."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        if self.client is not None:
            _open[self.client] = Connection(transport, asyncio.Event())

    def connection_lost(self, exc: Exception | None) -> None:
        if self.client is not None:
            _open.pop(self.client).closed.set()
        super().connection_lost(exc)


async def drop(call: Call) -> None:
    """The caller sees the server hang up; in-process, without a wire, the same httpx error is raised."""
    connection = _open.get(call.client) if call.client else None
    if connection is None:
        raise httpx.RemoteProtocolError("Server disconnected without sending a response.")
    connection.transport.close()
    await connection.closed.wait()
