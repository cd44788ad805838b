"""/chat: buyers' chats that the filing extension opens from feedbacks."""

from datetime import datetime
from typing import Annotated, Any, Final, Literal
from uuid import UUID

from fastapi import Request
from pydantic import Field, TypeAdapter
from starlette.responses import Response

from app.cabinet.chat_opening import LinkedChat, OpenedChat, link_chat
from app.cabinet.chat_work import chat_rules, shops_with_chats
from app.cabinet.limits import limits_of
from app.cabinet.matching import FeedbackKey, utc_minute
from app.cabinet.overview import chats_offered, shops_with_counts
from app.extension.callers import CurrentCaller, asked_of
from app.extension.errors import router_of
from app.extension.keys import parse_key
from app.extension.moments import told_at
from app.extension.stores import CurrentStore, store_for
from app.extension.wire import Lenient, WireIn, WireOut, documented, json_response, read_body
from app.kit.clock import utc_now
from app.kit.documents import storable
from app.kit.errors import Invalid
from app.kit.http import Db

router = router_of("Чаты", prefix="/chat")
LARGEST_ID: Final = 2**53
LONGEST_URL: Final = 2000


class UnreadableKey(Invalid):
    """Neither the key nor the fields that it is made of tell which feedback is meant."""

    code = "REVIEW_KEY"
    message = "Не удалось понять, к какому отзыву относится чат: проверьте reviewKey."


class ChatStoreOut(WireOut):
    id: UUID
    store_id: UUID
    name: str
    is_active: bool
    chat_feature_active: bool | None = Field(description="null, пока страницы ничего не показали")
    pending_chats_count: int


class GlobalLimitsOut(WireOut):
    max_chats_per_run: int
    cooldown_between_chats_ms: int


class ChatRuleOut(WireOut):
    nm_id: int
    product_title: str
    is_active: bool
    chat_enabled: bool
    stars_allowed: list[int]
    required_complaint_status: Literal["rejected"] = "rejected"


class ChatRulesOut(WireOut):
    store_id: UUID
    global_limits: GlobalLimitsOut
    items: list[ChatRuleOut]


class ReviewContextIn(WireIn):
    nm_id: Annotated[Annotated[int, Field(ge=1, le=LARGEST_ID)] | None, Lenient] = None
    rating: Annotated[Annotated[int, Field(ge=1, le=5)] | None, Lenient] = None
    review_date: Annotated[datetime | None, Lenient] = None
    review_key: Annotated[str | None, Lenient] = None


class OpenedIn(WireIn):
    store_id: str
    review_context: ReviewContextIn
    chat_url: Annotated[str | None, Lenient] = None
    opened_at: Annotated[datetime | None, Lenient] = None
    status: Annotated[str | None, Lenient] = None


class ChatRecordOut(WireOut):
    chat_record_id: UUID
    review_matched: bool
    review_resolved: bool
    resolved_reason: str | None
    message: str


class OpenedOut(ChatRecordOut):
    success: bool
    data: ChatRecordOut


_OPENED: Final = TypeAdapter(OpenedIn)


@router.get("/stores", summary="Магазины, где открывают чаты")
async def stores(database: Db, caller: CurrentCaller) -> list[ChatStoreOut]:
    """Те, где хотя бы для одного активного товара разрешены чаты; без архивных."""
    async with database.glance() as connection:
        rows = [row for row in await shops_with_counts(connection, caller.user_id) if row["active"]]
        wanted = await shops_with_chats(connection, [row["id"] for row in rows])
    return [
        ChatStoreOut(
            id=row["id"],
            store_id=row["id"],
            name=row["name"],
            is_active=row["active"],
            chat_feature_active=chats_offered(row),
            pending_chats_count=row["queued_chats"] + row["queued_links"],
        )
        for row in rows
        if row["id"] in wanted
    ]


@router.get("/stores/{storeId}/rules", summary="Для каких товаров открывать чаты")
async def rules(store: CurrentStore, database: Db) -> ChatRulesOut:
    """Все товары, у которых есть правило; у остальных чаты не открывают."""
    async with database.glance() as connection:
        limits = await limits_of(connection, store.id)
        rows = await chat_rules(connection, store.id)
    return ChatRulesOut(
        store_id=store.id,
        global_limits=GlobalLimitsOut(
            max_chats_per_run=limits.chats_per_run, cooldown_between_chats_ms=limits.chat_pause_ms
        ),
        items=[
            ChatRuleOut(
                nm_id=row["nm_id"],
                product_title=row["title"],
                is_active=row["active"],
                chat_enabled=row["chats"],
                stars_allowed=row["chat_ratings"],
            )
            for row in rows
        ],
    )


@router.post(
    "/opened",
    status_code=201,
    response_model=OpenedOut,
    responses={200: {"model": OpenedOut, "description": "Чат уже был известен"}},
    openapi_extra=documented(OpenedIn),
    summary="Чат открыт",
)
async def opened(request: Request) -> Response:
    """Повторять можно: 201 — записан сейчас, 200 — уже был. Адрес без `chatId` дополнит следующий вызов."""
    database, caller = asked_of(request)
    said = await read_body(request, _OPENED)
    now = utc_now()
    chat = OpenedChat(
        key=_key_of(said.review_context, now),
        chat_url=_address(said.chat_url),
        status=storable((said.status or "")[:100]),
        opened_at=told_at(said.opened_at, now=now) or now,
    )
    async with database.direct() as connection:
        store = await store_for(connection, caller, said.store_id, reporting=True)
        link = await link_chat(connection, store.id, chat, actor=caller.actor, now=now)
    record = _record(link)
    return json_response({"success": True, **record, "data": record}, 201 if link.created else 200)


def _key_of(context: ReviewContextIn, now: datetime) -> FeedbackKey:
    """As it came, else put together from its parts."""
    if (key := parse_key(context.review_key or "")) is not None:
        return key
    written = told_at(context.review_date, now=now)
    if context.nm_id is None or context.rating is None or written is None:
        raise UnreadableKey
    return FeedbackKey(context.nm_id, context.rating, utc_minute(written))


def _address(url: str | None) -> str:
    """People will be offered it as a link, so that it must be one."""
    found = storable((url or "").strip()[:LONGEST_URL])
    return found if isinstance(found, str) and found.startswith(("https://", "http://")) else ""


def _record(link: LinkedChat) -> dict[str, Any]:
    """The same facts stand at the top and in `data`: builds differ in where they look."""
    found = "Чат привязан к отзыву." if link.feedback_id else "Чат записан. Отзыв пока не найден, привяжем позже."
    return {
        "chatRecordId": str(link.id),
        "reviewMatched": link.feedback_id is not None,
        "reviewResolved": link.resolved is not None,
        "resolvedReason": link.resolved,
        "message": found if link.resolved is None else "Отзыв уже решён: чат закрыт.",
    }
