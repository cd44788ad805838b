"""Writes down what was found: a draft with its version, or no ground with its reason."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.cabinet.applying import observe
from app.cabinet.gate import Observation
from app.cabinet.states import ComplaintState, Source, Triage
from app.complaints.counting import give_odds
from app.complaints.marking import Mark, set_ready, set_triage
from app.complaints.models import Complaint, ComplaintDraft
from app.complaints.verdicts import NoGround
from app.kit.db import direct


@dataclass(frozen=True, slots=True, kw_only=True)
class Words:
    """One version of a complaint, of a feedback whose fingerprint was `fingerprint`."""

    reason_id: int
    text: str
    quotes: tuple[str, ...]
    writer: str
    provable: bool
    action: str
    fingerprint: bytes
    details: Mapping[str, Any]


async def keep_drafts(
    session: AsyncSession, shop_id: UUID, drafts: Mapping[str, Words], *, kept: Mapping[str, Complaint], mark: Mark
) -> None:
    """Of locked standings without a filed complaint: a new version each, in the queue only after an approval."""
    for feedback_id, words in drafts.items():
        complaint = kept.get(feedback_id) or _blank(session, shop_id, feedback_id, mark.at)
        complaint.version += 1
        complaint.reason_id, complaint.text, complaint.quotes = words.reason_id, words.text, list(words.quotes)
        complaint.why_not = complaint.why_not_text = ""
        complaint.writer, complaint.provable = words.writer, words.provable
        complaint.feedback_fingerprint, complaint.queued_at, complaint.queued_by = words.fingerprint, None, ""
        complaint.updated_at, complaint.updated_by = mark.at, mark.actor
        session.add(_version(complaint, words))
    await session.flush()
    connection = await direct(session)
    silent = dict.fromkeys(drafts, "")
    await set_ready(connection, shop_id, silent, False, mark=mark)
    await set_triage(connection, shop_id, silent, Triage.OPEN, mark=mark)
    opened = Observation(
        source=mark.source, observed_at=mark.at, complaint=ComplaintState.DRAFT, actor=mark.actor, raw=""
    )
    await observe(connection, shop_id, dict.fromkeys(drafts, opened))
    await give_odds(connection, shop_id, list(drafts))


async def keep_no_grounds(
    session: AsyncSession,
    shop_id: UUID,
    found: Mapping[str, tuple[NoGround, str, bytes]],
    *,
    kept: Mapping[str, Complaint],
    mark: Mark,
) -> None:
    """Each with its writer and the feedback's fingerprint; of locked standings without a complaint."""
    for feedback_id, (no_ground, writer, fingerprint) in found.items():
        complaint = kept.get(feedback_id) or _blank(session, shop_id, feedback_id, mark.at)
        complaint.reason_id, complaint.text, complaint.quotes, complaint.provable = None, "", [], False
        complaint.why_not, complaint.why_not_text = no_ground.code.value, no_ground.sentence
        complaint.writer, complaint.feedback_fingerprint = writer, fingerprint
        complaint.updated_at, complaint.updated_by = mark.at, mark.actor
    await session.flush()
    reasons = {feedback_id: no_ground.code.value for feedback_id, (no_ground, *_) in found.items()}
    await set_triage(await direct(session), shop_id, reasons, Triage.NO_GROUND, mark=mark)


async def take_back(
    session: AsyncSession, shop_id: UUID, feedbacks: Mapping[str, str], *, kept: Mapping[str, Complaint], mark: Mark
) -> None:
    """Drafts that are not filed are none again; their words stay on record."""
    undone = {
        feedback_id: Observation(
            source=mark.source, observed_at=mark.at, complaint=ComplaintState.NONE, actor=mark.actor, raw=why
        )
        for feedback_id, why in feedbacks.items()
    }
    for feedback_id in feedbacks:
        if feedback_id in kept:
            kept[feedback_id].queued_at, kept[feedback_id].queued_by = None, ""
    await session.flush()
    await observe(await direct(session), shop_id, undone)


def by_writer(writer: str, at: datetime) -> Mark:
    """WBRM itself, and which writer."""
    return Mark(source=Source.SYSTEM, actor=f"writer:{writer}", at=at)


def _blank(session: AsyncSession, shop_id: UUID, feedback_id: str, now: datetime) -> Complaint:
    complaint = Complaint(
        shop_id=shop_id, feedback_id=feedback_id, reason_id=None, text="", quotes=[], why_not="", why_not_text="",
        writer="", provable=False, version=0, feedback_fingerprint=b"", created_at=now, updated_at=now,
        updated_by="", queued_at=None, queued_by="",
    )  # fmt: skip
    session.add(complaint)
    return complaint


def _version(complaint: Complaint, words: Words) -> ComplaintDraft:
    return ComplaintDraft(
        shop_id=complaint.shop_id,
        feedback_id=complaint.feedback_id,
        version=complaint.version,
        at=complaint.updated_at,
        actor=complaint.updated_by,
        action=words.action,
        reason_id=words.reason_id,
        text=words.text,
        details={"quotes": list(words.quotes), "writer": words.writer, **words.details},
    )
