"""Who may call what."""

import base64
import json
from typing import Any

import pytest

from tests.simulator.harness import FEEDBACKS, Shop, Sim

pytestmark = pytest.mark.anyio
COUNT = f"{FEEDBACKS}/count-unanswered"


async def test_a_token_carries_the_documented_claims(sim: Sim) -> None:
    shop = await sim.shop("seller-1", oid=42, categories=["feedbacks", "chat"], read_only=True)

    header, payload = (json.loads(base64.urlsafe_b64decode(part + "==")) for part in shop.token.split(".")[:2])

    assert header["alg"] == "ES256"
    assert payload["s"] == 128 + 512 + 2**30
    assert (payload["sid"], payload["oid"], payload["acc"], payload["for"]) == ("seller-1", 42, 3, "self")
    assert payload["t"] is False
    assert payload["exp"] == 1_780_000_000 + 180 * 86_400


@pytest.mark.parametrize("prefix", ["", "Bearer ", "bearer "])
async def test_a_token_is_accepted_raw_and_as_bearer(shop: Shop, prefix: str) -> None:
    answer = await shop.call("GET", COUNT, headers={"Authorization": prefix + shop.token})

    assert answer.status_code == 200


@pytest.mark.parametrize("spoil", [lambda _: "", lambda t: t[:-8] + "AAAAAAAA", lambda _: "abc", lambda _: "a.b.c"])
async def test_a_missing_forged_or_malformed_token_is_401(shop: Shop, spoil: Any) -> None:
    answer = await shop.call("GET", COUNT, headers={"Authorization": spoil(shop.token)})

    body = answer.json()
    assert (answer.status_code, body["title"], body["status"]) == (401, "unauthorized", 401)
    assert body["detail"].startswith("token problem")


async def test_a_token_expires_by_the_virtual_clock(sim: Sim) -> None:
    shop = await sim.shop(expires_in=100)
    before = await shop.call("GET", COUNT)

    await sim.advance(100)

    assert (before.status_code, (await shop.call("GET", COUNT)).status_code) == (200, 401)


async def test_a_revoked_token_is_401_while_another_of_the_same_seller_works(sim: Sim, shop: Shop) -> None:
    other = await sim.shop("shop")

    await sim.order("/tokens/revoke", {"token": shop.token})

    assert (await shop.call("GET", COUNT)).status_code == 401
    assert (await other.call("GET", COUNT)).status_code == 200


@pytest.mark.parametrize("status", [401, 403])
async def test_a_missing_category_is_refused_with_the_chosen_status(sim: Sim, status: int) -> None:
    await sim.order("/knobs", {"missing_category_status": status})
    shop = await sim.shop(categories=["content"])

    assert (await shop.call("GET", COUNT)).status_code == status
    assert (await shop.call("GET", "/content-api/ping")).status_code == 200


async def test_a_read_only_token_reads_but_does_not_write(sim: Sim) -> None:
    shop = await sim.shop(read_only=True)
    wb_id = await shop.writes(text="Отлично")

    answer = await shop.answers(wb_id)

    assert (answer.status_code, answer.json()["title"]) == (403, "forbidden")
    assert (await shop.get(wb_id))["answer"] is None


async def test_a_test_token_is_refused_unless_a_knob_allows_it(sim: Sim) -> None:
    shop = await sim.shop(test=True)
    refused = await shop.call("GET", COUNT)

    await sim.order("/knobs", {"test_token_status": None})

    assert (refused.status_code, (await shop.call("GET", COUNT)).status_code) == (401, 200)


async def test_seller_info_names_the_sid_of_the_token(sim: Sim) -> None:
    shop = await sim.shop(sid="3d6a1e3e-0000-4000-8000-000000000001", categories=[])

    answer = await shop.call("GET", "/common-api/api/v1/seller-info")

    assert answer.json()["sid"] == shop.sid


async def test_cards_are_paged_by_cursor_until_none_is_left(sim: Sim) -> None:
    shop = await sim.shop(categories=["content"])
    seen: list[int] = []
    cursor: dict[str, Any] = {"limit": 4}

    for _ in range(3):
        body = {"settings": {"sort": {"ascending": True}, "cursor": cursor, "filter": {"withPhoto": -1}}}
        page = (await shop.call("POST", "/content-api/content/v2/get/cards/list", json=body)).json()
        seen += [card["nmID"] for card in page["cards"]]
        cursor = {"limit": 4, "updatedAt": page["cursor"]["updatedAt"], "nmID": page["cursor"]["nmID"]}

    assert (len(seen), len(set(seen)), page["cursor"]["total"]) == (10, 10, 2)


@pytest.mark.parametrize("body", [b"", b"[]", b'{"settings": {"cursor": {"limit": "many"}}}'])
async def test_a_card_list_refuses_a_body_it_cannot_read(sim: Sim, body: bytes) -> None:
    shop = await sim.shop(categories=["content"])

    answer = await shop.call("POST", "/content-api/content/v2/get/cards/list", content=body)

    assert answer.status_code == 400
