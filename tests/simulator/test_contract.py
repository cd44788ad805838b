"""The simulator against WB's own description of itself, so that it cannot drift together with our client."""

from collections import ChainMap
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml

from tests.simulator.harness import FEEDBACKS, Shop, Sim

OPENAPI = Path(__file__).resolve().parents[3] / "shared" / "wb-openapi"
FILES = {
    "feedbacks-api": "09-communications.2026-07-23.yaml",
    "common-api": "01-general.2026-07-23.yaml",
    "buyer-chat-api": "09-communications.2026-07-23.yaml",
    "content-api": "02-items.cards-list.slice.2026-07-23.yaml",
}
pytestmark = [
    pytest.mark.anyio,
    pytest.mark.skipif(not OPENAPI.exists(), reason="WB's OpenAPI files are not beside the repository"),
]
Json = dict[str, Any]


@pytest.fixture(scope="module")
def documents() -> dict[str, Json]:
    return {host: yaml.safe_load((OPENAPI / name).read_text()) for host, name in FILES.items()}


@pytest.fixture
async def full_shop(sim: Sim) -> Shop:
    shop = await sim.shop(categories=["feedbacks", "content", "chat"])
    await sim.order("/knobs", {"has_tariff": True})
    talks = {"questions": 60, "chats": 20}
    await sim.order("/seed", {"sid": "shop", "count": 300, "amended": 0.1, "adversarial": 0.1, **talks})
    return shop


def as_json_schema(node: Any, document: Json) -> Any:
    """OpenAPI 3.0 says `nullable`, which JSON Schema does not know; references are followed in place."""
    if isinstance(node, list):
        return [as_json_schema(one, document) for one in node]
    if not isinstance(node, dict):
        return node
    if str(node.get("$ref", "")).endswith("/respond.SuccessResponse"):
        # It calls `data` an object where the schema beside it in `allOf` has an array or a number.
        return {"required": ["data"]}
    if "$ref" in node:
        return as_json_schema(_resolve(node["$ref"], document), document)
    plain = {key: as_json_schema(value, document) for key, value in node.items() if key not in ("example", "format")}
    if node.get("nullable") is True and isinstance(node.get("type"), str):
        plain["type"] = [node["type"], "null"]
    return plain


def _resolve(reference: str, document: Json) -> Any:
    found: Any = document
    for step in reference.removeprefix("#/").split("/"):
        found = found[step.replace("~1", "/")]
    return found


def schema_of(documents: dict[str, Json], host: str, method: str, path: str, status: str = "200") -> Json:
    document = documents[host]
    content = document["paths"][path][method.lower()]["responses"][status]["content"]
    return dict(as_json_schema(content["application/json"]["schema"], document))


def _properties(schema: Json) -> Json:
    return dict(ChainMap(schema.get("properties", {}), *(_properties(one) for one in schema.get("allOf", []))))


def names_in(schema: Json, value: Any) -> Iterator[str]:
    """Every key of the value that the schema has no property for."""
    if isinstance(value, dict):
        known = _properties(schema)
        for key, item in value.items():
            if known and key not in known:
                yield key
            yield from names_in(known.get(key, {}), item)
    elif isinstance(value, list):
        for item in value:
            yield from names_in(schema.get("items", {}), item)


CALLS = [
    ("feedbacks-api", "GET", "/api/v1/feedbacks", {"isAnswered": "false", "take": 300, "skip": 0}),
    ("feedbacks-api", "GET", "/api/v1/feedbacks", {"isAnswered": "true", "take": 300, "skip": 0}),
    ("feedbacks-api", "GET", "/api/v1/feedbacks/archive", {"take": 300, "skip": 0}),
    ("feedbacks-api", "GET", "/api/v1/feedbacks/count", {"isAnswered": "true"}),
    ("feedbacks-api", "GET", "/api/v1/feedbacks/count-unanswered", {}),
    ("feedbacks-api", "GET", "/api/v1/new-feedbacks-questions", {}),
    ("feedbacks-api", "GET", "/api/v1/questions", {"isAnswered": "false", "take": 100, "skip": 0}),
    ("feedbacks-api", "GET", "/api/v1/questions", {"isAnswered": "true", "take": 100, "skip": 0}),
    ("feedbacks-api", "GET", "/api/v1/questions/count", {}),
    ("feedbacks-api", "GET", "/api/v1/questions/count-unanswered", {}),
    ("feedbacks-api", "GET", "/api/feedbacks/v1/pins", {}),
    ("feedbacks-api", "GET", "/api/feedbacks/v1/pins/count", {}),
    ("feedbacks-api", "GET", "/api/feedbacks/v1/pins/limits", {}),
    ("buyer-chat-api", "GET", "/api/v1/seller/chats", {}),
    ("buyer-chat-api", "GET", "/api/v1/seller/events", {}),
    ("common-api", "GET", "/api/v1/seller-info", {}),
    ("common-api", "GET", "/ping", {}),
]


@pytest.mark.parametrize(("host", "method", "path", "params"), CALLS)
async def test_an_answer_fits_the_official_schema_and_has_no_field_of_its_own(
    full_shop: Shop, documents: dict[str, Json], host: str, method: str, path: str, params: Json
) -> None:
    schema = schema_of(documents, host, method, path)

    answer = await full_shop.call(method, f"/{host}{path}", params=params)

    assert answer.status_code == 200
    jsonschema.validate(answer.json(), schema)
    assert set(names_in(schema, answer.json())) == set()


async def test_each_kind_of_feedback_fits_the_official_schema_by_id(
    sim: Sim, full_shop: Shop, documents: dict[str, Json]
) -> None:
    schema = schema_of(documents, "feedbacks-api", "GET", "/api/v1/feedback")
    answered = await full_shop.writes(text="Отлично")
    await full_shop.answers(answered)
    amended = await full_shop.writes(text="Отлично", productValuation=4)
    child = (await sim.order(f"/feedbacks/{amended}/amend", {"text": "Сломалось"}))["id"]
    wordless = await full_shop.writes(text="", productValuation=5)

    for wb_id in (answered, amended, child, wordless):
        answer = await full_shop.call("GET", "/feedbacks-api/api/v1/feedback", params={"id": wb_id})
        jsonschema.validate(answer.json(), schema)


async def test_all_fields_of_an_official_feedback_are_shown(full_shop: Shop, documents: dict[str, Json]) -> None:
    official = schema_of(documents, "feedbacks-api", "GET", "/api/v1/feedback")["properties"]["data"]["properties"]

    shown = await full_shop.get(await full_shop.writes(text="Отлично"))

    assert set(shown) == set(official)


async def test_a_return_fits_the_official_schema(full_shop: Shop, documents: dict[str, Json]) -> None:
    schema = schema_of(documents, "feedbacks-api", "POST", "/api/v1/feedbacks/order/return")
    wb_id = await full_shop.writes(text="Брак", isAbleReturnProductOrders=True)

    answer = await full_shop.call("POST", f"{FEEDBACKS}/order/return", json={"feedbackId": wb_id})

    jsonschema.validate(answer.json(), schema)


async def test_cards_fit_the_official_schema(full_shop: Shop, documents: dict[str, Json]) -> None:
    path = "/content/v2/get/cards/list"
    schema = schema_of(documents, "content-api", "POST", path)
    body = {"settings": {"cursor": {"limit": 100}, "filter": {"withPhoto": -1}}}

    answer = await full_shop.call("POST", f"/content-api{path}", json=body)

    assert len(answer.json()["cards"]) == 10
    jsonschema.validate(answer.json(), schema)
    assert set(names_in(schema, answer.json())) == set()


@pytest.mark.parametrize("method", ["POST", "PATCH"])
async def test_an_answer_is_officially_a_bare_204(full_shop: Shop, documents: dict[str, Json], method: str) -> None:
    operation = documents["feedbacks-api"]["paths"]["/api/v1/feedbacks/answer"][method.lower()]

    answer = await full_shop.call(method, f"{FEEDBACKS}/answer", json={"id": "x" * 20, "text": "Спасибо"})

    assert (answer.status_code, answer.content) == (204, b"")
    assert "content" not in operation["responses"]["204"]
