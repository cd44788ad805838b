"""What a reply can be about: a feedback or a question, and how each is found, kept and called answered."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.feedbacks import queries as feedback_queries
from app.feedbacks import storing as feedback_storing
from app.feedbacks.models import Feedback
from app.feedbacks.ports import IncomingFeedback
from app.questions import queries as question_queries
from app.questions import storing as question_storing
from app.questions.models import Question
from app.questions.ports import IncomingQuestion

Row = Feedback | Question
Seen = IncomingFeedback | IncomingQuestion


class SubjectKind(StrEnum):
    """Buyers' words that are answered in public."""

    FEEDBACK = "feedback"
    QUESTION = "question"


@dataclass(frozen=True, slots=True)
class Subject:
    """A feedback or a question of a shop, by Wildberries' id."""

    kind: SubjectKind
    wb_id: str

    def column(self) -> dict[str, str]:
        """Where its id goes in a row or a job."""
        return {f"{self.kind}_id": self.wb_id}


def a_feedback(wb_id: str) -> Subject:
    """As a subject."""
    return Subject(SubjectKind.FEEDBACK, wb_id)


def a_question(wb_id: str) -> Subject:
    """As a subject."""
    return Subject(SubjectKind.QUESTION, wb_id)


def subject_of(row: Row) -> Subject:
    """What this row is."""
    return a_feedback(row.wb_id) if isinstance(row, Feedback) else a_question(row.wb_id)


def table_of(subject: Subject) -> type[Feedback] | type[Question]:
    """Where its rows are."""
    return Feedback if subject.kind is SubjectKind.FEEDBACK else Question


async def get_row(session: AsyncSession, shop_id: UUID, subject: Subject, *, fresh: bool = False) -> Row:
    """Raises NoSuchFeedback or NoSuchQuestion; `fresh` reads it again though the session knows it."""
    row: Row
    if subject.kind is SubjectKind.FEEDBACK:
        row = await feedback_queries.get_feedback(session, shop_id, subject.wb_id)
    else:
        row = await question_queries.get_question(session, shop_id, subject.wb_id)
    if fresh:
        await session.refresh(row)
    return row


async def lock_row(session: AsyncSession, shop_id: UUID, subject: Subject) -> Row:
    """The row, locked; raises like `get_row`."""
    if subject.kind is SubjectKind.FEEDBACK:
        return await feedback_queries.lock_feedback(session, shop_id, subject.wb_id)
    return await question_queries.lock_question(session, shop_id, subject.wb_id)


async def store_seen(session: AsyncSession, shop_id: UUID, seen: list[Seen]) -> None:
    """Keep what Wildberries showed, with the news that follow from it."""
    await feedback_storing.store(session, shop_id, [row for row in seen if isinstance(row, IncomingFeedback)])
    await question_storing.store(session, shop_id, [row for row in seen if isinstance(row, IncomingQuestion)])


async def unanswered_as_of(session: AsyncSession, row: Row) -> datetime:
    """When we last learnt that it was unanswered, if it is."""
    if isinstance(row, Question):
        return row.seen_at
    sync = await feedback_queries.find_sync(session, row.shop_id)
    listed_at = sync.unanswered_as_of if sync else None
    return max(row.first_seen_at, listed_at or row.first_seen_at)
