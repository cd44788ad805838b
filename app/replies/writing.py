"""Drafts: for what the shop's mode wants answered, and for the one feedback a person asks about."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from uuid import uuid4

import structlog
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from app.drafting.ports import Draft, DraftRequest, Writer
from app.drafting.service import HouseRules, compose
from app.drafting.templates import TemplateWriter
from app.feedbacks.jobs import FeedbacksArrived
from app.feedbacks.models import Feedback
from app.feedbacks.queries import answered_text, get_feedback
from app.kit.clock import utc_now
from app.kit.db import Database
from app.kit.jobs import enqueue
from app.replies import gate, queries
from app.replies.jobs import DraftReply, PublishReply
from app.replies.models import Reply, ReplyState, WriterCall
from app.shops.models import ReplyMode, ShopSettings
from app.shops.policy import mode_for

log = structlog.get_logger()

BATCH = 40
AT_ONCE = 4
ANSWERABLE = timedelta(days=30)

WriterFor = Callable[[ShopSettings], Writer]


@dataclass(frozen=True, slots=True, kw_only=True)
class Voice:
    """A shop's settings and the writer that speaks by them."""

    settings: ShopSettings
    writer: Writer

    async def draft(self, request: DraftRequest) -> Draft:
        """Compose by the shop's rules."""
        rules = HouseRules(
            signatures=self.settings.signatures,
            blacklist_keywords=self.settings.blacklist_keywords,
            stop_words=self.settings.blacklist_keywords,
        )
        return await compose(self.writer, request, rules=rules, fallback=TemplateWriter(self.settings.templates))


async def draft_arrived(job: FeedbacksArrived, *, database: Database, writer_for: WriterFor) -> None:
    """Draft all that waits, newest first; what auto mode allows and the linter passes goes on to publishing."""
    while True:
        async with database.transaction() as session:
            settings = await queries.get_settings(session, job.shop_id)
            requests = await _requests_waiting(session, settings)
        voice = Voice(settings=settings, writer=writer_for(settings))
        for start in range(0, len(requests), AT_ONCE):
            some = requests[start : start + AT_ONCE]
            drafts = await asyncio.gather(*(voice.draft(request) for request in some))
            async with database.transaction() as session:
                for request, draft in zip(some, drafts, strict=True):
                    await _keep_new(session, settings, request, draft)
        if len(requests) < BATCH:
            return


async def _requests_waiting(session: AsyncSession, settings: ShopSettings) -> list[DraftRequest]:
    wanted = [rating for rating in range(1, 6) if mode_for(settings, rating) is not ReplyMode.MANUAL]
    stmt = (
        select(Feedback)
        .where(
            Feedback.shop_id == settings.shop_id,
            Feedback.needs_reply,
            Feedback.reply_state.is_(None),
            Feedback.rating.in_(wanted),
            Feedback.written_at > utc_now() - ANSWERABLE,
        )
        .order_by(Feedback.written_at.desc(), Feedback.wb_id)
        .limit(BATCH)
    )
    waiting: Sequence[Feedback] = (await session.scalars(stmt)).all()
    return [await request_for(session, settings, feedback) for feedback in waiting]


async def request_for(session: AsyncSession, settings: ShopSettings, feedback: Feedback) -> DraftRequest:
    """What the writer may know."""
    return DraftRequest(
        shop_id=feedback.shop_id,
        wb_id=feedback.wb_id,
        rating=feedback.rating,
        text=feedback.text,
        pros=feedback.pros,
        cons=feedback.cons,
        buyer_name=feedback.buyer_name,
        product_name=feedback.product_name,
        brand_name=feedback.brand_name,
        tags=tuple(feedback.tags),
        answered_before=await answered_text(session, feedback.shop_id, feedback.parent_id),
        facts=tuple(filter(None, (feedback.product_name, feedback.brand_name, feedback.color, feedback.size))),
        tone=settings.tone,
    )


async def _keep_new(session: AsyncSession, settings: ShopSettings, request: DraftRequest, draft: Draft) -> None:
    await _account(session, request, draft)
    if await queries.find_newest_reply(session, request.shop_id, request.wb_id) is not None:
        return
    reply = await gate.open_reply(
        session, _reply(request, draft), actor=f"writer:{draft.writer or 'rules'}", reason=draft.reason
    )
    if draft.needs_human or mode_for(settings, request.rating) is not ReplyMode.AUTO:
        return
    await approve_by_rule(session, reply)


def _reply(request: DraftRequest, draft: Draft) -> Reply:
    return Reply(
        id=uuid4(),
        shop_id=request.shop_id,
        feedback_id=request.wb_id,
        revision=1,
        text=draft.text,
        needs_human=draft.needs_human,
        reasons=[draft.reason] if draft.reason else [],
        writer=draft.writer,
    )


async def approve_by_rule(session: AsyncSession, reply: Reply) -> None:
    """The shop's auto mode stands in for a person."""
    reply.approved_at, reply.approved_by = utc_now(), "auto"
    await gate.advance(session, reply, ReplyState.APPROVED, actor="auto", reason="Режим «авто»")
    await enqueue(session, PublishReply(shop_id=reply.shop_id, reply_id=reply.id))


async def draft_one(job: DraftReply, *, database: Database, writer_for: WriterFor) -> None:
    """Never published by itself; the words it replaces stay in the history."""
    async with database.transaction() as session:
        settings = await queries.get_settings(session, job.shop_id)
        feedback = await get_feedback(session, job.shop_id, job.feedback_id)
        request = await request_for(session, settings, feedback)
        before = await queries.find_newest_reply(session, job.shop_id, job.feedback_id)
        version = before.version if before else 0
    draft = await Voice(settings=settings, writer=writer_for(settings)).draft(request)
    async with database.transaction() as session:
        await _account(session, request, draft)
        reply = await queries.find_newest_reply(session, job.shop_id, job.feedback_id, lock=True)
        if reply is None:
            await gate.open_reply(session, _reply(request, draft), actor=job.asked_by, reason=draft.reason)
        elif reply.version == version and reply.state in gate.EDITABLE:
            reply.needs_human, reply.writer = draft.needs_human, draft.writer
            reply.reasons = [draft.reason] if draft.reason else []
            await gate.rewrite(session, reply, draft.text, actor=job.asked_by, reason="Новый вариант")


async def _account(session: AsyncSession, request: DraftRequest, draft: Draft) -> None:
    if draft.usage is None:
        return
    session.add(
        WriterCall(
            shop_id=request.shop_id,
            feedback_id=request.wb_id,
            at=utc_now(),
            model=draft.usage.model,
            input_tokens=draft.usage.input_tokens,
            output_tokens=draft.usage.output_tokens,
            cost_usd=draft.usage.cost_usd,
            seconds=draft.usage.seconds,
        )
    )
