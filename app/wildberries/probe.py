"""Asks Wildberries whether a token is what it says."""

from dataclasses import replace

import structlog

from app.kit.errors import WbrmError
from app.kit.secrets import token_hash
from app.shops.ports import CabinetFacts, TokenRefusedByWildberries
from app.shops.wb_token import TokenFacts, clean_token
from app.wildberries import calls
from app.wildberries.api import WildberriesApi
from app.wildberries.calls import Caller
from app.wildberries.errors import CapabilityForbidden, TokenRejected

log = structlog.get_logger(__name__)


class WildberriesProbe:
    """Satisfies shops.ports.CabinetProbe."""

    def __init__(self, api: WildberriesApi) -> None:
        self.api = api

    async def confirm(self, raw_token: str, facts: TokenFacts) -> CabinetFacts:
        """One cheap read; the name costs another and may stay unknown."""
        token = clean_token(raw_token)
        caller = Caller(token=token, seller_id=facts.seller_id, kind=facts.kind, urgent=True)
        # Anybody can write anybody's seller id into a token. Until Wildberries has accepted it, the call runs
        # on a bucket of its own, so that forged tokens cannot spend another cabinet's limit.
        unconfirmed = replace(caller, seller_id=f"unconfirmed:{token_hash(token)}")
        try:
            await self.api.count_unanswered(unconfirmed)
        except (TokenRejected, CapabilityForbidden) as error:
            raise TokenRefusedByWildberries(_reason(error)) from error
        await self.api.transport.pacer.charge(caller, calls.COUNT_UNANSWERED)
        return await self._facts(caller)

    async def _facts(self, caller: Caller) -> CabinetFacts:
        try:
            seller = await self.api.seller_info(caller)
        except WbrmError as error:
            log.info("wb_cabinet_name_unknown", seller_id=caller.seller_id, error=error.code)
            return CabinetFacts()
        return CabinetFacts(name=seller.name or None, seller_id=seller.sid.lower() or None)


def _reason(error: TokenRejected | CapabilityForbidden) -> str:
    said = f" Wildberries: {error.detail}" if error.detail else ""
    return TokenRefusedByWildberries.message + said
