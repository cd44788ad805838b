"""Drafts for a chat: written when a person asks, sent by nobody but a person."""

from collections.abc import Awaitable, Callable, Sequence
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy.ext.asyncio import AsyncSession

from app.chats import queries
from app.chats.jobs import DraftChatMessage
from app.chats.models import Chat, Direction, Message, MessageState, Sender
from app.drafting.ports import Draft, Usage
from app.drafting.threads import ThreadLine, ThreadRequest, ThreadWriter, compose_line
from app.kit.clock import utc_now
from app.kit.db import Database
from app.shops.models import ShopSettings
from app.shops.queries import get_settings

LINES = 30
"""How much of a thread a writer sees."""


Facts = Callable[[AsyncSession, UUID, int], Awaitable[tuple[str, ...]]]
"""What may be said of a product, by its number; the cards are another package's."""


async def no_facts(session: AsyncSession, shop_id: UUID, nm_id: int) -> tuple[str, ...]:
    """Where no cards are kept."""
    return ()


async def draft_message(
    job: DraftChatMessage, *, database: Database, writer: ThreadWriter, facts: Facts = no_facts
) -> None:
    """Takes the place of an earlier draft; goes no further by itself."""
    async with database.transaction() as session:
        chat = await queries.get_chat(session, job.shop_id, job.chat_id)
        lines = await queries.latest_lines(session, job.shop_id, job.chat_id, limit=LINES)
        settings = await get_settings(session, job.shop_id)
        known = await facts(session, chat.shop_id, chat.nm_id) if chat.nm_id is not None else ()
        request = _request(chat, lines, settings, known)
    draft = await compose_line(writer, request, blacklist_keywords=settings.blacklist_keywords)
    async with database.transaction() as session:
        await queries.lock_chat(session, job.shop_id, job.chat_id)
        await _keep(session, job, draft)


def _request(chat: Chat, lines: Sequence[Message], settings: ShopSettings, facts: tuple[str, ...]) -> ThreadRequest:
    spoken = [line for line in lines if line.sender is not Sender.WB and line.text.strip()]
    return ThreadRequest(
        shop_id=chat.shop_id,
        chat_id=chat.chat_id,
        lines=tuple(ThreadLine(ours=line.sender is Sender.SELLER, text=line.text) for line in spoken),
        buyer_name=chat.client_name,
        facts=facts,
        tone=settings.tone,
    )


async def _keep(session: AsyncSession, job: DraftChatMessage, draft: Draft) -> None:
    """The earlier draft is thrown away, not lost: its row keeps the words and what they cost."""
    before = await queries.find_draft(session, job.shop_id, job.chat_id)
    if before is not None:
        before.state, before.version = MessageState.DISMISSED, before.version + 1
        await session.flush()
    message = Message(
        id=uuid4(), shop_id=job.shop_id, chat_id=job.chat_id, direction=Direction.OUT, sender=Sender.SELLER,
        text=draft.text, at=utc_now(), state=MessageState.DRAFT, author=job.asked_by, writer=draft.writer,
        needs_human=draft.needs_human, reasons=[draft.reason] if draft.reason else [], usage=_cost(draft.usage),
    )  # fmt: skip
    session.add(message)


def _cost(usage: Usage | None) -> dict[str, Any] | None:
    if usage is None:
        return None
    return {
        "model": usage.model, "input_tokens": usage.input_tokens, "output_tokens": usage.output_tokens,
        "cost_usd": str(usage.cost_usd), "seconds": usage.seconds,
    }  # fmt: skip
