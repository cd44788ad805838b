"""The sources that syncs read, as looking back sees them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.feedbacks.ports import FeedbackList, FeedbackSource
from app.feedbacks.queries import count_processed
from app.questions.ports import QuestionSource
from app.questions.queries import count_answered
from app.questions.sync import LARGEST_REACH
from app.replies.ports import Looker
from app.replies.subjects import Seen, SubjectKind


@dataclass(frozen=True, slots=True)
class FeedbackLooker:
    """Satisfies replies.ports.Looker."""

    source: FeedbackSource
    reach: int = 199_990

    async def one(self, shop_id: UUID, wb_id: str) -> Seen | None:
        return await self.source.one(shop_id, wb_id)

    async def answered(
        self, shop_id: UUID, *, take: int, skip: int, since: datetime, until: datetime
    ) -> tuple[Sequence[Seen], int]:
        page = await self.source.page(shop_id, FeedbackList.PROCESSED, take=take, skip=skip, since=since, until=until)
        return page.feedbacks, page.received


@dataclass(frozen=True, slots=True)
class QuestionLooker:
    """Satisfies replies.ports.Looker."""

    source: QuestionSource
    reach: int = LARGEST_REACH

    async def one(self, shop_id: UUID, wb_id: str) -> Seen | None:
        return await self.source.one(shop_id, wb_id)

    async def answered(
        self, shop_id: UUID, *, take: int, skip: int, since: datetime, until: datetime
    ) -> tuple[Sequence[Seen], int]:
        page = await self.source.page(shop_id, answered=True, take=take, skip=skip, since=since, until=until)
        return page.questions, page.received


@dataclass(frozen=True, slots=True, kw_only=True)
class Lookers:
    """One for each kind of subject."""

    feedbacks: FeedbackLooker
    questions: QuestionLooker

    def of(self, kind: SubjectKind) -> Looker:
        """The one that knows this kind."""
        return self.feedbacks if kind is SubjectKind.FEEDBACK else self.questions


async def count_listed(
    session: AsyncSession, shop_id: UUID, kind: SubjectKind, *, since: datetime, until: datetime
) -> int:
    """How many rows the answered list of that time has, as far as we know."""
    count = count_processed if kind is SubjectKind.FEEDBACK else count_answered
    return await count(session, shop_id, since=since, until=until)
