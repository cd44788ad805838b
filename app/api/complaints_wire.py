"""What /api/complaints takes and gives."""

from datetime import datetime
from typing import Annotated, Self

from fastapi import Path
from pydantic import Field

from app.api.feedbacks_wire import CountOut
from app.api.fields import Prose, WireIn, WireOut
from app.cabinet.models import StandingEvent
from app.cabinet.states import ChatState, ComplaintState, FiledBy, Source, Triage, Visibility
from app.complaints.listing import History, Row, Tab
from app.complaints.models import ComplaintDraft
from app.complaints.odds import Chance, ChanceWord, Level
from app.complaints.possibility import obstacles
from app.complaints.reasons import find_reason

ONE_SHOT = "У отзыва только одна попытка"
WbId = Annotated[str, Path(min_length=1, max_length=100, pattern=r"^[A-Za-z0-9_-]+$")]
FeedbackId = Annotated[str, Field(min_length=1, max_length=100, pattern=r"^[A-Za-z0-9_-]+$")]
Version = Annotated[int, Field(ge=0, le=2**31, description="Версия текста, которую вы видите; 0 — текста ещё нет")]


class ChanceOut(WireOut):
    """Шанс одобрения по нашим исходам: осторожная оценка, а не среднее."""

    word: ChanceWord
    n: int = Field(description="«по N похожим»: столько исходов учтено")
    level: Level = Field(description="Насколько похожих: shop — магазина, … product — причины, оценки и предмета")
    lower: float = Field(description="Нижняя граница: хуже только в одном случае из десяти")
    expected: float
    text: str

    @classmethod
    def of(cls, chance: Chance) -> Self:
        plain = {name: getattr(chance, name) for name in ("word", "n", "level", "lower", "expected")}
        return cls(**plain, text=f"{chance.word.value}, по {chance.n} похожим")


class ComplaintFeedbackOut(WireOut):
    """Отзыв, о котором жалоба."""

    wb_id: str
    nm_id: int
    rating: int
    text: str
    pros: str
    cons: str
    written_at: datetime
    buyer_name: str
    product_name: str
    brand_name: str
    tags: list[str]
    photo_count: int
    has_video: bool


class ComplaintOut(WireOut):
    """Строка вкладки: отзыв, жалоба на него и её судьба."""

    wb_id: str
    state: ComplaintState
    queued: bool = Field(description="Одобрена и ждёт расширения")
    triage: Triage
    reconsidered: bool = Field(description="Wildberries пересмотрела жалобу")
    conflict: ComplaintState | None = Field(description="Что говорит другой источник; решает человек")
    reason_id: int | None
    reason: str
    text: str
    quotes: list[str] = Field(description="Слова отзыва, которые доказывают причину")
    provable: bool = Field(description="Доказано одними словами отзыва")
    why_not: str = Field(description="Код, почему основания нет")
    why_not_text: str
    writer: str
    version: int
    chance: ChanceOut | None
    warning: str
    obstacles: list[str] = Field(description="Что сейчас мешает подать жалобу")
    filed_by: FiledBy | None
    filed_at: datetime | None
    verdict_at: datetime | None
    queued_at: datetime | None
    queued_by: str
    updated_at: datetime | None
    updated_by: str
    visibility: Visibility
    chat: ChatState
    page_read_at: datetime | None
    feedback: ComplaintFeedbackOut

    @classmethod
    def of(cls, row: Row) -> Self:
        standing, complaint = row.standing, row.complaint
        reason = find_reason(complaint.reason_id) if complaint else None
        unfiled = not standing.complaint.filed
        return cls(
            wb_id=standing.feedback_id,
            state=standing.complaint,
            queued=standing.complaint is ComplaintState.DRAFT and standing.ready,
            triage=standing.triage,
            reconsidered=standing.complaint is ComplaintState.RECONSIDERED,
            conflict=ComplaintState(standing.conflict) if standing.conflict else None,
            reason_id=complaint.reason_id if complaint else None,
            reason=reason.title if reason else "",
            text=complaint.text if complaint else "",
            quotes=complaint.quotes if complaint else [],
            provable=complaint.provable if complaint else False,
            why_not=complaint.why_not if complaint else "",
            why_not_text=complaint.why_not_text if complaint else "",
            writer=complaint.writer if complaint else "",
            version=complaint.version if complaint else 0,
            chance=ChanceOut.of(row.chance) if row.chance else None,
            warning=ONE_SHOT if unfiled else "",
            obstacles=list(obstacles(standing)) if unfiled else [],
            filed_by=standing.filed_by,
            filed_at=standing.filed_at,
            verdict_at=standing.verdict_at,
            queued_at=complaint.queued_at if complaint else None,
            queued_by=complaint.queued_by if complaint else "",
            updated_at=complaint.updated_at if complaint else None,
            updated_by=complaint.updated_by if complaint else "",
            visibility=standing.visibility,
            chat=standing.chat,
            page_read_at=standing.page_read_at,
            feedback=ComplaintFeedbackOut.model_validate(row.feedback),
        )


class StandingEventOut(WireOut):
    """Строка истории: кто, что, когда и чьими словами."""

    at: datetime
    track: str = Field(description="complaint, approval, chat или conflict")
    from_state: str
    to_state: str
    source: Source
    observed_at: datetime
    actor: str
    raw: str

    @classmethod
    def of(cls, event: StandingEvent) -> Self:
        return cls.model_validate(event)


class ComplaintDraftOut(WireOut):
    """Одна из версий текста."""

    version: int
    at: datetime
    actor: str
    action: str
    reason_id: int | None
    text: str

    @classmethod
    def of(cls, draft: ComplaintDraft) -> Self:
        return cls.model_validate(draft)


class ComplaintCardOut(WireOut):
    """Жалоба целиком: со всеми версиями и историей."""

    complaint: ComplaintOut
    events: list[StandingEventOut]
    drafts: list[ComplaintDraftOut]

    @classmethod
    def of(cls, row: Row, history: History) -> Self:
        return cls(
            complaint=ComplaintOut.of(row),
            events=[StandingEventOut.of(event) for event in history.events],
            drafts=[ComplaintDraftOut.of(draft) for draft in history.drafts],
        )


class CapOut(WireOut):
    """Сколько жалоб можно одобрить за московский день."""

    limit: int
    used: int
    left: int


class ComplaintsOut(WireOut):
    """Страница вкладки; `next_cursor` пуст на последней, числа вкладок — на первой."""

    items: list[ComplaintOut]
    next_cursor: str | None
    tabs: dict[Tab, CountOut] | None
    cap: CapOut | None


class EditIn(WireIn):
    """Свой текст и причина; основание проверяете вы, форму — мы."""

    reason_id: int = Field(ge=11, le=20, description="Причина, как в кабинете Wildberries: 11–20")
    text: Annotated[Prose, Field(max_length=5000)]
    version: Version


class VersionIn(WireIn):
    """К какой версии текста относится действие."""

    version: Version


class WishIn(VersionIn):
    """Одна жалоба из пачки."""

    wb_id: FeedbackId


class ApproveIn(WireIn):
    """Не больше двухсот за раз."""

    items: list[WishIn] = Field(min_length=1, max_length=200)


class DismissIn(WireIn):
    """Почему не подаём; можно не объяснять."""

    why: Annotated[Prose, Field(max_length=500)] = ""


class RefusalOut(WireOut):
    """Почему не одобрено."""

    code: str
    message: str


class ApprovedOut(WireOut):
    """Итог по одной жалобе: `error` пуст у одобренной."""

    wb_id: str
    error: RefusalOut | None


class ApprovalsOut(WireOut):
    """Итоги в том же порядке, и сколько ещё можно сегодня."""

    items: list[ApprovedOut]
    cap: CapOut
