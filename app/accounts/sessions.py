"""Sessions: opened at log-in, found by their secret, kept alive by use, ended."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import delete, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from app.accounts import queries
from app.accounts.models import SessionKind, User, UserSession
from app.kit.secrets import new_token, token_hash

COOKIE_LIFETIME = timedelta(days=14)
BEARER_LIFETIME = timedelta(hours=1)
SLIDES_EVERY = timedelta(hours=1)

_PREFIX = {SessionKind.COOKIE: "wbc_", SessionKind.BEARER: "wbs_"}
_LIFETIME = {SessionKind.COOKIE: COOKIE_LIFETIME, SessionKind.BEARER: BEARER_LIFETIME}


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenedSession:
    """The only moment at which the secret of a session is known to us."""

    user: User
    token: str = field(repr=False)
    csrf_token: str | None = field(repr=False)
    expires_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Login:
    """Who is asking, and by which session; `slid` when the session was just prolonged."""

    user: User
    session: UserSession
    slid: bool = False


async def open_session(
    session: AsyncSession, user: User, kind: SessionKind, *, user_agent: str, now: datetime
) -> OpenedSession:
    """A cookie gets a CSRF token beside it; a bearer token needs none."""
    token = new_token(_PREFIX[kind])
    csrf_token = new_token() if kind is SessionKind.COOKIE else None
    row = UserSession(
        token_hash=token_hash(token),
        user_id=user.id,
        kind=kind,
        csrf_token=csrf_token,
        created_at=now,
        last_used_at=now,
        expires_at=now + _LIFETIME[kind],
        user_agent=user_agent[:300],
    )
    session.add(row)
    await session.flush()
    return OpenedSession(user=user, token=token, csrf_token=csrf_token, expires_at=row.expires_at)


async def resume_session(session: AsyncSession, token: str, kind: SessionKind, *, now: datetime) -> Login | None:
    """Using a cookie prolongs it, written down at most once an hour; a bearer token simply ends."""
    found = await queries.find_login(session, token, kind, now=now)
    if found is None:
        return None
    row, user = found
    slides = is_to_slide(kind, row.last_used_at, now)
    if slides:
        await _slide(session, row.token_hash, now)
    return Login(user=user, session=row, slid=slides)


def is_to_slide(kind: SessionKind, last_used_at: datetime, now: datetime) -> bool:
    """A cookie used for the first time in an hour lives on from now."""
    return kind is SessionKind.COOKIE and now - last_used_at > SLIDES_EVERY


async def end_session(session: AsyncSession, token_hash: str) -> None:
    """Log out here."""
    await session.execute(delete(UserSession).where(UserSession.token_hash == token_hash))


async def end_all_sessions(session: AsyncSession, user_id: UUID, *, but: str | None = None) -> None:
    """Log out everywhere, bearer tokens included; `but` is the hash of the one session to keep."""
    ending = delete(UserSession).where(UserSession.user_id == user_id)
    await session.execute(ending if but is None else ending.where(UserSession.token_hash != but))


async def forget_expired_sessions(session: AsyncSession, *, now: datetime) -> None:
    """For a timer: an expired session is refused anyway."""
    await session.execute(delete(UserSession).where(UserSession.expires_at <= now))


async def _slide(session: AsyncSession, token_hash: str, now: datetime) -> None:
    # Parallel requests of one browser must not queue up for this row: whoever comes second leaves it alone.
    free = (
        select(UserSession.token_hash)
        .where(UserSession.token_hash == token_hash)
        .with_for_update(skip_locked=True)
        .scalar_subquery()
    )
    await session.execute(
        update(UserSession)
        .where(UserSession.token_hash == free)
        .values(last_used_at=now, expires_at=now + COOKIE_LIFETIME)
        .execution_options(synchronize_session=False)
    )
