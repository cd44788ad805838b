"""A page's «not found» is a hint; whether a feedback is gone only Wildberries' API says."""

from app.cabinet.jobs import LookAgain
from app.feedbacks.models import Feedback
from app.feedbacks.ports import FeedbackSource
from app.feedbacks.storing import mark_deleted, store
from app.kit.clock import utc_now
from app.kit.db import Database


async def look_again(job: LookAgain, *, database: Database, source: FeedbackSource) -> None:
    """One request; what it tells reaches the standing as any other change of a feedback does."""
    async with database.transaction() as session:
        known = await session.get(Feedback, (job.shop_id, job.feedback_id))
    if known is None or known.deleted_at is not None:
        return
    found = await source.one(job.shop_id, job.feedback_id)
    async with database.transaction() as session:
        if found is None:
            await mark_deleted(session, job.shop_id, [job.feedback_id], now=utc_now())
        else:
            await store(session, job.shop_id, [found])
