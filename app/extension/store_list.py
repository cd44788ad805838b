"""GET /stores: the caller's shops and how much there is to do in each."""

from typing import Any
from uuid import UUID

import asyncpg
from fastapi import Request
from starlette.responses import Response

from app.cabinet.overview import chats_offered, shops_with_counts
from app.cabinet.tallies import NOTHING
from app.extension.callers import asked_of
from app.extension.errors import router_of
from app.extension.wire import WireOut, json_response

router = router_of("Магазины")


class StoreOut(WireOut):
    id: UUID
    name: str
    is_active: bool
    draft_complaints_count: int
    pending_chats_count: int
    pending_status_parses_count: int
    chat_feature_active: bool | None
    potential_chats_neg: int
    potential_chats4: int


@router.get("/stores", response_model=list[StoreOut], summary="Магазины и сколько в них заданий")
async def stores(request: Request) -> Response:
    """Числа — ровно то, что выдаёт `/tasks`. В архивном магазине (`isActive: false`) заданий нет."""
    database, caller = asked_of(request)
    async with database.glance() as connection:
        rows = await shops_with_counts(connection, caller.user_id)
    return json_response([_store(row) for row in rows])


def _store(row: asyncpg.Record) -> dict[str, Any]:
    counts = row if row["active"] else NOTHING
    return {
        "id": str(row["id"]),
        "name": row["name"],
        "isActive": row["active"],
        "draftComplaintsCount": counts["queued_complaints"],
        "pendingChatsCount": counts["queued_chats"] + counts["queued_links"],
        "pendingStatusParsesCount": counts["queued_readings"],
        "chatFeatureActive": chats_offered(row),
        "potentialChatsNeg": counts["potential_negatives"],
        "potentialChats4": counts["potential_fours"],
    }
