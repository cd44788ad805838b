"""One call, one reply, and WB's families of error bodies."""

import json
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any
from urllib.parse import parse_qsl
from uuid import uuid4

from pydantic_core import to_json

from simulator.clock import utc_text
from simulator.tokens import Claims

JSON = "application/json; charset=utf-8"
PROBLEM = "application/problem+json"


@dataclass
class Call:
    """A request as it came in; `claims` are set once the token has been read."""

    method: str
    path: str
    query_string: str
    headers: dict[str, str]
    body: bytes
    client: tuple[str, int] | None = None
    claims: Claims | None = None

    @property
    def query(self) -> dict[str, str]:
        return dict(parse_qsl(self.query_string, keep_blank_values=True))

    @property
    def sid(self) -> str:
        return self.claims.sid if self.claims else ""

    def json(self) -> Any:
        return json.loads(self.body)


@dataclass
class Reply:
    """What goes back: `chunks` stream it, `cut` hangs up before its end, `delay` is in real seconds."""

    status: int = 200
    body: bytes = b""
    headers: dict[str, str] = field(default_factory=dict)
    applied: bool | None = None
    chunks: list[bytes] | None = None
    cut: bool = False
    delay: float = 0.0


class Refused(Exception):
    """Carries the reply that ends the call."""

    def __init__(self, reply: Reply) -> None:
        super().__init__(reply.status)
        self.reply = reply


def json_reply(content: Any, status: int = 200, *, media_type: str = JSON) -> Reply:
    return Reply(status=status, body=to_json(content), headers={"content-type": media_type})


def envelope(data: Any) -> Reply:
    return json_reply({"data": data, "error": False, "errorText": "", "additionalErrors": None})


def no_content(*, applied: bool) -> Reply:
    return Reply(status=204, applied=applied)


def gateway_problem(
    status: int,
    detail: str,
    *,
    now: float,
    title: str = "",
    code: str = "",
    origin: str = "s2s-api-auth-catalog",
) -> Reply:
    """Family A: what stands in front of every host."""
    phrase = HTTPStatus(status).phrase
    content = {
        "title": title or phrase.lower(),
        "detail": detail,
        "code": code or f"sim-{uuid4().hex[:12]}",
        "requestId": uuid4().hex,
        "origin": origin,
        "status": status,
        "statusText": phrase,
        "timestamp": utc_text(now),
    }
    return json_reply(content, status, media_type=PROBLEM)


def envelope_problem(status: int, text: str) -> Reply:
    """Family B: the feedback service itself."""
    content = {
        "data": None,
        "error": True,
        "errorText": text,
        "additionalErrors": None,
        "requestId": str(uuid4()),
    }
    return json_reply(content, status)


def pin_problem(status: int, title: str, detail: str) -> Reply:
    """Family C: the pin service."""
    content = {
        "status": status,
        "title": title,
        "detail": detail,
        "requestId": uuid4().hex,
        "origin": "pin-open-api",
    }
    return json_reply(content, status)


def chat_problem(detail: str, *, status: int = 400, title: str = "Bad Request", media_type: str = JSON) -> Reply:
    """Family D: the chat service."""
    content = {
        "status": status,
        "title": title,
        "origin": "proxy-chats",
        "detail": detail,
        "requestId": uuid4().hex,
        "error": detail,
    }
    return json_reply(content, status, media_type=media_type)


def answer_problem(detail: str, *, status: int = 400) -> Reply:
    """Family B2: only the two answer methods speak it."""
    content = {"title": "bad request", "requestId": uuid4().hex, "origin": "fbapi", "detail": detail}
    return json_reply(content, status)
