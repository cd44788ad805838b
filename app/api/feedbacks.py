"""/api/feedbacks/{shop_id}: what buyers write, and our reply from draft to publication."""

from datetime import datetime
from typing import Annotated, Any, Self
from uuid import UUID

from fastapi import APIRouter, Path, Query
from pydantic import Field

from app.api.dependencies import ManagerShop, TheBudget, ViewerShop
from app.api.errors import problems
from app.api.fields import WireIn, WireOut
from app.api.jobs import JobOut
from app.api.sync_progress import SyncOut, progress_of
from app.feedbacks.jobs import SyncFeedbacks
from app.feedbacks.listing import (
    Answered,
    Filters,
    count_feedbacks,
    count_views,
    page_of_feedbacks,
)
from app.feedbacks.models import Feedback
from app.feedbacks.queries import get_feedback
from app.kit.http import Session, TheSettings
from app.kit.job_records import get_job
from app.kit.jobs import enqueue
from app.kit.keyset import Count, Cursor
from app.replies import service
from app.replies.models import Reply, ReplyState
from app.replies.queries import find_newest_reply, newest_replies
from app.replies.subjects import SubjectKind, a_feedback

router = APIRouter(prefix="/feedbacks/{shop_id}", tags=["Отзывы"], responses=problems(401, 403, 404))

WbId = Annotated[str, Path(min_length=1, max_length=100, pattern=r"^[A-Za-z0-9_-]+$")]


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


@router.get("", summary="Список отзывов")
async def list_feedbacks(session: Session, shop: ViewerShop, asked: Annotated[ListIn, Query()]) -> FeedbacksOut:
    """Отзывы магазина по фильтру, постранично."""
    filters, after = asked.filters(), Cursor.parse(asked.cursor) if asked.cursor else None
    rows = await page_of_feedbacks(session, shop.id, filters, after=after, limit=asked.limit + 1)
    more, rows = len(rows) > asked.limit, rows[: asked.limit]
    replies = await newest_replies(session, shop.id, SubjectKind.FEEDBACK, [row.wb_id for row in rows])
    total: Count | None = None if after else await count_feedbacks(session, shop.id, filters)
    views = await count_views(session, shop.id, filters, list(ReplyState)) if asked.counts else None
    last = Cursor(at=rows[-1].written_at, id=rows[-1].wb_id) if more else None
    return FeedbacksOut(
        items=[FeedbackOut.of(row, replies.get(row.wb_id)) for row in rows],
        next_cursor=str(last) if last else None,
        total=None if total is None else CountOut.model_validate(total),
        views=None if views is None else {view: CountOut.model_validate(n) for view, n in views.items()},
    )


@router.post("/sync", status_code=202, summary="Синхронизировать")
async def sync(session: Session, shop: ManagerShop) -> JobOut:
    """Синхронизировать сейчас; если синхронизация уже идёт, вернётся её задание."""
    job_id = await enqueue(session, SyncFeedbacks(shop_id=shop.id))
    return JobOut.of(await get_job(session, shop.id, job_id))


@router.get("/sync", summary="Ход синхронизации")
async def sync_progress(session: Session, shop: ViewerShop, settings: TheSettings, budget: TheBudget) -> SyncOut:
    """Как далеко зашла синхронизация и когда следующая."""
    return await progress_of(session, shop, budget=budget, page_size=settings.wb_page_size)


@router.get("/{wb_id}", summary="Отзыв")
async def one(session: Session, shop: ViewerShop, wb_id: WbId) -> FeedbackOut:
    """Один отзыв с нашим ответом."""
    feedback = await get_feedback(session, shop.id, wb_id)
    return FeedbackOut.of(feedback, await find_newest_reply(session, shop.id, a_feedback(wb_id)))
