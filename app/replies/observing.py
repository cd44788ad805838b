"""What an answer seen at Wildberries means for our reply."""

from dataclasses import dataclass
from html import unescape
from unicodedata import normalize

from sqlalchemy.ext.asyncio import AsyncSession

from app.questions.models import REJECTED_BY_SELLER, Question
from app.replies import gate
from app.replies.models import Reply, ReplyState
from app.replies.subjects import Row

S = ReplyState
WILDBERRIES = "wildberries"
STATES = {"wbRu": S.PUBLISHED, "reviewRequired": S.ON_MODERATION}
TURNED_DOWN = "rejected by seller"
"""Our word for a question that is hidden from buyers."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """The answer under a feedback or a question as Wildberries shows it."""

    text: str
    state: str
    editable: bool | None


def answer_of(row: Row) -> Answer | None:
    """None while nothing is shown; a question that the seller rejected shows that, with or without words."""
    if isinstance(row, Question):
        return _answer_of_question(row)
    if row.answer_text is None:
        return None
    return Answer(text=row.answer_text, state=row.answer_state or "", editable=row.answer_editable)


def _answer_of_question(row: Question) -> Answer | None:
    if row.wb_state == REJECTED_BY_SELLER:
        return Answer(text=row.answer_text or "", state=TURNED_DOWN, editable=False)
    if row.answer_text is None:
        return None
    return Answer(text=row.answer_text, state=row.wb_state, editable=row.answer_editable)


async def observe(session: AsyncSession, reply: Reply, answer: Answer | None) -> bool:
    """Settle a locked reply by what is shown; False when it says nothing about this reply (yet)."""
    if answer is None:
        await _vanished(session, reply)
        return False
    if reply.state not in gate.EDITABLE and _shows(answer, reply):
        return await _ours(session, reply, answer)
    if reply.revision > 1 and (answer.editable is not False or _may_be_moderated(reply)):
        return False
    return await _someone_elses(session, reply)


async def _vanished(session: AsyncSession, reply: Reply) -> None:
    """Of a question that lost its answer, moderators may have taken it down: looking by id tells."""
    if reply.question_id is None:
        return
    if reply.state is S.PUBLISHED:
        await gate.advance(session, reply, S.ON_MODERATION, actor=WILDBERRIES, reason="Ответ больше не показан.")
    elif reply.state is S.ANSWERED_ELSEWHERE:
        await gate.advance(session, reply, S.FAILED, actor=WILDBERRIES, reason="Чужого ответа больше нет.")


def _may_be_moderated(reply: Reply) -> bool:
    """Until moderators pass a question's edit, the former words are shown, though the edit is spent."""
    return reply.question_id is not None and reply.state in gate.UNSETTLED


def _shows(answer: Answer, reply: Reply) -> bool:
    if reply.rejects or answer.state == TURNED_DOWN:
        return reply.rejects and answer.state == TURNED_DOWN
    if same_words(answer.text, reply.text):
        return True
    # An edit may correct nothing but a comma, so before it is spent the old words must not pass for the new.
    may_be_the_old = reply.revision > 1 and answer.editable is not False
    return not may_be_the_old and same_letters(answer.text, reply.text)


async def _ours(session: AsyncSession, reply: Reply, answer: Answer) -> bool:
    shown = _state_of(answer)
    if reply.state is S.APPROVED:
        # Not sent by us since it was approved, and yet there: somebody pasted the very words, or an
        # earlier attempt that we had given up on arrived after all.
        shown = S.ANSWERED_ELSEWHERE
    elif shown is None and reply.state is S.PUBLISHING:
        shown = S.SENT  # it arrived, whatever that new state of Wildberries' means
    elif shown is None and reply.state is S.PUBLISHED and reply.question_id is not None:
        await gate.advance(session, reply, S.ON_MODERATION, actor=WILDBERRIES, reason=f"state={answer.state}")
    if shown is not None and shown in gate.WAYS[reply.state]:
        await gate.advance(session, reply, shown, actor=WILDBERRIES, reason=f"answer.state={answer.state}")
    return shown is not None


async def _someone_elses(session: AsyncSession, reply: Reply) -> bool:
    if S.ANSWERED_ELSEWHERE in gate.WAYS[reply.state]:
        await gate.advance(session, reply, S.ANSWERED_ELSEWHERE, actor=WILDBERRIES, reason="На сайте другой ответ.")
        return True
    return reply.state is S.ANSWERED_ELSEWHERE


def _state_of(answer: Answer) -> ReplyState | None:
    if answer.state == TURNED_DOWN:
        return S.PUBLISHED
    if answer.state.startswith("rejected"):
        return S.REJECTED
    return STATES.get(answer.state)


def same_words(left: str, right: str) -> bool:
    """Equal but for white space and HTML entities, which Wildberries may tidy."""
    return unescape(left).split() == unescape(right).split()


def same_letters(left: str, right: str) -> bool:
    """Equal but for what a stricter tidying may take: marks, emoji, the case of letters."""
    return same_words(left, right) or _letters(left) == _letters(right) != ""


def _letters(text: str) -> str:
    return "".join(filter(str.isalnum, normalize("NFKC", unescape(text)).casefold()))
