"""How often a token may ask and tell: a bucket in PostgreSQL for all processes, drawn from by the handful.

A process takes as many at once as it has just seen requests, so a slow caller wastes none and a fast one costs
a statement for many. What it took it spends within two seconds or loses; it never spends what it did not take.
"""

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from math import ceil
from typing import Final
from uuid import UUID

from starlette.datastructures import State

from app.accounts.access_tokens import Caller
from app.extension.recent import Recent
from app.extension.wire import wire_time
from app.kit.clock import utc_now
from app.kit.db import Database
from app.kit.limits import Budget, take_handful
from app.kit.settings import Settings

PACE: Final = 0.1
"""Seconds over which arrivals are counted."""
KEPT: Final = 2.0
HANDFULS: Final = 20
"""One handful is at most this part of the limit."""
MOST_REMEMBERED: Final = 20_000


@dataclass(frozen=True, slots=True)
class Standing:
    """Where a token stands after a request; `wait` is in seconds, for one that was refused."""

    granted: bool
    limit: int
    remaining: int
    full_in: float
    wait: float

    def headers(self) -> list[tuple[bytes, bytes]]:
        """Reset is an instant, since the clients make a date of it."""
        found = [
            (b"x-ratelimit-limit", b"%d" % self.limit),
            (b"x-ratelimit-remaining", b"%d" % self.remaining),
            (b"x-ratelimit-reset", wire_time(utc_now() + timedelta(seconds=self.full_in)).encode()),
        ]
        return found if self.granted else [*found, (b"retry-after", b"%d" % max(1, ceil(self.wait)))]


class Allowances:
    """Of all tokens this process has lately seen."""

    def __init__(self, state: State, *, clock: Callable[[], float] = time.monotonic) -> None:
        settings: Settings = state.settings
        self._limits = {False: settings.extension_reads_per_minute, True: settings.extension_reports_per_minute}
        self._state, self._clock = state, clock
        self._known: Recent[tuple[UUID, bool], Allowance] = Recent(MOST_REMEMBERED)

    async def spend(self, caller: Caller, *, reporting: bool) -> Standing:
        """Counts one request."""
        key = (caller.token_id, reporting)
        allowance = self._known.get(key)
        if allowance is None:
            name = f"extension:{caller.token_id}:{'report' if reporting else 'read'}"
            allowance = Allowance(name, self._limits[reporting], self._clock)
            self._known.put(key, allowance)
        return await allowance.spend(self._state.database)


class Allowance:
    """One token's reads or reports, as far as this process takes part in them."""

    def __init__(self, key: str, limit: int, clock: Callable[[], float]) -> None:
        self._key, self._clock = key, clock
        self._budget = Budget(capacity=limit, interval=60 / limit)
        self._asking = asyncio.Lock()
        self._left, self._good_until = 0, 0.0
        self._full_at = self._shut_until = 0.0
        self._pace_since, self._arrived, self._arrived_before = 0.0, 0, 0

    async def spend(self, database: Database) -> Standing:
        """From what is at hand, or else from the bucket; one at a time asks it for all."""
        self._arrive()
        standing = self._from_hand()
        if standing is None:
            async with self._asking:
                standing = self._from_hand() or await self._from_bucket(database)
        return standing

    def _arrive(self) -> None:
        elapsed = self._clock() - self._pace_since
        if elapsed >= PACE:
            self._arrived_before = self._arrived if elapsed < 2 * PACE else 0
            self._arrived, self._pace_since = 0, self._pace_since + elapsed
        self._arrived += 1

    def _from_hand(self) -> Standing | None:
        now = self._clock()
        if self._left and now < self._good_until:
            self._left -= 1
            return self._standing(now, granted=True)
        return self._standing(now, granted=False) if now < self._shut_until else None

    async def _from_bucket(self, database: Database) -> Standing:
        wanted = min(max(self._arrived, self._arrived_before), max(1, self._budget.capacity // HANDFULS))
        now = self._clock()
        async with database.glance() as connection:
            taken = await take_handful(connection, self._key, self._budget, wanted)
        self._full_at = now + taken.full_in
        if taken.tokens:
            self._left, self._good_until = taken.tokens - 1, now + KEPT
        else:
            self._left, self._shut_until = 0, now + taken.wait
        return self._standing(now, granted=taken.tokens > 0)

    def _standing(self, now: float, *, granted: bool) -> Standing:
        full_in = max(0.0, self._full_at - now)
        in_bucket = self._budget.capacity - ceil(full_in / self._budget.interval - 1e-6)
        return Standing(
            granted=granted,
            limit=self._budget.capacity,
            remaining=max(0, in_bucket + self._left) if granted else 0,
            full_in=full_in,
            wait=0.0 if granted else max(0.0, self._shut_until - now),
        )
