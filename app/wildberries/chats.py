"""Wildberries' buyer chats as the domain sees them: the list, the stream, and a message that leaves once."""

from collections.abc import Callable, Sequence
from functools import partial
from uuid import UUID

import structlog

from app.chats.capability import get_chat_token
from app.chats.ports import (
    Accepted,
    AmbiguousSend,
    ChatCall,
    EventPage,
    IncomingChat,
    Outgoing,
    SignatureRefused,
)
from app.kit.limits import Budget
from app.kit.settings import Settings
from app.shops.models import ShopToken, TokenKind
from app.shops.queries import get_shop
from app.wildberries import calls
from app.wildberries.callers import Callers
from app.wildberries.calls import Answer
from app.wildberries.chat_models import ChatIn, ChatsIn, EventsIn, SentIn, incoming_event
from app.wildberries.errors import AmbiguousOutcome, BadRequest, Told, WbUnavailable
from app.wildberries.limits import Bucket, budget, has_full_limits
from app.wildberries.pacing import bucket_key
from app.wildberries.parsing import each_whole, parsed
from app.wildberries.transport import Form, WildberriesTransport

log = structlog.get_logger(__name__)
BUCKETS = {
    ChatCall.LIST: Bucket.CHAT_LIST,
    ChatCall.EVENTS: Bucket.CHAT_EVENTS,
    ChatCall.MESSAGE: Bucket.CHAT_MESSAGE,
    ChatCall.DOWNLOAD: Bucket.CHAT_DOWNLOAD,
}


class ChatCallers(Callers):
    """With the token that opens chats; raises chats.capability.ChatsOff."""

    async def _read(self, shop_id: UUID) -> tuple[str, ShopToken]:
        async with self.database.transaction() as session:
            return (await get_shop(session, shop_id)).seller_id, await get_chat_token(session, shop_id)


class WildberriesChats:
    """Satisfies chats.ports.ChatSource and ChatSender; reading can wait for others unless it is urgent."""

    def __init__(self, transport: WildberriesTransport, callers: ChatCallers, *, urgent: bool = False) -> None:
        self.transport = transport
        self.callers = callers
        self.urgent = urgent

    async def chats(self, shop_id: UUID) -> Sequence[IncomingChat]:
        async with self.callers.of_shop(shop_id, urgent=self.urgent) as caller:
            answer = await self.transport.call(caller, calls.CHATS)
        return each_whole(parsed(answer, ChatsIn).result, _chat, kind="chat")

    async def events(self, shop_id: UUID, *, after_ms: int | None) -> EventPage:
        async with self.callers.of_shop(shop_id, urgent=self.urgent) as caller:
            answer = await self.transport.call(caller, calls.CHAT_EVENTS, params={"next": after_ms})
        page = parsed(answer, EventsIn).result
        events = each_whole(page.events, partial(incoming_event, at_least_ms=after_ms or 1), kind="chat event")
        total = len(page.events) if page.total_events is None else page.total_events
        return EventPage(events=events, total=total, next_ms=page.next or None)

    async def send(self, shop_id: UUID, message: Outgoing, fence: Callable[[], None]) -> Accepted:
        async with self.callers.of_shop(shop_id, urgent=True, fence=fence) as caller:
            try:
                answer = await self.transport.call(caller, calls.CHAT_MESSAGE, form=_form(message))
            except AmbiguousOutcome as error:
                raise AmbiguousSend from error
            except BadRequest as error:
                if "signature" in error.detail.lower():
                    raise SignatureRefused from error
                raise
        return _accepted(answer)


def _chat(row: object) -> IncomingChat:
    return ChatIn.model_validate(row).incoming()


def _form(message: Outgoing) -> Form:
    """Every part as a file part, or httpx would send a message without files as x-www-form-urlencoded."""
    form: Form = [("replySign", (None, message.reply_sign, None))]
    if message.text:
        form.append(("message", (None, message.text, None)))
    form += [("file", (file.name, file.content, file.content_type)) for file in message.files]
    return form


def _accepted(answer: Answer) -> Accepted:
    """A 200 that we cannot read, or that names errors and no message, may have sent it all the same."""
    try:
        sent = parsed(answer, SentIn)
    except WbUnavailable as error:
        raise AmbiguousSend from error
    errors = [error for error in sent.errors if isinstance(error, str) and error]
    if sent.result is None:
        log.warning("wb_chat_send_unclear", told=str(Told(answer.status, "; ".join(errors))))
        raise AmbiguousSend
    return Accepted(wb_ms=sent.result.add_time, reply_sign=sent.result.sign, errors=errors)


class PublishedChatLimits:
    """Satisfies chats.ports.ChatLimits."""

    def __init__(self, settings: Settings) -> None:
        self.has_secret = settings.wb_client_secret is not None
        self.speed = settings.wb_speed

    def is_full(self, kind: TokenKind) -> bool:
        return has_full_limits(kind, has_secret=self.has_secret)

    def budget(self, kind: TokenKind, call: ChatCall) -> Budget:
        return budget(kind, BUCKETS[call], has_secret=self.has_secret, speed=self.speed)

    def bucket_key(self, seller_id: str, call: ChatCall) -> str:
        return bucket_key(seller_id, BUCKETS[call])
