"""/api/complaints/{shop_id}/evidence: approved complaints of a month, as a list and as a bill."""

import asyncio
from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Any, Final
from uuid import UUID

import asyncpg
from fastapi import APIRouter, Query, Response
from pydantic import Field

from app.api.dependencies import DetachedLogin, ViewerShop, shop_for
from app.api.errors import problems
from app.api.fields import WireIn, WireOut
from app.api.pins import CursorIn, Limit, parse_cursor
from app.complaints import bill
from app.kit.clock import utc_now
from app.kit.db import Database, direct
from app.kit.http import Db, Session
from app.kit.keyset import Cursor
from app.kit.sheets import as_csv, as_xlsx
from app.shops.models import Role

router = APIRouter(prefix="/complaints/{shop_id}", tags=["Доказательства и счёт"], responses=problems(401, 403, 404))

XLSX: Final = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
AsCsv: dict[int | str, dict[str, Any]] = {200: {"content": {"text/csv": {"schema": {"type": "string"}}}}}
AsXlsx: dict[int | str, dict[str, Any]] = {200: {"content": {XLSX: {"schema": {"type": "string"}}}}}
Month = Annotated[
    str | None, Query(pattern=r"^20[0-9]{2}-(0[1-9]|1[0-2])$", description="`ГГГГ-ММ` по Москве; без него — текущий")
]


class BillPageIn(WireIn):
    """Месяц и откуда в нём продолжить."""

    month: Annotated[str, Field(pattern=r"^20[0-9]{2}-(0[1-9]|1[0-2])$")] | None = None
    cursor: CursorIn | None = None
    limit: Limit = 50


class EvidenceOut(WireOut):
    """Слова — как на странице; `paid` — входит в сумму счёта."""

    id: UUID
    received_at: datetime
    feedback_id: str | None = Field(description="Наш отзыв, если он найден однозначно")
    feedback_at: datetime | None
    ours: bool = Field(description="Жалобу подало наше расширение")
    incomplete: bool = Field(description="Страница показала не всё")
    paid: bool
    check_date: str
    cabinet_name: str
    articul: str
    product_title: str
    external_id: str
    rating: int | None
    feedback_date: str
    filed_on: str
    status: str
    has_screenshot: bool
    file_name: str
    drive_link: str
    category: str
    text: str


class BillTotalsOut(WireOut):
    """Весь месяц; цена и сумма в копейках, цена — нынешняя."""

    lines: int
    ours: int
    incomplete: int
    unlinked: int
    paid: int
    price: int
    sum: int


class BillOut(WireOut):
    """Страница счёта, новые сверху; `next_cursor` пуст на последней."""

    month: str
    totals: BillTotalsOut
    items: list[EvidenceOut]
    next_cursor: str | None


class MonthOut(WireOut):
    month: str
    lines: int


@router.get("/evidence", summary="Доказательства за месяц")
async def evidence(session: Session, shop: ViewerShop, asked: Annotated[BillPageIn, Query()]) -> BillOut:
    """Месяц — по дате проверки (или получения) в Москве. В сумму входят одобренные наши жалобы, каждый отзыв один
    раз, по нынешней цене из настроек."""
    connection, month = await direct(session), _month(asked.month)
    totals = await bill.totals_of(connection, shop.id, month)
    after = parse_cursor(asked.cursor)
    rows = await bill.page_of_bill(connection, shop.id, month, after=after, limit=asked.limit + 1)
    more, rows = len(rows) > asked.limit, rows[: asked.limit]
    return BillOut(
        month=bill.month_name(month),
        totals=BillTotalsOut.model_validate(totals),
        items=[EvidenceOut.model_validate(dict(row)) for row in rows],
        next_cursor=str(Cursor(at=rows[-1]["received_at"], id=str(rows[-1]["id"]))) if more else None,
    )


@router.get("/evidence/months", summary="Месяцы, за которые есть доказательства")
async def months(session: Session, shop: ViewerShop) -> list[MonthOut]:
    """Новые сверху."""
    rows = await bill.months_of(await direct(session), shop.id)
    return [MonthOut(month=bill.month_name(row["month"]), lines=row["lines"]) for row in rows]


@router.get("/evidence.csv", response_class=Response, responses=AsCsv, summary="Счёт за месяц в CSV")
async def as_csv_file(shop_id: UUID, login: DetachedLogin, db: Db, month: Month = None) -> Response:
    """UTF-8, точка с запятой; последняя строка — итог."""
    name, price, lines = await _whole(db, login, shop_id, month)
    content = await asyncio.to_thread(lambda: as_csv(bill.TITLES, bill.sheet_rows(lines, price)))
    return Response(content, media_type="text/csv; charset=utf-8", headers=_named(f"{name}.csv"))


@router.get("/evidence.xlsx", response_class=Response, responses=AsXlsx, summary="Счёт за месяц в XLSX")
async def as_xlsx_file(shop_id: UUID, login: DetachedLogin, db: Db, month: Month = None) -> Response:
    """Те же строки, что в CSV."""
    name, price, lines = await _whole(db, login, shop_id, month)
    content = await asyncio.to_thread(lambda: as_xlsx("Счёт", bill.TITLES, bill.sheet_rows(lines, price)))
    return Response(content, media_type=XLSX, headers=_named(f"{name}.xlsx"))


async def _whole(
    db: Database, login: DetachedLogin, shop_id: UUID, month: str | None
) -> tuple[str, int, Sequence[asyncpg.Record]]:
    """Read at once, so that nothing stays open while the file is being written."""
    begins = _month(month)
    async with db.transaction() as session:
        await shop_for(session, login.user, shop_id, Role.VIEWER, writing=False)
        connection = await direct(session)
        price = (await bill.totals_of(connection, shop_id, begins)).price
        lines = await bill.whole_bill(connection, shop_id, begins)
    return f"evidence-{bill.month_name(begins)}", price, lines


def _month(words: str | None) -> datetime:
    return bill.month_from(words or bill.month_name(utc_now()))


def _named(name: str) -> dict[str, str]:
    return {"Content-Disposition": f'attachment; filename="{name}"'}
