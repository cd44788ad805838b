"""The one method of the language model's API that we use."""

import json
from typing import Any

from simulator.llm import Step
from simulator.llm_complaints import COMPLAINT, complaint_reply, scripted_complaint
from simulator.llm_wire import Json, error, events, refusal_part, response, text_part
from simulator.llm_words import polite_reply, structured_reply
from simulator.wire import Call, Reply, json_reply
from simulator.world import World

HOST = "/openai/"
KEY = "sk-sim"
CUT_OFF = ("truncated_stream", "drop")


def answer(world: World, call: Call) -> Reply:
    if not call.headers.get("authorization", "").startswith(f"Bearer {KEY}"):
        return json_reply(
            error("Incorrect API key provided.", kind="invalid_request_error", code="invalid_api_key"), 401
        )
    if (call.method, call.path) != ("POST", "/openai/v1/responses"):
        return json_reply(
            error(f"Unknown request URL: {call.path}", kind="invalid_request_error", code="unknown_url"), 404
        )
    try:
        request = call.json()
    except ValueError:
        return json_reply(error("We could not parse the JSON body.", kind="invalid_request_error", code=None), 400)
    step = world.llm.next_step()
    if step is not None and step.kind in ("rate_limit", "error"):
        return _failure(step)
    reply = _spoken(request, step, now=world.clock.now())
    reply.delay = step.seconds if step else 0.0
    return reply


def _failure(step: Step) -> Reply:
    if step.kind == "rate_limit":
        reply = json_reply(error("Rate limit reached.", kind="requests", code="rate_limit_exceeded"), 429)
        reply.headers["retry-after"] = f"{step.retry_after:g}"
    else:
        reply = json_reply(error("The server had an error.", kind="server_error", code=None), step.status)
    reply.delay = step.seconds
    return reply


def _spoken(request: Json, step: Step | None, *, now: float) -> Reply:
    prompt = _prompt(request)
    incomplete = step is not None and step.kind == "incomplete"
    done = response(request, _part(request, step, prompt), prompt=prompt, now=now, incomplete=incomplete)
    cut = step is not None and step.kind in CUT_OFF
    if request.get("stream"):
        told = events(done)
        return Reply(
            headers={"content-type": "text/event-stream"},
            chunks=told[: len(told) // 2] if cut else told,
            cut=cut,
        )
    if not cut:
        return json_reply(done)
    whole = json_reply(done)
    return Reply(headers=whole.headers, chunks=[whole.body[: len(whole.body) // 2]], cut=True)


def _part(request: Json, step: Step | None, prompt: str) -> Json:
    said = _said(request, prompt)
    if step is None:
        return text_part(said)
    if step.kind == "refusal":
        return refusal_part(step.text or "Я не могу помочь с этой просьбой.")
    if step.kind == "json":
        return text_part(json.dumps(step.value, ensure_ascii=False))
    if step.kind == "complaint":
        return text_part(scripted_complaint(prompt, step.case))
    instead = {
        "malformed": '{"answer": "Здравствуйте! Спасибо за отз',
        "incomplete": said[: len(said) // 2],
    }
    return text_part(step.text or instead.get(step.kind, said))


def _said(request: Json, prompt: str) -> str:
    wanted = (request.get("text") or {}).get("format") or {}
    if wanted.get("type") == "json_schema":
        return (
            complaint_reply(prompt) if wanted.get("name") == COMPLAINT else structured_reply(wanted["schema"], prompt)
        )
    return polite_reply(prompt)


def _prompt(request: Json) -> str:
    """All the words of the input, whatever shape it has."""
    return "\n".join(part for part in (request.get("instructions"), _words(request.get("input"))) if part)


def _words(value: Any) -> str:
    if isinstance(value, str):
        return value
    if isinstance(value, list):
        return "\n".join(_words(item) for item in value)
    if isinstance(value, dict):
        return _words(value.get("content") or value.get("text") or "")
    return ""
