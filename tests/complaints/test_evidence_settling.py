"""Evidence that came before its feedback did."""

from datetime import timedelta
from typing import Any

import pytest

from app.cabinet.jobs import RefreshStandings
from app.cabinet.states import ComplaintState
from app.complaints.evidence_settling import refresh_and_settle, settle_evidence
from app.kit.clock import utc_now
from app.kit.db import Database
from tests.cabinet.world import NM, World
from tests.complaints.proofs import only, send, written
from tests.factories import Make

pytestmark = pytest.mark.anyio


@pytest.fixture
async def world(database: Database, make: Make) -> World:
    return await World.open(database, make)


async def settle(world: World) -> int:
    async with world.database.direct() as connection:
        return await settle_evidence(connection, world.shop.id)


async def test_evidence_that_came_first_is_linked_when_its_feedback_comes(world: World) -> None:
    received = utc_now() - timedelta(days=1)
    await send(world, now=received)
    feedback = await written(world)

    linked, again = await settle(world), await settle(world)

    standing = await world.standing(feedback)
    assert (linked, again) == (1, 0)
    assert (await only(world))["feedback_id"] == feedback.wb_id
    assert (standing["complaint"], standing["filed_by"]) == (ComplaintState.APPROVED, "us")
    assert await world.counts() == await world.true_counts()


@pytest.mark.parametrize(
    "changes",
    [{"rating": 2}, {"articul": str(NM + 1)}, {"articul": "не число"}, {"feedback_date": "18 февр. 2026 г."}],
)
async def test_evidence_of_another_feedback_goes_on_waiting(world: World, changes: dict[str, Any]) -> None:
    await send(world, now=utc_now(), **changes)
    await written(world)

    assert await settle(world) == 0
    assert (await only(world))["feedback_id"] is None


async def test_evidence_that_two_feedbacks_fit_goes_on_waiting(world: World) -> None:
    await send(world, now=utc_now())
    await written(world)
    await written(world)

    assert await settle(world) == 0


async def test_evidence_that_never_fitted_is_given_up(world: World) -> None:
    await send(world, now=utc_now() - timedelta(days=91))
    await written(world)

    assert await settle(world) == 0


async def test_a_refresh_of_the_standings_settles_evidence(world: World) -> None:
    await send(world, now=utc_now())
    feedback = await written(world)

    await refresh_and_settle(RefreshStandings(shop_id=world.shop.id), database=world.database)

    assert (await only(world))["feedback_id"] == feedback.wb_id
