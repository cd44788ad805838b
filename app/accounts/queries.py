"""Users and their sessions, read."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.accounts.models import SessionKind, User, UserSession
from app.kit.errors import NotFound
from app.kit.secrets import token_hash


class UserNotFound(NotFound):
    """No such person."""

    code = "USER_NOT_FOUND"
    message = "Пользователь не найден."


async def any_user_exists(session: AsyncSession) -> bool:
    """False on a fresh installation: the one-time setup is open."""
    return bool(await session.scalar(select(select(User.id).exists())))


async def find_user_by_email(session: AsyncSession, email: str) -> User | None:
    """The e-mail is expected in lower case."""
    found: User | None = await session.scalar(select(User).where(func.lower(User.email) == email))
    return found


async def lock_user(session: AsyncSession, user_id: UUID) -> User:
    """Fresh from the database, also when this session has read it before."""
    locking = select(User).where(User.id == user_id).with_for_update(key_share=True)
    user = await session.scalar(locking.execution_options(populate_existing=True))
    if user is None:
        raise UserNotFound
    return user


async def find_login(
    session: AsyncSession, token: str, kind: SessionKind, *, now: datetime
) -> tuple[UserSession, User] | None:
    """A live session by its secret; a cookie's secret is no bearer token and the other way round."""
    live = (
        select(UserSession, User)
        .join(User, User.id == UserSession.user_id)
        .where(
            UserSession.token_hash == token_hash(token),
            UserSession.kind == kind,
            UserSession.expires_at > now,
        )
    )
    row = (await session.execute(live)).first()
    return (row[0], row[1]) if row else None
