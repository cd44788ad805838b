"""Time, seeded history, arrivals, and what outlives a restart."""

import json
import re
import time
from collections import Counter
from pathlib import Path
from typing import Any

import httpx
import pytest

from simulator.app import create_app
from simulator.buyers import OFFENDING
from simulator.options import Options
from tests.simulator.conftest import NOON, start_server
from tests.simulator.harness import DAY, FEEDBACKS, Shop, Sim

pytestmark = pytest.mark.anyio


async def everything(shop: Shop) -> list[dict[str, Any]]:
    found: dict[str, dict[str, Any]] = {}
    for path in (f"{FEEDBACKS}?isAnswered=false&", f"{FEEDBACKS}?isAnswered=true&", f"{FEEDBACKS}/archive?"):
        for skip in range(0, 100_000, 5000):
            items = (await shop.call("GET", f"{path}take=5000&skip={skip}")).json()["data"]["feedbacks"]
            found |= {item["id"]: item for item in items}
            if len(items) < 5000:
                break
    return list(found.values())


async def test_twenty_five_thousand_feedbacks_are_seeded_in_seconds_and_all_can_be_read(sim: Sim, shop: Shop) -> None:
    began = time.monotonic()

    await sim.order("/seed", {"sid": "shop", "count": 25_000})
    seeded = time.monotonic() - began
    items = await everything(shop)

    assert seeded < 5
    assert len(items) == 25_000
    assert all(re.fullmatch(r"[A-Za-z0-9_-]{20}", item["id"]) for item in items)


async def test_a_seeded_history_has_the_shares_that_were_ordered(sim: Sim, shop: Shop) -> None:
    await sim.order("/seed", {"sid": "shop", "count": 4000, "rating_only": 0.3, "answered": 0.4, "amended": 0.05})

    items = await everything(shop)

    stars = Counter(item["productValuation"] for item in items)
    wordless = sum(not (item["text"] or item["pros"] or item["cons"]) for item in items)
    assert 0.82 < stars[5] / 4000 < 0.88
    assert set(stars) == {1, 2, 3, 4, 5}
    assert 0.25 < wordless / 4000 < 0.33
    assert 0.34 < sum(item["answer"] is not None for item in items) / 4000 < 0.42
    assert sum(item["parentFeedbackId"] is not None for item in items) == 200
    assert len({item["text"] for item in items}) > 500
    assert len({item["productDetails"]["nmId"] for item in items}) == 10


async def test_as_many_displeased_buyers_break_the_rules_as_were_ordered(sim: Sim, shop: Shop) -> None:
    unhappy = {1: 0.3, 3: 0.3, 4: 0.2, 5: 0.2}

    await sim.order("/seed", {"sid": "shop", "count": 2000, "ratings": unhappy, "offending": 0.4, "amended": 0})
    items = await everything(shop)

    written = [item for item in items if item["text"] or item["pros"] or item["cons"]]
    offending = [item for item in written if item["text"].endswith(OFFENDING)]
    displeased = [item for item in written if item["productValuation"] <= 3]
    assert {item["productValuation"] for item in offending} == {1, 3}
    assert 0.34 < len(offending) / len(displeased) < 0.46


async def test_nobody_breaks_the_rules_unless_ordered(sim: Sim, shop: Shop) -> None:
    await sim.order("/seed", {"sid": "shop", "count": 1000, "ratings": {1: 1.0}})

    items = await everything(shop)

    assert not [item for item in items if item["text"].endswith(OFFENDING)]


async def test_dates_come_in_mixed_formats(sim: Sim, shop: Shop) -> None:
    await sim.order("/seed", {"sid": "shop", "count": 200})

    dates = [item["createdDate"] for item in await everything(shop)]

    digits = {len(date.partition(".")[2].removesuffix("Z").removesuffix("+03:00")) for date in dates}
    assert digits == {0, 3, 6, 9}
    assert {date[-1] for date in dates} == {"Z", "0"}


async def test_the_same_seed_grows_the_same_history(sim: Sim) -> None:
    grown = []
    for _ in range(2):
        await sim.order("/reset")
        shop = await sim.shop()
        await sim.order("/clock/advance", {"seconds": 0})
        await sim.order("/seed", {"sid": "shop", "count": 50, "seed": 7})
        grown.append(sorted((item["id"], item["text"]) for item in await everything(shop)))

    assert grown[0] == grown[1]


async def test_feedbacks_arrive_by_themselves_while_time_goes_on(sim: Sim, shop: Shop) -> None:
    await sim.order("/knobs", {"arrivals_per_minute": 2})

    await sim.advance(3600)
    first = len(await everything(shop))
    await sim.order("/knobs", {"arrivals_per_minute": 0})
    await sim.advance(3600)

    assert 80 < first < 165
    assert len(await everything(shop)) == first


async def test_a_frozen_clock_moves_only_by_hand_and_a_fast_one_by_its_speed(sim: Sim) -> None:
    assert (await sim.ask("/clock"))["now"] == NOON
    await sim.advance(DAY)
    assert (await sim.ask("/clock"))["now"] == NOON + DAY

    await sim.order("/clock", {"frozen": False, "speed": 100_000})
    time.sleep(0.01)

    assert (await sim.ask("/clock"))["now"] > NOON + DAY + 900


async def test_a_mistyped_knob_is_an_error(sim: Sim) -> None:
    answer = await sim.http.post("/__sim/knobs", json={"moderation_dealy": 1})

    assert answer.status_code == 422


async def test_a_restart_keeps_feedbacks_answers_tokens_and_time(tmp_path: Path) -> None:
    file = tmp_path / "world.json"
    url, process = start_server("--state", str(file))
    async with httpx.AsyncClient(base_url=url) as http:
        sim = Sim(http)
        shop, revoked = await sim.shop(), await sim.shop()
        await sim.order("/seed", {"sid": "shop", "count": 100})
        wb_id = await shop.writes(text="Отлично")
        await shop.answers(wb_id, "Спасибо!")
        await sim.order("/tokens/revoke", {"token": revoked.token})
        await sim.order("/knobs", {"moderation_delay": 5})
        before = await everything(shop)
        now = (await sim.ask("/clock"))["now"]
    began = time.monotonic()
    process.terminate()
    assert process.wait(timeout=5) in (0, -15)
    assert time.monotonic() - began < 2

    url, process = start_server("--state", str(file))
    async with httpx.AsyncClient(base_url=url) as http:
        sim = Sim(http)
        again, out = Shop(sim, "shop", shop.token), Shop(sim, "shop", revoked.token)
        assert (await sim.ask("/clock"))["now"] == now
        assert (await sim.ask("/knobs"))["moderation_delay"] == 5
        assert (await sim.ask("/answers", sid="shop"))[wb_id]["posts"] == 1
        assert {item["id"] for item in await everything(again)} == {item["id"] for item in before}
        assert (await out.call("GET", f"{FEEDBACKS}/count-unanswered")).status_code == 401
    process.terminate()
    process.wait(timeout=5)


async def test_the_world_is_written_soon_after_a_change_without_a_stop(tmp_path: Path) -> None:
    file = tmp_path / "world.json"
    url, process = start_server("--state", str(file))
    async with httpx.AsyncClient(base_url=url) as http:
        await (await Sim(http).shop()).writes(id="written-before-a-crash", text="Отлично")
        deadline = time.monotonic() + 6
        while not file.exists() and time.monotonic() < deadline:
            time.sleep(0.1)
    process.kill()
    process.wait(timeout=5)

    assert "written-before-a-crash" in json.dumps(json.loads(file.read_text()))


async def test_a_signature_outlives_a_simulator_without_a_state_file(sim: Sim, shop: Shop) -> None:
    other = create_app(Options(frozen=True, start=NOON))
    async with httpx.AsyncClient(transport=httpx.ASGITransport(other), base_url="http://sim") as http:
        stranger = Shop(Sim(http), "shop", shop.token)

        assert (await stranger.call("GET", f"{FEEDBACKS}/count-unanswered")).status_code == 200
