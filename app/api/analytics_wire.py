"""The shapes of /api/analytics; each row is one line of a chart's table."""

from datetime import date, datetime
from enum import StrEnum
from typing import Annotated, Generic, TypeVar
from uuid import UUID

from pydantic import Field

from app.analytics.series import Series
from app.api.fields import WireIn, WireOut

Day = Annotated[date, Field(ge=date(2010, 1, 1), le=date(2100, 12, 31))]
RowT = TypeVar("RowT", bound=WireOut)


class Form(StrEnum):
    """Как отдать: json или csv."""

    JSON = "json"
    CSV = "csv"


class ReportIn(WireIn):
    """Период — дни по московскому времени, обе границы включительно."""

    since: Day | None = Field(None, description="Первый день по Москве; по умолчанию 30 дней вместе с последним")
    until: Day | None = Field(None, description="Последний день по Москве; по умолчанию сегодня")
    series: list[Series] = Field([], max_length=20, description="Какие ряды нужны; по умолчанию все")
    top: int = Field(20, ge=1, le=500, description="Сколько товаров и тегов")
    format: Form = Field(Form.JSON, description="csv — один ряд файлом для таблиц")


class WeekOut(WireOut):
    """Неделя с понедельника; первая и последняя обрезаны границами периода."""

    week: date
    arrived: int
    average_rating: float | None
    answered: int = Field(description="На скольких виден ответ, чей бы он ни был")
    stars_1: int
    stars_2: int
    stars_3: int
    stars_4: int
    stars_5: int


class ProductOut(WireOut):
    """Товар; больше всего оценок 1–3 — первым."""

    shop_id: UUID
    nm_id: int
    product_name: str
    supplier_article: str
    arrived: int
    average_rating: float | None
    answered: int
    negatives: int


class StarsOut(WireOut):
    """Доля оценки среди отзывов периода; пусто, если отзывов не было."""

    rating: int
    feedbacks: int
    share: float | None


class ResponseTimeOut(WireOut):
    """Секунды от отзыва до отправки нашего ответа на него; `rating` пуст в строке по всем оценкам."""

    rating: int | None
    replies: int
    median_seconds: int
    p90_seconds: int


class FunnelOut(WireOut):
    """Как далеко продвинулись ответы на отзывы, написанные в этот период."""

    arrived: int
    drafted: int
    approved: int
    sent: int
    published: int
    rejected: int
    elsewhere: int = Field(description="На Wildberries стоит другой ответ")
    answered: int


class EffectOut(WireOut):
    """Отзывы, которые покупатель дополнил в этот период: стала ли оценка выше. Наблюдение, не эксперимент."""

    answered: bool = Field(description="Был ли ответ на первый отзыв")
    up: int
    same: int
    down: int


class TagOut(WireOut):
    """Тег покупателя; больше всего оценок 1–3 — первым."""

    tag: str
    feedbacks: int
    negatives: int


class OperatorOut(WireOut):
    """`actor` — как в истории ответов; `name` пусто у автоматики и у ушедших."""

    actor: str
    name: str
    written: int
    edited: int
    approved: int
    withdrawn: int


class CostOut(WireOut):
    """Стоимость черновиков нейросети."""

    model: str
    calls: int
    input_tokens: int
    output_tokens: int
    cost_usd: float
    usd_per_call: float
    seconds_per_call: float


class ComparedOut(WireOut, Generic[RowT]):
    """Строки периода и предыдущего, такого же по длине."""

    now: list[RowT]
    before: list[RowT]


class PeriodOut(WireOut):
    """Обе границы включительно."""

    since: date
    until: date


class ReportOut(WireOut):
    """Ряды, о которых не спрашивали, — null. `as_of`: изменения до этого времени учтены."""

    timezone: str
    period: PeriodOut
    before: PeriodOut
    as_of: datetime | None
    shop_ids: list[UUID]
    weeks: ComparedOut[WeekOut] | None = None
    products: ComparedOut[ProductOut] | None = None
    stars: ComparedOut[StarsOut] | None = None
    response_times: ComparedOut[ResponseTimeOut] | None = None
    funnel: ComparedOut[FunnelOut] | None = None
    reply_effect: ComparedOut[EffectOut] | None = None
    tags: ComparedOut[TagOut] | None = None
    operators: ComparedOut[OperatorOut] | None = None
    costs: ComparedOut[CostOut] | None = None


ROWS: dict[Series, type[WireOut]] = {
    Series.WEEKS: WeekOut,
    Series.PRODUCTS: ProductOut,
    Series.STARS: StarsOut,
    Series.RESPONSE_TIMES: ResponseTimeOut,
    Series.FUNNEL: FunnelOut,
    Series.REPLY_EFFECT: EffectOut,
    Series.TAGS: TagOut,
    Series.OPERATORS: OperatorOut,
    Series.COSTS: CostOut,
}
