"""A series as a CSV that a Russian spreadsheet opens by a double click, and never executes."""

import csv
import io
from collections.abc import Sequence

from app.analytics.series import Compared, Line

FORMULA = ("=", "+", "-", "@", "\t", "\r")
BOM = "\ufeff"
TITLES = {
    "week": "Неделя с", "arrived": "Отзывов", "average_rating": "Средняя оценка", "answered": "С ответом",
    "stars_1": "1★", "stars_2": "2★", "stars_3": "3★", "stars_4": "4★", "stars_5": "5★", "shop_id": "Магазин",
    "nm_id": "Артикул WB", "product_name": "Товар", "supplier_article": "Артикул продавца", "negatives": "Оценок 1–3",
    "rating": "Оценка", "feedbacks": "Отзывов", "share": "Доля", "replies": "Ответов",
    "median_seconds": "Медиана, с", "p90_seconds": "90-й процентиль, с", "drafted": "Черновик", "approved": "Одобрено",
    "sent": "Отправлено", "published": "Показано WB", "rejected": "Отклонено WB", "elsewhere": "Отвечено вне системы",
    "up": "Оценка выше", "same": "Оценка та же", "down": "Оценка ниже", "tag": "Тег", "actor": "Кто", "name": "Имя",
    "written": "Написано", "edited": "Исправлено", "withdrawn": "Отозвано", "model": "Модель", "calls": "Вызовов",
    "input_tokens": "Токенов на входе", "output_tokens": "Токенов на выходе", "cost_usd": "Стоимость, $",
    "usd_per_call": "За вызов, $", "seconds_per_call": "Секунд на вызов",
}  # fmt: skip


def as_csv(compared: Compared, columns: Sequence[str]) -> str:
    """The period's rows, then those of the period before."""
    out = io.StringIO(newline="")
    writer = csv.writer(out, delimiter=";")
    writer.writerow(["Период", *(TITLES[name] for name in columns)])
    for label, rows in (("текущий", compared.now), ("предыдущий", compared.before)):
        writer.writerows([label, *_cells(row, columns)] for row in rows)
    return BOM + out.getvalue()


def _cells(row: Line, columns: Sequence[str]) -> list[str]:
    return [cell(row[name]) for name in columns]


def cell(value: object) -> str:
    """Decimal commas; words that a spreadsheet would take for a formula are marked as words."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "да" if value else "нет"
    if isinstance(value, float):
        return f"{value:.6f}".rstrip("0").rstrip(".").replace(".", ",")
    words = str(value)
    return f"'{words}" if words.startswith(FORMULA) else words
