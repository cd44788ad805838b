"""A seller's turns: taken from the shared bucket, which learns from what Wildberries says of its own."""

import asyncio
import math
import random
from typing import Final

import httpx
import structlog
from sqlalchemy.exc import SQLAlchemyError

from app.kit import limits as buckets
from app.kit.clock import utc_now
from app.kit.db import Database
from app.kit.limits import Budget
from app.kit.metrics import WB_COOLDOWN
from app.wildberries.calls import Caller, Operation
from app.wildberries.errors import BudgetSpent, Told, WbRateLimited
from app.wildberries.limits import Bucket, budget, closure

PATIENCE: Final = 1.0
URGENT_PATIENCE: Final = 5.0
SHORTEST_WAIT: Final = 0.1
log = structlog.get_logger(__name__)


class Pacer:
    """Times are real seconds; Wildberries' own are divided by `speed`, which only a simulator sets."""

    def __init__(self, database: Database, *, has_secret: bool, speed: float = 1) -> None:
        self.database = database
        self.has_secret = has_secret
        self.speed = speed

    async def take_turn(self, caller: Caller, operation: Operation) -> None:
        """Waits here for a token that is nearly due; raises BudgetSpent for one that is not."""
        # The shared budget first: when the other one refuses, only a token of the quicker one is lost.
        taken = [await self._take(caller, bucket) for bucket in (operation.shared, operation.bucket) if bucket]
        if wait := max(wait for _, wait in taken):
            await asyncio.sleep(wait)
            for key, _ in taken:
                await self._expect_open(key)

    async def _take(self, caller: Caller, bucket: Bucket) -> tuple[str, float]:
        """The bucket's key and the seconds until the booked token may be used."""
        key = bucket_key(caller.seller_id, bucket)
        allowed = budget(caller.kind, bucket, has_secret=self.has_secret, speed=self.speed)
        patience = URGENT_PATIENCE if caller.urgent else PATIENCE
        async with self.database.transaction() as session:
            grant = await buckets.take(session, key, allowed, urgent=caller.urgent, patience=patience)
        if not grant.granted:
            raise BudgetSpent(max(SHORTEST_WAIT, grant.wait))
        return key, grant.wait

    async def charge(self, caller: Caller, operation: Operation) -> None:
        """Count a call that was made on another bucket and turned out to be this caller's."""
        async with self.database.transaction() as session:
            await buckets.take(session, _key(caller, operation), self._budget(caller, operation), urgent=False)

    async def learn(self, caller: Caller, operation: Operation, response: httpx.Response) -> None:
        """Believe `X-Ratelimit-Remaining` when it is lower than our own count."""
        left, allowed = number(response, "X-Ratelimit-Remaining"), self._budget(caller, operation)
        if left is None or left >= allowed.capacity:
            return
        try:
            async with self.database.transaction() as session:
                await buckets.feed_back(session, _key(caller, operation), allowed, left=int(left))
        except (SQLAlchemyError, OSError) as error:
            # The call itself is over; a lost correction must not make it look failed.
            log.warning("wb_remaining_not_kept", operation=operation.name, error=type(error).__name__)

    async def close(self, caller: Caller, operation: Operation, response: httpx.Response, told: Told) -> WbRateLimited:
        """A 429 closes the bucket for everybody until Wildberries' time plus 5–10 %, at least a second."""
        wait = number(response, "X-Ratelimit-Retry")
        if wait is None:
            wait = closure(caller.kind, operation.bucket, has_secret=self.has_secret)
        wait = (wait + max(1.0, wait * random.uniform(0.05, 0.10))) / self.speed
        log.warning(
            "wb_bucket_closed",
            bucket=operation.bucket,
            seller_id=caller.seller_id,
            seconds=round(wait),
            told=told.text,
        )
        WB_COOLDOWN.labels(operation.bucket).observe(wait)
        try:
            async with self.database.transaction() as session:
                await buckets.close(session, _key(caller, operation), seconds=wait)
        except (SQLAlchemyError, OSError) as error:
            log.warning("wb_closure_not_kept", bucket=operation.bucket, error=type(error).__name__)
        return WbRateLimited(
            wait,
            told,
            reset=number(response, "X-Ratelimit-Reset"),
            limit=_whole(number(response, "X-Ratelimit-Limit")),
            remaining=_whole(number(response, "X-Ratelimit-Remaining")),
        )

    async def _expect_open(self, key: str) -> None:
        """A 429 may have come to somebody else while we waited for a booked token."""
        async with self.database.transaction() as session:
            closed_until = await buckets.blocked_until(session, key)
        wait = (closed_until - utc_now()).total_seconds() if closed_until else 0
        if wait > 0:
            raise BudgetSpent(wait)

    def _budget(self, caller: Caller, operation: Operation) -> Budget:
        return budget(caller.kind, operation.bucket, has_secret=self.has_secret, speed=self.speed)


def number(response: httpx.Response, header: str) -> float | None:
    """A header's non-negative number; None when it is absent or garbled."""
    try:
        value = float(response.headers.get(header, ""))
    except ValueError:
        return None
    return value if math.isfinite(value) and value >= 0 else None


def _whole(value: float | None) -> int | None:
    return None if value is None else int(value)


def _key(caller: Caller, operation: Operation) -> str:
    return bucket_key(caller.seller_id, operation.bucket)


def bucket_key(seller_id: str, bucket: Bucket) -> str:
    """Shared by all tokens of a seller, and by all processes."""
    return f"wb:{seller_id}:{bucket}"
