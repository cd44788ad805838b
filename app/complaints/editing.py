"""A person's own words: for a draft, or where there is none yet. The person answers for the ground, we for the form."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.cabinet.states import Source
from app.complaints import queries
from app.complaints.grounds import text_refusal
from app.complaints.keeping import Words, keep_drafts
from app.complaints.marking import Mark
from app.complaints.models import Complaint
from app.complaints.ports import ComplaintRequest
from app.complaints.possibility import assert_free, assert_possible
from app.complaints.quoting import places
from app.complaints.reasons import Reason, find_reason
from app.complaints.refusals import BadlyWorded, StaleVersion
from app.complaints.verdicts import SENTENCES, Flaw
from app.complaints.wording import opened

PERSON = "person"
OVERRIDABLE = frozenset({Flaw.INVENTED, Flaw.BOILERPLATE})
"""A person may know a date or an order that the feedback does not tell."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Edit:
    """New words; `version` is the one that the person saw, 0 before there was any."""

    reason_id: int
    text: str
    version: int


async def write_complaint(
    session: AsyncSession, shop_id: UUID, feedback_id: str, edit: Edit, *, actor: str, now: datetime
) -> None:
    """A new version that waits for approval, whatever the old one had; raises why not."""
    asked = await queries.considered(session, shop_id, feedback_id)
    standing = await queries.lock_standing(session, shop_id, feedback_id)
    assert_free(standing, now=now)
    assert_possible(standing)
    complaint = await queries.find_complaint(session, shop_id, feedback_id)
    text = opened(edit.text, asked.request)
    if (complaint.version if complaint else 0) != edit.version:
        if complaint is not None and _is_the_same(complaint, edit, text, actor):
            return
        raise StaleVersion
    reason = _formally_right(edit, text, asked.request)
    quotes = _quotes_that_stand(complaint, reason, asked.request)
    words = Words(
        reason_id=int(reason),
        text=text,
        quotes=quotes,
        writer=PERSON,
        provable=bool(quotes) and complaint is not None and complaint.provable,
        action="edited" if complaint is not None and complaint.text else "written",
        fingerprint=asked.fingerprint,
        details={},
    )
    mark = Mark(source=Source.PERSON, actor=actor, at=now)
    kept = {feedback_id: complaint} if complaint else {}
    await keep_drafts(session, shop_id, {feedback_id: words}, kept=kept, mark=mark)


def _is_the_same(complaint: Complaint, edit: Edit, text: str, actor: str) -> bool:
    """The second half of a double click."""
    mine = complaint.writer == PERSON and complaint.updated_by == actor and complaint.version == edit.version + 1
    return mine and (complaint.reason_id, complaint.text) == (edit.reason_id, text)


def _formally_right(edit: Edit, text: str, request: ComplaintRequest) -> Reason:
    reason = find_reason(edit.reason_id)
    if reason is None:
        raise BadlyWorded([("reason_id", SENTENCES[Flaw.UNKNOWN_REASON])])
    if reason.needs_media and not request.has_media:
        raise BadlyWorded([("reason_id", SENTENCES[Flaw.NO_MEDIA])])
    refusal = text_refusal(text, reason, request)
    if refusal is not None and refusal.code not in OVERRIDABLE:
        raise BadlyWorded([("text", refusal.sentence)])
    return reason


def _quotes_that_stand(complaint: Complaint | None, reason: Reason, request: ComplaintRequest) -> tuple[str, ...]:
    """They proved the same reason, and the feedback still says so."""
    if complaint is None or complaint.reason_id != reason:
        return ()
    return tuple(quote for quote in complaint.quotes if places(quote, request.parts))
