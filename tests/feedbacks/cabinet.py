"""Wildberries' three lists in memory: ordered by second and id, and free to change after every call."""

from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass, field, fields
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from app.feedbacks.ports import FeedbackList, FeedbackPage, IncomingFeedback
from tests import factories

EPOCH = datetime(2026, 11, 1, tzinfo=UTC)


def incoming(wb_id: str, written_at: datetime = EPOCH, **changes: Any) -> IncomingFeedback:
    """Five stars and a word."""
    return factories.incoming(wb_id=wb_id, written_at=written_at, **changes)


def changed(feedback: IncomingFeedback, **changes: Any) -> IncomingFeedback:
    """The same feedback as Wildberries shows it later."""
    kept = {one.name: getattr(feedback, one.name) for one in fields(feedback) if one.name != "raw"}
    return incoming(**{**kept, **changes})


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """What the sync asked for."""

    which: FeedbackList
    take: int
    skip: int
    since: datetime | None
    until: datetime | None


@dataclass
class Cabinet:
    """A FeedbackSource; `after_call` is the rest of the world, `before_call` may raise instead of answering."""

    rows: dict[str, IncomingFeedback] = field(default_factory=dict)
    archived: set[str] = field(default_factory=set)
    broken: set[str] = field(default_factory=set)
    tells_totals: bool = True
    calls: list[Call] = field(default_factory=list)
    looked_up: list[str] = field(default_factory=list)
    late_replies: list[Awaitable[None]] = field(default_factory=list)
    before_call: Callable[[], None] = lambda: None
    after_call: Callable[[], None] = lambda: None

    def add(self, *arrivals: IncomingFeedback) -> None:
        self.rows.update({feedback.wb_id: feedback for feedback in arrivals})

    def answer(self, wb_id: str, text: str = "Спасибо!") -> None:
        self.rows[wb_id] = changed(
            self.rows[wb_id], answer_text=text, answer_state="wbRu", answer_editable=True, wb_state="wbRu"
        )

    def delete(self, *wb_ids: str) -> None:
        for wb_id in wb_ids:
            del self.rows[wb_id]

    def listed(self, which: FeedbackList) -> list[IncomingFeedback]:
        ordered = sorted(self.rows.values(), key=lambda row: (row.written_at.replace(microsecond=0), row.wb_id))
        return [row for row in ordered if self._is_on(which, row)]

    async def page(
        self,
        shop_id: UUID,
        which: FeedbackList,
        *,
        take: int,
        skip: int,
        since: datetime | None,
        until: datetime | None,
    ) -> FeedbackPage:
        self.before_call()
        page = self.read(Call(which=which, take=take, skip=skip, since=since, until=until))
        self.after_call()
        if self.late_replies:
            await self.late_replies.pop()
        return page

    def read(self, call: Call) -> FeedbackPage:
        """One list call, without its consequences."""
        self.calls.append(call)
        rows = list(self._within(self.listed(call.which), call))[call.skip : call.skip + call.take]
        whole = [row for row in rows if row.wb_id not in self.broken]
        tells = self.tells_totals and call.which is not FeedbackList.ARCHIVE
        return FeedbackPage(
            feedbacks=whole,
            received=len(rows),
            broken=len(rows) - len(whole),
            unanswered_total=len(self.listed(FeedbackList.UNANSWERED)) if tells else None,
            processed_total=len(self.listed(FeedbackList.PROCESSED)) if tells else None,
        )

    async def one(self, shop_id: UUID, wb_id: str) -> IncomingFeedback | None:
        self.looked_up.append(wb_id)
        return self.rows.get(wb_id)

    def _within(self, rows: Iterable[IncomingFeedback], call: Call) -> Iterable[IncomingFeedback]:
        if call.which is FeedbackList.ARCHIVE:
            return rows
        last = call.until and call.until.replace(microsecond=0) + timedelta(seconds=1)
        first = call.since and call.since.replace(microsecond=0)
        return (
            row
            for row in rows
            if (first is None or row.written_at >= first) and (last is None or row.written_at < last)
        )

    def _is_on(self, which: FeedbackList, row: IncomingFeedback) -> bool:
        processed = row.answer_text is not None or row.rating_only
        if which is FeedbackList.ARCHIVE:
            return processed or row.wb_id in self.archived
        if which is FeedbackList.PROCESSED:
            return processed
        return not processed and row.wb_id not in self.archived


def fill(cabinet: Cabinet, rows: int, *, newest: datetime | None = None) -> None:
    """w0000 … a minute apart, the newest five minutes old."""
    last = newest or datetime.now(UTC) - timedelta(minutes=5)
    cabinet.add(*(incoming(f"w{n:04d}", last - timedelta(minutes=rows - 1 - n)) for n in range(rows)))
