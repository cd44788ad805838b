"""The Wildberries tokens of a shop: stored encrypted, opened only for a call."""

from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from app.accounts.models import User
from app.kit.errors import Invalid
from app.kit.secrets import Vault
from app.shops import queries
from app.shops.events import record
from app.shops.models import Shop, ShopToken, TokenPurpose
from app.shops.wb_token import TokenFacts, clean_token


class TokenOfAnotherCabinet(Invalid):
    """The seller id of a shop never changes."""

    code = "TOKEN_OF_ANOTHER_CABINET"
    message = "Этот токен от другого кабинета. Чтобы подключить другой кабинет, добавьте новый магазин."


def forbid_other_cabinet(shop: Shop, facts: TokenFacts) -> None:
    """Looked at before Wildberries is asked, too."""
    if facts.seller_id != shop.seller_id:
        raise TokenOfAnotherCabinet


async def replace(
    session: AsyncSession,
    shop: Shop,
    user: User,
    purpose: TokenPurpose,
    raw: str,
    facts: TokenFacts,
    *,
    vault: Vault,
    now: datetime,
) -> ShopToken:
    """The new token counts from the next call to Wildberries on."""
    forbid_other_cabinet(shop, facts)
    token = await store(session, shop, purpose, raw, facts, vault=vault, now=now)
    details = {"purpose": purpose.value, "kind": facts.kind.value, "last4": token.last4}
    record(session, shop, user.actor, "token_replaced", details, now=now)
    return token


async def remove_chat_token(session: AsyncSession, shop: Shop, user: User, *, now: datetime) -> None:
    """Chats fall back to the main token."""
    shop = await queries.lock_shop(session, shop.id)
    await session.delete(await queries.get_token(session, shop.id, TokenPurpose.CHAT))
    record(session, shop, user.actor, "token_removed", {"purpose": TokenPurpose.CHAT.value}, now=now)


async def store(
    session: AsyncSession,
    shop: Shop,
    purpose: TokenPurpose,
    raw: str,
    facts: TokenFacts,
    *,
    vault: Vault,
    now: datetime,
) -> ShopToken:
    """What warnings and refusals said of the token before is forgotten."""
    plain = clean_token(raw)
    token = ShopToken(
        shop_id=shop.id,
        purpose=purpose,
        encrypted=vault.encrypt(plain),
        last4=plain[-4:],
        kind=facts.kind,
        categories=list(facts.categories),
        read_only=facts.read_only,
        expires_at=facts.expires_at,
        added_at=now,
        warned_days=None,
        refused_at=None,
    )
    stored = await session.merge(token)
    await session.flush()
    return stored
