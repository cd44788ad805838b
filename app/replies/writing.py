"""Drafts: for what the shop's mode wants answered, and for the one subject a person asks about."""

import asyncio
from collections.abc import Sequence
from datetime import timedelta
from typing import Any
from uuid import uuid4

import structlog
from sqlalchemy import Select, literal, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.drafting.ports import Draft
from app.feedbacks.jobs import FeedbacksArrived
from app.feedbacks.models import Feedback
from app.kit.clock import utc_now
from app.kit.db import Database
from app.kit.errors import Unavailable, WbrmError
from app.kit.jobs import enqueue
from app.questions.jobs import QuestionsArrived
from app.questions.models import Question
from app.replies import gate, queries
from app.replies.jobs import DraftReply, PublishReply
from app.replies.models import Reply, ReplyState, WriterCall
from app.replies.subjects import get_row, lock_row
from app.replies.voices import Request, Voices, goes_on_by_itself, request_for, subject_asked
from app.shops.models import ReplyMode, ShopSettings
from app.shops.policy import drafts_questions, mode_for

log = structlog.get_logger()

BATCH = 40
AT_ONCE = 4
ANSWERABLE = timedelta(days=30)


async def draft_arrived(job: FeedbacksArrived | QuestionsArrived, *, database: Database, voices: Voices) -> None:
    """Draft all that waits, newest first; what auto mode allows and the linter passes goes on to publishing.

    What fails does not keep the others waiting; a round in which all failed ends the run with their error.
    """
    waiting = _feedbacks_waiting if isinstance(job, FeedbacksArrived) else _questions_waiting
    failed: dict[str, WbrmError] = {}
    while True:
        async with database.transaction() as session:
            settings = await queries.get_settings(session, job.shop_id)
            rows = (await session.scalars(waiting(settings, but=list(failed)))).all()
            requests = [await request_for(session, settings, row) for row in rows]
        for start in range(0, len(requests), AT_ONCE):
            failed |= await _round(requests[start : start + AT_ONCE], settings, voices, database=database)
        if len(requests) < BATCH:
            break
    for error in failed.values():
        raise error


async def _round(
    requests: Sequence[Request], settings: ShopSettings, voices: Voices, *, database: Database
) -> dict[str, WbrmError]:
    """The failures by subject; raises when there was nothing else, or when trying others is of no use."""
    writing = (voices.draft(settings, request) for request in requests)
    drafts = await asyncio.gather(*writing, return_exceptions=True)
    errors: dict[str, BaseException] = {}
    for request, draft in zip(requests, drafts, strict=True):
        if isinstance(draft, BaseException):
            errors[request.wb_id] = draft
        else:
            await _keep_new(database, request, draft)
    failed = {wb_id: error for wb_id, error in errors.items() if isinstance(error, Unavailable)}
    for wb_id, error in errors.items():
        if wb_id not in failed or len(failed) == len(requests):
            raise error
    return {**failed}


def _feedbacks_waiting(settings: ShopSettings, *, but: Sequence[str]) -> Select[Any]:
    wanted = [rating for rating in range(1, 6) if mode_for(settings, rating) is not ReplyMode.MANUAL]
    return _waiting(Feedback, settings, but).where(Feedback.rating.in_(wanted))


def _questions_waiting(settings: ShopSettings, *, but: Sequence[str]) -> Select[Any]:
    return _waiting(Question, settings, but).where(literal(drafts_questions(settings)))


def _waiting(table: type[Feedback] | type[Question], settings: ShopSettings, but: Sequence[str]) -> Select[Any]:
    return (
        select(table)
        .where(
            table.shop_id == settings.shop_id,
            table.needs_reply,
            table.reply_state.is_(None),
            table.written_at > utc_now() - ANSWERABLE,
            table.wb_id.not_in(but),
        )
        .order_by(table.written_at.desc(), table.wb_id)
        .limit(BATCH)
    )


async def _keep_new(database: Database, request: Request, draft: Draft) -> None:
    """By the subject and the settings of now: much may have happened while the draft was being written."""
    subject = subject_asked(request)
    async with database.transaction() as session:
        await _account(session, request, draft)
        row = await lock_row(session, request.shop_id, subject)
        if not row.needs_reply or await queries.find_newest_reply(session, request.shop_id, subject):
            return
        actor = f"writer:{draft.writer or 'rules'}"
        reply = await gate.open_reply(session, _reply(request, draft), actor=actor, reason=draft.reason)
        settings = await queries.get_settings(session, request.shop_id)
        if not draft.needs_human and goes_on_by_itself(settings, row):
            await approve_by_rule(session, reply)


def _reply(request: Request, draft: Draft) -> Reply:
    return Reply(
        id=uuid4(),
        shop_id=request.shop_id,
        **subject_asked(request).column(),
        revision=1,
        text=draft.text,
        needs_human=draft.needs_human,
        reasons=[draft.reason] if draft.reason else [],
        writer=draft.writer,
        rejects=False,
    )


async def approve_by_rule(session: AsyncSession, reply: Reply) -> None:
    """The shop's auto mode stands in for a person."""
    reply.approved_at, reply.approved_by = utc_now(), "auto"
    await gate.advance(session, reply, ReplyState.APPROVED, actor="auto", reason="Режим «авто»")
    await enqueue(session, PublishReply(shop_id=reply.shop_id, reply_id=reply.id))


async def draft_one(job: DraftReply, *, database: Database, voices: Voices) -> None:
    """Never published by itself, and never in place of words that changed since somebody asked."""
    async with database.transaction() as session:
        settings = await queries.get_settings(session, job.shop_id)
        request = await request_for(session, settings, await get_row(session, job.shop_id, job.subject))
        before = await queries.find_newest_reply(session, job.shop_id, job.subject)
    version = before.version if before else 0
    if job.version not in (None, version):
        return
    draft = await voices.draft(settings, request)
    async with database.transaction() as session:
        await _account(session, request, draft)
        reply = await queries.find_newest_reply(session, job.shop_id, job.subject, lock=True)
        if reply is None:
            if version == 0 and (await lock_row(session, job.shop_id, job.subject)).answer_text is None:
                await gate.open_reply(session, _reply(request, draft), actor=job.asked_by, reason=draft.reason)
        elif reply.version == version and reply.state in gate.EDITABLE:
            reply.needs_human, reply.writer, reply.rejects = draft.needs_human, draft.writer, False
            reply.reasons = [draft.reason] if draft.reason else []
            await gate.rewrite(session, reply, draft.text, actor=job.asked_by, reason="Новый вариант")


async def _account(session: AsyncSession, request: Request, draft: Draft) -> None:
    if draft.usage is None:
        return
    session.add(
        WriterCall(
            shop_id=request.shop_id,
            subject_id=request.wb_id,
            at=utc_now(),
            model=draft.usage.model,
            input_tokens=draft.usage.input_tokens,
            output_tokens=draft.usage.output_tokens,
            cost_usd=draft.usage.cost_usd,
            seconds=draft.usage.seconds,
        )
    )
