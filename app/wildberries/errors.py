"""What Wildberries may answer, under the kinds the worker understands.

WbAnswer                  what was said: status, code, detail
├── TokenRejected         401          Unauthorized  stop the shop's jobs
├── PaymentRequired       402          Forbidden     only services of the catalogue
├── CapabilityForbidden   403          Forbidden     permanent for this capability
├── NotObtainable         404, 422     NotFound
├── WbConflict            409          Conflict
├── BadRequest            other 4xx    Invalid
│   └── EnvelopeError     200 with `error: true`
├── WbUnavailable         5xx, garbage Unavailable   reads try again
└── WbRateLimited         429          RateLimited   the bucket is closed
NotSent                   no connection: Wildberries has surely not seen the call (Unavailable)
AmbiguousOutcome          a write that may have arrived (replies.ports; Unavailable)
BudgetSpent               refused by our own bucket; Wildberries was not asked (RateLimited)
"""

from dataclasses import dataclass
from typing import Any, Final

import httpx

from app.kit.errors import (
    Conflict,
    Forbidden,
    Invalid,
    NotFound,
    RateLimited,
    Unauthorized,
    Unavailable,
    WbrmError,
)
from app.kit.redaction import redact_text
from app.replies.ports import AmbiguousOutcome
from app.wildberries.decoding import Garbled, decode

__all__ = ["AmbiguousOutcome"]
LONGEST_TEXT: Final = 500


@dataclass(frozen=True, slots=True)
class Told:
    """An answer's words, short and without the token."""

    status: int
    text: str
    code: str = ""

    def __str__(self) -> str:
        return f"{self.status}: {self.text}" if self.text else str(self.status)


class WbAnswer(WbrmError):
    """Base of everything Wildberries itself said."""

    def __init__(self, told: Told) -> None:
        super().__init__(f"{type(self).message} {told.text}".strip())
        self.told = told
        self.status, self.detail, self.wb_code = told.status, told.text, told.code


class TokenRejected(WbAnswer, Unauthorized):
    """401: malformed, expired or withdrawn."""

    code = "WB_TOKEN_REJECTED"
    message = "Wildberries не принял токен."


class PaymentRequired(WbAnswer, Forbidden):
    """402: the service's account at Wildberries is empty."""

    code = "WB_PAYMENT_REQUIRED"
    message = "Wildberries требует оплаты."


class CapabilityForbidden(WbAnswer, Forbidden):
    """403: the token lives, but not for this."""

    code = "WB_FORBIDDEN"
    message = "Токен Wildberries не даёт права на это действие."


class NotObtainable(WbAnswer, NotFound):
    """404 or 422: gone, or never there."""

    code = "WB_NOT_OBTAINABLE"
    message = "Wildberries не нашёл запрошенное."


class WbConflict(WbAnswer, Conflict):
    """409 is not documented; the call is not repeated."""

    code = "WB_CONFLICT"
    message = "Wildberries сообщил о конфликте."


class BadRequest(WbAnswer, Invalid):
    """The call can never succeed as it stands."""

    code = "WB_BAD_REQUEST"
    message = "Wildberries отклонил запрос."


class EnvelopeError(BadRequest):
    """HTTP 200 that says `error: true` inside."""

    code = "WB_ENVELOPE_ERROR"


class WbUnavailable(WbAnswer, Unavailable):
    """5xx, an answer out of shape, or silence after a read was sent (status 0)."""

    code = "WB_UNAVAILABLE"
    message = "Wildberries временно недоступен."


class NotSent(Unavailable):
    """No connection was made: Wildberries has surely not seen the call."""

    code = "WB_NOT_SENT"
    message = "Не удалось соединиться с Wildberries."


class BudgetSpent(RateLimited):
    """Our own bucket is empty or closed; Wildberries was not asked."""

    code = "WB_BUDGET_SPENT"
    message = "Лимит запросов к Wildberries исчерпан. Продолжим, когда он восстановится."


class WbRateLimited(RateLimited):
    """429: `retry_after` is when the bucket opens for us; `reset` and `limit` are Wildberries' own words."""

    code = "WB_RATE_LIMITED"
    message = "Wildberries ограничил частоту запросов."

    def __init__(
        self, retry_after: float, told: Told, *, reset: float | None, limit: int | None, remaining: int | None
    ) -> None:
        super().__init__(retry_after)
        self.body = told.text
        self.reset, self.limit, self.remaining = reset, limit, remaining


_BY_STATUS: Final[dict[int, type[WbAnswer]]] = {
    401: TokenRejected,
    402: PaymentRequired,
    403: CapabilityForbidden,
    404: NotObtainable,
    409: WbConflict,
    422: NotObtainable,
}


def error_of(response: httpx.Response, *, token: str) -> WbAnswer:
    """The error an answer of 3xx, 4xx or 5xx stands for."""
    status = response.status_code
    kind = _BY_STATUS.get(status) or (BadRequest if 400 <= status < 500 and status != 408 else WbUnavailable)
    return kind(told_by(response, token=token))


def told_by(response: httpx.Response, *, token: str) -> Told:
    """The words of any of WB's families of error bodies, or the plain text."""
    try:
        body = decode(response.content)
    except Garbled:
        body = response.text
    words, code = _words(body)
    return Told(response.status_code, clean(words, token=token), clean(code, token=token))


def envelope_told(body: dict[str, Any], *, token: str) -> Told:
    """The words of an envelope that came with 200."""
    return Told(200, clean(_words(body)[0], token=token))


def clean(text: str, *, token: str) -> str:
    """Short and printable, without the token even where it is not shaped like one."""
    printable = "".join(char if char.isprintable() else " " for char in text.replace(token, "***"))
    return redact_text(printable)[:LONGEST_TEXT]


def _words(body: Any) -> tuple[str, str]:
    if not isinstance(body, dict):
        return ("" if body is None else str(body)), ""
    said = [body.get(name) for name in ("errorText", "title", "detail", "error", "message")]
    more = body.get("additionalErrors")
    said += more if isinstance(more, list) else []
    text = ": ".join(dict.fromkeys(word for word in said if isinstance(word, str) and word))
    return text, str(body.get("code") or "")
