"""/api/complaints/{shop_id}/…: statistics, and the lists of what only a person can settle."""

from datetime import date
from typing import Annotated, Any

from fastapi import APIRouter, Query

from app.analytics.period import Period
from app.api.complaint_lists_wire import (
    ConflictOut,
    ConflictsOut,
    OpenKeyOut,
    OpenKeysOut,
    ReasonOut,
    ReasonStatsOut,
    SavingsOut,
    StatsOut,
    VerdictIn,
)
from app.api.complaints_wire import ComplaintOut, FeedbackId, WbId
from app.api.dependencies import CurrentUser, ManagerShop, ViewerShop
from app.api.errors import problems
from app.api.fields import WireIn
from app.api.pins import CursorIn, Limit, parse_cursor
from app.complaints import listing, stats, worklists
from app.complaints.reasons import Reason, find_reason
from app.complaints.worklists import OpenKey
from app.kit.clock import utc_now
from app.kit.db import direct
from app.kit.http import Session

router = APIRouter(prefix="/complaints/{shop_id}", tags=["Жалобы"], responses=problems(401, 403, 404))


class PageIn(WireIn):
    """Откуда и сколько."""

    cursor: CursorIn | None = None
    limit: Limit = 50


class ConflictPageIn(WireIn):
    """Откуда и сколько; курсор — последний показанный отзыв."""

    cursor: FeedbackId | None = None
    limit: Limit = 50


@router.get("/reasons", summary="Причины жалоб")
async def reasons(shop: ViewerShop) -> list[ReasonOut]:
    """Как на кнопках кабинета; других Wildberries не принимает."""
    return [ReasonOut(id=int(each), title=each.title, needs_media=each.needs_media) for each in Reason]


@router.get("/stats", summary="Итоги жалоб")
async def complaint_stats(
    session: Session, shop: ViewerShop, since: date | None = None, until: date | None = None
) -> StatsOut:
    """Исходы по причинам за период (московские дни подачи) и сколько обращений к модели сберегли страницы."""
    period = Period.asked(since, until, now=utc_now())
    connection = await direct(session)
    found = await stats.stats_by_reason(connection, shop.id, since=period.begins_at, until=period.ends_at)
    considered = await stats.considered_of(connection, shop.id)
    return StatsOut(
        reasons=[_reason_out(each) for each in found],
        savings=SavingsOut.model_validate(await stats.savings_of(connection, shop.id)),
        drafted=considered.drafted,
        no_ground=considered.no_ground,
        no_ground_share=considered.no_ground_share,
    )


def _reason_out(found: stats.ReasonStats) -> ReasonStatsOut:
    reason = find_reason(found.reason_id)
    plain: dict[str, Any] = {
        name: getattr(found, name)
        for name in ("reason_id", "approved", "rejected", "reconsidered", "pending", "approval_rate")
    }
    return ReasonStatsOut(**plain, n=found.decided, reason=reason.title if reason else "Причина неизвестна")


@router.get("/ambiguous", summary="Неразличимые отзывы")
async def ambiguous(session: Session, shop: ViewerShop, asked: Annotated[PageIn, Query()]) -> OpenKeysOut:
    """Ключи страниц, под которые подходят несколько отзывов: сами мы с ними ничего не делаем."""
    after = parse_cursor(asked.cursor)
    rows = await worklists.ambiguous_keys(await direct(session), shop.id, after=after, limit=asked.limit + 1)
    return _keys_out(rows, asked.limit)


@router.get("/unmatched", summary="Ненайденные отзывы")
async def unmatched(session: Session, shop: ViewerShop, asked: Annotated[PageIn, Query()]) -> OpenKeysOut:
    """Ключи страниц, под которые не подходит ни один известный отзыв."""
    after = parse_cursor(asked.cursor)
    rows = await worklists.unmatched_keys(await direct(session), shop.id, after=after, limit=asked.limit + 1)
    return _keys_out(rows, asked.limit)


def _keys_out(rows: list[OpenKey], limit: int) -> OpenKeysOut:
    more, rows = len(rows) > limit, rows[:limit]
    return OpenKeysOut(
        items=[OpenKeyOut.model_validate(row) for row in rows], next_cursor=str(rows[-1].cursor) if more else None
    )


@router.get("/conflicts", summary="Противоречия")
async def conflicts(session: Session, shop: ViewerShop, asked: Annotated[ConflictPageIn, Query()]) -> ConflictsOut:
    """Жалобы, об исходе которых источники говорят разное."""
    rows = await worklists.conflicts(await direct(session), shop.id, after=asked.cursor or "", limit=asked.limit + 1)
    more, rows = len(rows) > asked.limit, rows[: asked.limit]
    items = [ConflictOut.model_validate(dict(row)) for row in rows]
    return ConflictsOut(items=items, next_cursor=items[-1].feedback_id if more else None)


@router.post("/conflicts/{wb_id}", responses=problems(409), summary="Решить противоречие")
async def settle(session: Session, shop: ManagerShop, user: CurrentUser, wb_id: WbId, body: VerdictIn) -> ComplaintOut:
    """Оставить наш исход или принять другой; решение попадёт в историю."""
    connection = await direct(session)
    await worklists.settle_conflict(connection, shop.id, wb_id, body.verdict, actor=user.actor, now=utc_now())
    return ComplaintOut.of(await listing.get_row(session, shop.id, wb_id))
