"""/api/tokens: the keys of browser extensions, each person's own."""

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter
from pydantic import AwareDatetime, Field

from app.accounts import access_tokens
from app.accounts.models import AccessToken, TokenScope
from app.api.dependencies import CurrentUser
from app.api.errors import problems
from app.api.fields import Name, WireIn, WireOut
from app.kit.clock import utc_now
from app.kit.http import Session, TheVault

router = APIRouter(prefix="/tokens", tags=["Токены расширений"])

Scopes = Annotated[list[TokenScope], Field(min_length=1, max_length=10)]


class AccessTokenIn(WireIn):
    label: Name = Field(description="Чтобы узнать токен в списке, например «Ноутбук в офисе»")
    scopes: Scopes = Field(list(TokenScope), description="read: получать задания; report: сообщать о сделанном")
    expires_at: AwareDatetime | None = Field(None, description="Без срока, если не указано; не дальше десяти лет")


class RenameIn(WireIn):
    label: Name


class AccessTokenOut(WireOut):
    id: UUID
    label: str
    scopes: list[TokenScope]
    last4: str = Field(description="Последние четыре знака")
    created_at: datetime
    expires_at: datetime | None
    revoked_at: datetime | None
    last_used_at: datetime | None = Field(description="С точностью до минуты")


class IssuedAccessTokenOut(AccessTokenOut):
    secret: str = Field(description="Показывается один раз: вставьте его в настройки расширения")


@router.post("", status_code=201, responses=problems(401, 403, 409), summary="Создать токен для расширения")
async def issue(session: Session, user: CurrentUser, vault: TheVault, body: AccessTokenIn) -> IssuedAccessTokenOut:
    """Токен действует во всех магазинах пользователя и хранится только в виде отпечатка."""
    issued = await access_tokens.make_token(
        session,
        user.id,
        label=body.label,
        scopes=body.scopes,
        expires_at=body.expires_at,
        vault=vault,
        now=utc_now(),
    )
    seen = AccessTokenOut.model_validate(issued.token)
    return IssuedAccessTokenOut(**seen.model_dump(), secret=issued.secret)


@router.get("", response_model=list[AccessTokenOut], responses=problems(401), summary="Мои токены")
async def list_tokens(session: Session, user: CurrentUser) -> Sequence[AccessToken]:
    """Сначала новые; отозванные и истёкшие тоже."""
    return await access_tokens.tokens_of(session, user.id)


@router.patch(
    "/{token_id}", response_model=AccessTokenOut, responses=problems(401, 403, 404), summary="Переименовать токен"
)
async def rename(session: Session, user: CurrentUser, token_id: UUID, body: RenameIn) -> AccessToken:
    """Меняется только подпись."""
    return await access_tokens.rename_token(session, user.id, token_id, body.label)


@router.post(
    "/{token_id}/revoke", response_model=AccessTokenOut, responses=problems(401, 403, 404), summary="Отозвать токен"
)
async def revoke(session: Session, user: CurrentUser, token_id: UUID) -> AccessToken:
    """Перестаёт работать в течение минуты, навсегда; повторный вызов ничего не меняет."""
    return await access_tokens.revoke_token(session, user.id, token_id, now=utc_now())
