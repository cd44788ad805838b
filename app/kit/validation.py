"""Pydantic's complaints in Russian; what was typed is never repeated, it may be a password."""

from collections.abc import Iterable, Sequence
from typing import Any

_MESSAGES = {
    "missing": "Обязательное поле.",
    "extra_forbidden": "Такого поля нет.",
    "json_invalid": "Это не JSON.",
    "string_type": "Нужна строка.",
    "string_too_short": "Слишком коротко: не меньше {min_length} симв.",
    "string_too_long": "Слишком длинно: не больше {max_length} симв.",
    "string_unicode": "Недопустимые символы.",
    "too_short": "Слишком мало значений: не меньше {min_length}.",
    "too_long": "Слишком много значений: не больше {max_length}.",
    "int_type": "Нужно целое число.",
    "int_parsing": "Нужно целое число.",
    "int_from_float": "Нужно целое число.",
    "bool_type": "Нужно true или false.",
    "bool_parsing": "Нужно true или false.",
    "enum": "Допустимо: {expected}.",
    "literal_error": "Допустимо: {expected}.",
    "greater_than_equal": "Не меньше {ge}.",
    "less_than_equal": "Не больше {le}.",
    "greater_than": "Больше {gt}.",
    "less_than": "Меньше {lt}.",
    "uuid_parsing": "Нужен идентификатор UUID.",
    "uuid_type": "Нужен идентификатор UUID.",
    "dict_type": "Нужен объект.",
    "list_type": "Нужен список.",
    "model_type": "Нужен объект.",
    "model_attributes_type": "Нужен объект.",
    "value_error": "{error}",
}


def details_of(errors: Iterable[Any]) -> Sequence[tuple[str, str]]:
    """Field and message of each complaint; at most twenty, a list of a thousand bad rows helps nobody."""
    return [(".".join(map(str, error["loc"])), _message(error)) for error in list(errors)[:20]]


def _message(error: dict[str, Any]) -> str:
    kind = error["type"]
    if isinstance(error.get("input"), str):  # a length added to a checked text is counted as of a list
        kind = {"too_long": "string_too_long", "too_short": "string_too_short"}.get(kind, kind)
    template = _MESSAGES.get(kind, "Неверное значение.")
    context = {name: str(value).replace(" or ", " или ") for name, value in error.get("ctx", {}).items()}
    return template.format_map(context)
