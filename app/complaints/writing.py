"""Looks for grounds: short transaction, outside call, short transaction; what changed meanwhile is left alone."""

import asyncio
from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.cabinet.states import ComplaintState, Source, Triage
from app.complaints import queries
from app.complaints.approving import approve_trusted, trusts_rules
from app.complaints.jobs import ConsiderFeedbacks, DraftComplaint
from app.complaints.keeping import Words, by_writer, keep_drafts, keep_no_grounds, take_back
from app.complaints.marking import Mark, set_triage
from app.complaints.models import ComplaintCall
from app.complaints.ports import ComplaintWriter
from app.complaints.possibility import assert_free, assert_possible
from app.complaints.proposing import Judged, Proposer
from app.complaints.queries import Considered
from app.complaints.verdicts import Grounded, NoGround
from app.kit.clock import utc_now
from app.kit.db import Database, direct
from app.kit.errors import Unavailable, WbrmError

BATCH = 40
AT_ONCE = 8
ROUNDS = 25
"""Then the run ends, so that other shops get their turn; the timer comes back for the rest."""
CHANGED_AT_ONCE = 500
CHANGED = "Покупатель изменил отзыв"


async def consider_feedbacks(job: ConsiderFeedbacks, *, database: Database, model: ComplaintWriter | None) -> None:
    """Every candidate ends as a draft or with the reason why not; those that fail do not keep the others waiting."""
    async with database.transaction() as session:
        await look_again_at_changed(session, job.shop_id, now=utc_now())
        proposer = Proposer(model=model, recent=await queries.recent_texts(session, job.shop_id))
    failed: dict[str, WbrmError] = {}
    for _ in range(ROUNDS):
        async with database.transaction() as session:
            batch = await queries.candidates(session, job.shop_id, but=list(failed), limit=BATCH)
        for start in range(0, len(batch), AT_ONCE):
            failed |= await _round(batch[start : start + AT_ONCE], proposer, database=database)
        if len(batch) < BATCH:
            break
    for error in failed.values():
        raise error


async def look_again_at_changed(session: AsyncSession, shop_id: UUID, *, now: datetime) -> None:
    """A buyer's new words want a new look: unfiled drafts are taken back, «no ground» is open again."""
    found = await queries.changed_since_written(session, shop_id, limit=CHANGED_AT_ONCE)
    standings = await queries.lock_standings(session, shop_id, list(found))
    drafts = [key for key, standing in standings.items() if standing.complaint is ComplaintState.DRAFT]
    unfiled = [key for key, standing in standings.items() if not standing.complaint.filed]
    mark = Mark(source=Source.SYSTEM, actor="worker", at=now)
    kept = await queries.complaints_of(session, shop_id, drafts)
    await take_back(session, shop_id, dict.fromkeys(drafts, CHANGED), kept=kept, mark=mark)
    await set_triage(await direct(session), shop_id, dict.fromkeys(unfiled, CHANGED), Triage.OPEN, mark=mark)


async def _round(batch: Sequence[Considered], proposer: Proposer, *, database: Database) -> dict[str, WbrmError]:
    """The failures by feedback; raises when there was nothing else, or when trying others is of no use."""
    answers = await asyncio.gather(*(proposer.propose(asked) for asked in batch), return_exceptions=True)
    judged = [answer for answer in answers if isinstance(answer, Judged)]
    if judged:
        async with database.transaction() as session:
            await _keep(session, batch[0].request.shop_id, judged, now=utc_now())
    failed: dict[str, WbrmError] = {}
    for asked, answer in zip(batch, answers, strict=True):
        if isinstance(answer, Unavailable) and judged:
            failed[asked.request.wb_id] = answer
        elif isinstance(answer, BaseException):
            raise answer
    return failed


async def _keep(session: AsyncSession, shop_id: UUID, judged: Sequence[Judged], *, now: datetime) -> None:
    """By the standings and the words of now: much may have happened while the writer was thinking."""
    await _account(session, shop_id, judged, now=now)
    trusted = await trusts_rules(session, shop_id)
    if trusted:
        await queries.lock_day(session, shop_id)
    ids = [each.feedback_id for each in judged]
    standings = await queries.lock_standings(session, shop_id, ids)
    prints = await queries.fingerprints(session, shop_id, ids)
    fresh = [
        each
        for each in judged
        if each.feedback_id in standings
        and standings[each.feedback_id].candidate
        and prints[each.feedback_id] == each.asked.fingerprint
    ]
    await _write_down(session, shop_id, fresh, now=now)
    if trusted:
        provable = [each.feedback_id for each in fresh if isinstance(each.found, Grounded) and each.found.by_words]
        await approve_trusted(session, shop_id, provable, now=now)


async def _write_down(session: AsyncSession, shop_id: UUID, fresh: Sequence[Judged], *, now: datetime) -> None:
    kept = await queries.complaints_of(session, shop_id, [each.feedback_id for each in fresh])
    for writer in sorted({each.writer for each in fresh}):
        mine, mark = [each for each in fresh if each.writer == writer], by_writer(writer, now)
        drafts = {
            each.feedback_id: words_of(each, each.found, action="drafted")
            for each in mine
            if isinstance(each.found, Grounded)
        }
        refused = {
            each.feedback_id: (each.found, writer, each.asked.fingerprint)
            for each in mine
            if isinstance(each.found, NoGround)
        }
        await keep_drafts(session, shop_id, drafts, kept=kept, mark=mark)
        await keep_no_grounds(session, shop_id, refused, kept=kept, mark=mark)


def words_of(judged: Judged, found: Grounded, *, action: str) -> Words:
    """A checked claim as the next version of a complaint."""
    return Words(
        reason_id=int(found.reason),
        text=found.text,
        quotes=found.quotes,
        writer=found.writer,
        provable=found.by_words,
        action=action,
        fingerprint=judged.asked.fingerprint,
        details={"variant": found.variant, "needs_eyes": found.needs_eyes},
    )


async def draft_one(job: DraftComplaint, *, database: Database, model: ComplaintWriter | None) -> None:
    """On a person's request, never in place of words that changed since; no ground leaves a draft as it was."""
    async with database.transaction() as session:
        asked = await queries.considered(session, job.shop_id, job.feedback_id)
        proposer = Proposer(model=model, recent=await queries.recent_texts(session, job.shop_id))
    judged = await proposer.propose(asked)
    async with database.transaction() as session:
        now = utc_now()
        await _account(session, job.shop_id, [judged], now=now)
        standing = await queries.lock_standing(session, job.shop_id, job.feedback_id)
        complaint = await queries.find_complaint(session, job.shop_id, job.feedback_id)
        if standing.complaint.filed or (complaint.version if complaint else 0) != job.version:
            return
        assert_free(standing, now=now)
        assert_possible(standing)
        kept = {job.feedback_id: complaint} if complaint else {}
        mark = Mark(source=Source.PERSON, actor=job.asked_by, at=now)
        if isinstance(judged.found, Grounded):
            words = words_of(judged, judged.found, action="regenerated")
            await keep_drafts(session, job.shop_id, {job.feedback_id: words}, kept=kept, mark=mark)
        elif standing.complaint is ComplaintState.NONE:
            refusal = (judged.found, judged.writer, asked.fingerprint)
            await keep_no_grounds(session, job.shop_id, {job.feedback_id: refusal}, kept=kept, mark=mark)
        elif complaint is not None:
            complaint.why_not, complaint.why_not_text = judged.found.code.value, judged.found.sentence


async def _account(session: AsyncSession, shop_id: UUID, judged: Sequence[Judged], *, now: datetime) -> None:
    session.add_all(
        ComplaintCall(
            shop_id=shop_id,
            feedback_id=each.feedback_id,
            at=now,
            model=usage.model,
            input_tokens=usage.input_tokens,
            output_tokens=usage.output_tokens,
            cost_usd=usage.cost_usd,
            seconds=usage.seconds,
        )
        for each in judged
        for usage in each.usages
    )
