"""The one gate: nothing else changes a reply's state or words, and each change leaves a line of history."""

from datetime import datetime

from sqlalchemy import exists, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from app.kit.clock import utc_now
from app.kit.errors import Conflict
from app.replies.models import Reply, ReplyEvent, ReplyState
from app.replies.subjects import table_of

S = ReplyState
ELSEWHERE = S.ANSWERED_ELSEWHERE
SHOWN = {S.ON_MODERATION, S.PUBLISHED, S.REJECTED, ELSEWHERE}

WAYS: dict[ReplyState, set[ReplyState]] = {
    S.DRAFT: {S.APPROVED, ELSEWHERE},
    S.APPROVED: {S.DRAFT, S.PUBLISHING, S.FAILED, ELSEWHERE},
    S.PUBLISHING: {S.APPROVED, S.SENT, S.UNKNOWN, S.FAILED, *SHOWN},
    S.SENT: {S.UNKNOWN, *SHOWN},
    S.ON_MODERATION: {S.PUBLISHED, S.REJECTED, S.UNKNOWN, ELSEWHERE},
    S.UNKNOWN: {S.APPROVED, S.FAILED, *SHOWN},
    S.FAILED: {S.DRAFT, S.APPROVED, ELSEWHERE},
    S.PUBLISHED: {S.ON_MODERATION, S.REJECTED},
    S.REJECTED: {S.ON_MODERATION, S.PUBLISHED},
    S.ANSWERED_ELSEWHERE: {S.FAILED},
}
EDITABLE = {S.DRAFT, S.FAILED}
UNSETTLED = {S.PUBLISHING, S.SENT, S.ON_MODERATION, S.UNKNOWN}
LOOKED_AT = UNSETTLED - {S.PUBLISHING}


class WrongState(Conflict):
    """The reply is past the point where this could be done."""

    code = "WRONG_STATE"

    def __init__(self, state: ReplyState) -> None:
        super().__init__(f"Ответ уже в состоянии «{RUSSIAN[state]}», так сделать нельзя.")


RUSSIAN = {
    S.DRAFT: "черновик",
    S.APPROVED: "в очереди",
    S.PUBLISHING: "публикуется",
    S.SENT: "отправлен",
    S.ON_MODERATION: "на проверке WB",
    S.PUBLISHED: "опубликован",
    S.REJECTED: "отклонён WB",
    S.ANSWERED_ELSEWHERE: "отвечено вне системы",
    S.UNKNOWN: "не подтверждён",
    S.FAILED: "ошибка",
}


async def open_reply(session: AsyncSession, reply: Reply, *, actor: str, reason: str) -> Reply:
    """A new reply enters as a draft; `reply` must not be stored yet."""
    reply.state, reply.version, reply.created_at, reply.changed_at = S.DRAFT, 1, utc_now(), utc_now()
    reply.attempts = reply.checks = 0
    session.add(reply)
    await session.flush()
    await _note(session, reply, None, actor=actor, reason=reason)
    return reply


async def advance(session: AsyncSession, reply: Reply, to: ReplyState, *, actor: str, reason: str = "") -> None:
    """Move a locked reply along; raises WrongState when there is no such way."""
    came_from = reply.state
    if to not in WAYS[came_from]:
        raise WrongState(came_from)
    now = utc_now()
    reply.state, reply.changed_at = to, now
    _stamp(reply, came_from, to, now)
    await _note(session, reply, came_from, actor=actor, reason=reason)


def _stamp(reply: Reply, came_from: ReplyState, to: ReplyState, now: datetime) -> None:
    if to is S.PUBLISHING:
        reply.publishing_at, reply.attempts, reply.error = now, reply.attempts + 1, None
        reply.checks = 0
    elif came_from is S.PUBLISHING and to in SHOWN - {ELSEWHERE}:
        reply.sent_at = reply.publishing_at  # the reply to our call was lost, but the words arrived
    elif to is S.SENT:
        reply.sent_at = now
    if to is S.PUBLISHED:
        reply.published_at = now
    if to not in UNSETTLED:
        reply.next_check_at = None
    elif to in LOOKED_AT and reply.next_check_at is None:
        reply.next_check_at = now


async def not_sent(session: AsyncSession, reply: Reply, *, actor: str, reason: str) -> None:
    """Back from a claim whose words surely never left: as if it had not been made."""
    await advance(session, reply, S.APPROVED, actor=actor, reason=reason)
    reply.attempts -= 1


async def rewrite(session: AsyncSession, reply: Reply, text: str, *, actor: str, reason: str) -> None:
    """New words for a locked draft; the old ones stay in the history. A failed reply becomes a draft again."""
    if reply.state not in EDITABLE:
        raise WrongState(reply.state)
    came_from = reply.state
    reply.state, reply.text, reply.version, reply.changed_at = S.DRAFT, text, reply.version + 1, utc_now()
    await _note(session, reply, came_from, actor=actor, reason=reason)


async def _note(session: AsyncSession, reply: Reply, came_from: ReplyState | None, *, actor: str, reason: str) -> None:
    session.add(
        ReplyEvent(
            shop_id=reply.shop_id,
            reply_id=reply.id,
            at=utc_now(),
            actor=actor,
            from_state=came_from,
            to_state=reply.state,
            reason=reason,
            version=reply.version,
            text=reply.text,
        )
    )
    table, newer = table_of(reply.subject), aliased(Reply)
    is_newest = ~exists().where(
        newer.shop_id == reply.shop_id, newer.about(reply.subject), newer.revision > reply.revision
    )
    its_own = (table.shop_id == reply.shop_id, table.wb_id == reply.subject.wb_id)
    stmt = update(table).where(*its_own, is_newest).values(reply_state=reply.state.value)
    await session.execute(stmt.execution_options(synchronize_session=False))
