"""Seven kinds of trouble; each surface and the worker decide by the kind, never by the subclass."""

from collections.abc import Sequence


class WbrmError(Exception):
    """Base of all expected trouble: `code` is stable for programs, `message` is Russian for people.

    `details` are (field, message) pairs, where one sentence is not enough.
    """

    code = "ERROR"
    details: Sequence[tuple[str, str]] = ()
    message = "Что-то пошло не так."

    def __init__(self, message: str | None = None) -> None:
        self.message = message or type(self).message
        super().__init__(self.message)


class Invalid(WbrmError):
    """The request can never succeed as it stands."""

    code = "INVALID"
    message = "Запрос составлен неверно."


class Conflict(WbrmError):
    """The request came too late or clashes with the present state."""

    code = "CONFLICT"
    message = "Состояние уже изменилось. Обновите страницу."


class Unauthorized(WbrmError):
    """Nobody is logged in, or the credentials are wrong."""

    code = "UNAUTHORIZED"
    message = "Войдите в систему."


class Forbidden(WbrmError):
    """Known caller, but the role or the token does not allow this."""

    code = "FORBIDDEN"
    message = "Недостаточно прав для этого действия."


class NotFound(WbrmError):
    """Absent, or not the caller's: the answer is the same."""

    code = "NOT_FOUND"
    message = "Не найдено."


class Unavailable(WbrmError):
    """A neighbour (database, Wildberries, LLM) did not answer; a later try may succeed."""

    code = "UNAVAILABLE"
    message = "Сервис временно недоступен. Попробуйте позже."


class RateLimited(WbrmError):
    """A budget is spent; `retry_after` is in seconds."""

    code = "RATE_LIMITED"
    message = "Слишком много запросов. Попробуйте позже."

    def __init__(self, retry_after: float, message: str | None = None) -> None:
        super().__init__(message)
        self.retry_after = retry_after
