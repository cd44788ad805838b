"""Wildberries' two lists of questions in memory, free to change after every call."""

from collections.abc import Callable
from dataclasses import dataclass, field, fields
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from app.kit.db import forbid_open_transaction
from app.questions.ports import IncomingQuestion, QuestionPage
from tests.factories import incoming_question

EPOCH = datetime(2026, 11, 1, tzinfo=UTC)


def asked(wb_id: str, written_at: datetime = EPOCH, **changes: Any) -> IncomingQuestion:
    """A plain question."""
    return incoming_question(wb_id=wb_id, written_at=written_at, **changes)


def changed(question: IncomingQuestion, **changes: Any) -> IncomingQuestion:
    """The same question as Wildberries shows it later."""
    kept = {one.name: getattr(question, one.name) for one in fields(question) if one.name != "raw"}
    return asked(**{**kept, **changes})


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """What the sync asked for."""

    answered: bool
    take: int
    skip: int
    since: datetime | None
    until: datetime | None


@dataclass
class QuestionCabinet:
    """A QuestionSource; `after_call` is the rest of the world, `before_call` may raise instead of answering."""

    rows: dict[str, IncomingQuestion] = field(default_factory=dict)
    broken: set[str] = field(default_factory=set)
    calls: list[Call] = field(default_factory=list)
    looked_up: list[str] = field(default_factory=list)
    viewed: list[str] = field(default_factory=list)
    before_call: Callable[[], None] = lambda: None
    after_call: Callable[[], None] = lambda: None

    def add(self, *arrivals: IncomingQuestion) -> None:
        self.rows.update({question.wb_id: question for question in arrivals})

    def answer(self, wb_id: str, text: str = "Да, есть.") -> None:
        self.change(wb_id, answer_text=text, answer_editable=True, wb_state="wbRu")

    def reopen(self, wb_id: str) -> None:
        """Moderators did not like the answer."""
        self.change(wb_id, answer_text=None, answer_editable=None, wb_state="suppliersPortalSynch")

    def change(self, wb_id: str, **changes: Any) -> None:
        self.rows[wb_id] = changed(self.rows[wb_id], **changes)

    def listed(self, *, answered: bool) -> list[IncomingQuestion]:
        ordered = sorted(self.rows.values(), key=lambda row: (row.written_at.replace(microsecond=0), row.wb_id))
        return [row for row in ordered if (row.answer_text is not None or row.wb_state == "none") is answered]

    async def page(
        self,
        shop_id: UUID,
        *,
        answered: bool,
        take: int,
        skip: int,
        since: datetime | None,
        until: datetime | None,
    ) -> QuestionPage:
        forbid_open_transaction()
        self.before_call()
        page = self.read(Call(answered=answered, take=take, skip=skip, since=since, until=until))
        self.after_call()
        return page

    def read(self, call: Call) -> QuestionPage:
        """One list call, without its consequences."""
        assert call.take + call.skip <= 10_000
        self.calls.append(call)
        last = call.until and call.until.replace(microsecond=0) + timedelta(seconds=1)
        first = call.since and call.since.replace(microsecond=0)
        rows = [
            row
            for row in self.listed(answered=call.answered)
            if (first is None or row.written_at >= first) and (last is None or row.written_at < last)
        ][call.skip : call.skip + call.take]
        whole = [row for row in rows if row.wb_id not in self.broken]
        return QuestionPage(
            questions=whole,
            received=len(rows),
            broken=len(rows) - len(whole),
            unanswered_total=len(self.listed(answered=False)),
            answered_total=len(self.listed(answered=True)),
        )

    async def one(self, shop_id: UUID, wb_id: str) -> IncomingQuestion | None:
        forbid_open_transaction()
        self.looked_up.append(wb_id)
        return self.rows.get(wb_id)

    async def view(self, shop_id: UUID, wb_id: str) -> None:
        forbid_open_transaction()
        self.viewed.append(wb_id)
