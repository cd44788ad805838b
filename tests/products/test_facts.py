"""What of a card a writer hears."""

from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

from app.products.facts import LONGEST, MOST, facts
from app.products.models import Product


def product(**values: Any) -> Product:
    plain: dict[str, Any] = {
        "shop_id": uuid4(), "nm_id": 1, "imt_id": None, "vendor_code": "SV-1", "subject_id": 1, "subject": "Свитеры",
        "brand": "Тепло", "title": "Свитер\nтёплый", "description": "", "characteristics": {}, "sizes": [],
        "photos": [], "video": None, "wb_updated_at": None, "stored_at": datetime.now(UTC),
    }  # fmt: skip
    return Product(**{**plain, **values})


def test_short_lines_with_names() -> None:
    told = facts(product(characteristics={"Состав": ["хлопок 100 %"], "Уход": ["30°", "без отжима"]}, sizes=["S", "M"]))

    assert told == (
        "Товар: Свитер тёплый",
        "Бренд: Тепло",
        "Предмет: Свитеры",
        "Размеры: S, M",
        "Состав: хлопок 100 %",
        "Уход: 30°, без отжима",
    )


def test_nothing_is_said_of_what_is_empty() -> None:
    assert facts(product(brand="", subject=" ", sizes=["0", ""], characteristics={"Цвет": []})) == (
        "Товар: Свитер тёплый",
    )


def test_number_and_length_have_an_end_and_the_description_its_place() -> None:
    many = {f"Свойство {number}": ["слово " * 60] for number in range(100)}

    told = facts(product(characteristics=many, description="Очень " * 400))

    assert len(told) == MOST
    assert max(map(len, told)) <= LONGEST
    assert told[-1].startswith("Описание: Очень")
    assert told[-1].endswith("Очень…")
