"""Writes what Wildberries' list and stream tell; telling it twice changes nothing."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID, uuid5

from sqlalchemy import select, text
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from app.chats import echoes
from app.chats.models import Chat, ChatStatus, Direction, Message, MessageState, Sender
from app.chats.moments import moment
from app.chats.ports import IncomingChat, IncomingEvent
from app.chats.stream_models import ChatEvent

W = ChatStatus

# Without a message, the list's row carries the time of asking.
NEWER = "(EXCLUDED.last_message_at > c.last_message_at AND EXCLUDED.last_message_at <> :asked_at)"
_LISTED = text(f"""
INSERT INTO chats AS c (shop_id, chat_id, client_name, nm_id, rid, listed, status, version,
                        last_message_at, last_message_text, last_sender, reply_sign, reply_sign_at)
SELECT :shop_id, t.chat_id, t.client_name, t.nm_id, t.rid, TRUE,
       CASE WHEN t.last_at IS NULL THEN 'waiting_for_buyer' ELSE 'waiting_for_us' END, 1,
       coalesce(t.last_at, :asked_at), t.last_text, '', t.reply_sign, :asked_at
FROM unnest(CAST(:chat_id AS text[]), CAST(:client_name AS text[]), CAST(:nm_id AS bigint[]), CAST(:rid AS text[]),
            CAST(:last_at AS timestamptz[]), CAST(:last_text AS text[]), CAST(:reply_sign AS text[]))
     AS t (chat_id, client_name, nm_id, rid, last_at, last_text, reply_sign)
ORDER BY t.chat_id COLLATE "C"
ON CONFLICT (shop_id, chat_id) DO UPDATE SET
  listed = TRUE,
  client_name = coalesce(nullif(EXCLUDED.client_name, ''), c.client_name),
  nm_id = coalesce(EXCLUDED.nm_id, c.nm_id),
  rid = coalesce(nullif(EXCLUDED.rid, ''), c.rid),
  last_message_at = CASE WHEN {NEWER} THEN EXCLUDED.last_message_at ELSE c.last_message_at END,
  last_message_text = CASE WHEN {NEWER} THEN EXCLUDED.last_message_text ELSE c.last_message_text END,
  last_sender = CASE WHEN {NEWER} THEN '' ELSE c.last_sender END,
  reply_sign = CASE WHEN coalesce(c.reply_sign_at, '-infinity') < :asked_at
    THEN coalesce(EXCLUDED.reply_sign, c.reply_sign) ELSE c.reply_sign END,
  reply_sign_at = GREATEST(c.reply_sign_at, :asked_at)
WHERE NOT c.listed OR EXCLUDED.reply_sign IS DISTINCT FROM c.reply_sign
   OR {NEWER}
   OR EXCLUDED.client_name NOT IN ('', c.client_name) OR EXCLUDED.rid NOT IN ('', c.rid)
   OR EXCLUDED.nm_id <> coalesce(c.nm_id, -1)
""")  # noqa: S608


async def store_list(session: AsyncSession, shop_id: UUID, chats: Sequence[IncomingChat], *, asked_at: datetime) -> int:
    """Insert or update; a chat that the list lacks stays. A reply sign learnt after `asked_at` is kept."""
    rows = list({chat.chat_id: chat for chat in chats}.values())
    names = ("chat_id", "client_name", "nm_id", "rid", "last_at", "last_text", "reply_sign")
    values: dict[str, Any] = {name: [getattr(row, name) for row in rows] for name in names}
    if rows:
        await session.execute(_LISTED, {**values, "shop_id": shop_id, "asked_at": asked_at})
    return len(rows)


async def store_events(
    session: AsyncSession, shop_id: UUID, events: Sequence[IncomingEvent], *, echo_within: float
) -> int:
    """How many were new; `echo_within` is how many of Wildberries' seconds after its sending an echo may come."""
    fresh = await _keep_raw(session, shop_id, events)
    chats = await _chats_of(session, shop_id, fresh)
    for event in fresh:
        chat = chats.get(event.chat_id)
        if chat is not None:
            _learn(chat, event)
        if chat is not None and event.is_message:
            await _add_line(session, chat, event, echo_within=echo_within)
    await session.flush()
    return len(fresh)


async def _keep_raw(session: AsyncSession, shop_id: UUID, events: Iterable[IncomingEvent]) -> list[IncomingEvent]:
    """The events that were not here yet, oldest first."""
    by_id = {event.event_id: event for event in events}
    if not by_id:
        return []
    rows = [
        {
            "shop_id": shop_id, "event_id": event.event_id, "chat_id": event.chat_id, "kind": event.kind,
            "wb_ms": event.wb_ms, "raw": event.raw,
        }
        for event in sorted(by_id.values(), key=lambda event: event.event_id)
    ]  # fmt: skip
    stmt = insert(ChatEvent).values(rows).on_conflict_do_nothing().returning(ChatEvent.event_id)
    new = set((await session.scalars(stmt)).all())
    return sorted((by_id[one] for one in new), key=lambda event: (event.wb_ms, event.event_id))


async def _chats_of(session: AsyncSession, shop_id: UUID, events: Sequence[IncomingEvent]) -> dict[str, Chat]:
    """Locked, in the order in which `store_list` locks them; unknown ones are made."""
    first = {event.chat_id: event for event in reversed(events) if event.chat_id}
    if not first:
        return {}
    stubs = [_stub(shop_id, first[chat_id]) for chat_id in sorted(first)]
    await session.execute(insert(Chat).values(stubs).on_conflict_do_nothing())
    stmt = select(Chat).where(Chat.shop_id == shop_id, Chat.chat_id.in_(first))
    locked = await session.scalars(stmt.order_by(Chat.chat_id.collate("C")).with_for_update())
    return {chat.chat_id: chat for chat in locked}


def _stub(shop_id: UUID, event: IncomingEvent) -> dict[str, Any]:
    return {
        "shop_id": shop_id, "chat_id": event.chat_id, "client_name": "", "rid": "", "listed": False,
        "status": W.WAITING_FOR_BUYER, "version": 1, "last_message_at": moment(event.wb_ms),
        "last_message_text": "", "last_sender": "",
    }  # fmt: skip


def _learn(chat: Chat, event: IncomingEvent) -> None:
    chat.client_name = event.client_name or chat.client_name
    chat.nm_id = event.nm_id or chat.nm_id
    chat.rid = event.rid or chat.rid
    if chat.reply_sign is None and event.reply_sign is not None:
        chat.reply_sign = event.reply_sign  # it may have expired by now; the list's is better


async def _add_line(session: AsyncSession, chat: Chat, event: IncomingEvent, *, echo_within: float) -> None:
    line = await echoes.recognise(session, event, shop_id=chat.shop_id, within=echo_within)
    if line is None:
        line = _line(chat, event)
        session.add(line)
    show_last(chat, line)
    turn(chat, line.sender, line.at, ours=line.author != "")


def _line(chat: Chat, event: IncomingEvent) -> Message:
    ours = event.sender is Sender.SELLER
    return Message(
        shop_id=chat.shop_id,
        id=uuid5(chat.shop_id, event.event_id),
        chat_id=chat.chat_id,
        event_id=event.event_id,
        direction=Direction.OUT if ours else Direction.IN,
        sender=event.sender,
        source=event.source,
        text=event.text,
        attachments=list(event.attachments),
        at=moment(event.wb_ms),
        wb_ms=event.wb_ms,
        state=MessageState.SENT if ours else MessageState.RECEIVED,
    )


def show_last(chat: Chat, line: Message) -> None:
    """In the list of chats, unless a later one is shown there already; one listed without a message shows none."""
    shows_none = not chat.last_message_text and not chat.last_sender
    if shows_none or line.at >= chat.last_message_at:
        chat.last_message_at, chat.last_message_text, chat.last_sender = line.at, line.text, line.sender


def turn(chat: Chat, sender: Sender, at: datetime, *, ours: bool) -> None:
    """Whose move it is now. Lines of Wildberries say nothing; those typed in the cabinet only end our waiting list.

    Compared with the buyer's latest message, so that an old line that comes late moves nothing.
    """
    if chat.last_client_at is not None and at < chat.last_client_at:
        return
    if sender is Sender.CLIENT:
        chat.last_client_at = at
        chat.version += 1
        if chat.status is not W.IN_WORK:
            chat.status, chat.close_reason = W.WAITING_FOR_US, None
    elif sender is Sender.SELLER and (chat.status is W.WAITING_FOR_US or (ours and chat.status is W.IN_WORK)):
        chat.status, chat.version = W.WAITING_FOR_BUYER, chat.version + 1
