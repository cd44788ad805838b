"""Users: made, and the first of them once; passwords are hashed before, outside the transaction."""

from datetime import datetime

from sqlalchemy import text
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from app.accounts import queries
from app.accounts.emails import clean_email
from app.accounts.models import User
from app.kit.errors import Conflict


class EmailTaken(Conflict):
    """Somebody with this e-mail exists."""

    code = "EMAIL_TAKEN"
    message = "Пользователь с такой почтой уже есть. Войдите под ним."


class SetupDone(Conflict):
    """The first user exists; further ones come by invitation."""

    code = "SETUP_DONE"
    message = "Первый пользователь уже создан. Войдите или попросите приглашение."


async def create_user(session: AsyncSession, *, email: str, name: str, password_hash: str, now: datetime) -> User:
    """`password_hash` comes from `passwords.hash_password`; of two at once with one e-mail, one wins."""
    fields = {"email": clean_email(email), "name": name, "password_hash": password_hash, "created_at": now}
    user: User | None = await session.scalar(insert(User).values(fields).on_conflict_do_nothing().returning(User))
    if user is None:
        raise EmailTaken
    return user


async def create_first_user(session: AsyncSession, *, email: str, name: str, password_hash: str, now: datetime) -> User:
    """Works only while there are no users; two at once cannot both be first."""
    await session.execute(text("LOCK TABLE users IN SHARE ROW EXCLUSIVE MODE"))
    if await queries.any_user_exists(session):
        raise SetupDone
    return await create_user(session, email=email, name=name, password_hash=password_hash, now=now)
