"""What a person does with a reply: ask for a draft, edit it, approve it, take the approval back, edit once more."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID, uuid4

from sqlalchemy.ext.asyncio import AsyncSession

from app.drafting.linter import blocks, lint
from app.feedbacks.models import Feedback
from app.kit.clock import utc_now
from app.kit.jobs import enqueue, enqueue_again
from app.questions.models import REJECTED_BY_SELLER, Question
from app.replies import gate, queries
from app.replies.jobs import DraftReply, PublishReply
from app.replies.models import Reply, ReplyState
from app.replies.refusals import (
    AlreadyAnswered,
    AnsweredQuestion,
    FeedbackDeleted,
    NothingToEdit,
    PublicationBlocked,
    QuestionDeleted,
    RejectedQuestion,
    StaleVersion,
)
from app.replies.subjects import Row, Subject, a_question, get_row, lock_row, subject_of

S = ReplyState
EDIT_WINDOW = timedelta(days=60)


@dataclass(frozen=True, slots=True, kw_only=True)
class EditBudget:
    """How many edits are left (0 or 1) and until when, if we know."""

    left: int
    until: datetime | None


async def ask_for_draft(session: AsyncSession, shop_id: UUID, subject: Subject, *, actor: str) -> UUID:
    """The id of the job that will write it."""
    row = await get_row(session, shop_id, subject)
    _assert_open(row)
    reply = await queries.find_newest_reply(session, shop_id, subject)
    if reply is None and row.answer_text is not None:
        raise AlreadyAnswered
    if reply is not None and reply.state not in gate.EDITABLE:
        raise gate.WrongState(reply.state)
    version = reply.version if reply else 0
    job = DraftReply(shop_id=shop_id, **subject.column(), asked_by=actor, version=version)
    return await enqueue_again(session, job, rest=0) or await enqueue(session, job)


async def write_reply(
    session: AsyncSession, shop_id: UUID, subject: Subject, *, text: str, version: int, actor: str
) -> Reply:
    """Keep a person's words as the draft, whatever the linter says of them; version 0 begins a new reply.

    Under an answer that is already shown, this begins its one edit.
    """
    row = await get_row(session, shop_id, subject)
    _assert_open(row)
    reply = await queries.find_newest_reply(session, shop_id, subject, lock=True)
    if reply is None or reply.state in (S.PUBLISHED, S.REJECTED, S.ANSWERED_ELSEWHERE):
        reply = await _begin(session, row, reply, text=text, version=version, actor=actor)
    else:
        _assert_version(reply, version)
        await gate.rewrite(session, reply, text, actor=actor, reason="Правка текста")
    settings = await queries.get_settings(session, shop_id)
    findings = lint(text, stop_words=settings.blacklist_keywords)
    reply.writer, reply.needs_human, reply.rejects = actor, blocks(findings), False
    reply.reasons = [finding.message for finding in findings]
    return reply


async def _begin(
    session: AsyncSession, row: Row, before: Reply | None, *, text: str, version: int, actor: str
) -> Reply:
    subject = subject_of(row)
    if before is None:
        # No reply's row to lock yet: the subject's serialises whoever begins one.
        await lock_row(session, row.shop_id, subject)
        if await queries.find_newest_reply(session, row.shop_id, subject) is not None:
            raise StaleVersion
    revision = 1
    if before is not None or row.answer_text is not None:
        if edit_budget(row, before).left == 0:
            raise NothingToEdit
        revision = 2
    if version != (before.version if before else 0):
        raise StaleVersion
    reply = Reply(
        id=uuid4(), shop_id=row.shop_id, **subject.column(), revision=revision, text=text, rejects=False,
        needs_human=False, reasons=[], writer=actor,
    )  # fmt: skip
    return await gate.open_reply(session, reply, actor=actor, reason="Написано вручную")


async def reject_question(
    session: AsyncSession, shop_id: UUID, wb_id: str, *, text: str, version: int, actor: str
) -> Reply:
    """Hide a question from buyers, for the reason given; a draft that is there makes way, its words stay on record."""
    subject = a_question(wb_id)
    row = await get_row(session, shop_id, subject)
    _assert_rejectable(row)
    reply = await queries.find_newest_reply(session, shop_id, subject, lock=True)
    if reply is None:
        reply = await _begin(session, row, None, text=text, version=version, actor=actor)
        _assert_rejectable(row)
    else:
        _assert_version(reply, version)
        await gate.rewrite(session, reply, text, actor=actor, reason="Отклонить вопрос")
    reply.rejects, reply.writer, reply.needs_human, reply.reasons = True, actor, False, []
    return await approve(session, shop_id, subject, version=reply.version, actor=actor)


def edit_budget(row: Row, reply: Reply | None) -> EditBudget:
    """By what Wildberries says of the answer (`editable`) and when we sent it."""
    sent_at = reply.sent_at if reply is not None else None
    return budget_of_answer(
        shown=row.answer_text is not None and not _is_turned_down(row),
        editable=row.answer_editable,
        edited=reply is not None and reply.revision > 1,
        since=sent_at or (row.answered_at if isinstance(row, Question) else None),
    )


def budget_of_answer(*, shown: bool, editable: bool | None, edited: bool, since: datetime | None) -> EditBudget:
    """The same of rows that are no models; `since` is when the answer came to Wildberries, if known."""
    if not shown or editable is False or edited:
        return EditBudget(left=0, until=None)
    until = since + EDIT_WINDOW if since else None
    if until is not None and until < utc_now():
        return EditBudget(left=0, until=until)
    return EditBudget(left=1, until=until)


async def approve(session: AsyncSession, shop_id: UUID, subject: Subject, *, version: int, actor: str) -> Reply:
    """Freeze these very words and hand them to the worker; raises PublicationBlocked or StaleVersion.

    Approving once more tries again at once, in case the worker had given up.
    """
    row = await get_row(session, shop_id, subject)
    _assert_alive(row)
    reply = await queries.lock_newest_reply(session, shop_id, subject)
    _assert_version(reply, version)
    job = PublishReply(shop_id=shop_id, reply_id=reply.id)
    if reply.state is S.APPROVED:
        await enqueue_again(session, job, rest=0)
        return reply
    settings = await queries.get_settings(session, shop_id)
    findings = lint(reply.text, stop_words=settings.blacklist_keywords)
    if blocks(findings):
        raise PublicationBlocked(findings)
    await gate.advance(session, reply, S.APPROVED, actor=actor, reason="Одобрено")
    reply.approved_at, reply.approved_by = utc_now(), actor
    await enqueue_again(session, job, rest=0)
    return reply


async def withdraw(session: AsyncSession, shop_id: UUID, subject: Subject, *, actor: str) -> Reply:
    """Take an approval back while nothing was sent, or words that never appeared: then a person may write others."""
    reply = await queries.lock_newest_reply(session, shop_id, subject)
    if reply.state is S.UNKNOWN:
        await gate.advance(session, reply, S.FAILED, actor=actor, reason="Ответ не появился, снят человеком")
        return reply
    await gate.advance(session, reply, S.DRAFT, actor=actor, reason="Одобрение отозвано")
    return reply


def _assert_version(reply: Reply, version: int) -> None:
    if reply.version != version:
        raise StaleVersion


def _assert_open(row: Row) -> None:
    if _is_turned_down(row):
        raise RejectedQuestion
    _assert_alive(row)


def _assert_rejectable(row: Row) -> None:
    _assert_open(row)
    if row.answer_text is not None:
        raise AnsweredQuestion


def _is_turned_down(row: Row) -> bool:
    return isinstance(row, Question) and row.wb_state == REJECTED_BY_SELLER


def _assert_alive(row: Row) -> None:
    if row.deleted_at is not None:
        raise FeedbackDeleted if isinstance(row, Feedback) else QuestionDeleted
