"""/api/chats/{shop_id}: what buyers write to the seller alone, and how far we have read it."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query
from pydantic import Field

from app.api.chat_neighbours import TheChatLimits
from app.api.chat_wire import ChangeIn, ChatId, ChatOut, ChatSyncOut, MessageOut, NoteOut, OneChatOut
from app.api.dependencies import CurrentUser, ManagerShop, ViewerShop
from app.api.errors import problems
from app.api.fields import Prose, WireIn, WireOut
from app.api.jobs import JobOut
from app.chats import service
from app.chats.capability import get_chat_token
from app.chats.jobs import SyncChats
from app.chats.listing import (
    Filters,
    count_chats,
    count_statuses,
    page_of_chats,
    page_of_messages,
)
from app.chats.models import ChatStatus
from app.chats.progress import progress_of
from app.chats.queries import find_draft, get_chat, notes_of
from app.chats.service import ChatChange
from app.kit.http import Session
from app.kit.job_records import get_job
from app.kit.jobs import enqueue, enqueue_again
from app.kit.keyset import Cursor

router = APIRouter(prefix="/chats/{shop_id}", tags=["Чаты"], responses=problems(401, 403, 404))


class CountOut(WireOut):
    """`more`: счёт остановлен на этом числе, на самом деле больше."""

    count: int
    more: bool


class ChatsOut(WireOut):
    """Страница списка, новые сверху; `next_cursor` пуст на последней."""

    items: list[ChatOut]
    next_cursor: str | None
    total: CountOut | None = Field(description="Сколько подходит под фильтр; только на первой странице")
    counts: dict[ChatStatus, CountOut] | None = Field(description="Числа для колонок; по запросу counts=true")


class MessagesOut(WireOut):
    """Страница переписки, новые сверху; `next_cursor` ведёт к более старым."""

    items: list[MessageOut]
    next_cursor: str | None


class ListIn(WireIn):
    """Фильтры списка; все сразу."""

    status: list[ChatStatus] = Field([])
    assignee: UUID | None = Field(None, description="Участник магазина")
    unassigned: bool = Field(False, description="Только ничьи")
    search: str = Field("", max_length=200, description="Часть имени или слова переписки в любой форме")
    cursor: str | None = Field(None, max_length=400)
    limit: int = Field(50, ge=1, le=100)
    counts: bool = Field(False, description="Посчитать колонки")

    def filters(self) -> Filters:
        """In the domain's words."""
        return Filters(
            statuses=self.status,
            assignee_id=self.assignee,
            unassigned=self.unassigned,
            search=self.search.replace("\x00", ""),
        )


class NoteIn(WireIn):
    text: Annotated[Prose, Field(min_length=1, max_length=4000)]


@router.get("", summary="Список чатов")
async def list_chats(session: Session, shop: ViewerShop, asked: Annotated[ListIn, Query()]) -> ChatsOut:
    """Чаты магазина по фильтру, постранично."""
    filters, after = asked.filters(), Cursor.parse(asked.cursor) if asked.cursor else None
    rows = await page_of_chats(session, shop.id, filters, after=after, limit=asked.limit + 1)
    more, rows = len(rows) > asked.limit, rows[: asked.limit]
    total = None if after else CountOut.model_validate(await count_chats(session, shop.id, filters))
    counts = await count_statuses(session, shop.id, filters) if asked.counts else None
    return ChatsOut(
        items=[ChatOut.of(row) for row in rows],
        next_cursor=str(Cursor(at=rows[-1].last_message_at, id=rows[-1].chat_id)) if more else None,
        total=total,
        counts=None if counts is None else {status: CountOut.model_validate(n) for status, n in counts.items()},
    )


@router.post("/sync", status_code=202, summary="Прочитать новое")
async def sync(session: Session, shop: ManagerShop) -> JobOut:
    """Прочитать список и события чатов сейчас; если чтение уже идёт, вернётся его задание."""
    await get_chat_token(session, shop.id)
    job = SyncChats(shop_id=shop.id)
    job_id = await enqueue_again(session, job, rest=0) or await enqueue(session, job)
    return JobOut.of(await get_job(session, shop.id, job_id))


@router.get("/sync", summary="Ход чтения")
async def sync_progress(session: Session, shop: ViewerShop, limits: TheChatLimits) -> ChatSyncOut:
    """Что с чатами можно делать, сколько прочитано и когда следующее чтение."""
    return ChatSyncOut.of(await progress_of(session, shop, limits=limits))


@router.get("/{chat_id}", summary="Чат")
async def one(session: Session, shop: ViewerShop, chat_id: ChatId) -> OneChatOut:
    """Один чат с заметками и черновиком; переписка — отдельно, постранично."""
    chat = await get_chat(session, shop.id, chat_id)
    draft = await find_draft(session, shop.id, chat_id)
    return OneChatOut(
        chat=ChatOut.of(chat),
        notes=[NoteOut.of(note) for note in await notes_of(session, shop.id, chat_id)],
        draft=MessageOut.of(draft) if draft else None,
    )


@router.get("/{chat_id}/events", summary="Переписка")
async def events(
    session: Session,
    shop: ViewerShop,
    chat_id: ChatId,
    cursor: Annotated[str | None, Query(max_length=400)] = None,
    limit: Annotated[int, Query(ge=1, le=200)] = 100,
) -> MessagesOut:
    """Всё, что сказано в чате, и наши сообщения на пути к покупателю."""
    await get_chat(session, shop.id, chat_id)
    before = Cursor.parse(cursor) if cursor else None
    rows = await page_of_messages(session, shop.id, chat_id, before=before, limit=limit + 1)
    more, rows = len(rows) > limit, rows[:limit]
    return MessagesOut(
        items=[MessageOut.of(row) for row in rows],
        next_cursor=str(Cursor(at=rows[-1].at, id=str(rows[-1].id))) if more else None,
    )


@router.patch("/{chat_id}", responses=problems(409), summary="Состояние и ответственный")
async def change(session: Session, shop: ManagerShop, chat_id: ChatId, body: ChangeIn) -> ChatOut:
    """Взять в работу, передать, закрыть с причиной; новое сообщение покупателя открывает чат снова."""
    wanted = ChatChange(
        status=body.status, close_reason=body.close_reason, assignee_id=body.assignee_id, version=body.version
    )
    return ChatOut.of(await service.change(session, shop.id, chat_id, wanted))


@router.post("/{chat_id}/notes", status_code=201, summary="Заметка для своих")
async def take_note(session: Session, shop: ManagerShop, user: CurrentUser, chat_id: ChatId, body: NoteIn) -> NoteOut:
    """Заметки не меняются и не удаляются; покупатель их не видит."""
    return NoteOut.of(await service.take_note(session, shop.id, chat_id, text=body.text, actor=user.actor))


@router.post("/{chat_id}/draft", status_code=202, summary="Написать черновик")
async def draft(session: Session, shop: ManagerShop, user: CurrentUser, chat_id: ChatId) -> JobOut:
    """Написать черновик по переписке. Сам он не отправляется никогда."""
    job_id = await service.ask_for_draft(session, shop.id, chat_id, actor=user.actor)
    return JobOut.of(await get_job(session, shop.id, job_id))
