"""Cards: the goods that feedbacks, questions and chats are about."""

from typing import Any

import pytest

from tests.simulator.harness import Shop, Sim
from tests.simulator.talks import asked, question

pytestmark = pytest.mark.anyio
PATH = "/content-api/content/v2/get/cards/list"


async def cards(shop: Shop, **settings: Any) -> list[dict[str, Any]]:
    body = {"settings": {"cursor": {"limit": 100}, "filter": {"withPhoto": -1}} | settings}
    answer = await shop.call("POST", PATH, json=body)
    assert answer.status_code == 200, answer.text
    return list(answer.json()["cards"])


async def test_a_card_has_facts_about_the_product_that_a_question_names(sim: Sim) -> None:
    shop = await sim.shop(categories=["content", "feedbacks"])
    product = (await question(shop, await asked(shop)))["productDetails"]

    (card,) = await cards(shop, filter={"withPhoto": -1, "textSearch": str(product["nmId"])})

    facts = {one["name"]: one["value"] for one in card["characteristics"]}
    assert (card["nmID"], card["title"], card["vendorCode"]) == (
        product["nmId"],
        product["productName"],
        product["supplierArticle"],
    )
    assert facts["Состав"] == ["хлопок 95%", "эластан 5%"]
    assert "хлопок" in card["description"]
    assert card["photos"][0]["big"].endswith(".webp")


async def test_cards_need_their_own_category(sim: Sim, shop: Shop) -> None:
    assert (await shop.call("POST", PATH, json={"settings": {}})).status_code == 401


async def test_a_card_may_lack_its_photos(sim: Sim) -> None:
    shop = await sim.shop(categories=["content"])
    await sim.order("/shape", {"profile": "missing_keys"})

    listed = await cards(shop)

    assert 0 < sum("photos" not in card for card in listed) < len(listed)
