"""A manager at a shop with one open chat, and files that are ready, pending or blocked."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any
from uuid import UUID

import httpx

from app.chats.ports import Download, FileBlocked
from app.kit.db import Database
from app.kit.secrets import Vault
from app.shops.models import Role
from tests.api.clients import Clients
from tests.chats.cabinet import CHAT, Cabinet, FakeWildberries, chat_token, event, listed, ms_now
from tests.factories import Make

PNG = b"\x89PNG\r\n\x1a\n png"
ONE = f"/{CHAT}"


class FakeFiles:
    """Satisfies ChatFiles: by id ready, pending or blocked."""

    def __init__(self) -> None:
        self.closed = 0
        self.asked: list[str] = []
        self.content_type = "image/png"

    @asynccontextmanager
    async def open(self, shop_id: UUID, download_id: str) -> AsyncIterator[Download]:
        self.asked.append(download_id)
        if download_id == "blocked":
            raise FileBlocked
        try:
            if download_id == "pending":
                yield Download(chunks=None, retry_seconds=12)
            else:
                yield Download(chunks=self._chunks(), content_type=self.content_type, length=len(PNG))
        finally:
            self.closed += 1

    async def _chunks(self) -> AsyncIterator[bytes]:
        yield PNG[:4]
        yield PNG[4:]


class Desk:
    """A manager at a shop with one open chat."""

    def __init__(self, client: httpx.AsyncClient, cabinet: Cabinet, files: FakeFiles) -> None:
        self.client, self.cabinet, self.files = client, cabinet, files
        self.root = f"/api/chats/{cabinet.shop.id}"

    async def get(self, path: str = "", **params: Any) -> Any:
        answer = await self.client.get(self.root + path, params=params)
        assert answer.status_code == 200, answer.text
        return answer.json()

    async def send(self, text: str = "Спасибо!", *, key: str = "k1", **more: Any) -> httpx.Response:
        form: list[tuple[str, Any]] = [("key", (None, key)), ("text", (None, text))]
        files = [("files", file) for file in more.get("files", [])]
        return await self.client.post(f"{self.root}{ONE}/send", files=form + files)


async def open_desk(clients: Clients, make: Make, database: Database, vault: Vault) -> Desk:
    shop = await make.shop()
    async with database.transaction() as session:
        session.add(chat_token(shop, vault.encrypt("chat.token.signature")))
    cabinet = Cabinet(database, shop, FakeWildberries())
    await cabinet.see(listed(sign="1:secret:sign", rid="r1"))
    files = (
        {"kind": "image", "name": "../Фото\u202e.png", "download_id": "ready"},
        {"kind": "file", "download_id": "pending"},
        {"kind": "file", "download_id": "blocked"},
    )
    await cabinet.hear(event("Подойдёт ли на 46?", wb_ms=ms_now(minutes=1), attachments=files))
    clients.app.state.chat_files = shown = FakeFiles()
    return Desk(await clients.member(shop, Role.MANAGER), cabinet, shown)
