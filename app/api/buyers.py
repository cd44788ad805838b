"""/api/buyers/{shop_id}: what came under one buyer's name, feedbacks and chats together."""

from datetime import datetime
from typing import Annotated, Self
from uuid import UUID

from fastapi import APIRouter, Path, Query
from pydantic import Field

from app.api.dependencies import ViewerShop
from app.api.errors import problems
from app.api.fields import WireIn, WireOut
from app.buyers.listing import Filters, counted_through, get_buyer, page_of_buyers
from app.buyers.models import Buyer
from app.buyers.threads import Entry, page_of_thread
from app.chats.models import Direction, MessageState, Sender
from app.kit.http import Session
from app.kit.keyset import Cursor
from app.replies.models import ReplyState

router = APIRouter(prefix="/buyers/{shop_id}", tags=["Покупатели"], responses=problems(401, 403, 404))

NOTICE = (
    "Собрано по имени: Wildberries не сообщает, кто пишет, и под одним именем могут быть разные люди. "
    "Вопросов здесь нет: у них нет имени."
)
BuyerName = Annotated[str, Path(max_length=300, description="Имя в любом написании, закодированное для URL")]
CursorIn = Annotated[str, Field(max_length=1500)]
Stars = Annotated[int, Field(ge=1, le=5)]


class BuyerOut(WireOut):
    """Одно имя; `unanswered` — отзывы и чаты, которые ждут нас."""

    name: str
    feedbacks: int
    chats: int
    average_rating: float | None
    lowest_rating: int | None
    unanswered: int
    last_at: datetime


class BuyersOut(WireOut):
    """Страница имён; `next_cursor` пуст на последней, изменения до `as_of` учтены."""

    items: list[BuyerOut]
    next_cursor: str | None
    as_of: datetime | None
    notice: str = NOTICE


class ThreadReplyOut(WireOut):
    """Наш ответ на отзыв."""

    state: ReplyState
    text: str
    sent_at: datetime | None


class ThreadFeedbackOut(WireOut):
    """Отзыв в переписке; `answer_text` — что сейчас показывает Wildberries."""

    wb_id: str
    nm_id: int
    product_name: str
    rating: int
    text: str
    pros: str
    cons: str
    parent_id: str | None
    needs_reply: bool
    answer_text: str | None


class ThreadMessageOut(WireOut):
    """Реплика чата."""

    id: UUID
    chat_id: str
    direction: Direction
    sender: Sender
    state: MessageState
    text: str
    author: str


class EntryOut(WireOut):
    """Отзыв с нашим ответом или реплика чата."""

    kind: str = Field(description="feedback или message")
    at: datetime
    feedback: ThreadFeedbackOut | None
    reply: ThreadReplyOut | None
    message: ThreadMessageOut | None

    @classmethod
    def of(cls, entry: Entry) -> Self:
        return cls.model_validate(entry)


class ThreadOut(WireOut):
    """Страница переписки, новое сверху; `next_cursor` пуст на последней."""

    buyer: BuyerOut
    items: list[EntryOut]
    next_cursor: str | None
    notice: str = NOTICE


class BuyersIn(WireIn):
    """Фильтры; все сразу."""

    search: str = Field("", max_length=200, description="Начало имени, регистр и пробелы не важны")
    has_chat: bool | None = None
    min_rating: Stars | None = Field(None, description="Самая низкая оценка под этим именем не ниже")
    max_rating: Stars | None = Field(None, description="Самая низкая оценка под этим именем не выше")
    cursor: CursorIn | None = None
    limit: int = Field(50, ge=1, le=100)

    def filters(self) -> Filters:
        """In the domain's words."""
        return Filters(
            prefix=self.search, has_chat=self.has_chat, min_rating=self.min_rating, max_rating=self.max_rating
        )


class ThreadIn(WireIn):
    """Страница переписки."""

    cursor: CursorIn | None = None
    limit: int = Field(50, ge=1, le=100)


@router.get("", summary="Покупатели")
async def list_buyers(session: Session, shop: ViewerShop, asked: Annotated[BuyersIn, Query()]) -> BuyersOut:
    """Имена, под которыми писали отзывы и в чаты; кто писал последним — сверху. Имена в разном регистре и с лишними
    пробелами — одно имя; пустые, скрытые («И***») и общие («Покупатель») сюда не входят. Вопросов здесь нет: в
    вопросах Wildberries не называет имени."""
    after = Cursor.parse(asked.cursor) if asked.cursor else None
    rows = await page_of_buyers(session, shop.id, asked.filters(), after=after, limit=asked.limit + 1)
    last = rows[asked.limit - 1] if len(rows) > asked.limit else None
    return BuyersOut(
        items=[_buyer_out(row) for row in rows[: asked.limit]],
        next_cursor=str(Cursor(at=last.last_at, id=last.name_key)) if last else None,
        as_of=await counted_through(session, shop.id),
    )


@router.get("/{name:path}/thread", summary="Переписка под именем")
async def thread(session: Session, shop: ViewerShop, name: BuyerName, asked: Annotated[ThreadIn, Query()]) -> ThreadOut:
    """Отзывы с нашими ответами и реплики чатов под этим именем, новые сверху. Переписка собрана по имени, а имена
    повторяются: это может быть несколько человек."""
    buyer = await get_buyer(session, shop.id, name)
    before = Cursor.parse(asked.cursor) if asked.cursor else None
    rows = await page_of_thread(session, shop.id, buyer.name_key, before=before, limit=asked.limit + 1)
    more = len(rows) > asked.limit
    return ThreadOut(
        buyer=_buyer_out(buyer),
        items=[EntryOut.of(row) for row in rows[: asked.limit]],
        next_cursor=str(rows[asked.limit - 1].cursor) if more else None,
    )


def _buyer_out(buyer: Buyer) -> BuyerOut:
    return BuyerOut.model_validate(buyer)
