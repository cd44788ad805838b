"""Who is asking, and which shop they may touch; every route of /api goes through one of these."""

from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from typing import Annotated, Any
from urllib.parse import urlsplit
from uuid import UUID

from fastapi import Depends, Request, Response
from fastapi.security import APIKeyCookie, HTTPAuthorizationCredentials, HTTPBearer
from sqlalchemy.ext.asyncio import AsyncSession

from app.accounts.models import SessionKind, User
from app.accounts.sessions import Login, resume_session
from app.api import cookies
from app.kit.clock import utc_now
from app.kit.errors import Forbidden, Unauthorized
from app.kit.http import Db, Session
from app.kit.secrets import same
from app.kit.settings import Settings
from app.shops import queries
from app.shops.membership import require_role
from app.shops.models import Role, Shop
from app.shops.ports import CabinetProbe, CallBudget
from app.shops.service import forbid_archived

SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})


class ForeignOrigin(Forbidden):
    """A page of somebody else's sent the browser here."""

    code = "FOREIGN_ORIGIN"
    message = "Запрос пришёл с чужой страницы и отклонён."


class CsrfMissing(Forbidden):
    """A cookie alone does not prove that our own page is asking."""

    code = "CSRF"
    message = "Нет заголовка X-CSRF-Token, или он устарел. Обновите страницу."


@dataclass(frozen=True, slots=True)
class Credentials:
    """What the caller shows; a bearer token goes before a cookie."""

    bearer: HTTPAuthorizationCredentials | None
    cookie: str | None

    @property
    def secret(self) -> tuple[str | None, SessionKind]:
        """What counts of them."""
        if self.bearer is not None:
            return self.bearer.credentials, SessionKind.BEARER
        return self.cookie, SessionKind.COOKIE


async def get_credentials(
    bearer: Annotated[
        HTTPAuthorizationCredentials | None,
        Depends(HTTPBearer(auto_error=False, description="Токен из POST /api/auth/token")),
    ],
    cookie: Annotated[str | None, Depends(APIKeyCookie(name=cookies.NAME, auto_error=False))],
) -> Credentials:
    """A class as a dependency would be called in a thread, on every request."""
    return Credentials(bearer, cookie)


Shown = Annotated[Credentials, Depends(get_credentials)]


async def get_probe(request: Request) -> CabinetProbe:
    """Asks Wildberries whether a token is real."""
    probe: CabinetProbe = request.app.state.probe
    return probe


async def get_budget(request: Request) -> CallBudget:
    """What Wildberries allows a cabinet."""
    budget: CallBudget = request.app.state.budget
    return budget


def same_origin(request: Request) -> None:
    """Browsers say where a writing request comes from; other programs say nothing and carry no cookies."""
    origin = request.headers.get("origin")
    if origin is None or request.method in SAFE_METHODS:
        return
    settings: Settings = request.app.state.settings
    ours = {request.headers.get("host", ""), urlsplit(settings.public_url).netloc}
    if urlsplit(origin).netloc not in ours:
        raise ForeignOrigin


async def identify(request: Request, response: Response, session: AsyncSession, shown: Credentials) -> Login | None:
    """None when nobody, or nobody any more; raises when a cookie comes without its CSRF token."""
    secret, kind = shown.secret
    if secret is None:
        return None
    login = await resume_session(session, secret, kind, now=utc_now())
    if login is not None and kind is SessionKind.COOKIE:
        forbid_forgery(request, login.session.csrf_token)
        if login.slid:
            cookies.give(response, secret, secure=request.app.state.settings.cookie_secure)
    return login


def forbid_forgery(request: Request, csrf_token: str | None) -> None:
    """For a session known by its cookie."""
    same_origin(request)
    if request.method in SAFE_METHODS:
        return
    if not same(request.headers.get("x-csrf-token", ""), csrf_token or ""):
        raise CsrfMissing


async def get_login(request: Request, response: Response, session: Session, shown: Shown) -> Login:
    """The caller, looked up in the request's own transaction."""
    login = await identify(request, response, session, shown)
    if login is None:
        raise Unauthorized
    return login


async def find_detached_login(request: Request, response: Response, db: Db, shown: Shown) -> Login | None:
    """For endpoints that call Wildberries or hash: no transaction stays open behind it."""
    async with db.transaction() as session:
        return await identify(request, response, session, shown)


async def get_detached_login(login: Annotated[Login | None, Depends(find_detached_login)]) -> Login:
    """As `find_detached_login`, for somebody who must be logged in."""
    if login is None:
        raise Unauthorized
    return login


CurrentLogin = Annotated[Login, Depends(get_login)]
DetachedLogin = Annotated[Login, Depends(get_detached_login)]
MaybeDetachedLogin = Annotated[Login | None, Depends(find_detached_login)]


async def get_user(login: CurrentLogin) -> User:
    """The person behind the session."""
    return login.user


CurrentUser = Annotated[User, Depends(get_user)]


async def shop_for(
    session: AsyncSession, user: User, shop_id: UUID, role: Role, *, writing: bool
) -> queries.ShopAccess:
    """A foreign shop is not found, a role too low is forbidden, an archived shop is not written to."""
    access = await queries.find_access(session, shop_id, user.id)
    if access is None:
        raise queries.ShopNotFound
    require_role(access.role, role)
    if writing:
        forbid_archived(access.shop)
    return access


def _access(role: Role, *, archived_too: bool = False) -> Callable[..., Coroutine[Any, Any, queries.ShopAccess]]:
    async def get_access(request: Request, session: Session, user: CurrentUser, shop_id: UUID) -> queries.ShopAccess:
        writing = request.method not in SAFE_METHODS and not archived_too
        return await shop_for(session, user, shop_id, role, writing=writing)

    return get_access


def _shop(role: Role) -> Callable[..., Coroutine[Any, Any, Shop]]:
    access_of = _access(role)

    async def get_shop(access: Annotated[queries.ShopAccess, Depends(access_of)]) -> Shop:
        return access.shop

    return get_shop


ViewerAccess = Annotated[queries.ShopAccess, Depends(_access(Role.VIEWER))]
ManagerAccess = Annotated[queries.ShopAccess, Depends(_access(Role.MANAGER))]
ArchivedOwnerAccess = Annotated[queries.ShopAccess, Depends(_access(Role.OWNER, archived_too=True))]
ArchivedViewerAccess = Annotated[queries.ShopAccess, Depends(_access(Role.VIEWER, archived_too=True))]
ViewerShop = Annotated[Shop, Depends(_shop(Role.VIEWER))]
ManagerShop = Annotated[Shop, Depends(_shop(Role.MANAGER))]
OwnerShop = Annotated[Shop, Depends(_shop(Role.OWNER))]
TheBudget = Annotated[CallBudget, Depends(get_budget)]
Probe = Annotated[CabinetProbe, Depends(get_probe)]
SameOrigin = Depends(same_origin)
