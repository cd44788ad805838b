"""What a PATCH of a question wants: its shape alone decides."""

from dataclasses import dataclass
from typing import Any

from simulator.params import SOMETHING
from simulator.wire import Call, Refused, envelope_problem


@dataclass(frozen=True)
class View:
    id: str
    viewed: bool


@dataclass(frozen=True)
class Answer:
    id: str
    text: str


@dataclass(frozen=True)
class Reject:
    id: str
    text: str


@dataclass(frozen=True)
class Nothing:
    """The text beside `answer` instead of in it: WB nods and does nothing."""


Intent = View | Answer | Reject | Nothing


def intent_of(call: Call, *, text_limit: int) -> Intent:
    body = _body(call)
    keys = set(body)
    if keys == {"id", "wasViewed"} and isinstance(body["wasViewed"], bool):
        return View(body["id"], body["wasViewed"])
    if keys == {"id", "text", "state"}:
        return Nothing()
    if keys != {"id", "answer", "state"} or body["state"] not in ("wbRu", "none"):
        raise Refused(envelope_problem(400, SOMETHING))
    text = _text(body["answer"], text_limit)
    return Answer(body["id"], text) if body["state"] == "wbRu" else Reject(body["id"], text)


def _body(call: Call) -> dict[str, Any]:
    if call.headers.get("content-type", "").partition(";")[0].strip().lower() != "application/json":
        raise Refused(envelope_problem(400, SOMETHING))
    try:
        body = call.json()
    except ValueError as error:
        raise Refused(envelope_problem(400, SOMETHING)) from error
    if not isinstance(body, dict) or not isinstance(body.get("id"), str):
        raise Refused(envelope_problem(400, SOMETHING))
    return body


def _text(answer: Any, limit: int) -> str:
    text = answer.get("text") if isinstance(answer, dict) and set(answer) == {"text"} else None
    if not isinstance(text, str) or not text.strip() or len(text) > limit:
        raise Refused(envelope_problem(400, SOMETHING))
    return text
