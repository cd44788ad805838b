"""/api/complaints/{shop_id}: complaints about feedbacks, from candidate to verdict."""

from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import Field
from sqlalchemy.ext.asyncio import AsyncSession

from app.api.complaints_wire import (
    ApprovalsOut,
    ApprovedOut,
    ApproveIn,
    CapOut,
    ComplaintCardOut,
    ComplaintOut,
    ComplaintsOut,
    DismissIn,
    EditIn,
    RefusalOut,
    VersionIn,
    WbId,
)
from app.api.dependencies import CurrentUser, ManagerShop, ViewerShop
from app.api.errors import problems
from app.api.feedbacks_wire import CountOut
from app.api.fields import WireIn
from app.api.jobs import JobOut
from app.api.pins import CursorIn, Limit, NmId, parse_cursor
from app.complaints import approving, editing, listing, service
from app.complaints.approving import Wish, cap_of
from app.complaints.editing import Edit
from app.complaints.listing import ComplaintFilters, Tab
from app.kit.clock import utc_now
from app.kit.http import Session
from app.kit.job_records import get_job
from app.shops.models import Shop

router = APIRouter(prefix="/complaints/{shop_id}", tags=["Жалобы"], responses=problems(401, 403, 404))


class ListIn(WireIn):
    """Вкладка и фильтры; все сразу."""

    tab: Tab = Tab.TO_APPROVE
    rating: list[Annotated[int, Field(ge=1, le=5)]] = Field([])
    product: NmId | None = None
    reason: int | None = Field(None, ge=11, le=20)
    search: str = Field("", max_length=200, description="Слова отзыва в любой форме")
    cursor: CursorIn | None = None
    limit: Limit = 50

    def filters(self) -> ComplaintFilters:
        """In the domain's words."""
        return ComplaintFilters(
            tab=self.tab, ratings=self.rating, nm_id=self.product, reason_id=self.reason, search=self.search
        )


@router.get("", summary="Жалобы по вкладкам")
async def list_complaints(session: Session, shop: ViewerShop, asked: Annotated[ListIn, Query()]) -> ComplaintsOut:
    """Что утверждать и что в очереди — по шансу, остальное — новые сверху."""
    after = parse_cursor(asked.cursor)
    rows = await listing.page_of_complaints(session, shop.id, asked.filters(), after=after, limit=asked.limit + 1)
    more, rows = len(rows) > asked.limit, rows[: asked.limit]
    tabs = None if after else await listing.count_tabs(session, shop.id)
    cap = None if after else await cap_of(session, shop.id, now=utc_now())
    return ComplaintsOut(
        items=[ComplaintOut.of(row) for row in rows],
        next_cursor=str(listing.cursor_after(rows[-1], asked.tab)) if more else None,
        tabs=None if tabs is None else {tab: CountOut.model_validate(count) for tab, count in tabs.items()},
        cap=None if cap is None else CapOut.model_validate(cap),
    )


@router.post("/approve", summary="Одобрить несколько")
async def approve_many(session: Session, shop: ManagerShop, user: CurrentUser, body: ApproveIn) -> ApprovalsOut:
    """Поставить в очередь расширения; итог по каждой, в том числе когда кончился дневной лимит."""
    wishes, now = [Wish(feedback_id=item.wb_id, version=item.version) for item in body.items], utc_now()
    outcomes = await approving.approve(session, shop.id, wishes, actor=user.actor, now=now)
    items = [
        ApprovedOut(wb_id=each.feedback_id, error=RefusalOut.model_validate(each.refusal) if each.refusal else None)
        for each in outcomes
    ]
    return ApprovalsOut(items=items, cap=CapOut.model_validate(await cap_of(session, shop.id, now=now)))


@router.get("/{wb_id}", summary="Жалоба")
async def one(session: Session, shop: ViewerShop, wb_id: WbId) -> ComplaintCardOut:
    """Жалоба на один отзыв со всеми версиями текста и историей."""
    row = await listing.get_row(session, shop.id, wb_id)
    return ComplaintCardOut.of(row, await listing.history_of(session, shop.id, wb_id))


@router.put("/{wb_id}", responses=problems(409), summary="Написать свой текст")
async def edit(session: Session, shop: ManagerShop, user: CurrentUser, wb_id: WbId, body: EditIn) -> ComplaintOut:
    """Изменить причину и текст или написать их самому; одобренный черновик после этого одобряют заново."""
    words = Edit(reason_id=body.reason_id, text=body.text, version=body.version)
    await editing.write_complaint(session, shop.id, wb_id, words, actor=user.actor, now=utc_now())
    return await _shown(session, shop, wb_id)


@router.post("/{wb_id}/approve", responses=problems(409), summary="Одобрить")
async def approve(session: Session, shop: ManagerShop, user: CurrentUser, wb_id: WbId, body: VersionIn) -> ComplaintOut:
    """Поставить именно этот текст в очередь расширения: у отзыва только одна попытка."""
    wish = Wish(feedback_id=wb_id, version=body.version)
    await approving.approve_one(session, shop.id, wish, actor=user.actor, now=utc_now())
    return await _shown(session, shop, wb_id)


@router.post("/{wb_id}/withdraw", responses=problems(409), summary="Убрать из очереди")
async def withdraw(session: Session, shop: ManagerShop, user: CurrentUser, wb_id: WbId) -> ComplaintOut:
    """Вернуть на утверждение, пока жалоба не подана."""
    await approving.withdraw(session, shop.id, wb_id, actor=user.actor, now=utc_now())
    return await _shown(session, shop, wb_id)


@router.post("/{wb_id}/regenerate", status_code=202, responses=problems(409), summary="Написать заново")
async def regenerate(session: Session, shop: ManagerShop, user: CurrentUser, wb_id: WbId, body: VersionIn) -> JobOut:
    """Попросить другой вариант; прежний остаётся среди версий. Если основания нет, черновик не изменится."""
    job_id = await service.ask_for_draft(session, shop.id, wb_id, version=body.version, actor=user.actor, now=utc_now())
    return JobOut.of(await get_job(session, shop.id, job_id))


@router.post("/{wb_id}/dismiss", responses=problems(409), summary="Не подаём")
async def dismiss(session: Session, shop: ManagerShop, user: CurrentUser, wb_id: WbId, body: DismissIn) -> ComplaintOut:
    """Отклонить черновик или кандидата; вернуть можно в любое время."""
    await service.dismiss(session, shop.id, wb_id, why=body.why, actor=user.actor, now=utc_now())
    return await _shown(session, shop, wb_id)


@router.post("/{wb_id}/reopen", responses=problems(409), summary="Вернуть в кандидаты")
async def reopen(session: Session, shop: ManagerShop, user: CurrentUser, wb_id: WbId) -> ComplaintOut:
    """Ещё раз подумать об отзыве, по которому решили не жаловаться или не нашли основания."""
    await service.reopen(session, shop.id, wb_id, actor=user.actor, now=utc_now())
    return await _shown(session, shop, wb_id)


async def _shown(session: AsyncSession, shop: Shop, wb_id: str) -> ComplaintOut:
    return ComplaintOut.of(await listing.get_row(session, shop.id, wb_id))
