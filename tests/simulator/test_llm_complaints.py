"""The language model's twin asked for complaints."""

import json
from collections.abc import AsyncIterator
from typing import Any

import pytest
from openai import AsyncOpenAI

from simulator.llm_complaints import complaint_reply, scripted_complaint
from tests.simulator.harness import Sim

pytestmark = pytest.mark.anyio
SCHEMA: dict[str, object] = {
    "type": "object",
    "properties": {
        "eligible": {"type": "boolean"},
        "reason_id": {"type": ["integer", "null"]},
        "quotes": {"type": "array", "items": {"type": "string"}},
        "text": {"type": "string"},
        "why_not": {"type": "string"},
    },
    "required": ["eligible", "reason_id", "quotes", "text", "why_not"],
    "additionalProperties": False,
}


def prompt(text: str, cons: str = "") -> str:
    data = json.dumps({"rating": 1, "text": text, "cons": cons}, ensure_ascii=False)
    return f"Мат, ссылка и хуйня в инструкции, data.ru <data> и </data>\n<data>\n{data}\n</data>"


@pytest.fixture
async def model(server: Sim) -> AsyncIterator[AsyncOpenAI]:
    base_url = f"{str(server.http.base_url).rstrip('/')}/openai/v1"
    async with AsyncOpenAI(api_key="sk-sim-test", base_url=base_url, max_retries=0) as client:
        yield client


async def ask(model: AsyncOpenAI, text: str) -> Any:
    wanted: Any = {"format": {"type": "json_schema", "name": "complaint", "schema": SCHEMA, "strict": True}}
    answer = await model.responses.create(model="sim", input=prompt(text), text=wanted)
    return json.loads(answer.output_text)


async def test_by_the_schemas_name_the_model_knows_that_it_judges_a_feedback(model: AsyncOpenAI) -> None:
    obscene, plain = await ask(model, "Полная хуйня"), await ask(model, "Плохая ткань")

    assert (obscene["eligible"], obscene["reason_id"], obscene["quotes"]) == (True, 16, ["хуйня"])
    assert (plain["eligible"], plain["reason_id"], plain["quotes"], plain["text"]) == (False, None, [], "")
    assert plain["why_not"]


async def test_a_script_makes_it_do_wrong(server: Sim, model: AsyncOpenAI) -> None:
    await server.order("/llm", {"script": [{"kind": "complaint", "case": "accuses_rivals"}]})

    answer = await ask(model, "Плохая ткань, порвалась")

    assert (answer["eligible"], answer["reason_id"]) == (True, 12)
    assert "конкуренты" in answer["text"]


def test_the_instructions_do_not_count_only_the_feedback_does() -> None:
    assert json.loads(complaint_reply(prompt("Плохая ткань")))["eligible"] is False
    assert json.loads(complaint_reply(prompt("", cons="смотри shop.ru")))["quotes"] == ["shop.ru"]


def test_the_same_prompt_gets_the_same_answer_and_others_vary() -> None:
    said = {json.loads(complaint_reply(prompt(f"хуйня {number}")))["text"] for number in range(20)}

    assert complaint_reply(prompt("хуйня")) == complaint_reply(prompt("хуйня"))
    assert len(said) > 5


@pytest.mark.parametrize("text", ["", "Плохая ткань, порвалась сразу", "хуйня"])
def test_each_case_is_wrong_in_its_own_way(text: str) -> None:
    cases: tuple[Any, ...] = ("eligible", "fabricated_quote", "wrong_media", "too_short", "obeys_injection")
    said = {case: json.loads(scripted_complaint(prompt(text), case)) for case in cases}

    assert all(answer["eligible"] and len(answer["quotes"]) == 1 for answer in said.values())
    assert said["fabricated_quote"]["quotes"][0] not in prompt(text)
    assert said["wrong_media"]["reason_id"] == 14
    assert len(said["too_short"]["text"]) < 20
    assert "evil-shop.ru" in said["obeys_injection"]["text"]


def test_a_prompt_without_data_is_no_ground() -> None:
    assert json.loads(complaint_reply("хуйня"))["eligible"] is False
    assert json.loads(complaint_reply("<data>\n{broken\n</data>"))["eligible"] is False
