"""Pages that show feedbacks which we do not have yet."""

from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.feedbacks.jobs import SyncFeedbacks
from app.feedbacks.queries import find_sync
from app.kit.jobs import enqueue

FRESH = timedelta(minutes=5)
"""What a sync that ended so recently did not bring, another would not bring either."""


async def ask_for_sync(session: AsyncSession, shop_id: UUID, *, now: datetime) -> bool:
    """One sync however many pages ask; says whether there is one."""
    state = await find_sync(session, shop_id)
    if state is not None and state.finished_at is not None and now - state.finished_at < FRESH:
        return False
    await enqueue(session, SyncFeedbacks(shop_id=shop_id))
    return True
