"""Questions as they are listed, counted and come by themselves."""

from typing import Any

import pytest

from tests.simulator.harness import QUESTIONS, Shop, Sim
from tests.simulator.talks import answers, asked, patch, question, questions

pytestmark = pytest.mark.anyio


async def test_a_question_changes_lists_when_its_answer_is_public(sim: Sim, shop: Shop) -> None:
    wb_id, other = await asked(shop), await asked(shop)
    await answers(shop, wb_id)
    before = await questions(shop)

    await sim.advance(65)

    count = (await shop.call("GET", f"{QUESTIONS}/count", params={"isAnswered": "false"})).json()["data"]
    unanswered = (await shop.call("GET", f"{QUESTIONS}/count-unanswered")).json()["data"]
    assert sorted(before) == sorted([wb_id, other])
    assert (await questions(shop), await questions(shop, isAnswered="true")) == ([other], [wb_id])
    assert (count, unanswered) == (1, {"countUnanswered": 1, "countUnansweredToday": 1})


async def test_viewing_only_views(sim: Sim, shop: Shop) -> None:
    wb_id = await asked(shop)
    news = "/feedbacks-api/api/v1/new-feedbacks-questions"
    before = (await shop.call("GET", news)).json()["data"]["hasNewQuestions"]

    await patch(shop, id=wb_id, wasViewed=True)

    shown = await question(shop, wb_id)
    assert (before, (await shop.call("GET", news)).json()["data"]["hasNewQuestions"]) == (True, False)
    assert (shown["wasViewed"], shown["state"]) == (True, "suppliersPortalSynch")


@pytest.mark.parametrize(
    "params",
    [
        {"take": 1, "skip": 0},
        {"isAnswered": "True", "take": 1, "skip": 0},
        {"isAnswered": "true", "skip": 0},
        {"isAnswered": "true", "take": 10_000, "skip": 1},
        {"isAnswered": "true", "take": 10_001, "skip": 0},
        {"isAnswered": "true", "take": 1, "skip": 0, "order": "newest"},
    ],
)
async def test_a_list_refuses_what_wb_refuses(sim: Sim, shop: Shop, params: dict[str, Any]) -> None:
    assert (await shop.call("GET", QUESTIONS, params=params)).status_code == 400


async def test_lists_are_filtered_paged_and_ordered(sim: Sim, shop: Shop) -> None:
    await sim.order("/seed", {"sid": "shop", "count": 0, "questions": 300, "questions_answered": 0})
    ids = await questions(shop)

    paged = [wb_id for skip in range(0, 300, 100) for wb_id in await questions(shop, take=100, skip=skip)]
    nm_id = (await question(shop, ids[0]))["productDetails"]["nmId"]
    of_one = await questions(shop, nmId=nm_id)

    assert len(ids) == 300
    assert paged == ids == (await questions(shop, order="dateDesc"))[::-1]
    assert 0 < len(of_one) < 300


async def test_questions_arrive_and_vanish(sim: Sim, shop: Shop) -> None:
    await sim.order("/knobs", {"questions_per_minute": 2})
    await sim.advance(3600)
    arrived = await questions(shop)
    await sim.order("/knobs", {"questions_per_minute": 0})

    await sim.order(f"/questions/{arrived[0]}/delete")

    assert 80 < len(arrived) < 165
    assert await questions(shop) == arrived[1:]


async def test_odd_shapes_bend_questions_too(sim: Sim, shop: Shop) -> None:
    await sim.order("/seed", {"sid": "shop", "count": 0, "questions": 50})
    await sim.order("/shape", {"profile": "all"})

    query = {"isAnswered": "true", "take": 50, "skip": 0}
    items = (await shop.call("GET", QUESTIONS, params=query)).json()["data"]["questions"]

    assert any(item["id"] is None for item in items)
    assert any(item.get("state") == "onHold" for item in items)
    assert not any("photoLinks" in item for item in items)
