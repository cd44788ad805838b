"""What became of jobs: for people who ask and try again, and for the timers that look after what was left behind."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import select, text
from sqlalchemy.ext.asyncio import AsyncSession

from app.kit.clock import utc_now
from app.kit.errors import Conflict, NotFound
from app.kit.jobs import JobRecord, JobState


class NoSuchJob(NotFound):
    """No job with this id in the caller's shops."""

    message = "Задание не найдено."


class NotADeadLetter(Conflict):
    """Only a failed job can be tried again."""

    code = "JOB_NOT_FAILED"
    message = "Повторить можно только задание, которое завершилось ошибкой."


async def get_job(session: AsyncSession, shop_id: UUID, job_id: UUID) -> JobRecord:
    """Raises NoSuchJob."""
    record = await session.get(JobRecord, (shop_id, job_id))
    if record is None:
        raise NoSuchJob
    return record


async def find_job(session: AsyncSession, shop_ids: Sequence[UUID], job_id: UUID) -> JobRecord | None:
    """Looked for only in these shops."""
    stmt = select(JobRecord).where(JobRecord.shop_id.in_(shop_ids), JobRecord.id == job_id)
    return (await session.scalars(stmt)).one_or_none()


async def jobs_of_shops(
    session: AsyncSession, shop_ids: Sequence[UUID], *, state: JobState | None, limit: int
) -> Sequence[JobRecord]:
    """Newest first."""
    stmt = select(JobRecord).where(JobRecord.shop_id.in_(shop_ids))
    if state is not None:
        stmt = stmt.where(JobRecord.state == state)
    return (await session.scalars(stmt.order_by(JobRecord.created_at.desc()).limit(limit))).all()


async def lock_job(session: AsyncSession, shop_id: UUID, job_id: UUID) -> JobRecord:
    """The job's row, locked against a worker's or another person's change."""
    record = await session.get(JobRecord, (shop_id, job_id), with_for_update=True)
    if record is None:
        raise NoSuchJob
    return record


_DELIVER_AGAIN = text("""
INSERT INTO pgqueuer (priority, status, entrypoint, payload, execute_after, dedupe_key)
SELECT 0, 'queued', j.kind, convert_to(json_build_object('shop_id', j.shop_id, 'id', j.id)::text, 'UTF8'),
       now(), j.id::text
FROM jobs j
WHERE j.state IN ('queued', 'running') AND j.run_after < now() - make_interval(secs => :overdue)
  AND (CAST(:shop_id AS uuid) IS NULL OR j.shop_id = :shop_id) AND (CAST(:id AS uuid) IS NULL OR j.id = :id)
  AND NOT EXISTS (
    SELECT FROM pgqueuer q WHERE q.dedupe_key = j.id::text AND q.status IN ('queued', 'picked')
  )
ON CONFLICT DO NOTHING
""")


async def deliver_lost(session: AsyncSession, *, overdue: float = 15) -> None:
    """A live job whose delivery was lost (PgQueuer drops a cancelled one) is delivered again."""
    await session.execute(_DELIVER_AGAIN, {"overdue": overdue, "shop_id": None, "id": None})


async def try_again(session: AsyncSession, shop_id: UUID, job_id: UUID) -> JobRecord:
    """Queue a dead letter once more, with its attempts forgotten; raises NotADeadLetter."""
    record = await lock_job(session, shop_id, job_id)
    if record.state is not JobState.FAILED:
        raise NotADeadLetter
    record.state, record.attempts, record.error, record.error_code = JobState.QUEUED, 0, None, None
    # Its key may be another's by now.
    record.run_after, record.finished_at, record.dedupe_key = utc_now(), None, None
    await session.flush()
    await session.execute(_DELIVER_AGAIN, {"overdue": -60, "shop_id": shop_id, "id": job_id})
    return record


_PURGE = text("""
WITH old AS (
  DELETE FROM jobs WHERE state = 'done' AND finished_at < now() - make_interval(days => :days)
)
DELETE FROM pgqueuer_log WHERE created < now() - make_interval(days => :days)
""")


async def purge_done(session: AsyncSession, *, days: int = 7) -> None:
    """Forget what went well long ago; dead letters stay."""
    await session.execute(_PURGE, {"days": days})
