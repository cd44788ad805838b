"""Who is asking: tokens looked up in the database and remembered for some seconds in this process."""

import hashlib
import time
from collections.abc import Callable
from typing import Annotated, Final

from fastapi import Depends, Request
from starlette.datastructures import State

from app.accounts.access_tokens import Caller, find_caller
from app.extension.recent import Recent
from app.kit.clock import utc_now
from app.kit.db import Database

REMEMBERED: Final = 10.0
"""Seconds for which a revoked token may still pass in a process that has just seen it; 60 are promised."""
MOST_REMEMBERED: Final = 10_000
SCOPE_KEY: Final = "wbrm.caller"


class KnownCallers:
    """Strangers are remembered apart, so that a flood of guesses pushes no real caller out."""

    def __init__(self, state: State, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._state, self._clock = state, clock
        self._known: Recent[bytes, Caller] = Recent(MOST_REMEMBERED)
        self._strangers: Recent[bytes, bool] = Recent(MOST_REMEMBERED)

    async def find(self, token: str) -> Caller | None:
        """None for a token that is unknown, revoked or expired."""
        # A token is random enough for a hash without a key, and this one leaves the process nowhere.
        shown = hashlib.sha256(token.encode()).digest()
        now = self._clock()
        caller = self._known.get(shown, now)
        if caller is not None or self._strangers.get(shown, now):
            return caller
        hashes = self._state.vault.keyed_hashes(token)
        moment = utc_now()
        async with self._state.database.glance() as connection:
            caller = await find_caller(connection, hashes, now=moment)
        if caller is None:
            self._strangers.put(shown, True, until=now + REMEMBERED)
            return None
        left = (caller.expires_at - moment).total_seconds() if caller.expires_at else REMEMBERED
        self._known.put(shown, caller, until=now + min(left, REMEMBERED))
        return caller


async def get_caller(request: Request) -> Caller:
    """The guard lets nobody else through."""
    caller: Caller = request.scope[SCOPE_KEY]
    return caller


CurrentCaller = Annotated[Caller, Depends(get_caller)]


def asked_of(request: Request) -> tuple[Database, Caller]:
    """For hot reads: the same as `Db` and `CurrentCaller`, without FastAPI's solving of dependencies."""
    return request.app.state.database, request.scope[SCOPE_KEY]
