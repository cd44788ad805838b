"""Chats and their lines, written as a sync would leave them."""

from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any
from uuid import uuid4

from app.chats.models import Chat, ChatStatus, Direction, Message, MessageState, Sender
from app.kit.db import Database
from app.shops.models import Shop

NOON = datetime(2026, 4, 10, 9, tzinfo=UTC)
_numbers = count(1)


async def chat(
    database: Database, shop: Shop, name: str, *, at: datetime = NOON, status: ChatStatus = ChatStatus.IN_WORK
) -> Chat:
    made = Chat(shop_id=shop.id, chat_id=f"chat{next(_numbers)}", client_name=name, status=status, last_message_at=at)
    async with database.transaction() as session:
        session.add(made)
    return made


async def lines(
    database: Database, chat: Chat, *times: datetime, state: MessageState = MessageState.RECEIVED, **values: Any
) -> list[Message]:
    made = [
        Message(
            **{
                "shop_id": chat.shop_id, "id": uuid4(), "chat_id": chat.chat_id, "direction": Direction.IN,
                "sender": Sender.CLIENT, "text": f"строка {next(_numbers)}", "at": at, "state": state, **values,
            }
        )
        for at in times
    ]  # fmt: skip
    async with database.transaction() as session:
        session.add_all(made)
    return made


def minutes(*numbers: int) -> list[datetime]:
    return [NOON + timedelta(minutes=number) for number in numbers]
