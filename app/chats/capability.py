"""Whether a shop's tokens open its chats, and what to do when they do not."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.kit.clock import utc_now
from app.kit.errors import Forbidden
from app.shops.models import ShopToken, TokenPurpose
from app.shops.queries import tokens_of_shops

CATEGORY = "chat"


class ChatsOff(Forbidden):
    """No token of the shop opens its chats; the message says what is missing."""

    code = "CHATS_OFF"
    message = "Чаты выключены: добавьте токен Wildberries с категорией «Чат с покупателями»."


class ChatsReadOnly(Forbidden):
    """Chats can be read but not written to."""

    code = "CHATS_READ_ONLY"
    message = "Токен чатов только для чтения: отправлять сообщения нельзя. Добавьте токен с правом записи."


async def get_chat_token(session: AsyncSession, shop_id: UUID) -> ShopToken:
    """The chat token if it works, else the main one if it opens chats; raises ChatsOff."""
    tokens = await _tokens(session, shop_id)
    working = [token for token in tokens if token.refused_at is None and token.expires_at > utc_now()]
    for token in working:
        if token.purpose is TokenPurpose.CHAT or CATEGORY in token.categories:
            return token
    raise ChatsOff(_why(tokens))


async def _tokens(session: AsyncSession, shop_id: UUID) -> Sequence[ShopToken]:
    """The chat token goes first."""
    tokens = await tokens_of_shops(session, [shop_id])
    return sorted(tokens, key=lambda token: token.purpose is not TokenPurpose.CHAT)


def _why(tokens: Sequence[ShopToken]) -> str:
    meant = [token for token in tokens if token.purpose is TokenPurpose.CHAT or CATEGORY in token.categories]
    if not meant:
        return ChatsOff.message
    if any(token.refused_at is not None for token in meant):
        return "Чаты выключены: Wildberries больше не принимает токен. Добавьте новый."
    return "Чаты выключены: срок действия токена истёк. Добавьте новый."
