"""A card in short lines for a writer: enough to be exact, too little to be quoted at length."""

from collections.abc import Iterable
from typing import Final

from app.products.models import Product

MOST: Final = 20
LONGEST: Final = 160
NO_SIZE: Final = {"", "0"}


def facts(product: Product) -> tuple[str, ...]:
    """Most telling first; the description, of which there is only the beginning, last."""
    sizes = ", ".join(size for size in product.sizes if size not in NO_SIZE)
    lines = [
        _line("Товар", product.title),
        _line("Бренд", product.brand),
        _line("Предмет", product.subject),
        _line("Размеры", sizes),
        *(_line(name, ", ".join(values)) for name, values in product.characteristics.items()),
    ]
    told = tuple(dict.fromkeys(filter(None, lines)))[: MOST - 1]
    return (*told, *filter(None, [_line("Описание", product.description)]))


def _line(name: str, value: str) -> str:
    words = " ".join(value.split())
    return _cut(f"{' '.join(name.split())}: {words}") if words else ""


def _cut(line: str) -> str:
    """At a word's end where there is one."""
    if len(line) <= LONGEST:
        return line
    return _without_last_word(line[: LONGEST - 1]) + "…"


def _without_last_word(start: str) -> str:
    head, _, tail = start.rpartition(" ")
    return head if head and len(tail) < LONGEST // 2 else start


def as_words(values: Iterable[object]) -> list[str]:
    """A characteristic's values, whatever they are, as a person would write them."""
    return [words for words in (" ".join(str(value).split()) for value in values if value is not None) if words]
