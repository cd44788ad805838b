"""/api/products/{shop_id}: for which products complaints are filed and chats opened, and how fast."""

from typing import Annotated

from fastapi import APIRouter, Path, Query

from app.api.dependencies import CurrentUser, ManagerShop, ViewerShop
from app.api.errors import problems
from app.api.products_wire import (
    BulkIn,
    ChangedOut,
    CopyIn,
    LimitsIn,
    LimitsOut,
    NmId,
    ProductOut,
    ProductsIn,
    ProductsOut,
    RulePatchIn,
    TargetIn,
)
from app.cabinet.limits import change_limits, limits_of
from app.cabinet.product_listing import ProductFilters, page_of_products, products_like
from app.cabinet.rules import change_rule, change_rules, copy_rule
from app.kit.clock import utc_now
from app.kit.db import Direct, direct
from app.kit.http import Session
from app.shops.models import Shop

router = APIRouter(prefix="/products/{shop_id}", tags=["Товары и правила"], responses=problems(401, 403, 404))

ThisProduct = Annotated[NmId, Path()]


@router.get("", summary="Товары и их правила")
async def list_products(session: Session, shop: ViewerShop, asked: Annotated[ProductsIn, Query()]) -> ProductsOut:
    """По карточкам, отзывам и правилам магазина; товар без правила стоит: по нему ничего не делается."""
    filters = ProductFilters(search=asked.search, work_statuses=asked.work_status)
    connection = await direct(session)
    found = await page_of_products(connection, shop.id, filters, after=asked.cursor or 0, limit=asked.limit + 1)
    more, found = len(found) > asked.limit, found[: asked.limit]
    return ProductsOut(
        items=[ProductOut.of(product) for product in found], next_cursor=found[-1].nm_id if more else None
    )


@router.get("/settings", summary="Лимиты кабинета")
async def get_settings(session: Session, shop: ViewerShop) -> LimitsOut:
    """С версией, которую нужно вернуть при изменении."""
    return LimitsOut.model_validate(await limits_of(await direct(session), shop.id))


@router.put("/settings", responses=problems(409), summary="Заменить лимиты кабинета")
async def put_settings(session: Session, shop: ManagerShop, user: CurrentUser, body: LimitsIn) -> LimitsOut:
    """Если лимиты уже изменил кто-то другой, ответ 409 и ничего не меняется."""
    saved = await change_limits(session, shop, user, body.change(), version=body.version, now=utc_now())
    return LimitsOut.model_validate(saved)


@router.post("/bulk", summary="Изменить правила многих товаров")
async def bulk(session: Session, shop: ManagerShop, user: CurrentUser, body: BulkIn) -> ChangedOut:
    """Меняются только присланные поля; у всех товаров или ни у одного."""
    nm_ids = await _meant(await direct(session), shop, body.target)
    changed = await change_rules(session, shop, user, nm_ids, body.change.change(), now=utc_now())
    return ChangedOut(products=len(nm_ids), changed=changed)


@router.post("/copy", summary="Скопировать правило на другие товары")
async def copy(session: Session, shop: ManagerShop, user: CurrentUser, body: CopyIn) -> ChangedOut:
    """Правило копируется целиком; у самого товара ничего не меняется."""
    nm_ids = await _meant(await direct(session), shop, body.target)
    changed = await copy_rule(session, shop, user, body.from_nm_id, nm_ids, now=utc_now())
    return ChangedOut(products=len(nm_ids), changed=changed)


@router.patch("/{nm_id}", responses=problems(409), summary="Изменить правило товара")
async def patch(
    session: Session, shop: ManagerShop, user: CurrentUser, nm_id: ThisProduct, body: RulePatchIn
) -> ProductOut:
    """Поля, которых нет в запросе, остаются прежними; действует сразу, и на старые отзывы тоже."""
    await change_rule(session, shop, user, nm_id, body.change(), seen=body.seen(), now=utc_now())
    [product] = await page_of_products(await direct(session), shop.id, ProductFilters(), after=nm_id - 1, limit=1)
    return ProductOut.of(product)


async def _meant(connection: Direct, shop: Shop, target: TargetIn) -> list[int]:
    if target.nm_ids is not None:
        return sorted(set(target.nm_ids))
    assert target.matching is not None
    filters = ProductFilters(search=target.matching.search, work_statuses=target.matching.work_status)
    return await products_like(connection, shop.id, filters)
