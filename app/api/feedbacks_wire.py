"""Feedbacks on the wire: models for single ones and for the document, plain dictionaries for the hot list."""

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Any, Self
from uuid import UUID

import asyncpg
from pydantic import Field
from pydantic_core import from_json

from app.api.fields import WireIn, WireOut
from app.feedbacks.filters import Answered, Filters
from app.feedbacks.listing import Page
from app.feedbacks.models import Feedback
from app.kit.keyset import Count, Cursor
from app.replies import service
from app.replies.models import Reply, ReplyState


class ReplyOut(WireOut):
    """Наш ответ: `version` нужна, чтобы изменить или опубликовать именно этот текст."""

    id: UUID
    revision: int = Field(description="1 — ответ, 2 — его единственная правка")
    state: ReplyState
    rejects: bool = Field(description="Не ответ, а отказ: вопрос скрывается от покупателей")
    text: str
    version: int
    needs_human: bool
    reasons: list[str] = Field(description="Почему ответ должен посмотреть человек")
    writer: str
    error: str | None
    approved_by: str | None
    approved_at: datetime | None
    sent_at: datetime | None
    published_at: datetime | None
    next_check_at: datetime | None


class EditBudgetOut(WireOut):
    """Сколько правок ответа осталось и до какого времени, если это известно."""

    left: int
    until: datetime | None


class AnswerOut(WireOut):
    """Ответ, который сейчас показывает Wildberries."""

    text: str
    state: str
    editable: bool | None


class FeedbackOut(WireOut):
    """Отзыв и наш ответ на него."""

    wb_id: str
    nm_id: int
    rating: int
    text: str
    pros: str
    cons: str
    written_at: datetime
    buyer_name: str
    product_name: str
    brand_name: str
    supplier_article: str
    size: str
    color: str
    order_status: str
    matching_size: str
    tags: list[str]
    photo_count: int
    has_video: bool
    rating_only: bool
    archived: bool
    deleted_at: datetime | None
    parent_id: str | None = Field(description="Отзыв, который этот дополняет")
    child_id: str | None = Field(description="Дополнение к этому отзыву: отвечать нужно на него")
    needs_reply: bool
    answer: AnswerOut | None
    edit_budget: EditBudgetOut
    reply: ReplyOut | None

    @classmethod
    def of(cls, feedback: Feedback, reply: Reply | None) -> Self:
        answer = feedback.answer_text
        made: dict[str, Any] = {
            "answer": None
            if answer is None
            else AnswerOut(text=answer, state=feedback.answer_state or "", editable=feedback.answer_editable),
            "edit_budget": EditBudgetOut.model_validate(service.edit_budget(feedback, reply)),
            "reply": None if reply is None else ReplyOut.model_validate(reply),
        }
        plain = {name: getattr(feedback, name) for name in cls.model_fields if name not in made}
        return cls(**plain, **made)


class CountOut(WireOut):
    """`more`: счёт остановлен на этом числе, на самом деле больше."""

    count: int
    more: bool


class FeedbacksOut(WireOut):
    """Страница списка, новые сверху; `next_cursor` пуст на последней."""

    items: list[FeedbackOut]
    next_cursor: str | None
    total: CountOut | None = Field(description="Сколько подходит под фильтр; только на первой странице")
    views: dict[str, CountOut] | None = Field(description="Числа для вкладок; по запросу counts=true")


class ListIn(WireIn):
    """Фильтры списка; все сразу."""

    state: list[ReplyState] = Field([], description="Состояния нашего ответа")
    no_reply_yet: bool = Field(False, description="Нет даже черновика")
    rating: list[Annotated[int, Field(ge=1, le=5)]] = Field([])
    answered: Answered | None = Field(None, description="Что на Wildberries: yes, no, not_needed")
    product: int | None = Field(None, ge=1, le=2**63 - 1, description="Артикул WB (nmId)")
    since: datetime | None = None
    until: datetime | None = None
    search: str = Field("", max_length=200, description="Слова в любой форме")
    deleted: bool = Field(False, description="Только удалённые на Wildberries")
    cursor: str | None = Field(None, max_length=400)
    limit: int = Field(50, ge=1, le=100)
    counts: bool = Field(False, description="Посчитать вкладки")

    def filters(self) -> Filters:
        """In the domain's words."""
        return Filters(
            states=self.state, no_reply_yet=self.no_reply_yet, ratings=self.rating, answered=self.answered,
            nm_id=self.product, since=self.since, until=self.until, search=self.search.replace("\x00", ""),
            deleted=self.deleted,
        )  # fmt: skip


def a_page(page: Page, replies: Mapping[str, asyncpg.Record]) -> dict[str, Any]:
    """As FeedbacksOut would put it, to the letter."""
    last = page.rows[-1] if page.more else None
    return {
        "items": [_item(row, replies.get(row["wb_id"])) for row in page.rows],
        "next_cursor": str(Cursor(at=last["written_at"], id=last["wb_id"])) if last else None,
        "total": None if page.total is None else _count(page.total),
        "views": None if page.badges is None else {view: _count(count) for view, count in page.badges.items()},
    }


def _item(row: asyncpg.Record, reply: asyncpg.Record | None) -> dict[str, Any]:
    item = dict(row)
    text, state, editable = item.pop("answer_text"), item.pop("answer_state"), item.pop("answer_editable")
    del item["reply_state"]
    item["tags"] = from_json(item["tags"])
    budget = service.budget_of_answer(
        shown=text is not None,
        editable=editable,
        edited=reply is not None and reply["revision"] > 1,
        since=reply["sent_at"] if reply is not None else None,
    )
    item["answer"] = None if text is None else {"text": text, "state": state or "", "editable": editable}
    item["edit_budget"] = {"left": budget.left, "until": budget.until}
    item["reply"] = None if reply is None else _reply(reply)
    return item


def _reply(row: asyncpg.Record) -> dict[str, Any]:
    reply = dict(row)
    del reply["feedback_id"]
    reply["reasons"] = from_json(reply["reasons"])
    return reply


def _count(count: Count) -> dict[str, Any]:
    return {"count": count.count, "more": count.more}
