"""What the lists and the statistics of /api/complaints take and give."""

from datetime import datetime
from decimal import Decimal

from pydantic import Field

from app.api.fields import WireIn, WireOut
from app.cabinet.states import ComplaintState, FiledBy, Visibility


class ReasonOut(WireOut):
    """Причина, как в кабинете."""

    id: int
    title: str
    needs_media: bool = Field(description="Доказать может только фото или видео")


class TwinOut(WireOut):
    """Один из отзывов, подходящих под ключ."""

    wb_id: str
    text: str
    pros: str
    cons: str
    buyer_name: str
    written_at: datetime
    complaint: ComplaintState
    visibility: Visibility


class OpenKeyOut(WireOut):
    """Ключ со страницы кабинета (товар, оценка, минута UTC) и отзывы, которые он может означать."""

    nm_id: int
    rating: int
    minute: datetime
    statuses: list[str]
    can_submit: bool | None
    chat_status: str | None
    rating_excluded: bool | None
    read_at: datetime | None
    feedbacks: list[TwinOut]


class OpenKeysOut(WireOut):
    """Страница, новые сверху."""

    items: list[OpenKeyOut]
    next_cursor: str | None


class ConflictOut(WireOut):
    """Источники говорят разное: `complaint` стоит у нас, `conflict` говорит другой."""

    feedback_id: str
    nm_id: int
    rating: int
    written_at: datetime
    text: str
    pros: str
    cons: str
    buyer_name: str
    product_name: str
    complaint: ComplaintState
    conflict: ComplaintState
    complaint_at: datetime | None
    contradicted_at: datetime | None
    filed_by: FiledBy | None
    filed_at: datetime | None


class ConflictsOut(WireOut):
    """Страница противоречий."""

    items: list[ConflictOut]
    next_cursor: str | None


class VerdictIn(WireIn):
    """Чему верить: тому, что стоит у нас, или тому, что говорит другой источник."""

    verdict: ComplaintState


class ReasonStatsOut(WireOut):
    """Исходы жалоб одной причины; 0 — причина неизвестна, чаще всего подавал продавец."""

    reason_id: int
    reason: str
    n: int = Field(description="Решённых: одобрено и отклонено")
    approved: int
    rejected: int
    reconsidered: int
    pending: int
    approval_rate: float | None


class SavingsOut(WireOut):
    """Обращения к модели, сделанные и сбережённые тем, что страница или Wildberries уже показала: жаловаться нельзя."""

    asked: int = Field(description="О скольких отзывах спросили")
    saved: int = Field(description="О скольких не спросили благодаря страницам")
    waiting: int = Field(description="Страница ещё не прочитана, или очередь не дошла")
    share: float | None = Field(description="saved / (saved + asked)")
    calls: int
    cost_usd: Decimal
    saved_usd: Decimal | None = Field(description="По средней цене одного отзыва")


class StatsOut(WireOut):
    """Итоги периода по причинам; сбережения — за всё время."""

    reasons: list[ReasonStatsOut]
    savings: SavingsOut
    drafted: int
    no_ground: int
    no_ground_share: float | None
