"""/api/pins/{shop_id}/…: what may still be pinned, what is worth it, and who pinned and unpinned what."""

from datetime import datetime
from typing import Annotated, Any, Self
from uuid import UUID

from fastapi import APIRouter, Query
from pydantic import Field

from app.api.dependencies import ViewerShop
from app.api.errors import problems
from app.api.fields import WireIn, WireOut
from app.api.pins import CursorIn, Limit, NmId, PinnedFeedbackOut, WbId, parse_cursor
from app.kit.clock import utc_now
from app.kit.http import Session
from app.kit.keyset import Cursor
from app.pins.candidates import CandidateOrder, candidates
from app.pins.listing import page_of_history
from app.pins.models import Capability, Pin, PinBoard, PinEvent, PinOn
from app.pins.queries import find_board

router = APIRouter(prefix="/pins/{shop_id}", tags=["Закрепы"], responses=problems(401, 403, 404))


class LimitOut(WireOut):
    """Сколько разрешает одна из платных опций."""

    per_unit: int = Field(description="На одну карточку или группу")
    remaining: int
    total: int
    used: int
    unlimited: bool


class LimitsOut(WireOut):
    """Что можно закрепить и на какое время это известно; пустое — опции нет или мы ещё не спрашивали."""

    capability: Capability = Field(description="off — Wildberries отказала; спросим снова не раньше чем через сутки")
    forbidden_words: str = Field(description="Слова Wildberries при отказе")
    checked_at: datetime | None
    limits_at: datetime | None
    subscription: LimitOut | None
    tariff: LimitOut | None
    read_at: datetime | None = Field(description="Когда список Wildberries был прочитан до конца")
    next_sync_at: datetime | None
    note: str

    @classmethod
    def of(cls, board: PinBoard | None) -> Self:
        told: dict[str, Any] = board.limits if board else {}
        return cls(
            capability=board.capability if board else Capability.UNKNOWN,
            forbidden_words=board.forbidden_words if board else "",
            checked_at=board.checked_at if board else None,
            limits_at=board.limits_at if board else None,
            subscription=told.get("subscription"),
            tariff=told.get("tariff"),
            read_at=board.finished_at if board else None,
            next_sync_at=board.next_sync_at if board else None,
            note=board.note if board else "",
        )


class PinEventOut(WireOut):
    """Строка истории: кто, что, когда и почему; wildberries — без нас."""

    id: UUID
    pin_id: UUID
    feedback_id: str
    pin_on: PinOn
    at: datetime
    actor: str
    from_state: str | None
    to_state: str
    cause: str | None
    reason: str

    @classmethod
    def of(cls, event: PinEvent, pin: Pin) -> Self:
        made = {"feedback_id": pin.feedback_id, "pin_on": pin.pin_on}
        plain = {name: getattr(event, name) for name in cls.model_fields if name not in made}
        return cls(**plain, **made)


class HistoryOut(WireOut):
    """Страница истории, новое сверху."""

    items: list[PinEventOut]
    next_cursor: str | None


class HistoryIn(WireIn):
    """Вся история магазина или одного отзыва."""

    feedback_id: WbId | None = None
    cursor: CursorIn | None = None
    limit: Limit = 50


class CandidatesIn(WireIn):
    """Порядок: newest — новые сверху, longest — самые подробные из новых."""

    order: CandidateOrder = CandidateOrder.NEWEST
    product: NmId | None = None
    limit: Limit = 50


@router.get("/limits", summary="Лимиты закрепов")
async def limits(session: Session, shop: ViewerShop) -> LimitsOut:
    """Сколько ещё можно закрепить; обновляется при синхронизации."""
    return LimitsOut.of(await find_board(session, shop.id))


@router.get("/history", summary="История закрепов")
async def history(session: Session, shop: ViewerShop, asked: Annotated[HistoryIn, Query()]) -> HistoryOut:
    """Кто закрепил и открепил, и что Wildberries открепила сама."""
    after = parse_cursor(asked.cursor)
    rows = await page_of_history(session, shop.id, feedback_id=asked.feedback_id, after=after, limit=asked.limit + 1)
    more, rows = len(rows) > asked.limit, rows[: asked.limit]
    last = Cursor(at=rows[-1][0].at, id=str(rows[-1][0].id)) if more else None
    return HistoryOut(items=[PinEventOut.of(*row) for row in rows], next_cursor=str(last) if last else None)


@router.get("/candidates", summary="Кого закрепить")
async def list_candidates(
    session: Session, shop: ViewerShop, asked: Annotated[CandidatesIn, Query()]
) -> list[PinnedFeedbackOut]:
    """Недавние отзывы на пять звёзд с фото и текстом, которые ещё не закреплены."""
    found = await candidates(session, shop.id, order=asked.order, nm_id=asked.product, now=utc_now(), limit=asked.limit)
    return [PinnedFeedbackOut.model_validate(feedback) for feedback in found]
