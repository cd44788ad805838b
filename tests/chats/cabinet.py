"""A seller's chats at a Wildberries made of lists, and rows to begin with."""

import itertools
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import text

from app.chats import queries, service
from app.chats.files import CheckedFile
from app.chats.jobs import SendMessages, SyncChats
from app.chats.models import Chat, Message, Sender
from app.chats.moments import milliseconds
from app.chats.ports import Accepted, ChatCall, EventPage, IncomingChat, IncomingEvent, Outgoing
from app.chats.sending import send_messages
from app.chats.storing import store_events, store_list
from app.chats.stream_models import ChatSync
from app.chats.sync import ChatPace, sync_chats
from app.kit.db import Database, forbid_open_transaction
from app.kit.limits import Budget
from app.shops.models import Shop, ShopToken, TokenKind, TokenPurpose

CHAT = "1:8f5a2c1e-0000-4000-8000-000000000001"
OTHER = "1:8f5a2c1e-0000-4000-8000-000000000002"
_numbers = itertools.count(1)


def ms_now(**ago: float) -> int:
    return milliseconds(datetime.now(UTC) - timedelta(**ago))


def event(words: str = "Здравствуйте", *, chat_id: str = CHAT, sender: str = "client", **more: Any) -> IncomingEvent:
    """A buyer's line of now, unless told otherwise."""
    values: dict[str, Any] = {
        "event_id": f"event-{next(_numbers):06d}",
        "chat_id": chat_id,
        "kind": "message",
        "wb_ms": ms_now(),
        "is_message": True,
        "sender": Sender(sender),
        "source": "rusite" if sender == "client" else "seller-public-api",
        "text": words,
        **more,
    }
    return IncomingEvent(**{"raw": {"eventID": values["event_id"]}, **values})


def listed(chat_id: str = CHAT, *, sign: str | None = "sign-1", **more: Any) -> IncomingChat:
    return IncomingChat(**{"chat_id": chat_id, "reply_sign": sign, "client_name": "Анна", "nm_id": 77, **more})


class FakeWildberries:
    """Satisfies ChatPost: a list, a stream with pages, and a letter box that may break."""

    def __init__(self) -> None:
        self.listed: list[IncomingChat] = [listed()]
        self.stream: list[IncomingEvent] = []
        self.page_size = 50
        self.inclusive = False
        self.calls: list[str] = []
        self.sent: list[Outgoing] = []
        self.outcomes: list[Exception | Accepted | Callable[[Outgoing], Accepted]] = []
        self.trouble: Exception | None = None

    async def chats(self, shop_id: UUID) -> Sequence[IncomingChat]:
        self._called("list")
        return self.listed

    async def events(self, shop_id: UUID, *, after_ms: int | None) -> EventPage:
        self._called(f"events {after_ms or 'oldest'}")
        first = 0 if after_ms is None else after_ms + (0 if self.inclusive else 1)
        page = [one for one in self.stream if one.wb_ms >= first][: self.page_size]
        return EventPage(events=page, total=len(page), next_ms=page[-1].wb_ms if page else after_ms)

    async def send(self, shop_id: UUID, message: Outgoing, fence: Callable[[], None]) -> Accepted:
        self._called("send")
        fence()
        self.sent.append(message)
        outcome = self.outcomes.pop(0) if self.outcomes else Accepted(wb_ms=ms_now(), reply_sign=None)
        if isinstance(outcome, Exception):
            raise outcome
        return outcome if isinstance(outcome, Accepted) else outcome(message)

    def _called(self, what: str) -> None:
        forbid_open_transaction()
        self.calls.append(what)
        if self.trouble is not None:
            raise self.trouble


class FakeLimits:
    """Full unless told otherwise."""

    def __init__(self, *, full: bool = True) -> None:
        self.full = full

    def is_full(self, kind: TokenKind) -> bool:
        return self.full

    def budget(self, kind: TokenKind, call: ChatCall) -> Budget:
        return Budget(capacity=5, interval=1.0) if self.full else Budget(capacity=1, interval=3672.0)

    def bucket_key(self, seller_id: str, call: ChatCall) -> str:
        return f"wb:{seller_id}:{call}"


class Cabinet:
    """A shop with chats, and everything that can happen to it."""

    def __init__(self, database: Database, shop: Shop, wildberries: FakeWildberries) -> None:
        self.database = database
        self.shop = shop
        self.wildberries = wildberries
        self.limits = FakeLimits()
        self.pace = ChatPace(every=60, settle=60)

    async def sync(self) -> None:
        job = SyncChats(shop_id=self.shop.id)
        await sync_chats(job, database=self.database, source=self.wildberries, limits=self.limits, pace=self.pace)

    async def hear(self, *events: IncomingEvent) -> int:
        async with self.database.transaction() as session:
            return await store_events(session, self.shop.id, events, echo_within=600)

    async def see(self, *chats: IncomingChat) -> None:
        async with self.database.transaction() as session:
            await store_list(session, self.shop.id, chats, asked_at=datetime.now(UTC))

    async def write(self, words: str = "Добрый день! Проверим.", *, chat_id: str = CHAT, **more: Any) -> Message:
        values: dict[str, Any] = {"files": [], "key": f"key-{next(_numbers)}", "actor": "user:1", **more}
        async with self.database.transaction() as session:
            return await service.send(session, self.shop.id, chat_id, text=words, **values)

    async def post(self, chat_id: str = CHAT, *, settle: float = 60) -> None:
        """The worker's turn."""
        await send_messages(
            SendMessages(shop_id=self.shop.id, chat_id=chat_id),
            database=self.database,
            sender=self.wildberries,
            source=self.wildberries,
            settle=settle,
            still_ours=lambda: None,
        )

    async def resend(self, message: Message) -> Message:
        async with self.database.transaction() as session:
            return await service.resend(session, self.shop.id, message.chat_id, message.id)

    async def chat(self, chat_id: str = CHAT) -> Chat:
        async with self.database.transaction() as session:
            return await queries.get_chat(session, self.shop.id, chat_id)

    async def again(self, message: Message) -> Message:
        """As it is now."""
        async with self.database.transaction() as session:
            return await queries.get_message(session, self.shop.id, message.chat_id, message.id)

    async def state(self) -> ChatSync:
        async with self.database.transaction() as session:
            return await queries.lock_sync(session, self.shop.id)

    async def rows(self, sql: str) -> list[Any]:
        async with self.database.transaction() as session:
            return list(await session.execute(text(sql)))

    async def age(self, message: Message, *, seconds: float) -> None:
        """As if the attempt had been made so long ago."""
        await self.execute(f"UPDATE messages SET sending_at = now() - interval '{seconds} s' WHERE id = '{message.id}'")

    async def execute(self, sql: str) -> None:
        async with self.database.transaction() as session:
            await session.execute(text(sql))


def chat_token(shop: Shop, encrypted: str, **more: Any) -> ShopToken:
    values: dict[str, Any] = {
        "purpose": TokenPurpose.CHAT,
        "last4": "abcd",
        "kind": TokenKind.PERSONAL,
        "categories": ["chat"],
        "read_only": False,
        "expires_at": datetime.now(UTC) + timedelta(days=90),
        "added_at": datetime.now(UTC),
        **more,
    }
    return ShopToken(shop_id=shop.id, encrypted=encrypted, **values)


JPEG = CheckedFile(name="чек.jpg", content_type="image/jpeg", content=b"\xff\xd8\xff\xe0 jpeg")
