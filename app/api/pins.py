"""/api/pins/{shop_id}: reviews pinned to the top of a card."""

from datetime import datetime
from typing import Annotated, Self
from uuid import UUID

from fastapi import APIRouter, Query
from pydantic import Field

from app.api.dependencies import CurrentUser, ManagerShop, ViewerShop
from app.api.errors import problems
from app.api.fields import WireIn, WireOut
from app.api.jobs import JobOut
from app.feedbacks.models import Feedback
from app.kit.http import Session
from app.kit.job_records import get_job
from app.kit.keyset import Cursor
from app.pins import service
from app.pins.listing import PinFilters, page_of_pins
from app.pins.models import Pin, PinMethod, PinOn, PinState
from app.pins.service import Asked, Wish

router = APIRouter(prefix="/pins/{shop_id}", tags=["Закрепы"], responses=problems(401, 403, 404))

WbId = Annotated[str, Field(min_length=1, max_length=100, pattern=r"^[A-Za-z0-9_-]+$")]
NmId = Annotated[int, Field(ge=1, le=2**63 - 1, description="Артикул WB (nmId)")]
CursorIn = Annotated[str, Field(max_length=200)]
Limit = Annotated[int, Field(ge=1, le=100)]


class PinnedFeedbackOut(WireOut):
    """Отзыв, о котором речь."""

    wb_id: str
    nm_id: int
    rating: int
    text: str
    buyer_name: str
    product_name: str
    photo_count: int
    written_at: datetime


class PinOut(WireOut):
    """Закреп: `reason` говорит, почему он в этом состоянии; `cause` — слово Wildberries, если открепила она сама."""

    id: UUID
    feedback_id: str
    pin_on: PinOn = Field(description="nm — карточка, imt — группа объединённых карточек")
    pin_method: PinMethod = Field(description="subscription — «Джем», tariff — тарифная опция")
    state: PinState
    nm_id: int | None
    imt_id: int | None
    cause: str | None
    reason: str
    asked_by: str | None
    created_at: datetime
    changed_at: datetime
    feedback: PinnedFeedbackOut | None = None

    @classmethod
    def of(cls, pin: Pin, feedback: Feedback | None = None) -> Self:
        plain = {name: getattr(pin, name) for name in cls.model_fields if name != "feedback"}
        return cls(**plain, feedback=PinnedFeedbackOut.model_validate(feedback) if feedback else None)


class PinsOut(WireOut):
    """Страница, новые сверху; `next_cursor` пуст на последней."""

    items: list[PinOut]
    next_cursor: str | None


class ListIn(WireIn):
    """Фильтры списка; все сразу."""

    state: list[PinState] = Field([])
    product: NmId | None = None
    cursor: CursorIn | None = None
    limit: Limit = 50


class WishIn(WireIn):
    """Один отзыв; без `pin_method` способ выберем по лимитам."""

    feedback_id: WbId
    pin_on: PinOn = PinOn.NM
    pin_method: PinMethod | None = None

    def wish(self) -> Wish:
        """In the domain's words."""
        return Wish(feedback_id=self.feedback_id, pin_on=self.pin_on, pin_method=self.pin_method)


class PinIn(WireIn):
    """Что закрепить."""

    items: list[WishIn] = Field(min_length=1, max_length=500)


class UnpinIn(WireIn):
    """Закрепы по нашим id; все или ни одного."""

    pin_ids: list[UUID] = Field(min_length=1, max_length=500)


class AskedOut(WireOut):
    """Ответ по одному отзыву: закреп в очереди (или прежний), либо почему его нет."""

    feedback_id: str
    pin_on: PinOn
    pin: PinOut | None
    error: str | None

    @classmethod
    def of(cls, asked: Asked) -> Self:
        pin = PinOut.of(asked.pin) if asked.pin else None
        return cls(feedback_id=asked.feedback_id, pin_on=asked.pin_on, pin=pin, error=asked.error)


@router.get("", summary="Список закрепов")
async def list_pins(session: Session, shop: ViewerShop, asked: Annotated[ListIn, Query()]) -> PinsOut:
    """Закрепы магазина, и нынешние, и прежние."""
    filters, after = PinFilters(states=asked.state, nm_id=asked.product), parse_cursor(asked.cursor)
    rows = await page_of_pins(session, shop.id, filters, after=after, limit=asked.limit + 1)
    more, rows = len(rows) > asked.limit, rows[: asked.limit]
    last = Cursor(at=rows[-1][0].created_at, id=str(rows[-1][0].id)) if more else None
    return PinsOut(items=[PinOut.of(*row) for row in rows], next_cursor=str(last) if last else None)


@router.post("/pin", status_code=202, responses=problems(409), summary="Закрепить")
async def pin(session: Session, shop: ManagerShop, user: CurrentUser, body: PinIn) -> list[AskedOut]:
    """Поставить в очередь на закрепление; итог по каждому отзыву появится в списке."""
    wishes = [item.wish() for item in body.items]
    return [AskedOut.of(asked) for asked in await service.pin(session, shop.id, wishes, actor=user.actor)]


@router.post("/unpin", status_code=202, responses=problems(409), summary="Открепить")
async def unpin(session: Session, shop: ManagerShop, user: CurrentUser, body: UnpinIn) -> list[PinOut]:
    """Открепить; то, что ещё не отправлено, просто отменяется."""
    return [PinOut.of(found) for found in await service.unpin(session, shop.id, body.pin_ids, actor=user.actor)]


@router.post("/sync", status_code=202, summary="Прочитать закрепы Wildberries")
async def sync(session: Session, shop: ManagerShop) -> JobOut:
    """Прочитать лимиты и список сейчас; если чтение уже идёт, вернётся его задание."""
    return JobOut.of(await get_job(session, shop.id, await service.look_now(session, shop.id)))


def parse_cursor(cursor: str | None) -> Cursor | None:
    """Raises BadCursor."""
    return Cursor.parse(cursor) if cursor else None
