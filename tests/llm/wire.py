"""The Responses API as it looks on the wire, played by a transport."""

import json
from collections.abc import Callable
from decimal import Decimal

import httpx2
from openai import AsyncOpenAI

from app.llm.openai_writer import OpenAIWriter

ANSWER = {"answer": "Спасибо за отзыв!", "facts_used": [], "needs_human": False, "reason": ""}


def wire_response(part: dict[str, object], **changes: object) -> dict[str, object]:
    message = {
        "id": "msg_1",
        "type": "message",
        "role": "assistant",
        "status": "completed",
        "content": [part],
    }
    return {
        "id": "resp_1",
        "object": "response",
        "created_at": 1,
        "status": "completed",
        "error": None,
        "incomplete_details": None,
        "model": "test-model",
        "output": [{"id": "rs_1", "type": "reasoning", "summary": []}, message],
        "parallel_tool_calls": True,
        "tool_choice": "auto",
        "tools": [],
        "usage": {
            "input_tokens": 1000,
            "input_tokens_details": {"cached_tokens": 0},
            "output_tokens": 500,
            "output_tokens_details": {"reasoning_tokens": 0},
            "total_tokens": 1500,
        },
    } | changes


def said(text: str, **changes: object) -> dict[str, object]:
    return wire_response({"type": "output_text", "text": text, "annotations": []}, **changes)


def answered(**changes: object) -> dict[str, object]:
    return said(json.dumps(ANSWER | changes, ensure_ascii=False))


class Provider:
    """Remembers every body it was sent and answers each call alike."""

    def __init__(self, answer: Callable[[httpx2.Request], httpx2.Response] | dict[str, object]) -> None:
        self.answer = answer
        self.bodies: list[dict[str, object]] = []

    def __call__(self, request: httpx2.Request) -> httpx2.Response:
        self.bodies.append(json.loads(request.content))
        return self.answer(request) if callable(self.answer) else httpx2.Response(200, json=self.answer)

    def writer(self, *, timeout: float = 5.0) -> OpenAIWriter:
        transport = httpx2.AsyncClient(transport=httpx2.MockTransport(self))
        client = AsyncOpenAI(api_key="sk-secret", base_url="http://llm.test/v1", http_client=transport, max_retries=0)
        return OpenAIWriter(
            client=client, model="test-model", price_in=Decimal("0.25"), price_out=Decimal(2), timeout=timeout
        )
