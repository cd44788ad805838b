"""Evidence as the checking extension sends it, and what became of it."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import asyncpg

from app.complaints.evidence import ComplaintDetails, receive
from app.feedbacks.models import Feedback
from app.shops.models import Shop
from tests.cabinet.world import NM, World

EVENING = datetime(2026, 2, 18, 18, 45, 12, tzinfo=UTC)
NOW = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)
DETAILS = ComplaintDetails(
    check_date="01.03.2026", cabinet_name="ИП Иванов", articul=str(NM), external_id="r-1", rating=1,
    feedback_date="18 февр. 2026 г. в 21:45", filed_on="20.02.2026", status="Жалоба одобрена", has_screenshot=True,
    file_name="149325538_18-02.png", drive_link="https://drive.example/1", category="Нецензурная лексика",
    text="Жалоба от: ИП Иванов\nВ отзыве есть бранные слова.", raw={"articul": str(NM)},
)  # fmt: skip
WORDS = (
    "check_date", "cabinet_name", "articul", "external_id", "feedback_date", "filed_on", "status", "file_name",
    "drive_link", "category", "text",
)  # fmt: skip


async def send(world: World, details: ComplaintDetails = DETAILS, shop: Shop | None = None, **changes: Any) -> bool:
    now = changes.pop("now", NOW)
    async with world.database.direct() as connection:
        said = replace(details, **changes)
        return await receive(connection, (shop or world.shop).id, said, actor="user:1", now=now)


async def rows(world: World) -> list[asyncpg.Record]:
    async with world.database.glance() as connection:
        return await connection.fetch("SELECT * FROM evidence ORDER BY received_at, id")


async def only(world: World) -> asyncpg.Record:
    (row,) = await rows(world)
    return row


async def written(world: World, **values: Any) -> Feedback:
    return await world.feedback(**{"written_at": EVENING, **values})
