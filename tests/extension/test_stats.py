"""GET /stores/{storeId}/stats."""

from datetime import UTC, datetime
from uuid import uuid4

import pytest

from app.cabinet.states import ComplaintState
from app.kit.db import Database
from tests.cabinet.world import World
from tests.extension.callers import Extension, code_of
from tests.factories import Make

pytestmark = pytest.mark.anyio


async def test_a_new_shop_has_zeros(extension: Extension, make: Make) -> None:
    shop = await make.shop()
    client = await extension.client(shop)

    answer = await client.get(f"/stores/{shop.id}/stats")

    assert answer.json() == {
        "totalReviews": 0,
        "complaintsQueue": {"draft": 0, "sent": 0, "pending": 0, "approved": 0, "rejected": 0, "reconsidered": 0},
        "lastSync": None,
        "reviews": {"1": 0, "2": 0, "3": 0, "4": 0, "5": 0},
        "approvalRate": None,
    }


async def test_complaints_by_state_and_feedbacks_by_rating(
    extension: Extension, database: Database, make: Make
) -> None:
    world = await World.open(database, make)
    client = await extension.client(world.shop)
    states = [ComplaintState.PENDING, ComplaintState.APPROVED, *[ComplaintState.REJECTED] * 2]
    for state in [*states, ComplaintState.RECONSIDERED]:
        await world.see(await world.feedback(), complaint=state)
    await world.draft(await world.feedback())
    await world.draft(await world.feedback(), ready=False)
    async with database.direct() as connection:
        rows = [(world.shop.id, 1, 7), (world.shop.id, 5, 40)]
        await connection.executemany("INSERT INTO feedback_counts VALUES ($1, $2, $3)", rows)
        page_at = datetime(2026, 1, 7, 20, 9, 37, tzinfo=UTC)
        await connection.execute("INSERT INTO tallies (shop_id, page_at) VALUES ($1, $2)", world.shop.id, page_at)

    found = (await client.get(f"/stores/{world.shop.id}/stats")).json()

    assert found == {
        "totalReviews": 47,
        "complaintsQueue": {"draft": 1, "sent": 5, "pending": 1, "approved": 1, "rejected": 2, "reconsidered": 1},
        "lastSync": "2026-01-07T20:09:37.000Z",
        "reviews": {"1": 7, "2": 0, "3": 0, "4": 0, "5": 40},
        "approvalRate": 0.3333,
    }


async def test_a_foreign_shop_is_403_and_an_unknown_one_404(extension: Extension, make: Make) -> None:
    foreign = await make.shop()
    client = await extension.client(await make.user())

    answers = [await client.get(f"/stores/{shop_id}/stats") for shop_id in (foreign.id, uuid4(), "x")]

    assert [(answer.status_code, code_of(answer)) for answer in answers] == [
        (403, "FORBIDDEN"),
        (404, "NOT_FOUND"),
        (404, "NOT_FOUND"),
    ]
