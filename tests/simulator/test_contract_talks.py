"""Questions, chats and pins against WB's own description: each write, and each kind of thing by itself."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from simulator.chats.files import PIXEL
from tests.simulator import talks
from tests.simulator.harness import CHAT, PINS, Shop, Sim
from tests.simulator.test_contract import OPENAPI, documents, full_shop, names_in, schema_of

__all__ = ["documents", "full_shop"]
pytestmark = [
    pytest.mark.anyio,
    pytest.mark.skipif(not Path(OPENAPI).exists(), reason="WB's OpenAPI files are not beside the repository"),
]
Json = dict[str, Any]


def check(schema: Json, answer: Json) -> None:
    jsonschema.validate(answer, schema)
    assert set(names_in(schema, answer)) == set()


def keys_of(items: list[Json]) -> Iterator[str]:
    for item in items:
        yield from item


async def test_each_state_of_a_question_fits(sim: Sim, full_shop: Shop, documents: dict[str, Json]) -> None:
    schema = schema_of(documents, "feedbacks-api", "GET", "/api/v1/question")
    official = schema["properties"]["data"]["properties"]
    new, answered, rejected = [await talks.asked(full_shop) for _ in range(3)]
    await talks.answers(full_shop, answered)
    await talks.rejects(full_shop, rejected)
    await sim.advance(100)

    for wb_id in (new, answered, rejected):
        answer = await full_shop.call("GET", "/feedbacks-api/api/v1/question", params={"id": wb_id})
        check(schema, answer.json())
        assert set(answer.json()["data"]) == set(official)
        assert set(answer.json()["data"]["answer"] or {}) in ({*official["answer"]["properties"]}, set())


async def test_each_write_of_a_question_fits(sim: Sim, full_shop: Shop, documents: dict[str, Json]) -> None:
    schema = schema_of(documents, "feedbacks-api", "PATCH", "/api/v1/questions")
    wb_id = await talks.asked(full_shop)

    check(schema, (await talks.patch(full_shop, id=wb_id, wasViewed=True)).json())
    check(schema, (await talks.answers(full_shop, wb_id)).json())
    check(schema, (await talks.patch(full_shop, id=wb_id, text="x", state="wbRu")).json())
    check(schema, (await talks.rejects(full_shop, await talks.asked(full_shop))).json())
    await sim.order("/knobs", {"question_error_200": True})
    check(schema, (await talks.answers(full_shop, wb_id)).json())


async def test_every_event_of_a_history_fits_and_all_official_fields_occur(
    sim: Sim, full_shop: Shop, documents: dict[str, Json]
) -> None:
    schema = schema_of(documents, "buyer-chat-api", "GET", "/api/v1/seller/events")
    official = schema["properties"]["result"]["properties"]["events"]["items"]["properties"]
    await sim.order("/seed", {"sid": "shop", "count": 0, "seed": 2, "chats": 60})
    seen: list[Json] = []
    cursor = None

    while (found := await talks.page(full_shop, cursor))["totalEvents"]:
        check(schema, {"result": found, "errors": None})
        seen, cursor = seen + found["events"], found["next"]

    check(schema, {"result": found, "errors": None})
    attached = [event["message"].get("attachments", {}) for event in seen if "message" in event]
    assert set(keys_of(seen)) == set(official)
    assert set(keys_of(attached)) == {"goodCard", "files", "images"}
    assert {event["sender"] for event in seen} == {"client", "seller", "wb"}
    assert any("message" not in event for event in seen)


async def test_a_sent_message_and_a_pending_file_fit(sim: Sim, full_shop: Shop, documents: dict[str, Json]) -> None:
    message = schema_of(documents, "buyer-chat-api", "POST", "/api/v1/seller/message")
    pending = schema_of(documents, "buyer-chat-api", "GET", "/api/v1/seller/download/{id}", "202")
    chat_id = await talks.opened(full_shop)
    sign = await talks.sign_of(full_shop, chat_id)

    check(message, (await talks.sends(full_shop, sign, "Да", ("[[fail]].png", PIXEL))).json())
    (wb_id,) = (await talks.says(full_shop, chat_id, files=[{}]))["downloadIDs"]
    check(pending, (await full_shop.call("GET", f"{CHAT}/download/{wb_id}")).json())


async def test_pins_fit(sim: Sim, full_shop: Shop, documents: dict[str, Json]) -> None:
    path = "/api/feedbacks/v1/pins"
    wb_id = await full_shop.writes(text="Отлично")
    body = [{"pinMethod": method, "pinOn": place, "feedbackId": wb_id}
            for method, place in (("subscription", "nm"), ("tariff", "imt"), ("tariff", "imt"))]  # fmt: skip

    made = (await full_shop.call("POST", PINS, json=body)).json()
    first, second = [one["pinId"] for one in made["data"] if not one["isErrors"]]
    await sim.order(f"/pins/{first}/unpin", {"cause": "sysLimitReached"})
    listed = (await full_shop.call("GET", PINS, params={"limit": 1})).json()
    gone = (await full_shop.call("DELETE", PINS, json=[second])).json()

    check(schema_of(documents, "feedbacks-api", "POST", path), made)
    check(schema_of(documents, "feedbacks-api", "GET", path), listed)
    check(schema_of(documents, "feedbacks-api", "DELETE", path), gone)
    assert listed["next"] == first
