"""/api/auth and /api/me: come in, go out, and who am I."""

from datetime import datetime
from typing import Literal
from uuid import UUID

from fastapi import APIRouter, Request, Response
from pydantic import Field

from app.accounts import queries, service, sessions
from app.accounts.emails import clean_email
from app.accounts.login import Attempt, change_password, log_in
from app.accounts.models import SessionKind
from app.accounts.passwords import hash_password
from app.accounts.sessions import OpenedSession
from app.api import cookies
from app.api.dependencies import CurrentLogin, DetachedLogin, SameOrigin
from app.api.errors import problems
from app.api.fields import Email, Name, Secret, WireIn, WireOut
from app.kit.clock import utc_now
from app.kit.http import Db, Session, TheSettings, caller_address

router = APIRouter(tags=["Вход"])


class LoginIn(WireIn):
    email: Email
    password: Secret


class SetupIn(WireIn):
    email: Email
    name: Name
    password: Secret = Field(description="От 8 символов до 1024 байт")


class PasswordIn(WireIn):
    current_password: Secret
    new_password: Secret = Field(description="От 8 символов до 1024 байт")


class UserOut(WireOut):
    id: UUID
    email: str
    name: str


class LoggedInOut(WireOut):
    user: UserOut
    csrf_token: str = Field(description="Заголовок X-CSRF-Token для всех меняющих запросов с cookie")
    expires_at: datetime


class MeOut(WireOut):
    user: UserOut
    csrf_token: str | None = Field(description="null при входе по токену: он не нужен")
    expires_at: datetime


class BearerOut(WireOut):
    token: str = Field(description="Показывается один раз")
    token_type: Literal["bearer"] = "bearer"  # noqa: S105 - a scheme, no secret
    expires_at: datetime


class SetupOut(WireOut):
    open: bool


@router.get("/auth/setup", responses=problems(), summary="Нужен ли первый пользователь")
async def setup_state(session: Session) -> SetupOut:
    """`open` истинно, пока в системе нет ни одного пользователя."""
    return SetupOut(open=not await queries.any_user_exists(session))


@router.post(
    "/auth/setup",
    status_code=201,
    responses=problems(403, 409),
    dependencies=[SameOrigin],
    summary="Создать первого пользователя",
)
async def set_up(body: SetupIn, request: Request, response: Response, db: Db, settings: TheSettings) -> LoggedInOut:
    """Работает один раз, пока нет ни одного пользователя; сразу выполняет вход."""
    email = clean_email(body.email)
    async with db.transaction() as session:
        if await queries.any_user_exists(session):
            raise service.SetupDone
    hashed = await hash_password(body.password.get_secret_value())
    now = utc_now()
    async with db.transaction() as session:
        user = await service.create_first_user(session, email=email, name=body.name, password_hash=hashed, now=now)
        opened = await sessions.open_session(
            session, user, SessionKind.COOKIE, user_agent=_user_agent(request), now=now
        )
    return welcome(response, opened, secure=settings.cookie_secure)


@router.post("/auth/login", responses=problems(401, 403, 429), dependencies=[SameOrigin], summary="Войти в браузере")
async def log_in_browser(
    body: LoginIn, request: Request, response: Response, db: Db, settings: TheSettings
) -> LoggedInOut:
    """Ставит cookie на 14 дней; каждое обращение продлевает её."""
    opened = await log_in(db, _attempt(body, request), SessionKind.COOKIE, now=utc_now())
    return welcome(response, opened, secure=settings.cookie_secure)


@router.post("/auth/token", responses=problems(401, 429), summary="Получить токен для программ")
async def issue_token(body: LoginIn, request: Request, db: Db) -> BearerOut:
    """Токен действует час; передавайте его как `Authorization: Bearer …`, CSRF-заголовок не нужен."""
    opened = await log_in(db, _attempt(body, request), SessionKind.BEARER, now=utc_now())
    return BearerOut(token=opened.token, expires_at=opened.expires_at)


@router.post("/auth/logout", status_code=204, responses=problems(401, 403), summary="Выйти здесь")
async def log_out(session: Session, login: CurrentLogin, response: Response, settings: TheSettings) -> None:
    """Завершает сеанс, которым сделан запрос."""
    await sessions.end_session(session, login.session.token_hash)
    cookies.take_back(response, secure=settings.cookie_secure)


@router.post("/auth/logout-everywhere", status_code=204, responses=problems(401, 403), summary="Выйти везде")
async def log_out_everywhere(session: Session, login: CurrentLogin, response: Response, settings: TheSettings) -> None:
    """Завершает все сеансы пользователя, включая выданные токены."""
    await sessions.end_all_sessions(session, login.user.id)
    cookies.take_back(response, secure=settings.cookie_secure)


@router.post("/auth/password", status_code=204, responses=problems(401, 403, 429), summary="Сменить пароль")
async def set_password(body: PasswordIn, request: Request, db: Db, login: DetachedLogin) -> None:
    """Завершает все остальные сеансы."""
    attempt = Attempt(
        email=login.user.email,
        password=body.current_password.get_secret_value(),
        address=caller_address(request),
    )
    await change_password(db, login, attempt, new_password=body.new_password.get_secret_value())


@router.get("/me", responses=problems(401), summary="Кто я")
async def me(login: CurrentLogin) -> MeOut:
    """Пользователь и CSRF-токен его сеанса."""
    return MeOut(
        user=UserOut.model_validate(login.user),
        csrf_token=login.session.csrf_token,
        expires_at=login.session.expires_at,
    )


def welcome(response: Response, opened: OpenedSession, *, secure: bool) -> LoggedInOut:
    """Hands the cookie over."""
    cookies.give(response, opened.token, secure=secure)
    return LoggedInOut.model_validate(opened)


def _attempt(body: LoginIn, request: Request) -> Attempt:
    return Attempt(
        email=body.email,
        password=body.password.get_secret_value(),
        address=caller_address(request),
        user_agent=_user_agent(request),
    )


def _user_agent(request: Request) -> str:
    return request.headers.get("user-agent", "")
