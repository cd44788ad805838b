"""GET /stores/{storeId}/active-products: which products are worked on, and how."""

from pydantic import ConfigDict, Field

from app.cabinet.product_listing import EVERY_ONE, ProductFilters, RuledProduct, page_of_products
from app.cabinet.states import WorkStatus
from app.extension.errors import router_of
from app.extension.stores import CurrentStore
from app.extension.wire import WireOut, WireTime
from app.kit.http import Db

router = router_of("Магазины")


class ActiveProductOut(WireOut):
    """Поля этого ответа контракт пишет через подчёркивание."""

    id: str
    wb_product_id: str
    vendor_code: str
    name: str
    is_active: bool
    work_status: WorkStatus
    complaint_ratings: list[int] = Field(description="На какие оценки подаются жалобы")
    chat_enabled: bool
    chat_ratings: list[int]
    work_from: WireTime | None = Field(description="Более ранние отзывы не трогаем")

    model_config = ConfigDict(alias_generator=None)

    @classmethod
    def of(cls, product: RuledProduct) -> "ActiveProductOut":
        rule = product.kept.rule
        return cls(
            id=str(product.nm_id),
            wb_product_id=str(product.nm_id),
            vendor_code=product.vendor_code,
            name=product.title,
            is_active=rule.work_status is WorkStatus.ACTIVE,
            work_status=rule.work_status,
            complaint_ratings=list(rule.complaint_ratings),
            chat_enabled=rule.chats,
            chat_ratings=list(rule.chat_ratings),
            work_from=rule.work_from,
        )


class ActiveProductsOut(WireOut):
    products: list[ActiveProductOut]


@router.get("/stores/{storeId}/active-products", summary="Товары в работе и их правила")
async def active_products(store: CurrentStore, database: Db) -> ActiveProductsOut:
    """Только те, у которых работа включена; в архивном магазине таких нет."""
    if store.archived:
        return ActiveProductsOut(products=[])
    active = ProductFilters(work_statuses=(WorkStatus.ACTIVE,))
    async with database.glance() as connection:
        products = await page_of_products(connection, store.id, active, after=0, limit=EVERY_ONE)
    return ActiveProductsOut(products=[ActiveProductOut.of(product) for product in products])
