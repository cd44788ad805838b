"""What can go wrong between us and the model, told by kind."""

import math

import openai

from app.kit.errors import Forbidden, RateLimited, Unavailable, WbrmError

DEFAULT_PAUSE = 20.0
LONGEST_PAUSE = 3600.0


class WriterUnreachable(Unavailable):
    code = "WRITER_UNREACHABLE"
    message = "Языковая модель не отвечает. Черновик будет составлен позже."


class WriterBusy(RateLimited):
    code = "WRITER_BUSY"
    message = "Исчерпан лимит запросов к языковой модели."


class WriterMisconfigured(Forbidden):
    """The key, the address, the model's name or the account is wrong; trying again cannot help."""

    code = "WRITER_MISCONFIGURED"
    message = "Языковая модель не принимает запрос. Проверьте ключ, адрес и название модели в настройках."


def translated(error: openai.OpenAIError) -> WbrmError:
    """The SDK's trouble as one of our kinds."""
    if isinstance(error, openai.RateLimitError):
        if error.code == "insufficient_quota":
            return WriterMisconfigured("На счёте языковой модели закончились средства.")
        return WriterBusy(_pause(error.response.headers.get("retry-after", "")))
    if isinstance(error, openai.APIStatusError) and error.status_code < 500 and error.status_code not in {408, 409}:
        return WriterMisconfigured()
    return WriterUnreachable()


def _pause(header: str) -> float:
    """Seconds; a date or nonsense in the header means our own pause."""
    try:
        seconds = float(header)
    except ValueError:
        return DEFAULT_PAUSE
    return min(max(seconds, 1.0), LONGEST_PAUSE) if math.isfinite(seconds) else DEFAULT_PAUSE
