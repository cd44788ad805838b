"""Wildberries as the sync sees it."""

from collections.abc import Iterable
from datetime import datetime
from typing import Final
from uuid import UUID

import structlog

from app.feedbacks.ports import FeedbackList, FeedbackPage, IncomingFeedback
from app.wildberries.api import WildberriesApi
from app.wildberries.callers import Callers
from app.wildberries.calls import Caller
from app.wildberries.errors import NotObtainable, Told, WbUnavailable
from app.wildberries.models import FeedbackIn, FeedbackRow, ParsedPage

NOT_OBTAINABLE: Final = 422
log = structlog.get_logger(__name__)


class Incomplete(ValueError):
    """Without a product, stars or a date it cannot be filed."""


class WildberriesFeedbacks:
    """Satisfies feedbacks.ports.FeedbackSource; calls that can wait for others, unless they are urgent."""

    def __init__(self, api: WildberriesApi, callers: Callers, *, urgent: bool = False) -> None:
        self.api = api
        self.callers = callers
        self.urgent = urgent

    async def page(
        self,
        shop_id: UUID,
        which: FeedbackList,
        *,
        take: int,
        skip: int,
        since: datetime | None,
        until: datetime | None,
    ) -> FeedbackPage:
        async with self.callers.of_shop(shop_id, urgent=self.urgent) as caller:
            if which is FeedbackList.ARCHIVE:
                return _page_of(await self.api.archive(caller, take=take, skip=skip))
            processed = which is FeedbackList.PROCESSED
            return _page_of(
                await self.api.feedbacks(
                    caller, is_answered=processed, take=take, skip=skip, date_from=since, date_to=until
                )
            )

    async def one(self, shop_id: UUID, wb_id: str) -> IncomingFeedback | None:
        async with self.callers.of_shop(shop_id, urgent=self.urgent) as caller:
            return await read_one(self.api, caller, wb_id)


async def read_one(api: WildberriesApi, caller: Caller, wb_id: str) -> IncomingFeedback | None:
    """None only for Wildberries' 422; a 404 is a wrong address of ours, not a deleted feedback."""
    try:
        return incoming(await api.feedback(caller, wb_id))
    except NotObtainable as error:
        if error.status == NOT_OBTAINABLE:
            return None
        raise
    except Incomplete as error:
        raise WbUnavailable(Told(200, str(error))) from error


def incoming(row: FeedbackRow) -> IncomingFeedback:
    """Raises Incomplete."""
    read, product, answer = row.feedback, row.feedback.product_details, row.feedback.answer
    nm_id, rating, written_at = _essentials(read)
    return IncomingFeedback(
        wb_id=read.id,
        nm_id=nm_id,
        imt_id=product.imt_id,
        rating=rating,
        text=read.text,
        pros=read.pros,
        cons=read.cons,
        written_at=written_at,
        buyer_name=read.user_name,
        product_name=product.product_name,
        brand_name=product.brand_name,
        supplier_article=product.supplier_article,
        size=product.size,
        color=read.color,
        order_status=read.order_status,
        matching_size=read.matching_size,
        tags=tuple(read.bables or ()),
        photo_count=len(read.photo_links or ()),
        has_video=read.video is not None,
        was_viewed=bool(read.was_viewed),
        wb_state=read.state,
        answer_text=answer.text if answer and answer.text.strip() else None,
        answer_state=answer.state if answer else None,
        answer_editable=answer.editable if answer else None,
        parent_id=read.parent_feedback_id or None,
        child_id=read.child_feedback_id or None,
        complaint_possible=bool(read.is_able_supplier_feedback_valuation),
        complaint_reason=read.supplier_feedback_valuation or 0,
        return_possible=bool(read.is_able_return_product_orders),
        raw=row.raw,
    )


def _page_of(page: ParsedPage) -> FeedbackPage:
    whole = list(_whole(page.items))
    received = len(page.items) + len(page.broken)
    return FeedbackPage(
        feedbacks=whole,
        received=received,
        broken=received - len(whole),
        unanswered_total=page.total_unanswered,
        processed_total=page.total_processed,
    )


def _whole(rows: Iterable[FeedbackRow]) -> Iterable[IncomingFeedback]:
    for row in rows:
        try:
            yield incoming(row)
        except Incomplete as error:
            log.warning("wb_item_broken", wb_id=row.feedback.id, error=str(error))


def _essentials(read: FeedbackIn) -> tuple[int, int, datetime]:
    nm_id, rating, written_at = read.product_details.nm_id, read.product_valuation, read.created_date
    if nm_id is None or rating is None or written_at is None:
        raise Incomplete("no nmId, productValuation or createdDate")
    return nm_id, rating, written_at
