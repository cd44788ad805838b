"""/api/invites/accept: the door that an invitation opens, for members of the house and for newcomers."""

from datetime import datetime
from uuid import UUID

from fastapi import APIRouter, Request, Response
from pydantic import Field

from app.accounts import attempts, service, sessions
from app.accounts.emails import clean_email
from app.accounts.models import SessionKind, User
from app.accounts.passwords import hash_password
from app.accounts.sessions import OpenedSession
from app.api import cookies
from app.api.auth import UserOut
from app.api.dependencies import MaybeDetachedLogin, SameOrigin
from app.api.errors import problems
from app.api.fields import Email, Name, Secret, WireIn, WireOut
from app.kit.clock import utc_now
from app.kit.db import Database
from app.kit.errors import Invalid
from app.kit.http import Db, TheSettings, caller_address
from app.kit.secrets import token_hash
from app.shops.inviting import accept_invite, get_open_invite
from app.shops.models import Role
from app.shops.queries import ShopAccess

router = APIRouter(prefix="/invites", tags=["Команда"])


class NewcomerIncomplete(Invalid):
    """Somebody who is not logged in must say who he is."""

    code = "NEWCOMER_INCOMPLETE"
    message = "Укажите почту, имя и пароль, или войдите и откройте приглашение ещё раз."


class AcceptIn(WireIn):
    token: Secret = Field(description="Последняя часть ссылки-приглашения")
    email: Email | None = Field(None, description="Если вы не вошли")
    name: Name | None = Field(None, description="Если вы не вошли")
    password: Secret | None = Field(None, description="Если вы не вошли: от 8 символов до 1024 байт")


class JoinedOut(WireOut):
    shop_id: UUID
    shop_name: str
    role: Role
    user: UserOut
    csrf_token: str | None = Field(None, description="Для нового пользователя: он сразу вошёл")


@router.post(
    "/accept",
    responses=problems(403, 404, 409, 429),
    dependencies=[SameOrigin],
    summary="Принять приглашение",
)
async def accept(
    body: AcceptIn,
    request: Request,
    response: Response,
    db: Db,
    login: MaybeDetachedLogin,
    settings: TheSettings,
) -> JoinedOut:
    """Вошедший пользователь становится участником; новый сначала заводится с указанными почтой и паролем."""
    if login is not None:
        async with db.transaction() as session:
            access = await accept_invite(session, body.token.get_secret_value(), login.user, now=utc_now())
        return _joined(access, login.user, None)
    access, opened = await _welcome_newcomer(db, body, request, now=utc_now())
    cookies.give(response, opened.token, secure=settings.cookie_secure)
    return _joined(access, opened.user, opened.csrf_token)


async def _welcome_newcomer(
    db: Database, body: AcceptIn, request: Request, *, now: datetime
) -> tuple[ShopAccess, OpenedSession]:
    """Checked before and after the hashing: a bad link costs us no hash, and of two newcomers one gets in."""
    if body.email is None or body.name is None or body.password is None:
        raise NewcomerIncomplete
    email, token = clean_email(body.email), body.token.get_secret_value()
    account, address = f"invite:{token_hash(token)}", caller_address(request)
    async with db.transaction() as session:
        wait = await attempts.count_attempt(session, account=account, address=address)
    if wait:
        raise attempts.TooManyAttempts(wait)
    async with db.transaction() as session:
        await get_open_invite(session, token, now=now)
    hashed = await hash_password(body.password.get_secret_value())
    async with db.transaction() as session:
        user = await service.create_user(session, email=email, name=body.name, password_hash=hashed, now=now)
        access = await accept_invite(session, token, user, now=now)
        await attempts.forgive_attempt(session, account=account, address=address)
        agent = request.headers.get("user-agent", "")
        opened = await sessions.open_session(session, user, SessionKind.COOKIE, user_agent=agent, now=now)
    return access, opened


def _joined(access: ShopAccess, user: User, csrf_token: str | None) -> JoinedOut:
    return JoinedOut(
        shop_id=access.shop.id,
        shop_name=access.shop.name,
        role=access.role,
        user=UserOut.model_validate(user),
        csrf_token=csrf_token,
    )
