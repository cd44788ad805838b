"""Rate limits: what is shared, what a call costs, and what a 429 tells."""

from typing import Any

import pytest

from tests.simulator.harness import FEEDBACKS, Shop, Sim

pytestmark = pytest.mark.anyio
COUNT = f"{FEEDBACKS}/count-unanswered"


async def statuses(shop: Shop, calls: int, **kwargs: Any) -> list[int]:
    return [(await shop.hurry("GET", COUNT, **kwargs)).status_code for _ in range(calls)]


async def test_a_full_token_may_burst_six_calls_and_then_three_a_second(sim: Sim, shop: Shop) -> None:
    burst = await statuses(shop, 7)

    await sim.advance(1)

    assert burst == [200] * 6 + [429]
    assert await statuses(shop, 4) == [200] * 3 + [429]


async def test_a_basic_token_gets_one_call_in_twelve_minutes_and_is_told_to_wait(sim: Sim) -> None:
    shop = await sim.shop(kind="basic")

    first, second = await shop.hurry("GET", COUNT), await shop.hurry("GET", COUNT)
    await sim.advance(720)

    told = {name: value for name, value in second.headers.items() if name.startswith("x-ratelimit")}
    assert first.headers["x-ratelimit-remaining"] == "0"
    assert told == {
        "x-ratelimit-retry": "720",
        "x-ratelimit-reset": "720",
        "x-ratelimit-limit": "1",
        "x-ratelimit-remaining": "0",
    }
    assert "retry-after" not in second.headers
    assert second.json()["title"] == "too many requests"
    assert await statuses(shop, 2) == [200, 429]


async def test_a_client_secret_lifts_a_basic_token_to_full_limits(sim: Sim) -> None:
    await sim.order("/knobs", {"client_secret": "right"})
    shop = await sim.shop(kind="basic")

    assert await statuses(shop, 6, headers={"X-Client-Secret": "right"}) == [200] * 6
    assert await statuses(shop, 2, headers={"X-Client-Secret": "wrong"}) == [200, 429]


async def test_reads_and_writes_and_all_tokens_of_a_seller_share_one_bucket(sim: Sim, shop: Shop) -> None:
    twin, stranger = await sim.shop("shop"), await sim.shop("stranger")
    await statuses(shop, 3)
    await statuses(twin, 3)

    write = await shop.hurry("POST", f"{FEEDBACKS}/answer", json={"id": "x" * 20, "text": "Спасибо"})

    assert write.status_code == 429
    assert await statuses(stranger, 1) == [200]


@pytest.mark.parametrize(("cost", "seventh"), [(True, 429), (False, 200)])
async def test_a_failed_call_costs_as_the_knob_says(sim: Sim, shop: Shop, cost: bool, seventh: int) -> None:
    await sim.order("/knobs", {"failed_requests_cost": cost})

    for _ in range(6):
        assert (await shop.hurry("GET", FEEDBACKS)).status_code == 400

    assert await statuses(shop, 1) == [seventh]


async def test_a_knob_sets_a_bucket_of_any_size(sim: Sim, shop: Shop) -> None:
    await sim.order("/knobs", {"buckets": {"feedbacks": {"burst": 2, "interval": 10}}})

    assert await statuses(shop, 3) == [200, 200, 429]


async def test_the_global_limiter_bans_a_seller_for_an_hour(sim: Sim, shop: Shop) -> None:
    await sim.order("/knobs", {"global_limit": {"limit": 2, "period": 60}})
    await statuses(shop, 2)

    banned = await shop.hurry("GET", COUNT)
    await sim.advance(3581)
    still = await statuses(shop, 1)
    await sim.advance(1)

    assert (banned.status_code, banned.headers["x-ratelimit-retry"]) == (429, "3582")
    assert still == [429]
    assert await statuses(shop, 1) == [200]


async def test_calls_over_budget_are_counted(sim: Sim, shop: Shop) -> None:
    await statuses(shop, 8)

    summary = await sim.ask("/summary", sid="shop")

    assert (summary["calls"], summary["over_budget"]) == (8, 2)
    assert [entry["over_budget"] for entry in await sim.ledger(after=6)] == [True, True]
