"""/api/shops/{shop_id}/tokens: the keys to Wildberries, replaced and removed, never shown."""

from uuid import UUID

from fastapi import APIRouter
from pydantic import Field

from app.accounts.models import User
from app.api.dependencies import CurrentUser, DetachedLogin, ManagerShop, Probe, shop_for
from app.api.errors import problems
from app.api.fields import Secret, WireIn
from app.api.shops import ShopOut, shop_out
from app.kit.clock import utc_now
from app.kit.db import Database
from app.kit.http import Db, Session, TheSettings, TheVault
from app.shops import tokens
from app.shops.models import Role, Shop, TokenPurpose
from app.shops.queries import lock_shop
from app.shops.service import ConfirmedToken
from app.shops.wb_token import check_token, decode_token

router = APIRouter(prefix="/shops/{shop_id}/tokens", tags=["Магазины"])


class TokenIn(WireIn):
    token: Secret = Field(description="Токен WB того же кабинета")


@router.put("/{purpose}", responses=problems(401, 403, 404, 409, 429), summary="Заменить токен WB")
async def replace(
    shop_id: UUID,
    purpose: TokenPurpose,
    body: TokenIn,
    login: DetachedLogin,
    db: Db,
    vault: TheVault,
    settings: TheSettings,
    probe: Probe,
) -> ShopOut:
    """Токен должен быть от того же кабинета; перед заменой он проверяется у Wildberries."""
    raw, now = body.token.get_secret_value(), utc_now()
    shop = await _managed(db, login.user, shop_id)
    facts = decode_token(raw)
    tokens.forbid_other_cabinet(shop, facts)
    check_token(facts, purpose, now=now, accept_test=settings.wb_accept_test_tokens)
    confirmed = ConfirmedToken(raw=raw, facts=facts, cabinet=await probe.confirm(raw, facts))
    async with db.transaction() as session:
        await lock_shop(session, shop_id)
        access = await shop_for(session, login.user, shop_id, Role.MANAGER, writing=True)
        await tokens.replace(session, access.shop, login.user, purpose, confirmed.raw, facts, vault=vault, now=now)
        return await shop_out(session, access)


@router.delete("/chat", status_code=204, responses=problems(401, 403, 404, 409), summary="Убрать отдельный токен чатов")
async def remove_chat_token(session: Session, shop: ManagerShop, user: CurrentUser) -> None:
    """Чаты снова работают через основной токен."""
    await tokens.remove_chat_token(session, shop, user, now=utc_now())


async def _managed(db: Database, user: User, shop_id: UUID) -> Shop:
    """Looked up before anything is decoded or asked: to a stranger there is no such shop."""
    async with db.transaction() as session:
        return (await shop_for(session, user, shop_id, Role.MANAGER, writing=True)).shop
