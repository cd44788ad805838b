"""Ordered misfortune, over a real connection where the connection itself suffers."""

import time
from typing import Any

import httpx
import pytest

from tests.simulator.harness import FEEDBACKS, Shop, Sim

pytestmark = pytest.mark.anyio
COUNT = f"{FEEDBACKS}/count-unanswered"


async def order_faults(sim: Sim, *rules: dict[str, Any]) -> None:
    await sim.order("/faults", list(rules))


async def test_a_connection_dropped_before_the_write_leaves_nothing_behind(server: Sim) -> None:
    shop = await server.shop()
    wb_id = await shop.writes(text="Отлично")
    await order_faults(server, {"action": "drop_before", "method": "POST", "path": "/feedbacks/answer"})

    with pytest.raises(httpx.RemoteProtocolError):
        await shop.answers(wb_id)

    entry = (await server.ledger(method="POST"))[-1]
    assert (await shop.get(wb_id))["answer"] is None
    assert (entry["status"], entry["fault"], entry["applied"]) == (None, "drop_before", None)


async def test_a_connection_dropped_after_the_write_has_published_the_answer(server: Sim) -> None:
    shop = await server.shop()
    wb_id = await shop.writes(text="Отлично")
    await order_faults(server, {"action": "drop_after", "method": "POST", "path": "/feedbacks/answer", "nth": 1})

    with pytest.raises(httpx.RemoteProtocolError):
        await shop.answers(wb_id, "Дошло")
    again = await shop.answers(wb_id, "Повтор вслепую")

    entries = await server.ledger(method="POST")
    assert again.status_code == 204
    assert [(entry["status"], entry["applied"]) for entry in entries] == [(None, True), (204, True)]
    assert (await server.ask("/summary", sid="shop"))["duplicates"] == 1


async def test_in_process_a_drop_is_the_same_httpx_error(sim: Sim, shop: Shop) -> None:
    await order_faults(sim, {"action": "drop_before"})

    with pytest.raises(httpx.RemoteProtocolError):
        await shop.call("GET", COUNT)


async def test_latency_is_real_time_and_outlasts_an_impatient_client(server: Sim) -> None:
    shop = await server.shop()
    await order_faults(server, {"action": "latency", "seconds": 0.3, "times": 1})
    began = time.monotonic()

    with pytest.raises(httpx.ReadTimeout):
        await shop.call("GET", COUNT, timeout=0.1)

    assert time.monotonic() - began < 0.3
    assert (await shop.call("GET", COUNT)).status_code == 200


async def test_a_rule_strikes_the_nth_call_that_matches_and_no_other(sim: Sim, shop: Shop) -> None:
    await order_faults(sim, {"action": "status", "status": 503, "path": r"count-\w+$", "nth": 2})

    statuses = [(await shop.call("GET", COUNT)).status_code for _ in range(3)]

    assert statuses == [200, 503, 200]


async def test_every_and_times_bound_how_often_a_rule_strikes(sim: Sim, shop: Shop) -> None:
    await order_faults(sim, {"action": "status", "every": 2, "times": 2})

    statuses = [(await shop.call("GET", COUNT)).status_code for _ in range(7)]

    assert statuses == [200, 500, 200, 500, 200, 200, 200]


async def test_chance_is_the_same_in_every_run(sim: Sim, shop: Shop) -> None:
    async def draw() -> list[int]:
        await sim.http.delete("/__sim/faults")
        await order_faults(sim, {"action": "status", "probability": 0.5})
        return [(await shop.call("GET", COUNT)).status_code for _ in range(20)]

    first = await draw()

    assert await draw() == first
    assert {200, 500} == set(first)


async def test_a_status_may_come_after_the_write_was_applied(sim: Sim, shop: Shop) -> None:
    wb_id = await shop.writes(text="Отлично")
    await order_faults(sim, {"action": "status", "status": 504, "after": True, "method": "POST"})

    answer = await shop.answers(wb_id, "Дошло")

    assert answer.status_code == 504
    assert (await shop.get(wb_id))["answer"]["text"] == "Дошло"


async def test_an_ordered_body_and_headers_arrive_as_ordered(sim: Sim, shop: Shop) -> None:
    rule = {
        "action": "status",
        "status": 402,
        "body": {"title": "payment required"},
        "headers": {"X-Extra": "1"},
    }
    await order_faults(sim, rule)

    answer = await shop.call("GET", COUNT)

    assert (answer.status_code, answer.json()) == (402, {"title": "payment required"})
    assert answer.headers["x-extra"] == "1"


async def test_garbage_is_not_json(sim: Sim, shop: Shop) -> None:
    await order_faults(sim, {"action": "garbage"})

    answer = await shop.call("GET", COUNT)

    assert answer.status_code == 200
    with pytest.raises(ValueError, match=r"Unterminated|Expecting"):
        answer.json()


async def test_a_rate_limit_fault_looks_like_wbs_own(sim: Sim, shop: Shop) -> None:
    await order_faults(sim, {"action": "rate_limit", "seconds": 18236, "sid": "shop"})

    answer = await shop.call("GET", COUNT)

    assert (answer.status_code, answer.headers["x-ratelimit-retry"]) == (429, "18236")
    assert (await sim.ledger())[-1]["over_budget"] is False


async def test_every_shape_oddity_still_leaves_the_other_items_readable(sim: Sim, shop: Shop) -> None:
    await sim.order("/seed", {"sid": "shop", "count": 60, "rating_only": 0, "archived": 0})
    await sim.order("/shape", {"profile": "all"})

    params = {"isAnswered": "true", "take": 100, "skip": 0}
    items = (await shop.call("GET", FEEDBACKS, params=params)).json()["data"]["feedbacks"]

    broken = [item for item in items if item["id"] is None]
    whole = [item for item in items if item["id"] is not None]
    assert len(broken) == 1
    assert {item["orderStatus"] for item in whole if "orderStatus" in item} == {"partlyRedeemed"}
    assert all(item["createdDate"].endswith("+03:00") for item in whole)
    assert any("bables" not in item for item in whole)
    assert all("futureField" in item for item in whole)


async def test_the_ledger_keeps_what_was_sent_but_never_the_token(sim: Sim, shop: Shop) -> None:
    wb_id = await shop.writes(text="Отлично")

    await shop.answers(wb_id, "Спасибо!")

    entry = (await sim.ledger(path="/answer"))[0]
    assert (entry["sid"], entry["token"], entry["bucket"]) == ("shop", "personal", "feedbacks")
    assert (entry["status"], entry["applied"]) == (204, True)
    assert "Спасибо!" in entry["body"]
    assert shop.token not in (await sim.http.get("/__sim/ledger")).text
