"""A complaint was filed in the cabinet: said at once by the extension; the next page repairs it when that was lost."""

from datetime import datetime
from uuid import UUID

from app.cabinet.applying import lock_known, write
from app.cabinet.gate import Observation, advance
from app.cabinet.states import ComplaintState, FiledBy, Source
from app.kit.db import Direct
from app.kit.errors import Conflict, NotFound


class AlreadySent(Conflict):
    """The one complaint of this feedback is spent already; the shipped client counts this answer as done."""

    code = "ALREADY_SENT"
    message = "Жалоба на этот отзыв уже подана."


class FeedbackUnknown(NotFound):
    """The shop has no such feedback."""

    code = "FEEDBACK_NOT_FOUND"
    message = "Отзыв не найден."


async def file_complaint(
    connection: Direct, shop_id: UUID, feedback_id: str, *, sent_at: datetime, actor: str, now: datetime
) -> datetime:
    """Pending from now on; without an approved draft of ours it was filed elsewhere. Says the moment of filing."""
    known = (await lock_known(connection, shop_id, [feedback_id])).get(feedback_id)
    if known is None:
        raise FeedbackUnknown
    if known.complaint.filed:
        raise AlreadySent
    at = min(sent_at, now)
    seen = Observation(
        source=Source.FILER,
        observed_at=at,
        complaint=ComplaintState.PENDING,
        filed_by=FiledBy.US if known.ready else FiledBy.SELLER,
        filed_at=at,
        actor=actor,
        raw="sent",
    )
    await write(connection, shop_id, {feedback_id: (advance(known, seen), seen)})
    return at
