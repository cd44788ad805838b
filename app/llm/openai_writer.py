"""Drafts by a model behind the OpenAI Responses API; neither prompts nor keys are ever logged."""

import asyncio
import json
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from time import monotonic

import openai
from openai import AsyncOpenAI, Timeout
from openai.types.responses import Response, ResponseOutputMessage, ResponseOutputRefusal
from pydantic import BaseModel, ConfigDict, ValidationError

from app.drafting.ports import Draft, DraftRequest, MalformedDraft, Usage
from app.kit.db import forbid_open_transaction
from app.llm.failures import WriterUnreachable, translated
from app.llm.prompt import ANSWER_SCHEMA, INSTRUCTIONS, VERSION, data_message

CONNECT_SECONDS = 5.0
_MILLION = Decimal(1_000_000)


class _Answer(BaseModel):
    """The shape we asked for; anything else is malformed."""

    model_config = ConfigDict(extra="forbid", strict=True)

    answer: str
    facts_used: list[str]
    needs_human: bool
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Spoken:
    """What the model said, unread; `whole` is false for a text cut off on its way."""

    text: str
    whole: bool
    refused: bool
    usage: Usage


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenAIWriter:
    """Prices are US dollars per million tokens, `timeout` is seconds for one whole draft."""

    client: AsyncOpenAI
    model: str
    price_in: Decimal
    price_out: Decimal
    timeout: float = 60.0
    max_output_tokens: int = 4000

    async def write(self, request: DraftRequest) -> Draft:
        return await self.complete(INSTRUCTIONS, data_message(request), facts=request.facts)

    async def complete(self, instructions: str, data: str, *, facts: Sequence[str]) -> Draft:
        """A draft in the shape that all writers of answers share."""
        return self._draft(await self.ask_json(instructions, data, name="answer", schema=ANSWER_SCHEMA), facts)

    async def ask_json(self, instructions: str, data: str, *, name: str, schema: dict[str, object]) -> Spoken:
        """One attempt; whoever calls decides about another by the kind of the failure."""
        forbid_open_transaction()
        started = monotonic()
        try:
            async with asyncio.timeout(self.timeout):
                response = await self._ask(instructions, data, name=name, schema=schema)
        except TimeoutError as error:
            raise WriterUnreachable from error
        except openai.OpenAIError as error:
            raise translated(error) from error
        except json.JSONDecodeError:
            # The SDK lets it through, and it holds the whole body.
            raise WriterUnreachable from None
        if not _is_a_response(response) or response.status == "failed":
            raise WriterUnreachable
        return Spoken(
            text=response.output_text,
            whole=response.status == "completed",
            refused=_refused(response),
            usage=self._usage(response, seconds=monotonic() - started),
        )

    async def close(self) -> None:
        await self.client.close()

    async def _ask(self, instructions: str, data: str, *, name: str, schema: dict[str, object]) -> Response:
        return await self.client.responses.create(
            model=self.model,
            instructions=instructions,
            input=[{"role": "user", "content": data}],
            text={"format": {"type": "json_schema", "name": name, "schema": schema, "strict": True}},
            max_output_tokens=self.max_output_tokens,
            store=False,
        )

    def _draft(self, spoken: Spoken, facts: Sequence[str]) -> Draft:
        usage = spoken.usage
        if spoken.refused:
            return self._needing_a_person("", "Модель отказалась отвечать на этот текст", usage)
        answer = self._answer(spoken)
        if not set(answer.facts_used) <= set(facts):
            return self._needing_a_person(answer.answer, "Модель сослалась на сведения, которых нет", usage)
        reason = answer.reason.strip() or ("Модель просит человека" if answer.needs_human else "")
        return Draft(
            text=answer.answer.strip(),
            needs_human=answer.needs_human,
            reason=reason if answer.needs_human else "",
            facts_used=tuple(answer.facts_used),
            writer=self.model,
            variant=f"prompt:{VERSION}",
            usage=usage,
        )

    def _answer(self, spoken: Spoken) -> _Answer:
        if not spoken.whole:
            raise MalformedDraft(writer=self.model, usage=spoken.usage)
        try:
            return _Answer.model_validate_json(spoken.text)
        except ValidationError:
            # The cause quotes the model's answer, and answers quote buyers: it must not reach a log.
            raise MalformedDraft(writer=self.model, usage=spoken.usage, text=_whole_answer(spoken.text)) from None

    def _needing_a_person(self, text: str, reason: str, usage: Usage) -> Draft:
        return Draft(
            text=text.strip(),
            needs_human=True,
            reason=reason,
            writer=self.model,
            variant=f"prompt:{VERSION}",
            usage=usage,
        )

    def _usage(self, response: Response, *, seconds: float) -> Usage:
        tokens_in = response.usage.input_tokens if response.usage else 0
        tokens_out = response.usage.output_tokens if response.usage else 0
        return Usage(
            model=self.model,
            input_tokens=tokens_in,
            output_tokens=tokens_out,
            cost_usd=(self.price_in * tokens_in + self.price_out * tokens_out) / _MILLION,
            seconds=seconds,
        )


def build_writer(
    *,
    api_key: str,
    model: str,
    price_in: Decimal,
    price_out: Decimal,
    base_url: str | None = None,
    timeout: float = 60.0,
) -> OpenAIWriter:
    """A writer with its own connection pool; close it when the process ends."""
    limits = Timeout(timeout, connect=min(CONNECT_SECONDS, timeout))
    client = AsyncOpenAI(api_key=api_key, base_url=base_url, timeout=limits, max_retries=0)
    return OpenAIWriter(client=client, model=model, price_in=price_in, price_out=price_out, timeout=timeout)


def _is_a_response(received: object) -> bool:
    """The SDK checks nothing: a proxy's page arrives as a string, foreign JSON without output."""
    return isinstance(received, Response) and isinstance(getattr(received, "output", None), list)


def _refused(response: Response) -> bool:
    filtered = response.incomplete_details is not None and response.incomplete_details.reason == "content_filter"
    messages = (item for item in response.output if isinstance(item, ResponseOutputMessage))
    return filtered or any(isinstance(part, ResponseOutputRefusal) for message in messages for part in message.content)


class _AnswerAlone(BaseModel):
    answer: str


def _whole_answer(text: str) -> str:
    """The answer of valid JSON that only lacks its side notes; a cut-off text is never whole."""
    try:
        return _AnswerAlone.model_validate_json(text).answer.strip()
    except ValidationError:
        return ""
