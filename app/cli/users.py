"""Users from the command line."""

from app.accounts.passwords import hash_password
from app.accounts.service import EmailTaken, create_user
from app.kit.clock import utc_now
from app.kit.db import Database
from app.kit.postgres import for_asyncpg


async def add_user(url: str, email: str, name: str, password: str) -> None:
    """Raises EmailTaken, or what is wrong with the e-mail or the password."""
    database = Database(for_asyncpg(url), pool_size=2)
    try:
        hashed = await hash_password(password)
        async with database.transaction() as session:
            await create_user(session, email=email, name=name, password_hash=hashed, now=utc_now())
    finally:
        await database.close()


async def ensure_user(url: str, email: str, name: str, password: str) -> None:
    """An existing user stays as he is."""
    try:
        await add_user(url, email, name, password)
    except EmailTaken:
        return
