"""The language model's twin, driven by the provider's own client."""

from collections.abc import AsyncIterator
from typing import Any

import openai
import pytest
from openai import AsyncOpenAI
from pydantic import BaseModel

from tests.simulator.harness import Sim

pytestmark = pytest.mark.anyio


class Draft(BaseModel):
    answer: str
    facts_used: list[str]
    needs_human: bool
    reason: str


class Verdict(BaseModel):
    class Score(BaseModel):
        points: int
        label: str | None

    scores: list[Score]
    best: Score


@pytest.fixture
async def model(server: Sim) -> AsyncIterator[AsyncOpenAI]:
    base_url = f"{str(server.http.base_url).rstrip('/')}/openai/v1"
    async with AsyncOpenAI(api_key="sk-sim-test", base_url=base_url, max_retries=0) as client:
        yield client


async def script(server: Sim, *steps: dict[str, Any]) -> None:
    await server.order("/llm", {"script": list(steps)})


async def ask(model: AsyncOpenAI, prompt: str = "Оценка: 5. Отличный чайник") -> Any:
    return await model.responses.parse(model="gpt-5-mini", instructions="Ответь", input=prompt, text_format=Draft)


async def test_the_default_answer_fits_the_wanted_schema(model: AsyncOpenAI) -> None:
    answer = await ask(model)

    draft = answer.output_parsed
    assert draft is not None
    assert 2 <= len(draft.answer) <= 5000
    assert (draft.facts_used, draft.needs_human) == ([], False)
    assert answer.usage is not None
    assert answer.usage.total_tokens == answer.usage.input_tokens + answer.usage.output_tokens > 2


async def test_answers_vary_with_the_prompt_and_repeat_for_the_same_one(model: AsyncOpenAI) -> None:
    prompts = [f"Оценка: {rating}. Отзыв {number}" for rating in (1, 5) for number in range(8)]

    said = [(await ask(model, prompt)).output_parsed.answer for prompt in prompts]
    again = (await ask(model, prompts[0])).output_parsed.answer

    assert said[0] == again
    assert len(set(said)) > 5
    assert not set(said[:8]) & set(said[8:])


async def test_a_buyer_who_was_harmed_needs_a_human(model: AsyncOpenAI) -> None:
    draft = (await ask(model, "Оценка: 1. Аллергия, вызывали скорую")).output_parsed

    assert draft.needs_human
    assert draft.reason


async def test_any_other_schema_is_filled_too(model: AsyncOpenAI) -> None:
    answer = await model.responses.parse(model="gpt-5-mini", input="Сравни", text_format=Verdict)

    assert answer.output_parsed is not None
    assert answer.output_parsed.best.points == 0


async def test_without_a_schema_the_answer_is_plain_text(model: AsyncOpenAI) -> None:
    answer = await model.responses.create(model="gpt-5-mini", input="Поздоровайся")

    assert answer.status == "completed"
    assert answer.output_text.endswith(("!", ".", "магазина."))


async def test_a_stream_tells_the_same_answer_in_pieces(model: AsyncOpenAI) -> None:
    whole = (await model.responses.create(model="gpt-5-mini", input="Поздоровайся")).output_text

    stream = await model.responses.create(model="gpt-5-mini", input="Поздоровайся", stream=True)
    events = [event async for event in stream]

    pieces = [event.delta for event in events if event.type == "response.output_text.delta"]
    assert "".join(pieces) == whole
    assert len(pieces) > 1
    assert (events[0].type, events[-1].type) == ("response.created", "response.completed")


async def test_the_clients_own_stream_helper_understands_it(model: AsyncOpenAI) -> None:
    async with model.responses.stream(model="gpt-5-mini", input="Оценка: 5", text_format=Draft) as stream:
        async for _ in stream:
            pass
        final = await stream.get_final_response()

    assert final.output_parsed is not None


async def test_a_refusal_is_no_text(server: Sim, model: AsyncOpenAI) -> None:
    await script(server, {"kind": "refusal", "text": "Не могу."})

    answer = await ask(model)

    content: Any = answer.output[0]
    assert answer.output_parsed is None
    assert (content.content[0].type, content.content[0].refusal) == ("refusal", "Не могу.")


async def test_malformed_json_comes_as_a_completed_answer(server: Sim, model: AsyncOpenAI) -> None:
    await script(server, {"kind": "malformed"})

    answer = await model.responses.create(model="gpt-5-mini", input="Оценка: 5")

    assert answer.status == "completed"
    with pytest.raises(ValueError, match="Invalid JSON"):
        Draft.model_validate_json(answer.output_text)


async def test_an_incomplete_answer_says_why(server: Sim, model: AsyncOpenAI) -> None:
    await script(server, {"kind": "incomplete"})

    answer = await model.responses.create(model="gpt-5-mini", input="Оценка: 5")

    assert answer.status == "incomplete"
    assert answer.incomplete_details is not None
    assert answer.incomplete_details.reason == "max_output_tokens"


async def test_a_rate_limit_tells_when_to_come_back(server: Sim, model: AsyncOpenAI) -> None:
    await script(server, {"kind": "rate_limit", "retry_after": 7})

    with pytest.raises(openai.RateLimitError) as refused:
        await ask(model)

    assert refused.value.response.headers["retry-after"] == "7"


async def test_a_server_error_is_followed_by_the_next_step_of_the_script(server: Sim, model: AsyncOpenAI) -> None:
    await script(server, {"kind": "error"}, {"kind": "text", "text": "Готово"})

    with pytest.raises(openai.InternalServerError):
        await ask(model)

    assert (await model.responses.create(model="gpt-5-mini", input="?")).output_text == "Готово"


@pytest.mark.parametrize("stream", [False, True])
async def test_a_truncated_answer_is_a_broken_connection(server: Sim, model: AsyncOpenAI, stream: bool) -> None:
    await script(server, {"kind": "truncated_stream"})

    async def listen() -> None:
        answer: Any = await model.responses.create(model="gpt-5-mini", input="Оценка: 5", stream=stream)
        async for _ in answer:
            pass

    with pytest.raises(openai.APIConnectionError):
        await listen()


async def test_a_slow_model_tries_a_clients_patience(server: Sim, model: AsyncOpenAI) -> None:
    await script(server, {"kind": "slow", "seconds": 0.5})

    with pytest.raises(openai.APITimeoutError):
        await model.with_options(timeout=0.1).responses.create(model="gpt-5-mini", input="?")


async def test_a_foreign_key_is_refused(model: AsyncOpenAI) -> None:
    with pytest.raises(openai.AuthenticationError):
        await model.with_options(api_key="sk-real").responses.create(model="gpt-5-mini", input="?")


async def test_the_ledger_has_the_models_calls_too(server: Sim, model: AsyncOpenAI) -> None:
    await ask(model, "Оценка: 4. Записка для журнала")

    entry = (await server.ledger(path="/openai/"))[-1]

    assert (entry["status"], entry["sid"]) == (200, "")
    assert "Записка для журнала" in entry["body"]
