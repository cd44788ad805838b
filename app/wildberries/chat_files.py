"""Files of chats, streamed through: nothing is kept, and the token stays here."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Final
from urllib.parse import quote
from uuid import UUID

import httpx

from app.chats.ports import Download, FileBlocked
from app.wildberries import calls
from app.wildberries.calls import Answer
from app.wildberries.chat_models import PendingIn
from app.wildberries.chats import ChatCallers
from app.wildberries.errors import WbAnswer
from app.wildberries.parsing import parsed
from app.wildberries.transport import WildberriesTransport

PENDING: Final = 202
BLOCKED: Final = 451
SHORTEST_PAUSE: Final = 1
LONGEST_PAUSE: Final = 3600


class WildberriesChatFiles:
    """Satisfies chats.ports.ChatFiles."""

    def __init__(self, transport: WildberriesTransport, callers: ChatCallers) -> None:
        self.transport = transport
        self.callers = callers

    @asynccontextmanager
    async def open(self, shop_id: UUID, download_id: str) -> AsyncIterator[Download]:
        operation = replace(calls.CHAT_DOWNLOAD, path=f"{calls.CHAT_DOWNLOAD.path}/{quote(download_id, safe='')}")
        try:
            async with (
                self.callers.of_shop(shop_id, urgent=True) as caller,
                self.transport.stream(caller, operation) as response,
            ):
                if response.status_code == PENDING:
                    yield await _pending(response)
                else:
                    yield _ready(response)
        except WbAnswer as error:
            if error.status == BLOCKED:
                raise FileBlocked from error
            raise


async def _pending(response: httpx.Response) -> Download:
    told = parsed(Answer(response.status_code, await response.aread()), PendingIn)
    seconds = told.retry_seconds if told.retry_seconds is not None else SHORTEST_PAUSE
    return Download(chunks=None, retry_seconds=min(max(seconds, SHORTEST_PAUSE), LONGEST_PAUSE))


def _ready(response: httpx.Response) -> Download:
    encoded = "content-encoding" in response.headers
    length = response.headers.get("content-length", "")
    return Download(
        chunks=response.aiter_bytes(),
        content_type=response.headers.get("content-type", "").partition(";")[0].strip().lower(),
        length=int(length) if length.isdecimal() and not encoded else None,
    )
