"""/api/questions/{shop_id}: what buyers ask, and our reply from draft to publication."""

from datetime import datetime
from typing import Annotated, Any, Self

from fastapi import APIRouter, Path, Query
from pydantic import Field, StringConstraints

from app.api.dependencies import CurrentUser, ManagerShop, ViewerShop
from app.api.errors import problems
from app.api.feedbacks_wire import CountOut, EditBudgetOut, ReplyOut
from app.api.fields import WireIn, WireOut
from app.api.jobs import JobOut
from app.api.replies import DraftIn, EventOut, PublishIn, ReplyText
from app.kit.http import Session
from app.kit.job_records import get_job
from app.kit.jobs import enqueue
from app.kit.keyset import Cursor
from app.questions.jobs import SyncQuestions, ViewQuestion
from app.questions.listing import (
    QuestionAnswered,
    QuestionFilters,
    count_question_views,
    count_questions,
    page_of_questions,
)
from app.questions.models import Question
from app.questions.queries import find_sync, get_question
from app.replies import service
from app.replies.models import Reply, ReplyState
from app.replies.queries import find_newest_reply, history_of, newest_replies
from app.replies.subjects import SubjectKind, a_question

router = APIRouter(prefix="/questions/{shop_id}", tags=["Вопросы"], responses=problems(401, 403, 404))

QuestionId = Annotated[str, Path(min_length=1, max_length=100, pattern=r"^[A-Za-z0-9_-]+$")]


class QuestionAnswerOut(WireOut):
    """Ответ, который сейчас показывает Wildberries."""

    text: str
    editable: bool | None
    answered_at: datetime | None


class QuestionOut(WireOut):
    """Вопрос и наш ответ. Имени покупателя у вопросов нет."""

    wb_id: str
    nm_id: int
    text: str
    written_at: datetime
    product_name: str
    brand_name: str
    supplier_article: str
    was_viewed: bool
    is_warned: bool = Field(description="Wildberries считает вопрос подозрительным")
    wb_state: str
    deleted_at: datetime | None
    needs_reply: bool
    answer: QuestionAnswerOut | None
    edit_budget: EditBudgetOut
    reply: ReplyOut | None

    @classmethod
    def of(cls, question: Question, reply: Reply | None) -> Self:
        answer = question.answer_text
        shown = {"editable": question.answer_editable, "answered_at": question.answered_at}
        made: dict[str, Any] = {
            "answer": None if answer is None else QuestionAnswerOut(text=answer, **shown),
            "edit_budget": EditBudgetOut.model_validate(service.edit_budget(question, reply)),
            "reply": None if reply is None else ReplyOut.model_validate(reply),
        }
        plain = {name: getattr(question, name) for name in cls.model_fields if name not in made}
        return cls(**plain, **made)


class QuestionsOut(WireOut):
    """Страница списка, новые сверху; `next_cursor` пуст на последней."""

    items: list[QuestionOut]
    next_cursor: str | None
    total: CountOut | None = Field(description="Сколько подходит под фильтр; только на первой странице")
    views: dict[str, CountOut] | None = Field(description="Числа для вкладок; по запросу counts=true")


class RejectIn(WireIn):
    """Причина, которую увидит покупатель; `version` 0, если черновика нет."""

    text: ReplyText
    version: int = Field(0, ge=0)


class QuestionListIn(WireIn):
    """Фильтры списка; все сразу."""

    state: list[ReplyState] = Field([], description="Состояния нашего ответа")
    no_reply_yet: bool = Field(False, description="Нет даже черновика")
    answered: QuestionAnswered | None = Field(None, description="Что на Wildberries: yes, no, rejected")
    product: int | None = Field(None, ge=1, le=2**63 - 1, description="Артикул WB (nmId)")
    since: datetime | None = None
    until: datetime | None = None
    search: Annotated[str, StringConstraints(max_length=200)] = Field("", description="Слова в любой форме")
    deleted: bool = Field(False, description="Только удалённые на Wildberries")
    cursor: str | None = Field(None, max_length=400)
    limit: int = Field(50, ge=1, le=100)
    counts: bool = Field(False, description="Посчитать вкладки")

    def filters(self) -> QuestionFilters:
        """In the domain's words."""
        return QuestionFilters(
            states=self.state, no_reply_yet=self.no_reply_yet, answered=self.answered, nm_id=self.product,
            since=self.since, until=self.until, search=self.search, deleted=self.deleted,
        )  # fmt: skip


class QuestionSyncOut(WireOut):
    """Ход синхронизации вопросов."""

    running: bool
    pages: int
    rows: int
    broken_rows: int
    total_estimate: int | None
    started_at: datetime | None
    progressed_at: datetime | None
    finished_at: datetime | None
    next_sync_at: datetime


@router.get("", summary="Список вопросов")
async def list_questions(session: Session, shop: ViewerShop, asked: Annotated[QuestionListIn, Query()]) -> QuestionsOut:
    """Вопросы магазина по фильтру, постранично."""
    filters, after = asked.filters(), Cursor.parse(asked.cursor) if asked.cursor else None
    rows = await page_of_questions(session, shop.id, filters, after=after, limit=asked.limit + 1)
    more, rows = len(rows) > asked.limit, rows[: asked.limit]
    replies = await newest_replies(session, shop.id, SubjectKind.QUESTION, [row.wb_id for row in rows])
    total = None if after else await count_questions(session, shop.id, filters)
    views = await count_question_views(session, shop.id, filters, list(ReplyState)) if asked.counts else None
    return QuestionsOut(
        items=[QuestionOut.of(row, replies.get(row.wb_id)) for row in rows],
        next_cursor=str(Cursor(at=rows[-1].written_at, id=rows[-1].wb_id)) if more else None,
        total=None if total is None else CountOut.model_validate(total),
        views=None if views is None else {view: CountOut.model_validate(n) for view, n in views.items()},
    )


@router.post("/sync", status_code=202, summary="Синхронизировать вопросы")
async def sync(session: Session, shop: ManagerShop) -> JobOut:
    """Синхронизировать сейчас; если синхронизация уже идёт, вернётся её задание."""
    job_id = await enqueue(session, SyncQuestions(shop_id=shop.id))
    return JobOut.of(await get_job(session, shop.id, job_id))


@router.get("/sync", summary="Ход синхронизации вопросов")
async def sync_progress(session: Session, shop: ViewerShop) -> QuestionSyncOut | None:
    """Как далеко зашла синхронизация и когда следующая; null, если её ещё не было."""
    state = await find_sync(session, shop.id)
    return None if state is None else QuestionSyncOut.model_validate(state)


@router.get("/{wb_id}", summary="Вопрос")
async def one(session: Session, shop: ViewerShop, wb_id: QuestionId) -> QuestionOut:
    """Один вопрос с нашим ответом."""
    question = await get_question(session, shop.id, wb_id)
    return QuestionOut.of(question, await find_newest_reply(session, shop.id, a_question(wb_id)))


@router.get("/{wb_id}/history", summary="История ответа")
async def history(session: Session, shop: ViewerShop, wb_id: QuestionId) -> list[EventOut]:
    """Всё, что происходило с ответом: кто, что, когда и почему."""
    await get_question(session, shop.id, wb_id)
    return [EventOut.of(event) for event in await history_of(session, shop.id, a_question(wb_id))]


@router.post("/{wb_id}/view", status_code=202, summary="Отметить просмотренным")
async def view(session: Session, shop: ManagerShop, wb_id: QuestionId) -> JobOut:
    """Сообщить Wildberries, что вопрос просмотрен."""
    await get_question(session, shop.id, wb_id)
    job_id = await enqueue(session, ViewQuestion(shop_id=shop.id, question_id=wb_id))
    return JobOut.of(await get_job(session, shop.id, job_id))


@router.post("/{wb_id}/draft", status_code=202, summary="Написать черновик", responses=problems(409))
async def draft(session: Session, shop: ManagerShop, user: CurrentUser, wb_id: QuestionId) -> JobOut:
    """Написать черновик или другой его вариант; прежний остаётся в истории."""
    job_id = await service.ask_for_draft(session, shop.id, a_question(wb_id), actor=user.actor)
    return JobOut.of(await get_job(session, shop.id, job_id))


@router.put("/{wb_id}/reply", summary="Сохранить свой текст", responses=problems(409))
async def write(
    session: Session, shop: ManagerShop, user: CurrentUser, wb_id: QuestionId, body: DraftIn
) -> QuestionOut:
    """Сохранить свой текст. Под опубликованным ответом это начинает его единственную правку."""
    text = body.text.replace("\x00", "")
    reply = await service.write_reply(
        session, shop.id, a_question(wb_id), text=text, version=body.version, actor=user.actor
    )
    return QuestionOut.of(await get_question(session, shop.id, wb_id), reply)


@router.post("/{wb_id}/publish", status_code=202, summary="Одобрить и опубликовать", responses=problems(409))
async def publish(
    session: Session, shop: ManagerShop, user: CurrentUser, wb_id: QuestionId, body: PublishIn
) -> QuestionOut:
    """Одобрить именно этот текст. «Опубликован» появится, только когда ответ покажет Wildberries."""
    reply = await service.approve(session, shop.id, a_question(wb_id), version=body.version, actor=user.actor)
    return QuestionOut.of(await get_question(session, shop.id, wb_id), reply)


@router.post("/{wb_id}/reject", status_code=202, summary="Отклонить вопрос", responses=problems(409))
async def reject(
    session: Session, shop: ManagerShop, user: CurrentUser, wb_id: QuestionId, body: RejectIn
) -> QuestionOut:
    """Скрыть вопрос от покупателей. Отменить это нельзя; Wildberries требует текст."""
    text = body.text.replace("\x00", "")
    reply = await service.reject_question(session, shop.id, wb_id, text=text, version=body.version, actor=user.actor)
    return QuestionOut.of(await get_question(session, shop.id, wb_id), reply)


@router.post("/{wb_id}/withdraw", summary="Отозвать одобрение", responses=problems(409))
async def withdraw(session: Session, shop: ManagerShop, user: CurrentUser, wb_id: QuestionId) -> QuestionOut:
    """Отозвать одобрение, пока ответ не отправлен, или снять ответ, который так и не появился."""
    reply = await service.withdraw(session, shop.id, a_question(wb_id), actor=user.actor)
    return QuestionOut.of(await get_question(session, shop.id, wb_id), reply)
