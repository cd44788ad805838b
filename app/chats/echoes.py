"""Which of our messages an event of the stream is: Wildberries gives a sent message its id only there."""

from collections.abc import Sequence
from datetime import timedelta
from html import unescape
from typing import Any
from uuid import UUID

from sqlalchemy import delete, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.chats.models import Direction, Message, MessageFile, MessageState, Sender
from app.chats.moments import moment
from app.chats.ports import IncomingEvent

S = MessageState
OUR_SOURCE = "seller-public-api"
CLOCKS_DIFFER = timedelta(minutes=1)
# Dismissed, or queued once more by a person, and yet the earlier attempt arrived after all.
MAY_HAVE_LEFT = (S.SENDING, S.SENT, S.UNKNOWN, S.QUEUED, S.DISMISSED)


async def recognise(session: AsyncSession, event: IncomingEvent, *, shop_id: UUID, within: float) -> Message | None:
    """Our message that came back, settled as sent; None for a line of somebody else. The chat must be locked."""
    if event.sender is not Sender.SELLER or event.source not in (OUR_SOURCE, ""):
        return None
    stmt = (
        select(Message)
        .where(
            Message.shop_id == shop_id,
            Message.chat_id == event.chat_id,
            Message.direction == Direction.OUT,
            Message.event_id.is_(None),
            Message.sending_at.is_not(None),
            Message.state.in_(MAY_HAVE_LEFT),
        )
        .order_by(Message.sending_at, Message.id)
        .with_for_update()
    )
    ours = _pick((await session.scalars(stmt)).all(), event, timedelta(seconds=within))
    if ours is not None:
        await _settle(session, ours, event)
    return ours


def _pick(candidates: Sequence[Message], event: IncomingEvent, within: timedelta) -> Message | None:
    """By Wildberries' time; else by the words within minutes, and then what is surely sent goes first."""
    for message in candidates:
        if message.wb_ms == event.wb_ms:
            return message
    alike = [message for message in candidates if _alike(message, event, within)]
    return min(alike, key=lambda message: message.state is not S.SENT, default=None)


def _alike(message: Message, event: IncomingEvent, within: timedelta) -> bool:
    sent_at = message.sending_at if message.wb_ms is None else moment(message.wb_ms)
    if sent_at is None or not -CLOCKS_DIFFER <= moment(event.wb_ms) - sent_at <= within:
        return False
    return same_words(message.text, event.text) and len(message.attachments) >= len(event.attachments)


def same_words(left: str, right: str) -> bool:
    """Equal but for white space and HTML entities, which Wildberries may tidy."""
    return unescape(left).split() == unescape(right).split()


async def _settle(session: AsyncSession, ours: Message, event: IncomingEvent) -> None:
    ours.event_id, ours.wb_ms, ours.at = event.event_id, event.wb_ms, moment(event.wb_ms)
    ours.source = event.source or OUR_SOURCE
    ours.attachments = _shown(ours, event.attachments)
    await mark_sent(session, ours)


async def mark_sent(session: AsyncSession, message: Message) -> None:
    """It is at Wildberries: the bytes of its files are not kept a moment longer."""
    if message.state is not S.SENT:
        message.version += 1
    message.state, message.error = S.SENT, None
    await drop_files(session, message)


async def drop_files(session: AsyncSession, message: Message) -> None:
    """Only their names and sizes stay."""
    await session.execute(
        delete(MessageFile).where(MessageFile.shop_id == message.shop_id, MessageFile.message_id == message.id)
    )


async def adopt(session: AsyncSession, ours: Message) -> None:
    """The echo may have come before Wildberries' answer, and was taken for somebody else's line then."""
    stmt = select(Message).where(
        Message.shop_id == ours.shop_id,
        Message.chat_id == ours.chat_id,
        Message.direction == Direction.OUT,
        Message.author == "",
        Message.source == OUR_SOURCE,
        Message.wb_ms == ours.wb_ms,
    )
    echo = (await session.scalars(stmt.limit(1))).one_or_none()
    if ours.event_id is not None or ours.wb_ms is None or echo is None:
        return
    event_id, attachments = echo.event_id, echo.attachments
    await session.delete(echo)
    await session.flush()
    ours.event_id, ours.attachments = event_id, _shown(ours, attachments)


def _shown(ours: Message, at_wildberries: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """What can be downloaded now, and the files that were not accepted."""
    refused = [one for one in ours.attachments if one.get("error")]
    return [*at_wildberries, *refused] if at_wildberries else ours.attachments
