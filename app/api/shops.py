"""/api/shops: cabinets connected, named, archived."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime
from typing import Self
from uuid import UUID

from fastapi import APIRouter, Response
from pydantic import Field
from sqlalchemy.ext.asyncio import AsyncSession

from app.api.dependencies import (
    ArchivedOwnerAccess,
    CurrentUser,
    DetachedLogin,
    ManagerAccess,
    Probe,
    ViewerAccess,
)
from app.api.errors import problems
from app.api.fields import Name, Secret, WireIn, WireOut
from app.kit.clock import utc_now
from app.kit.http import Db, Session, TheSettings, TheVault
from app.shops import queries, service
from app.shops.models import Role, ShopToken, TokenKind, TokenPurpose
from app.shops.queries import ShopAccess
from app.shops.service import ConfirmedToken
from app.shops.token_warnings import warnings_of
from app.shops.wb_token import check_token, decode_token

router = APIRouter(prefix="/shops", tags=["Магазины"])


class ConnectIn(WireIn):
    token: Secret = Field(description="Токен WB с категорией «Вопросы и отзывы»")
    name: Name | None = None


class RenameIn(WireIn):
    name: Name


class WarningOut(WireOut):
    code: str
    message: str
    loud: bool = Field(description="Показывать заметно: без этого работа встанет")


class WbTokenOut(WireOut):
    last4: str = Field(description="Последние 4 символа; целиком токен не показывается никогда")
    kind: TokenKind
    categories: list[str]
    read_only: bool
    expires_at: datetime
    added_at: datetime
    refused_at: datetime | None = Field(description="Когда Wildberries перестал принимать токен")
    warnings: list[WarningOut]

    @classmethod
    def of(cls, token: ShopToken, now: datetime) -> Self:
        warnings = [WarningOut.model_validate(warning) for warning in warnings_of(token, now=now)]
        token_fields = {name: getattr(token, name) for name in cls.model_fields if name != "warnings"}
        return cls(**token_fields, warnings=warnings)


class ShopOut(WireOut):
    id: UUID
    seller_id: str = Field(description="Идентификатор продавца в WB")
    name: str
    role: Role = Field(description="Ваша роль в этом магазине")
    created_at: datetime
    archived_at: datetime | None
    main_token: WbTokenOut | None
    chat_token: WbTokenOut | None

    @classmethod
    def of(cls, access: ShopAccess, tokens: Sequence[ShopToken], now: datetime) -> Self:
        shop = access.shop
        seen = {token.purpose: WbTokenOut.of(token, now) for token in tokens}
        return cls(
            id=shop.id,
            seller_id=shop.seller_id,
            name=shop.name,
            role=access.role,
            created_at=shop.created_at,
            archived_at=shop.archived_at,
            main_token=seen.get(TokenPurpose.MAIN),
            chat_token=seen.get(TokenPurpose.CHAT),
        )


@router.get("", responses=problems(401), summary="Мои магазины")
async def list_shops(session: Session, user: CurrentUser) -> list[ShopOut]:
    """Все магазины, где вы участник; архивные в конце."""
    found = await queries.shops_of_user(session, user.id)
    tokens = defaultdict(list)
    for token in await queries.tokens_of_shops(session, [access.shop.id for access in found]):
        tokens[token.shop_id].append(token)
    now = utc_now()
    return [ShopOut.of(access, tokens[access.shop.id], now) for access in found]


@router.post(
    "",
    status_code=201,
    responses={
        200: {"model": ShopOut, "description": "Кабинет уже подключён"},
        **problems(401, 403, 409, 429),
    },
    summary="Подключить кабинет по токену WB",
)
async def connect(
    body: ConnectIn,
    response: Response,
    login: DetachedLogin,
    db: Db,
    vault: TheVault,
    settings: TheSettings,
    probe: Probe,
) -> ShopOut:
    """Токен проверяется у Wildberries. Кабинет, который уже подключён, не дублируется: вы входите в него."""
    raw, now = body.token.get_secret_value(), utc_now()
    facts = decode_token(raw)
    check_token(facts, TokenPurpose.MAIN, now=now, accept_test=settings.wb_accept_test_tokens)
    confirmed = ConfirmedToken(raw=raw, facts=facts, cabinet=await probe.confirm(raw, facts))
    async with db.transaction() as session:
        connected = await service.connect_shop(session, login.user, confirmed, name=body.name, vault=vault, now=now)
        response.status_code = 201 if connected.created else 200
        return await shop_out(session, ShopAccess(connected.shop, connected.role))


@router.get("/{shop_id}", responses=problems(401, 404), summary="Магазин")
async def get(session: Session, access: ViewerAccess) -> ShopOut:
    """С токенами, предупреждениями о них и вашей ролью."""
    return await shop_out(session, access)


@router.patch("/{shop_id}", responses=problems(401, 403, 404, 409), summary="Переименовать магазин")
async def rename(session: Session, access: ManagerAccess, user: CurrentUser, body: RenameIn) -> ShopOut:
    """Название видно только здесь; в Wildberries оно не меняется."""
    shop = await service.rename_shop(session, access.shop, user, body.name, now=utc_now())
    return await shop_out(session, ShopAccess(shop, access.role))


@router.post("/{shop_id}/archive", responses=problems(401, 403, 404), summary="Убрать магазин в архив")
async def archive(session: Session, access: ArchivedOwnerAccess, user: CurrentUser) -> ShopOut:
    """Работа с магазином останавливается, данные остаются. Повторный вызов ничего не меняет."""
    shop = await service.archive_shop(session, access.shop, user, now=utc_now())
    return await shop_out(session, ShopAccess(shop, access.role))


@router.post("/{shop_id}/restore", responses=problems(401, 403, 404), summary="Вернуть магазин из архива")
async def restore(session: Session, access: ArchivedOwnerAccess, user: CurrentUser) -> ShopOut:
    """Повторный вызов ничего не меняет."""
    shop = await service.restore_shop(session, access.shop, user, now=utc_now())
    return await shop_out(session, ShopAccess(shop, access.role))


async def shop_out(session: AsyncSession, access: ShopAccess) -> ShopOut:
    """The shop as this member sees it."""
    return ShopOut.of(access, await queries.tokens_of_shops(session, [access.shop.id]), utc_now())
