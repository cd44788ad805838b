"""/api/feedbacks/{shop_id}/{wb_id}/…: our reply, from draft to publication."""

from datetime import datetime
from typing import Annotated, Self

from fastapi import APIRouter
from pydantic import Field, StringConstraints

from app.api.dependencies import CurrentUser, ManagerShop, ViewerShop
from app.api.errors import problems
from app.api.feedbacks import WbId
from app.api.feedbacks_wire import FeedbackOut
from app.api.fields import WireIn, WireOut
from app.api.jobs import JobOut
from app.feedbacks.queries import get_feedback
from app.kit.http import Session
from app.kit.job_records import get_job
from app.replies import service
from app.replies.models import ReplyEvent
from app.replies.queries import history_of
from app.replies.subjects import a_feedback

router = APIRouter(prefix="/feedbacks/{shop_id}/{wb_id}", tags=["Ответы"], responses=problems(401, 403, 404))

ReplyText = Annotated[str, StringConstraints(max_length=20_000)]


class DraftIn(WireIn):
    """Новый текст; `version` — та, что вы видите, 0 — черновика ещё нет."""

    text: ReplyText
    version: int = Field(ge=0)


class PublishIn(WireIn):
    """Публикуется именно эта версия текста."""

    version: int = Field(ge=1)


class EventOut(WireOut):
    """Одна строка истории ответа."""

    at: datetime
    actor: str
    from_state: str | None
    to_state: str
    reason: str
    version: int
    text: str

    @classmethod
    def of(cls, event: ReplyEvent) -> Self:
        return cls.model_validate(event)


@router.get("/history", summary="История ответа")
async def history(session: Session, shop: ViewerShop, wb_id: WbId) -> list[EventOut]:
    """Всё, что происходило с ответом: кто, что, когда и почему."""
    await get_feedback(session, shop.id, wb_id)
    return [EventOut.of(event) for event in await history_of(session, shop.id, a_feedback(wb_id))]


@router.post("/draft", status_code=202, responses=problems(409), summary="Написать черновик")
async def draft(session: Session, shop: ManagerShop, user: CurrentUser, wb_id: WbId) -> JobOut:
    """Написать черновик или другой его вариант; прежний остаётся в истории."""
    job_id = await service.ask_for_draft(session, shop.id, a_feedback(wb_id), actor=user.actor)
    return JobOut.of(await get_job(session, shop.id, job_id))


@router.put("/reply", responses=problems(409), summary="Сохранить свой текст")
async def write(session: Session, shop: ManagerShop, user: CurrentUser, wb_id: WbId, body: DraftIn) -> FeedbackOut:
    """Сохранить свой текст. Под опубликованным ответом это начинает его единственную правку."""
    text = body.text.replace("\x00", "")
    reply = await service.write_reply(
        session, shop.id, a_feedback(wb_id), text=text, version=body.version, actor=user.actor
    )
    return FeedbackOut.of(await get_feedback(session, shop.id, wb_id), reply)


@router.post("/publish", status_code=202, responses=problems(409), summary="Одобрить и опубликовать")
async def publish(session: Session, shop: ManagerShop, user: CurrentUser, wb_id: WbId, body: PublishIn) -> FeedbackOut:
    """Одобрить именно этот текст. «Опубликован» появится, только когда ответ покажет Wildberries."""
    reply = await service.approve(session, shop.id, a_feedback(wb_id), version=body.version, actor=user.actor)
    return FeedbackOut.of(await get_feedback(session, shop.id, wb_id), reply)


@router.post("/withdraw", responses=problems(409), summary="Отозвать одобрение")
async def withdraw(session: Session, shop: ManagerShop, user: CurrentUser, wb_id: WbId) -> FeedbackOut:
    """Отозвать одобрение, пока ответ не отправлен."""
    reply = await service.withdraw(session, shop.id, a_feedback(wb_id), actor=user.actor)
    return FeedbackOut.of(await get_feedback(session, shop.id, wb_id), reply)
