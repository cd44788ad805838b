"""How far a sync has come, in words for the dashboard."""

from datetime import datetime
from typing import Self

from pydantic import Field
from sqlalchemy.ext.asyncio import AsyncSession

from app.api.fields import WireOut
from app.feedbacks.models import SyncPhase, SyncState
from app.feedbacks.queries import find_sync
from app.kit.limits import blocked_until
from app.shops.models import Shop, TokenKind, TokenPurpose
from app.shops.ports import CallBudget
from app.shops.queries import find_token


class SyncOut(WireOut):
    """Ход синхронизации: `eta_seconds` посчитано по лимиту запросов вашего токена."""

    phase: SyncPhase
    pages: int
    rows: int
    broken_rows: int = Field(description="Строки, которые не удалось прочитать")
    total_estimate: int | None
    eta_seconds: float | None
    started_at: datetime | None
    progressed_at: datetime | None
    finished_at: datetime | None
    next_sync_at: datetime | None
    closed_until: datetime | None = Field(description="До этого времени Wildberries просит не обращаться")
    note: str

    @classmethod
    def of(
        cls, state: SyncState | None, *, page_size: int, seconds_per_call: float, closed_until: datetime | None
    ) -> Self:
        if state is None:
            return cls(
                phase=SyncPhase.IDLE, pages=0, rows=0, broken_rows=0, total_estimate=None, eta_seconds=None,
                started_at=None, progressed_at=None, finished_at=None, next_sync_at=None,
                closed_until=closed_until, note="Синхронизации ещё не было.",
            )  # fmt: skip
        made = {
            "closed_until": closed_until,
            "eta_seconds": _eta(state, page_size=page_size, seconds_per_call=seconds_per_call),
        }
        plain = {name: getattr(state, name) for name in cls.model_fields if name not in made}
        return cls(**plain, **made)


def _eta(state: SyncState, *, page_size: int, seconds_per_call: float) -> float | None:
    if state.phase is SyncPhase.IDLE or state.total_estimate is None:
        return None
    left = max(1, -(-(state.total_estimate - state.rows) // page_size))
    return round(left * seconds_per_call, 1)


async def progress_of(session: AsyncSession, shop: Shop, *, budget: CallBudget, page_size: int) -> SyncOut:
    """With the pace that the shop's own token allows."""
    token = await find_token(session, shop.id, TokenPurpose.MAIN)
    return SyncOut.of(
        await find_sync(session, shop.id),
        page_size=page_size,
        seconds_per_call=budget.seconds_per_call(token.kind if token else TokenKind.UNKNOWN),
        closed_until=await blocked_until(session, budget.bucket_key(shop.seller_id)),
    )
