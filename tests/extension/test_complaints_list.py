"""GET /stores/{storeId}/complaints: the list of older builds."""

from typing import Any

import httpx
import pytest

from app.accounts.models import TokenScope
from app.cabinet.states import ComplaintState
from app.feedbacks.models import Feedback
from app.kit.db import Database
from tests.cabinet.world import NM, World
from tests.extension.callers import Extension, code_of
from tests.factories import Make

pytestmark = pytest.mark.anyio


@pytest.fixture
async def world(database: Database, make: Make) -> World:
    return await World.open(database, make)


async def listed(client: httpx.AsyncClient, world: World, **params: Any) -> dict[str, Any]:
    answer = await client.get(f"/stores/{world.shop.id}/complaints", params=params)
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


def shown(found: dict[str, Any]) -> list[str]:
    return [item["reviewId"] for item in found["complaints"]]


async def in_state(world: World, state: ComplaintState, **values: Any) -> Feedback:
    feedback = await world.feedback(**values)
    await world.draft(feedback)
    if state is not ComplaintState.DRAFT:
        await world.see(feedback, complaint=state)
    return feedback


async def test_drafts_come_in_the_shape_of_tasks(extension: Extension, world: World) -> None:
    client = await extension.client(world.shop)
    await world.draft(await world.feedback())
    await world.draft(await world.feedback(), ready=False)

    found = await listed(client, world)
    tasks = (await client.get(f"/stores/{world.shop.id}/tasks")).json()

    assert found["complaints"] == tasks["articles"][str(NM)]["complaints"]
    assert found["total"] == 1


async def test_the_total_is_true_whatever_the_limit(extension: Extension, world: World) -> None:
    client = await extension.client(world.shop)
    await world.rule(NM + 1)
    likely, *_ = [await in_state(world, ComplaintState.DRAFT, rating=rating) for rating in (1, 1, 3, 4)]
    await in_state(world, ComplaintState.DRAFT, rating=2, nm_id=NM + 1)
    await world.change(likely, odds=900)
    for state in (ComplaintState.PENDING, ComplaintState.APPROVED, ComplaintState.REJECTED, ComplaintState.REJECTED):
        await in_state(world, state)

    found = await listed(client, world, limit=1)

    assert shown(found) == [likely.wb_id]
    assert found["total"] == 4
    assert found["stats"] == {
        "draft": 5, "pending": 1, "approved": 1, "rejected": 2, "by_rating": {"1": 2, "2": 1, "3": 1},
        "by_article": {str(NM): 3, str(NM + 1): 1},
    }  # fmt: skip


async def test_ratings_are_asked_for_by_comma(extension: Extension, world: World) -> None:
    client = await extension.client(world.shop)
    three, four = [await in_state(world, ComplaintState.DRAFT, rating=rating) for rating in (3, 4)]
    await in_state(world, ComplaintState.DRAFT, rating=1)

    found = await listed(client, world, rating="3, 4")

    assert set(shown(found)) == {three.wb_id, four.wb_id}
    assert (found["total"], found["stats"]["by_rating"]) == (2, {"3": 1, "4": 1})


@pytest.mark.parametrize("state", [state for state in ComplaintState if state.filed])
async def test_a_status_lists_what_is_in_it_newest_first(
    extension: Extension, world: World, state: ComplaintState
) -> None:
    client = await extension.client(world.shop)
    newer, older = [await in_state(world, state) for _ in range(2)]
    await in_state(world, ComplaintState.DRAFT)

    found = await listed(client, world, filter=state.value)

    assert shown(found) == [newer.wb_id, older.wb_id]
    assert {item["status"] for item in found["complaints"]} == {state.value}
    assert found["total"] == 2


async def test_all_lists_drafts_that_may_be_filed_and_everything_filed(extension: Extension, world: World) -> None:
    client = await extension.client(world.shop)
    made = [await in_state(world, state) for state in ComplaintState if state is not ComplaintState.NONE]
    await world.draft(await world.feedback(), ready=False)

    found = await listed(client, world, filter="all")

    assert set(shown(found)) == {each.wb_id for each in made}
    assert found["total"] == len(made)


async def test_a_complaint_that_the_seller_filed_has_no_words(extension: Extension, world: World) -> None:
    client = await extension.client(world.shop)
    await world.see(await world.feedback(), complaint=ComplaintState.PENDING)

    (item,) = (await listed(client, world, filter="pending"))["complaints"]

    assert item["complaintText"] == {"reasonId": None, "reasonName": "", "complaintText": ""}


async def test_an_older_build_and_a_newer_one_do_not_get_the_same_complaint(extension: Extension, world: World) -> None:
    older, newer = await extension.client(world.shop), await extension.client(world.shop)
    reader = await extension.client(world.shop, scopes=[TokenScope.READ])
    await world.draft(await world.feedback())

    looked = await listed(reader, world)
    first = await listed(older, world)
    second = (await newer.get(f"/stores/{world.shop.id}/tasks")).json()
    third = await listed(newer, world, filter="all")

    assert (shown(looked), looked["total"]) == ([], 1)
    assert len(first["complaints"]) == 1
    assert second["totals"]["complaints"] == 0
    assert (shown(third), third["total"]) == ([], 1)


async def test_more_than_the_most_is_the_most(extension: Extension, world: World) -> None:
    client = await extension.client(world.shop)
    await in_state(world, ComplaintState.DRAFT)

    assert len((await listed(client, world, limit=100_000))["complaints"]) == 1


@pytest.mark.parametrize(
    "params",
    [{"limit": 0}, {"limit": "x"}, {"filter": "ready"}, {"rating": "6"}, {"rating": "1;DROP"}, {"rating": "1,"}],
)
async def test_what_cannot_be_understood_is_400(extension: Extension, world: World, params: dict[str, Any]) -> None:
    client = await extension.client(world.shop)

    answer = await client.get(f"/stores/{world.shop.id}/complaints", params=params)

    assert (answer.status_code, code_of(answer)) == (400, "VALIDATION_ERROR")


async def test_a_foreign_shop_is_403(extension: Extension, world: World, make: Make) -> None:
    client = await extension.client(await make.shop())

    answer = await client.get(f"/stores/{world.shop.id}/complaints")

    assert (answer.status_code, code_of(answer)) == (403, "FORBIDDEN")
