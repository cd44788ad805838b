"""From a shop to its right to call: a token opened for one call, marked when Wildberries refuses it."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from uuid import UUID

import structlog
from sqlalchemy import select, update

from app.kit.clock import utc_now
from app.kit.db import Database
from app.kit.errors import Unauthorized
from app.kit.secrets import Vault
from app.shops.models import Shop, ShopToken, TokenPurpose
from app.wildberries.calls import Caller
from app.wildberries.errors import TokenRejected

log = structlog.get_logger(__name__)


class NoUsableToken(Unauthorized):
    """Missing, expired, or already refused: asking Wildberries again would be of no use."""

    code = "WB_NO_USABLE_TOKEN"
    message = "У магазина нет действующего токена Wildberries. Добавьте новый."


class Callers:
    """Opens tokens with the vault; raises NoUsableToken before a call is wasted."""

    def __init__(self, database: Database, vault: Vault) -> None:
        self.database = database
        self.vault = vault

    @asynccontextmanager
    async def of_shop(
        self, shop_id: UUID, *, urgent: bool = False, fence: Callable[[], None] | None = None
    ) -> AsyncIterator[Caller]:
        """A 401 inside the block stops the shop's further calls until it gets another token."""
        seller_id, token = await self._read(shop_id)
        try:
            yield Caller(
                token=self.vault.decrypt(token.encrypted),
                seller_id=seller_id,
                kind=token.kind,
                urgent=urgent,
                fence=fence,
            )
        except TokenRejected:
            await self._mark_refused(token)
            raise

    async def _read(self, shop_id: UUID) -> tuple[str, ShopToken]:
        main = (
            select(Shop.seller_id, ShopToken)
            .join(ShopToken, ShopToken.shop_id == Shop.id)
            .where(Shop.id == shop_id, ShopToken.purpose == TokenPurpose.MAIN)
        )
        async with self.database.transaction() as session:
            found = (await session.execute(main)).first()
        if found is None or found[1].refused_at is not None or found[1].expires_at <= utc_now():
            raise NoUsableToken
        return found[0], found[1]

    async def _mark_refused(self, token: ShopToken) -> None:
        """A token that was replaced meanwhile is left alone."""
        same = (ShopToken.shop_id == token.shop_id, ShopToken.encrypted == token.encrypted)
        async with self.database.transaction() as session:
            await session.execute(update(ShopToken).where(*same).values(refused_at=utc_now()))
        log.warning("wb_token_refused", shop=str(token.shop_id), last4=token.last4)
