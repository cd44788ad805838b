"""Products, their rules and the cabinet's limits on the wire."""

from datetime import date, datetime, time
from typing import Annotated, Self, cast

from pydantic import AfterValidator, Field, model_validator

from app.api.fields import WireIn, WireOut
from app.cabinet.limits import LimitsChange
from app.cabinet.product_listing import RuledProduct
from app.cabinet.rules import KeptRule, RuleChange
from app.cabinet.states import WorkStatus
from app.kit.clock import MOSCOW

NmId = Annotated[int, Field(ge=1, le=2**63 - 1, description="Артикул WB (nmId)")]
Limit = Annotated[int, Field(ge=1, le=200)]
Search = Annotated[str, Field(max_length=200, description="Части названия, артикула или бренда; нужны все")]
Rating = Annotated[int, Field(ge=1, le=4)]
Ratings = Annotated[list[Rating], Field(max_length=4), AfterValidator(lambda ratings: sorted(set(ratings)))]
Day = Annotated[date, Field(ge=date(2000, 1, 1), le=date(2099, 12, 31))]
NmIds = Annotated[list[NmId], Field(min_length=1, max_length=10_000)]


class ProductsIn(WireIn):
    """Фильтры списка; все сразу."""

    search: Search = ""
    work_status: list[WorkStatus] = Field([])
    cursor: NmId | None = None
    limit: Limit = 50


class RuleOut(WireOut):
    """Что делается с отзывами товара."""

    work_status: WorkStatus = Field(description="active — работаем; paused и stopped — нет")
    complaint_ratings: list[int] = Field(description="При каких оценках подавать жалобы")
    chats: bool = Field(description="Открывать ли чаты с покупателями")
    chat_ratings: list[int] = Field(description="При каких оценках открывать чаты")
    work_from: date | None = Field(description="С какого дня (по Москве) брать отзывы; null — со всех дней")
    updated_at: datetime | None = Field(description="null, пока правила не было")
    updated_by: str | None

    @classmethod
    def of(cls, kept: KeptRule) -> Self:
        rule = kept.rule
        return cls(
            work_status=rule.work_status,
            complaint_ratings=list(rule.complaint_ratings),
            chats=rule.chats,
            chat_ratings=list(rule.chat_ratings),
            work_from=rule.work_from.astimezone(MOSCOW).date() if rule.work_from else None,
            updated_at=kept.updated_at,
            updated_by=kept.updated_by,
        )


class ProductOut(WireOut):
    """Товар и его правило."""

    nm_id: int
    title: str
    vendor_code: str
    brand: str
    rule: RuleOut

    @classmethod
    def of(cls, product: RuledProduct) -> Self:
        return cls(
            nm_id=product.nm_id,
            title=product.title,
            vendor_code=product.vendor_code,
            brand=product.brand,
            rule=RuleOut.of(product.kept),
        )


class ProductsOut(WireOut):
    """Страница по возрастанию артикула; `next_cursor` пуст на последней."""

    items: list[ProductOut]
    next_cursor: int | None


class RuleChangeIn(WireIn):
    """Только то, что меняется."""

    work_status: WorkStatus | None = None
    complaint_ratings: Ratings | None = None
    chats: bool | None = None
    chat_ratings: Ratings | None = None
    work_from: Day | None = Field(None, description="День по Москве; null снимает ограничение")

    @model_validator(mode="after")
    def something_and_no_nulls(self) -> Self:
        sent = set(RuleChangeIn.model_fields) & self.model_fields_set
        if not sent:
            raise ValueError("Нечего менять: пришлите хотя бы одно поле правила.")
        if any(getattr(self, name) is None for name in sent - {"work_from"}):
            raise ValueError("Чтобы не менять поле, не присылайте его; null годится только для work_from.")
        return self

    def change(self) -> RuleChange:
        """In the domain's words."""
        sent = {name: getattr(self, name) for name in RuleChangeIn.model_fields if name in self.model_fields_set}
        for name in ("complaint_ratings", "chat_ratings"):
            if name in sent:
                sent[name] = tuple(sent[name])
        if self.work_from is not None:
            sent["work_from"] = datetime.combine(self.work_from, time(), MOSCOW)
        return cast(RuleChange, sent)


class RulePatchIn(RuleChangeIn):
    """Только то, что меняется, и что вы видели."""

    updated_at: datetime | None = Field(
        None, description="`updated_at` правила, которое вы прочитали (null — его не было); если оно уже другое, 409"
    )

    def seen(self) -> tuple[datetime | None] | None:
        """None when the caller does not care."""
        return (self.updated_at,) if "updated_at" in self.model_fields_set else None


class MatchingIn(WireIn):
    """Все товары, подходящие под фильтры; пустой объект — все товары магазина."""

    search: Search = ""
    work_status: list[WorkStatus] = Field([], max_length=3)


class TargetIn(WireIn):
    """Какие товары: список или фильтры, что-то одно."""

    nm_ids: NmIds | None = None
    matching: MatchingIn | None = None

    @model_validator(mode="after")
    def one_of_both(self) -> Self:
        if (self.nm_ids is None) == (self.matching is None):
            raise ValueError("Укажите либо nm_ids, либо matching.")
        return self


class BulkIn(WireIn):
    """Одно изменение для многих товаров."""

    target: TargetIn
    change: RuleChangeIn


class CopyIn(WireIn):
    """Чьё правило и на какие товары."""

    from_nm_id: NmId
    target: TargetIn


class ChangedOut(WireOut):
    """Сколько товаров подошло и у скольких правило стало другим."""

    products: int
    changed: int


class LimitsIn(WireIn):
    """Все лимиты целиком."""

    version: int = Field(ge=0, description="Версия, которую вы прочитали; иначе 409")
    # The shipped extensions read a zero as «not said».
    chats_per_run: int = Field(ge=1, le=200, description="Чатов за один запуск расширения")
    complaints_per_run: int = Field(ge=1, le=1000, description="Жалоб за один запуск расширения")
    chat_pause_ms: int = Field(ge=1000, le=600_000, description="Пауза между чатами, мс")
    complaint_pause_ms: int = Field(ge=500, le=600_000, description="Пауза между жалобами, мс")
    complaints_per_day: int = Field(ge=0, le=10_000, description="Сколько жалоб в день (по Москве) отдавать на подачу")
    trust_rules: bool = Field(description="Подавать без человека жалобы, которые доказывают сами слова отзыва")
    approved_price: int = Field(ge=0, le=100_000_000, description="Цена одобренной жалобы в отчёте, копейки")

    def change(self) -> LimitsChange:
        """In the domain's words."""
        return cast(LimitsChange, self.model_dump(exclude={"version"}))


class LimitsOut(WireOut):
    version: int = Field(description="0, пока действуют лимиты по умолчанию")
    chats_per_run: int
    complaints_per_run: int
    chat_pause_ms: int
    complaint_pause_ms: int
    complaints_per_day: int
    trust_rules: bool
    approved_price: int
