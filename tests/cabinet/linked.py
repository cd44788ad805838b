"""Chats linked to feedbacks, for tests: each step commits by itself."""

import json
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import asyncpg

from app.cabinet.chat_links import close_resolved
from app.cabinet.chat_opening import LinkedChat, OpenedChat, link_chat
from app.cabinet.chat_settling import settle_chat_links
from app.cabinet.matching import FeedbackKey, utc_minute
from app.feedbacks.models import Feedback
from app.kit.clock import utc_now
from tests.cabinet.world import World

ACTOR = "user:1"
CHAT = "1:0f2b6a52-0b36-4b4c-9b3d-3f5ad6a3f9a1"


def address(chat_id: str = CHAT) -> str:
    return f"https://seller.wildberries.ru/chat-with-clients?chatId={chat_id.replace(':', '%3A')}&from=feedbacks"


def key_of(feedback: Feedback, *, minutes: int = 0) -> FeedbackKey:
    minute = utc_minute(feedback.written_at) + timedelta(minutes=minutes)
    return FeedbackKey(feedback.nm_id, feedback.rating, minute)


async def link(world: World, key: FeedbackKey, url: str | None = None, **more: Any) -> LinkedChat:
    told = {"status": "CHAT_OPENED", "opened_at": utc_now(), **more}
    opened = OpenedChat(key=key, chat_url=address() if url is None else url, **told)
    async with world.database.direct() as connection:
        return await link_chat(connection, world.shop.id, opened, actor=ACTOR, now=utc_now())


async def row(world: World, link_id: UUID) -> asyncpg.Record:
    async with world.database.glance() as connection:
        found = await connection.fetch("SELECT * FROM chat_links WHERE id = $1", link_id)
    return found[0]


async def events(world: World, kind: str) -> list[dict[str, Any]]:
    async with world.database.glance() as connection:
        rows = await connection.fetch("SELECT details FROM chat_link_events WHERE kind = $1 ORDER BY at", kind)
    return [json.loads(each["details"]) for each in rows]


async def settle(world: World) -> int:
    async with world.database.direct() as connection:
        return await settle_chat_links(connection, world.shop.id)


async def close(world: World, *feedbacks: Feedback) -> int:
    async with world.database.direct() as connection:
        return await close_resolved(connection, world.shop.id, [each.wb_id for each in feedbacks])


async def sync_chat(world: World, chat_id: str = CHAT, *, client_at: datetime | None = None) -> None:
    async with world.database.direct() as connection:
        await connection.execute(
            "INSERT INTO chats (shop_id, chat_id, client_name, rid, listed, status, version, last_message_at,"
            " last_message_text, last_sender, last_client_at)"
            " VALUES ($1, $2, 'Анна', '', true, 'waiting_for_us', 1, now(), '', '', $3)",
            *(world.shop.id, chat_id, client_at),
        )


async def chat(world: World, chat_id: str = CHAT) -> tuple[str, str | None, int]:
    async with world.database.glance() as connection:
        found = await connection.fetch("SELECT status, close_reason, version FROM chats WHERE chat_id = $1", chat_id)
    return tuple(found[0])
