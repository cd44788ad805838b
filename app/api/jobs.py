"""/api/jobs: what the worker has to do, did, or gave up on."""

from datetime import datetime
from typing import Annotated, Self
from uuid import UUID

from fastapi import APIRouter, Query
from pydantic import Field

from app.api.dependencies import CurrentUser, shop_for
from app.api.errors import problems
from app.api.fields import WireOut
from app.kit.http import Session
from app.kit.job_records import NoSuchJob, find_job, jobs_of_shops, try_again
from app.kit.jobs import JobRecord, JobState
from app.shops.models import Role
from app.shops.queries import shop_ids_of

router = APIRouter(prefix="/jobs", tags=["Задания"], responses=problems(401))


class JobOut(WireOut):
    """Задание: у неудачного `error` говорит, что случилось."""

    id: UUID
    shop_id: UUID
    kind: str
    state: JobState
    attempts: int
    run_after: datetime = Field(description="Не раньше этого времени")
    created_at: datetime
    started_at: datetime | None
    finished_at: datetime | None
    error_code: str | None
    error: str | None

    @classmethod
    def of(cls, record: JobRecord) -> Self:
        return cls.model_validate(record)


@router.get("", summary="Список заданий")
async def list_jobs(
    session: Session,
    user: CurrentUser,
    state: JobState | None = None,
    shop_id: UUID | None = None,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
) -> list[JobOut]:
    """Задания ваших магазинов, новые сверху; state=failed показывает те, что не удались."""
    shop_ids = await shop_ids_of(session, user.id)
    if shop_id is not None:
        shop_ids = [shop_id] if shop_id in shop_ids else []
    return [JobOut.of(record) for record in await jobs_of_shops(session, shop_ids, state=state, limit=limit)]


@router.get("/{job_id}", responses=problems(404), summary="Задание")
async def get(session: Session, user: CurrentUser, job_id: UUID) -> JobOut:
    """Одно задание."""
    return JobOut.of(await _own_job(session, user.id, job_id))


@router.post("/{job_id}/retry", responses=problems(403, 404, 409), summary="Попробовать ещё раз")
async def retry(session: Session, user: CurrentUser, job_id: UUID) -> JobOut:
    """Попробовать неудавшееся задание ещё раз."""
    record = await _own_job(session, user.id, job_id)
    await shop_for(session, user, record.shop_id, Role.MANAGER, writing=True)
    return JobOut.of(await try_again(session, record.shop_id, record.id))


async def _own_job(session: Session, user_id: UUID, job_id: UUID) -> JobRecord:
    record = await find_job(session, await shop_ids_of(session, user_id), job_id)
    if record is None:
        raise NoSuchJob
    return record
