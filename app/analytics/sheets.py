"""A series as a CSV that a Russian spreadsheet opens by a double click, and never executes."""

from collections.abc import Sequence

from app.analytics.series import Compared
from app.kit import sheets

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
    periods = (("текущий", compared.now), ("предыдущий", compared.before))
    rows = ([label, *(row[name] for name in columns)] for label, lines in periods for row in lines)
    return sheets.as_csv(["Период", *(TITLES[name] for name in columns)], rows)
