"""Wildberries as publishing sees it: urgent, and never twice."""

from collections.abc import Callable
from uuid import UUID

from app.feedbacks.ports import IncomingFeedback
from app.wildberries.api import WildberriesApi
from app.wildberries.callers import Callers
from app.wildberries.feedbacks import read_one


class WildberriesPublisher:
    """Satisfies replies.ports.Publisher."""

    def __init__(self, api: WildberriesApi, callers: Callers) -> None:
        self.api = api
        self.callers = callers

    async def answer(self, shop_id: UUID, wb_id: str, text: str, fence: Callable[[], None]) -> None:
        async with self.callers.of_shop(shop_id, urgent=True, fence=fence) as caller:
            await self.api.answer(caller, wb_id, text)

    async def edit(self, shop_id: UUID, wb_id: str, text: str, fence: Callable[[], None]) -> None:
        async with self.callers.of_shop(shop_id, urgent=True, fence=fence) as caller:
            await self.api.edit_answer(caller, wb_id, text)

    async def read(self, shop_id: UUID, wb_id: str) -> IncomingFeedback | None:
        async with self.callers.of_shop(shop_id, urgent=True) as caller:
            return await read_one(self.api, caller, wb_id)
