"""OpenAI's Responses format: the response object, and the events of its stream."""

import json
from typing import Any
from uuid import uuid4

Json = dict[str, Any]
PIECE = 24


def response(request: Json, part: Json, *, prompt: str, now: float, incomplete: bool = False) -> Json:
    """`part` is the only content of the only message."""
    state = "incomplete" if incomplete else "completed"
    message = {
        "type": "message",
        "id": f"msg_{uuid4().hex}",
        "status": state,
        "role": "assistant",
        "content": [part],
    }
    spoken = part.get("text") or part.get("refusal") or ""
    return {
        "id": f"resp_{uuid4().hex}",
        "object": "response",
        "created_at": int(now),
        "status": state,
        "error": None,
        "incomplete_details": {"reason": "max_output_tokens"} if incomplete else None,
        "instructions": request.get("instructions"),
        "max_output_tokens": request.get("max_output_tokens"),
        "model": request.get("model", "sim"),
        "output": [message],
        "parallel_tool_calls": True,
        "previous_response_id": None,
        "reasoning": {"effort": None, "summary": None},
        "store": False,
        "temperature": 1.0,
        "text": request.get("text") or {"format": {"type": "text"}},
        "tool_choice": "auto",
        "tools": [],
        "top_p": 1.0,
        "truncation": "disabled",
        "usage": _usage(prompt, spoken),
        "user": None,
        "metadata": request.get("metadata") or {},
    }


def text_part(text: str) -> Json:
    return {"type": "output_text", "text": text, "annotations": [], "logprobs": []}


def refusal_part(text: str) -> Json:
    return {"type": "refusal", "refusal": text}


def error(message: str, *, kind: str, code: str | None) -> Json:
    return {"error": {"message": message, "type": kind, "param": None, "code": code}}


def events(done: Json) -> list[bytes]:
    """The same response told piece by piece, as server-sent events."""
    message = done["output"][0]
    part = message["content"][0]
    empty = done | {"status": "in_progress", "output": [], "usage": None, "incomplete_details": None}
    told: list[Json] = [
        {"type": "response.created", "response": empty},
        {"type": "response.in_progress", "response": empty},
        {
            "type": "response.output_item.added",
            "output_index": 0,
            "item": message | {"status": "in_progress", "content": []},
        },
        *_part_events(message["id"], part),
        {"type": "response.output_item.done", "output_index": 0, "item": message},
        {"type": f"response.{done['status']}", "response": done},
    ]
    return [_event(event | {"sequence_number": number}) for number, event in enumerate(told)]


def _part_events(item_id: str, part: Json) -> list[Json]:
    place = {"item_id": item_id, "output_index": 0, "content_index": 0}
    refused = part["type"] == "refusal"
    name, key = ("refusal", "refusal") if refused else ("output_text", "text")
    extra: Json = {} if refused else {"logprobs": []}
    spoken = part[key]
    pieces = [spoken[at : at + PIECE] for at in range(0, len(spoken), PIECE)]
    return [
        {"type": "response.content_part.added", **place, "part": part | {key: ""}},
        *({"type": f"response.{name}.delta", **place, "delta": piece, **extra} for piece in pieces),
        {"type": f"response.{name}.done", **place, key: spoken, **extra},
        {"type": "response.content_part.done", **place, "part": part},
    ]


def _event(event: Json) -> bytes:
    return f"event: {event['type']}\ndata: {json.dumps(event, ensure_ascii=False)}\n\n".encode()


def _usage(prompt: str, spoken: str) -> Json:
    """Three characters a token is near enough for Russian."""
    taken, given = len(prompt) // 3 + 1, len(spoken) // 3 + 1
    return {
        "input_tokens": taken,
        "input_tokens_details": {"cached_tokens": 0, "cache_write_tokens": 0},
        "output_tokens": given,
        "output_tokens_details": {"reasoning_tokens": 0},
        "total_tokens": taken + given,
    }
