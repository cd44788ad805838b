"""What an answer seen at Wildberries means for our reply."""

from dataclasses import dataclass

from sqlalchemy.ext.asyncio import AsyncSession

from app.feedbacks.models import Feedback
from app.replies import gate
from app.replies.models import Reply, ReplyState

S = ReplyState
WILDBERRIES = "wildberries"
STATES = {"wbRu": S.PUBLISHED, "reviewRequired": S.ON_MODERATION}


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """The answer under a feedback as Wildberries shows it."""

    text: str
    state: str
    editable: bool | None


def answer_of(feedback: Feedback) -> Answer | None:
    """None while nothing is shown."""
    if feedback.answer_text is None:
        return None
    return Answer(text=feedback.answer_text, state=feedback.answer_state or "", editable=feedback.answer_editable)


async def observe(session: AsyncSession, reply: Reply, answer: Answer | None) -> bool:
    """Settle a locked reply by what is shown; False when it says nothing about this reply (yet)."""
    if answer is None:
        return False
    if same_words(answer.text, reply.text) and reply.state not in gate.EDITABLE:
        return await _ours(session, reply, answer)
    if reply.revision > 1 and answer.editable is not False:
        return False
    return await _someone_elses(session, reply)


async def _ours(session: AsyncSession, reply: Reply, answer: Answer) -> bool:
    shown = _state_of(answer)
    if shown is None:
        return False
    if shown is reply.state:
        return True
    if reply.state is S.APPROVED:
        # Not sent by us since it was approved, and yet there: somebody pasted the very words, or an
        # earlier attempt that we had given up on arrived after all.
        shown = S.ANSWERED_ELSEWHERE
    if shown in gate.WAYS[reply.state]:
        await gate.advance(session, reply, shown, actor=WILDBERRIES, reason=f"answer.state={answer.state}")
    return True


async def _someone_elses(session: AsyncSession, reply: Reply) -> bool:
    if S.ANSWERED_ELSEWHERE in gate.WAYS[reply.state]:
        await gate.advance(session, reply, S.ANSWERED_ELSEWHERE, actor=WILDBERRIES, reason="На сайте другой ответ.")
        return True
    return reply.state is S.ANSWERED_ELSEWHERE


def _state_of(answer: Answer) -> ReplyState | None:
    if answer.state.startswith("rejected"):
        return S.REJECTED
    return STATES.get(answer.state)


def same_words(left: str, right: str) -> bool:
    """Equal but for white space, which Wildberries may tidy."""
    return left.split() == right.split()
