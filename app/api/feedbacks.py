"""/api/feedbacks/{shop_id}: what buyers write, and our reply from draft to publication."""

from typing import Annotated

from fastapi import APIRouter, Path, Query, Response

from app.api.dependencies import ManagerShop, TheBudget, ViewerShop
from app.api.errors import problems
from app.api.feedbacks_wire import FeedbackOut, FeedbacksOut, ListIn, a_page
from app.api.jobs import JobOut
from app.api.sync_progress import SyncOut, progress_of
from app.api.visitors import VisitedShop
from app.feedbacks.jobs import SyncFeedbacks
from app.feedbacks.listing import page_of_feedbacks
from app.feedbacks.queries import get_feedback
from app.kit.http import Db, Session, TheSettings, ready
from app.kit.job_records import get_job
from app.kit.jobs import enqueue
from app.kit.keyset import Cursor
from app.replies.models import ReplyState
from app.replies.queries import find_newest_reply, newest_replies_shown
from app.replies.subjects import a_feedback

router = APIRouter(prefix="/feedbacks/{shop_id}", tags=["Отзывы"], responses=problems(401, 403, 404))

WbId = Annotated[str, Path(min_length=1, max_length=100, pattern=r"^[A-Za-z0-9_-]+$")]


@router.get("", summary="Список отзывов", response_model=FeedbacksOut)
async def list_feedbacks(
    response: Response, shop_id: VisitedShop, db: Db, asked: Annotated[ListIn, Query()]
) -> Response:
    """Отзывы магазина по фильтру, постранично."""
    after = Cursor.parse(asked.cursor) if asked.cursor else None
    badges = [state.value for state in ReplyState] if asked.counts else []
    async with db.glance() as connection:
        page = await page_of_feedbacks(
            connection, shop_id, asked.filters(), after=after, limit=asked.limit, badges=badges
        )
        replied = [row["wb_id"] for row in page.rows if row["reply_state"] is not None]
        replies = await newest_replies_shown(connection, shop_id, replied) if replied else {}
    return ready(a_page(page, replies), response)


@router.post("/sync", status_code=202, summary="Синхронизировать")
async def sync(session: Session, shop: ManagerShop) -> JobOut:
    """Синхронизировать сейчас; если синхронизация уже идёт, вернётся её задание."""
    job_id = await enqueue(session, SyncFeedbacks(shop_id=shop.id))
    return JobOut.of(await get_job(session, shop.id, job_id))


@router.get("/sync", summary="Ход синхронизации")
async def sync_progress(session: Session, shop: ViewerShop, settings: TheSettings, budget: TheBudget) -> SyncOut:
    """Как далеко зашла синхронизация и когда следующая."""
    return await progress_of(session, shop, budget=budget, page_size=settings.wb_page_size)


@router.get("/{wb_id}", summary="Отзыв")
async def one(session: Session, shop: ViewerShop, wb_id: WbId) -> FeedbackOut:
    """Один отзыв с нашим ответом."""
    feedback = await get_feedback(session, shop.id, wb_id)
    return FeedbackOut.of(feedback, await find_newest_reply(session, shop.id, a_feedback(wb_id)))
