"""What the database's own errors mean to a caller."""

import socket

import asyncpg
from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from app.kit.errors import Invalid, Unavailable, WbrmError

KINDS: tuple[type[Exception], ...] = (
    DBAPIError,
    PoolTimeout,
    asyncpg.PostgresError,
    asyncpg.InterfaceError,
    asyncpg.InternalClientError,
    ConnectionError,
    TimeoutError,
    socket.gaierror,
)
# Connection lost, two transactions in each other's way, out of resources, shut down by an operator, system error.
_AWAY = ("08", "40", "53", "57", "58")
# A text with a zero byte, a number out of range: the caller's data, not our mistake.
_BAD_DATA = "22"


class DatabaseAway(Unavailable):
    """A later try may succeed."""

    code = "DATABASE_AWAY"
    message = "База данных временно недоступна. Попробуйте через минуту."


class UnstorableValue(Invalid):
    """PostgreSQL cannot store such a value."""

    code = "UNSTORABLE_VALUE"
    message = "Запрос содержит недопустимые символы или числа."


def as_known(error: Exception) -> WbrmError | None:
    """None when it is a mistake of ours."""
    state = getattr(error, "sqlstate", None) or getattr(getattr(error, "orig", None), "sqlstate", None)
    if state:
        return DatabaseAway() if state[:2] in _AWAY else UnstorableValue() if state[:2] == _BAD_DATA else None
    if isinstance(error, asyncpg.InterfaceError) and isinstance(error, ValueError):
        return UnstorableValue()  # the bare driver looks at numbers and texts before it sends them
    if isinstance(error, DBAPIError):
        away = error.connection_invalidated or isinstance(error, OperationalError | InterfaceError)
        return DatabaseAway() if away else None
    return DatabaseAway()
