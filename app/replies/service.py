"""What a person does with a reply: ask for a draft, edit it, approve it, take the approval back, edit once more."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID, uuid4

from sqlalchemy.ext.asyncio import AsyncSession

from app.drafting.findings import Finding
from app.drafting.linter import blocks, lint
from app.feedbacks.models import Feedback
from app.feedbacks.queries import get_feedback, lock_feedback
from app.kit.clock import utc_now
from app.kit.errors import Conflict, Invalid
from app.kit.jobs import enqueue
from app.replies import gate, queries
from app.replies.jobs import DraftReply, PublishReply
from app.replies.models import Reply, ReplyState

S = ReplyState
EDIT_WINDOW = timedelta(days=60)


class StaleVersion(Conflict):
    """The words changed since the caller saw them."""

    code = "STALE_VERSION"
    message = "Черновик обновился. Посмотрите новый текст."


class PublicationBlocked(Invalid):
    """The linter found what must not be said in public; the details tell what and where."""

    code = "PUBLICATION_BLOCKED"
    message = "Так публиковать нельзя: исправьте отмеченное."

    def __init__(self, findings: list[Finding]) -> None:
        super().__init__()
        self.details = [("text", f"{found.message}: «{found.excerpt}»") for found in findings]


class NothingToEdit(Conflict):
    """The answer's single edit is spent, out of time, or there is no answer."""

    code = "EDIT_UNAVAILABLE"
    message = "Правка недоступна: Wildberries разрешает одну в течение 60 дней."


class FeedbackDeleted(Conflict):
    """The feedback vanished from Wildberries."""

    code = "FEEDBACK_DELETED"
    message = "Отзыв удалён на Wildberries, отвечать некуда."


@dataclass(frozen=True, slots=True, kw_only=True)
class EditBudget:
    """How many edits are left (0 or 1) and until when, if we know."""

    left: int
    until: datetime | None


async def ask_for_draft(session: AsyncSession, shop_id: UUID, feedback_id: str, *, actor: str) -> UUID:
    """The id of the job that will write it."""
    feedback = await get_feedback(session, shop_id, feedback_id)
    _assert_alive(feedback)
    reply = await queries.find_newest_reply(session, shop_id, feedback_id)
    if reply is not None and reply.state not in gate.EDITABLE:
        raise gate.WrongState(reply.state)
    return await enqueue(session, DraftReply(shop_id=shop_id, feedback_id=feedback_id, asked_by=actor))


async def write_reply(
    session: AsyncSession, shop_id: UUID, feedback_id: str, *, text: str, version: int, actor: str
) -> Reply:
    """Keep a person's words as the draft, whatever the linter says of them; version 0 begins a new reply.

    Under an answer that is already shown, this begins its one edit.
    """
    feedback = await lock_feedback(session, shop_id, feedback_id)
    _assert_alive(feedback)
    reply = await queries.find_newest_reply(session, shop_id, feedback_id, lock=True)
    if reply is None or reply.state in (S.PUBLISHED, S.REJECTED, S.ANSWERED_ELSEWHERE):
        reply = await _begin(session, feedback, reply, text=text, version=version, actor=actor)
    else:
        _assert_version(reply, version)
        await gate.rewrite(session, reply, text, actor=actor, reason="Правка текста")
    findings = lint(text)
    reply.writer, reply.needs_human = actor, blocks(findings)
    reply.reasons = [finding.message for finding in findings]
    return reply


async def _begin(
    session: AsyncSession, feedback: Feedback, before: Reply | None, *, text: str, version: int, actor: str
) -> Reply:
    revision = 1
    if before is not None or feedback.answer_text is not None:
        if edit_budget(feedback, before).left == 0:
            raise NothingToEdit
        revision = 2
    if version != (before.version if before else 0):
        raise StaleVersion
    reply = Reply(
        id=uuid4(), shop_id=feedback.shop_id, feedback_id=feedback.wb_id, revision=revision, text=text,
        needs_human=False, reasons=[], writer=actor,
    )  # fmt: skip
    return await gate.open_reply(session, reply, actor=actor, reason="Написано вручную")


def edit_budget(feedback: Feedback, reply: Reply | None) -> EditBudget:
    """By what Wildberries says of the answer (`editable`) and when we sent it."""
    shown = feedback.answer_text is not None
    if not shown or feedback.answer_editable is False or (reply is not None and reply.revision > 1):
        return EditBudget(left=0, until=None)
    until = reply.sent_at + EDIT_WINDOW if reply is not None and reply.sent_at else None
    if until is not None and until < utc_now():
        return EditBudget(left=0, until=until)
    return EditBudget(left=1, until=until)


async def approve(session: AsyncSession, shop_id: UUID, feedback_id: str, *, version: int, actor: str) -> Reply:
    """Freeze these very words and hand them to the worker; raises PublicationBlocked or StaleVersion."""
    feedback = await get_feedback(session, shop_id, feedback_id)
    _assert_alive(feedback)
    reply = await queries.lock_newest_reply(session, shop_id, feedback_id)
    if reply.state is S.APPROVED and reply.version == version:
        return reply
    _assert_version(reply, version)
    settings = await queries.get_settings(session, shop_id)
    findings = lint(reply.text, stop_words=settings.blacklist_keywords)
    if blocks(findings):
        raise PublicationBlocked(findings)
    await gate.advance(session, reply, S.APPROVED, actor=actor, reason="Одобрено")
    reply.approved_at, reply.approved_by = utc_now(), actor
    await enqueue(session, PublishReply(shop_id=shop_id, reply_id=reply.id))
    return reply


async def withdraw(session: AsyncSession, shop_id: UUID, feedback_id: str, *, actor: str) -> Reply:
    """Take an approval back while nothing was sent."""
    reply = await queries.lock_newest_reply(session, shop_id, feedback_id)
    await gate.advance(session, reply, S.DRAFT, actor=actor, reason="Одобрение отозвано")
    return reply


def _assert_version(reply: Reply, version: int) -> None:
    if reply.version != version:
        raise StaleVersion


def _assert_alive(feedback: Feedback) -> None:
    if feedback.deleted_at is not None:
        raise FeedbackDeleted
