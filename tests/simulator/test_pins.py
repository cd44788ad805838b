"""Pinned feedbacks: limits, reasons, and what becomes of a pin."""

from typing import Any

import pytest

from tests.simulator.harness import PINS, Shop, Sim
from tests.simulator.talks import pin, pins

pytestmark = pytest.mark.anyio


async def feedbacks(shop: Shop, count: int, nm_id: int | None = None) -> list[str]:
    details = {"productDetails": {"nmId": nm_id}} if nm_id else {}
    return [await shop.writes(text="Отлично", **details) for _ in range(count)]


def statuses(results: list[dict[str, Any]]) -> list[str | None]:
    return [one["errors"][0]["status"] if one["isErrors"] else None for one in results]


async def test_a_pinned_feedback_is_listed_counted_and_taken_off_without_a_trace(sim: Sim, shop: Shop) -> None:
    wb_id = await shop.writes(text="Отлично")
    (result,) = await pin(shop, wb_id)
    (listed,) = await pins(shop, state="pinned", pinOn="nm")

    gone = await shop.call("DELETE", PINS, json=[result["pinId"], 5])

    assert (listed["pinId"], listed["feedbackId"], listed["state"]) == (result["pinId"], wb_id, "pinned")
    assert gone.json() == {"data": [result["pinId"]]}
    assert await pins(shop) == []
    assert (await shop.call("GET", f"{PINS}/count")).json() == {"data": 0}


async def test_each_item_has_an_outcome_of_its_own(sim: Sim, shop: Shop) -> None:
    stranger = await sim.shop("stranger")
    good, foreign = await shop.writes(text="Да"), await stranger.writes(text="Нет")
    await sim.order("/pins/errors", {"sid": "shop", "errors": {(bare := await shop.writes()): "itemNoImages"}})

    results = await pin(shop, good, good, "x" * 20, foreign, bare)
    by_tariff = await pin(shop, good, method="tariff", place="imt")
    nonsense = await pin(shop, good, method="bribe")

    assert statuses(results) == [None, "alreadyPinned", "feedbackNotFound", "feedbackMismatch", "itemNoImages"]
    assert statuses(by_tariff + nonsense) == ["tariffRestriction", "bodyNotValid"]
    assert "pinId" not in results[1]


async def test_a_card_and_a_seller_have_limits(sim: Sim, shop: Shop) -> None:
    await sim.order("/knobs", {"subscription_pins": {"per_unit": 2, "total": 3}})
    first, second = await feedbacks(shop, 3, nm_id=501), await feedbacks(shop, 2, nm_id=502)

    results = await pin(shop, *first, *second)

    limits = (await shop.call("GET", f"{PINS}/limits")).json()["data"]
    assert statuses(results) == [None, None, "unitLimitReached", None, "globalLimitReached"]
    assert limits["tariff"] is None
    assert limits["subscription"] == {
        "perUnitLimit": 2,
        "remaining": 0,
        "totalLimit": 3,
        "unlimited": False,
        "used": 3,
    }


async def test_without_the_option_pinning_is_403_and_reading_is_not(sim: Sim, shop: Shop) -> None:
    wb_id = await shop.writes(text="Отлично")
    (result,) = await pin(shop, wb_id)
    await sim.order("/knobs", {"has_jam": False})

    body = [{"pinMethod": "subscription", "pinOn": "nm", "feedbackId": wb_id}]
    answer = await shop.call("POST", PINS, json=body)

    problem = answer.json()
    assert (answer.status_code, problem["status"], problem["origin"]) == (403, 403, "pin-open-api")
    assert problem["title"] == "no active subscription or tariff"
    (unpinned,) = await pins(shop, state="unpinned")
    assert (unpinned["pinId"], unpinned["unpinnedCause"]) == (result["pinId"], "sysTariffUnpinned")


async def test_an_automatic_unpin_stays_in_the_list_with_its_cause(sim: Sim, shop: Shop) -> None:
    first, second = await pin(shop, *await feedbacks(shop, 2))

    await sim.order(f"/pins/{first['pinId']}/unpin", {"cause": "sysAdditionalSlot"})
    await sim.order(f"/feedbacks/{second['feedbackId']}/delete")

    assert [one["unpinnedCause"] for one in await pins(shop)] == ["sysAdditionalSlot", "sysNoratingUnpinned"]
    assert (await shop.call("DELETE", PINS, json=[first["pinId"]])).json() == {"data": []}


async def test_a_list_is_paged_by_the_last_pin_shown(sim: Sim, shop: Shop) -> None:
    await sim.order("/knobs", {"subscription_pins": {"per_unit": 9, "total": 9}})
    made = [one["pinId"] for one in await pin(shop, *await feedbacks(shop, 5))]

    seen: list[int] = []
    params: dict[str, int] = {"limit": 2}
    while True:
        answer = (await shop.call("GET", PINS, params=params)).json()
        seen += [one["pinId"] for one in answer["data"]]
        if "next" not in answer:
            break
        params["next"] = answer["next"]

    assert seen == made


@pytest.mark.parametrize(
    "query",
    ["state=on", "pinOn=card", "limit=501", "limit=0", "next=x", "feedbackId=abc", "dateFrom=1700000000", "nmId=x"],
)
async def test_a_list_refuses_what_it_cannot_read(sim: Sim, shop: Shop, query: str) -> None:
    answer = await shop.call("GET", f"{PINS}?{query}")

    assert (answer.status_code, answer.json()["origin"]) == (400, "pin-open-api")


async def test_a_list_is_filtered_by_place_and_date(sim: Sim, shop: Shop) -> None:
    wb_ids = await feedbacks(shop, 2)
    await pin(shop, wb_ids[0])
    await sim.advance(3600)
    await pin(shop, wb_ids[1], place="imt")
    listed = await pins(shop, pinOn="imt")

    assert [one["feedbackId"] for one in listed] == [wb_ids[1]]
    assert [one["feedbackId"] for one in await pins(shop, dateFrom=listed[0]["changeStateAt"])] == [wb_ids[1]]
    assert len(await pins(shop, nmId=listed[0]["nmId"], imtId=listed[0]["imtId"])) == 2


@pytest.mark.parametrize("method", ["POST", "DELETE"])
@pytest.mark.parametrize("body", [b"", b"{}", b"[]", b'["x"]', b"[" + b"1," * 500 + b"1]"])
async def test_a_write_takes_an_array_of_five_hundred_at_most(sim: Sim, shop: Shop, method: str, body: bytes) -> None:
    answer = await shop.call(method, PINS, content=body)

    assert (answer.status_code, answer.json()["detail"]) == (400, "invalid request body")
