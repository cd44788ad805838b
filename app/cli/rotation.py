"""`rotate-keys`: every encrypted column under the newest key."""

from sqlalchemy import select

from app.kit.db import Database
from app.kit.secrets import Vault
from app.shops.models import ShopToken


async def rotate_tokens(url: str, vault: Vault) -> int:
    """All or nothing; the number of tokens. Raises UndecryptableSecret when a key is missing."""
    database = Database(url, pool_size=2)
    try:
        async with database.transaction() as session:
            tokens = (await session.scalars(select(ShopToken).with_for_update())).all()
            for token in tokens:
                token.encrypted = vault.rotate(token.encrypted)
        return len(tokens)
    finally:
        await database.close()
