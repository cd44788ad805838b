"""Files of chats come through the API under safe names and types, or not at all."""

import pytest

from app.kit.db import Database
from app.kit.secrets import Vault
from tests.api.chat_desk import PNG, Desk, open_desk
from tests.api.clients import Clients, code_of
from tests.factories import Make

pytestmark = pytest.mark.anyio


@pytest.fixture
async def desk(clients: Clients, make: Make, database: Database, vault: Vault) -> Desk:
    return await open_desk(clients, make, database, vault)


async def test_a_file_comes_through_under_a_safe_name(desk: Desk) -> None:
    answer = await desk.client.get(f"{desk.root}/download/ready")

    assert (answer.status_code, answer.content, desk.files.closed) == (200, PNG, 1)
    assert answer.headers["content-type"] == "image/png"
    assert answer.headers["content-disposition"] == (
        "attachment; filename=\"file.png\"; filename*=UTF-8''%D0%A4%D0%BE%D1%82%D0%BE.png"
    )
    assert answer.headers["x-content-type-options"] == "nosniff"


async def test_a_foreign_type_is_only_bytes(desk: Desk) -> None:
    desk.files.content_type = "text/html"

    answer = await desk.client.get(f"{desk.root}/download/ready")

    assert answer.headers["content-type"] == "application/octet-stream"


async def test_a_file_may_be_under_inspection_or_blocked(desk: Desk) -> None:
    pending = await desk.client.get(f"{desk.root}/download/pending")
    blocked = await desk.client.get(f"{desk.root}/download/blocked")

    assert (pending.status_code, pending.json()) == (202, {"state": "pending", "retry_seconds": 12})
    assert pending.headers["retry-after"] == "12"
    assert (blocked.status_code, code_of(blocked)) == (451, "CHAT_FILE_BLOCKED")


@pytest.mark.parametrize("download_id", ["unknown", "...", "a%2Fb", "ready%00"])
async def test_only_files_of_this_shops_events_are_asked_for(desk: Desk, download_id: str) -> None:
    answer = await desk.client.get(f"{desk.root}/download/{download_id}")

    assert answer.status_code in (404, 422)
    assert desk.files.asked == []
