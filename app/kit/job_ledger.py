"""What a worker writes into `jobs`: claims and outcomes, those of jobs that run side by side in one statement."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

from pgqueuer.domain.errors import RetryRequested

from app.kit.db import Database
from app.kit.jobs import JobState
from app.kit.together import Together


@dataclass(frozen=True, slots=True)
class Place:
    """Where a job's row lies."""

    shop_id: UUID
    id: UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """A job that is neither done nor failed, as it was enqueued."""

    place: Place
    kind: str
    payload: dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What becomes of a job: its state, and for a queued one the seconds until the next try."""

    state: JobState
    delay: float = 0
    refund: int = 0
    code: str | None = None
    error: str | None = None


DONE = Verdict(state=JobState.DONE)

_FIND = """
SELECT jobs.id, jobs.kind, jobs.payload
FROM unnest($1::uuid[], $2::uuid[]) AS asked (shop_id, id) JOIN jobs USING (shop_id, id)
WHERE jobs.state IN ('queued', 'running')
"""
# A group waits for nobody's row: neither do its jobs hold up each other, nor can two groups lock crosswise.
_CLAIM = """
WITH free AS (
  SELECT jobs.shop_id, jobs.id, asked.forget_key
  FROM unnest($1::uuid[], $2::uuid[], $3::boolean[]) AS asked (shop_id, id, forget_key) JOIN jobs USING (shop_id, id)
  WHERE jobs.state IN ('queued', 'running') AND jobs.run_after <= clock_timestamp()
  FOR UPDATE OF jobs {or_leave}
)
UPDATE jobs SET state = 'running', started_at = clock_timestamp(),
  attempts = jobs.attempts + CASE jobs.state WHEN 'queued' THEN 1 ELSE 0 END,  -- a killed worker is not its fault
  dedupe_key = CASE WHEN free.forget_key THEN NULL ELSE jobs.dedupe_key END
FROM free WHERE jobs.shop_id = free.shop_id AND jobs.id = free.id
RETURNING jobs.id, jobs.attempts
"""
_CLAIM_FREE, _CLAIM_ONE = _CLAIM.format(or_leave="SKIP LOCKED"), _CLAIM.format(or_leave="")
_TOO_EARLY = """
SELECT extract(epoch FROM run_after - clock_timestamp())::float8 FROM jobs
WHERE shop_id = $1 AND id = $2 AND state IN ('queued', 'running')
"""
_DONE = """
WITH free AS (
  SELECT jobs.shop_id, jobs.id
  FROM unnest($1::uuid[], $2::uuid[]) AS asked (shop_id, id) JOIN jobs USING (shop_id, id)
  FOR UPDATE OF jobs SKIP LOCKED
)
UPDATE jobs SET state = 'done', error_code = NULL, error = NULL, run_after = now(), finished_at = clock_timestamp()
FROM free WHERE jobs.shop_id = free.shop_id AND jobs.id = free.id
RETURNING jobs.id
"""
_STAND_IN = """
UPDATE jobs SET state = 'done', finished_at = clock_timestamp()
WHERE shop_id = $1 AND dedupe_key = $3 AND state = 'queued' AND id <> $2
"""
_OUTCOME = """
UPDATE jobs SET state = $3, attempts = attempts - $4, error_code = $5, error = $6,
  dedupe_key = coalesce($7, dedupe_key), run_after = now() + make_interval(secs => $8),
  finished_at = CASE WHEN $3 = 'queued' THEN NULL ELSE clock_timestamp() END
WHERE shop_id = $1 AND id = $2
"""


class Ledger:
    """The rows of the jobs that one worker process runs."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self.find = Together(self._find)
        self._claim_free = Together(self._claim_group)
        self._finish = Together(self._finish_group)

    async def claim(self, place: Place, *, forget_key: bool) -> int | None:
        """The number of this try; None when the job was finished meanwhile. Raises RetryRequested before its time.

        PgQueuer may bring a job early, after a heartbeat came late.
        """
        attempts = await self._claim_free((place, forget_key))
        if attempts is not None:
            return attempts
        async with self.database.direct() as connection:
            row = await connection.fetchrow(_CLAIM_ONE, [place.shop_id], [place.id], [forget_key])
            if row is not None:
                return int(row["attempts"])
            left = await connection.fetchval(_TOO_EARLY, place.shop_id, place.id)
        if left is None:
            return None
        raise RetryRequested(timedelta(seconds=max(0.0, left)))

    async def write_down(self, place: Place, verdict: Verdict, *, key: str | None) -> None:
        """The outcome of a try; with `key` a wake-up takes its name back, and stands in for whoever had it."""
        if verdict == DONE and key is None and await self._finish(place):
            return
        async with self.database.direct() as connection:
            if key is not None and verdict.state is JobState.QUEUED:
                await connection.execute(_STAND_IN, place.shop_id, place.id, key)
            await connection.execute(
                _OUTCOME,
                place.shop_id,
                place.id,
                verdict.state.value,
                verdict.refund,
                verdict.code,
                verdict.error,
                key,
                float(verdict.delay),
            )

    async def _find(self, places: Sequence[Place]) -> list[Found | None]:
        rows = await self._group(_FIND, places)
        found = {row["id"]: row for row in rows}
        return [
            Found(place=place, kind=row["kind"], payload=json.loads(row["payload"]))
            if (row := found.get(place.id))
            else None
            for place in places
        ]

    async def _claim_group(self, asked: Sequence[tuple[Place, bool]]) -> list[int | None]:
        places = [place for place, _ in asked]
        rows = await self._group(_CLAIM_FREE, places, [forget_key for _, forget_key in asked])
        attempts = {row["id"]: row["attempts"] for row in rows}
        return [attempts.get(place.id) for place in places]

    async def _finish_group(self, places: Sequence[Place]) -> list[bool]:
        finished = {row["id"] for row in await self._group(_DONE, places)}
        return [place.id in finished for place in places]

    async def _group(self, sql: str, places: Sequence[Place], *more: object) -> Sequence[Any]:
        async with self.database.glance() as connection:
            return await connection.fetch(
                sql, [place.shop_id for place in places], [place.id for place in places], *more
            )
