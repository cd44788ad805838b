"""The bill of a month: evidence of approved complaints, of which ours are paid for, each feedback once."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

import asyncpg

from app.cabinet.limits import limits_of
from app.kit.clock import MOSCOW
from app.kit.db import Direct
from app.kit.keyset import Cursor

# The checker sends approved complaints only: what it could not read the status of is one, too.
_APPROVED: Final = (
    "({0}.status = '' OR (lower({0}.status) ~ 'одобр|approv'"
    " AND lower({0}.status) !~ 'не одобр|отклон|reject|пересмотр|reconsider'))"
)
_PAID: Final = f"""
(e.ours AND {_APPROVED.format("e")} AND NOT EXISTS (
  SELECT FROM evidence o WHERE o.shop_id = e.shop_id AND o.feedback_id = e.feedback_id AND o.ours
    AND {_APPROVED.format("o")} AND (o.received_at, o.id) < (e.received_at, e.id)))
"""
_LINES: Final = f"""
SELECT e.id, e.received_at, e.feedback_id, e.feedback_at, e.incomplete, e.ours, e.check_date, e.cabinet_name, e.articul,
  e.external_id, e.rating, e.feedback_date, e.filed_on, e.status, e.has_screenshot, e.file_name, e.category, e.text,
  CASE WHEN e.drive_link ~ '^https?://' THEN e.drive_link ELSE '' END AS drive_link,
  coalesce(p.title, '') AS product_title, {_PAID} AS paid
FROM evidence e LEFT JOIN products p ON p.shop_id = e.shop_id
  AND p.nm_id = CASE WHEN e.articul ~ '^[1-9][0-9]{{0,17}}$' THEN e.articul::bigint END
WHERE e.shop_id = $1 AND e.month = $2
"""  # noqa: S608
_PAGE: Final = f"""
{_LINES} AND ($3::timestamptz IS NULL OR (e.received_at, e.id) < ($3, $4))
ORDER BY e.received_at DESC, e.id DESC LIMIT $5
"""
_WHOLE: Final = f"{_LINES} ORDER BY e.received_at, e.id"
_TOTALS: Final = f"""
SELECT count(*) AS lines, count(*) FILTER (WHERE e.ours) AS ours, count(*) FILTER (WHERE e.incomplete) AS incomplete,
  count(*) FILTER (WHERE e.feedback_id IS NULL) AS unlinked, count(*) FILTER (WHERE {_PAID}) AS paid
FROM evidence e WHERE e.shop_id = $1 AND e.month = $2
"""  # noqa: S608
_MONTHS: Final = """
SELECT month, count(*) AS lines FROM evidence WHERE shop_id = $1 GROUP BY month ORDER BY month DESC
"""
TITLES: Final = (
    "Получено (МСК)", "Проверено", "Кабинет", "Артикул WB", "Товар", "Оценка", "Дата отзыва", "Дата жалобы", "Статус",
    "Кто подал", "Причина", "Текст жалобы", "Файл", "Ссылка", "Скриншот", "Данные неполные", "В счёте", "Цена, ₽",
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Totals:
    """Of one month; `price` and `sum` are kopecks."""

    lines: int
    ours: int
    incomplete: int
    unlinked: int
    paid: int
    price: int

    @property
    def sum(self) -> int:
        return self.paid * self.price


def month_from(words: str) -> datetime:
    """From «2026-02», when it begins in Moscow; ValueError for what is no month."""
    return datetime.strptime(words, "%Y-%m").replace(tzinfo=MOSCOW)


def month_name(month: datetime) -> str:
    """As `month_from` reads it."""
    return month.astimezone(MOSCOW).strftime("%Y-%m")


async def page_of_bill(
    connection: Direct, shop_id: UUID, month: datetime, *, after: Cursor | None, limit: int
) -> Sequence[asyncpg.Record]:
    """Newest first; `paid` says whether the line is in the sum."""
    last = (after.at, after.uuid()) if after else (None, None)
    return await connection.fetch(_PAGE, shop_id, month, *last, limit)


async def whole_bill(connection: Direct, shop_id: UUID, month: datetime) -> Sequence[asyncpg.Record]:
    """In the order of receipt."""
    return await connection.fetch(_WHOLE, shop_id, month)


async def totals_of(connection: Direct, shop_id: UUID, month: datetime) -> Totals:
    """At the price of today."""
    counts = await connection.fetch(_TOTALS, shop_id, month)
    return Totals(**counts[0], price=(await limits_of(connection, shop_id)).approved_price)


async def months_of(connection: Direct, shop_id: UUID) -> Sequence[asyncpg.Record]:
    """Newest first, with the number of lines."""
    return await connection.fetch(_MONTHS, shop_id)


def sheet_rows(lines: Iterable[asyncpg.Record], price: int) -> Iterator[Sequence[object]]:
    """Under TITLES; the last row is the sum."""
    paid = 0
    for line in lines:
        paid += line["paid"]
        yield (
            f"{line['received_at'].astimezone(MOSCOW):%d.%m.%Y %H:%M}", line["check_date"], line["cabinet_name"],
            line["articul"], line["product_title"], line["rating"], line["feedback_date"], line["filed_on"],
            line["status"], "WBRM" if line["ours"] else "Продавец", line["category"], line["text"], line["file_name"],
            line["drive_link"], line["has_screenshot"], line["incomplete"], line["paid"],
            price / 100 if line["paid"] else 0.0,
        )  # fmt: skip
    yield ("Итого", *[""] * (len(TITLES) - 3), paid, paid * price / 100)
