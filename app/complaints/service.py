"""What a person decides: not to file, to think again, to ask the writer again, whom to believe."""

from datetime import datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.cabinet.states import ComplaintState, Source, Triage
from app.complaints import queries
from app.complaints.jobs import DraftComplaint
from app.complaints.keeping import take_back
from app.complaints.marking import Mark, set_triage
from app.complaints.possibility import assert_free, assert_not_filed, assert_possible
from app.complaints.refusals import StaleVersion
from app.kit.db import direct
from app.kit.jobs import enqueue, enqueue_again


async def dismiss(
    session: AsyncSession, shop_id: UUID, feedback_id: str, *, why: str, actor: str, now: datetime
) -> None:
    """«Не подаём»: a draft is taken back, its words stay on record; nobody considers the feedback again by itself."""
    standing = await queries.lock_standing(session, shop_id, feedback_id)
    assert_free(standing, now=now)
    mark = Mark(source=Source.PERSON, actor=actor, at=now)
    if standing.complaint is ComplaintState.DRAFT:
        kept = await queries.complaints_of(session, shop_id, [feedback_id])
        await take_back(session, shop_id, {feedback_id: why}, kept=kept, mark=mark)
    await set_triage(await direct(session), shop_id, {feedback_id: why}, Triage.DISMISSED, mark=mark)


async def reopen(session: AsyncSession, shop_id: UUID, feedback_id: str, *, actor: str, now: datetime) -> None:
    """Dismissed, or without ground: it may be a candidate again."""
    standing = await queries.lock_standing(session, shop_id, feedback_id)
    assert_not_filed(standing)
    mark = Mark(source=Source.PERSON, actor=actor, at=now)
    await set_triage(await direct(session), shop_id, {feedback_id: ""}, Triage.OPEN, mark=mark)


async def ask_for_draft(
    session: AsyncSession, shop_id: UUID, feedback_id: str, *, version: int, actor: str, now: datetime
) -> UUID:
    """The id of the job that will write another version; raises why not."""
    standing = await queries.lock_standing(session, shop_id, feedback_id)
    assert_free(standing, now=now)
    assert_possible(standing)
    complaint = await queries.find_complaint(session, shop_id, feedback_id)
    if (complaint.version if complaint else 0) != version:
        raise StaleVersion
    job = DraftComplaint(shop_id=shop_id, feedback_id=feedback_id, asked_by=actor, version=version)
    return await enqueue_again(session, job, rest=0) or await enqueue(session, job)
