"""What the model says by default: a polite Russian reply, or anything else that fits a JSON schema."""

import hashlib
import json
import re
from random import Random
from typing import Any

Schema = dict[str, Any]

GREETINGS = ("Здравствуйте!", "Добрый день!", "Приветствуем вас!")
THANKS = ("Спасибо за отзыв и за высокую оценку.", "Благодарим, что нашли время поделиться впечатлением.",
          "Очень рады, что покупка вам понравилась.", "Нам приятно читать такие слова.")  # fmt: skip
SORRY = ("Нам жаль, что покупка вас огорчила.", "Приносим извинения за доставленные неудобства.",
         "Понимаем ваше разочарование и благодарим за честность.")  # fmt: skip
PROMISES = ("Передадим замечание коллегам, которые отвечают за качество.",
            "Обязательно учтём это при проверке следующих партий.")  # fmt: skip
FAREWELLS = (
    "Будем рады видеть вас снова!",
    "Хорошего дня!",
    "Всего доброго!",
    "С уважением, команда магазина.",
)
RATING = re.compile(r"(?:оценк\w*|rating|productvaluation|зв[её]зд\w*)\W{0,12}([1-5])", re.IGNORECASE)
SAD = re.compile(r"брак|ужас|разочаров|возврат|не рекоменд|сломал|порвал|течёт|отклеил", re.IGNORECASE)
GRAVE = re.compile(r"аллерги|скорую|ожог|травм|прокуратур|роспотребнадзор|в суд\b", re.IGNORECASE)


def polite_reply(prompt: str) -> str:
    """Depends on the prompt only; never repeats any of it."""
    rng = Random(hashlib.sha256(prompt.encode()).digest())
    if _is_unhappy(prompt):
        parts = [rng.choice(GREETINGS), rng.choice(SORRY), rng.choice(PROMISES), rng.choice(FAREWELLS)]
    else:
        parts = [rng.choice(GREETINGS), rng.choice(THANKS), rng.choice(FAREWELLS)]
    return " ".join(parts)


def structured_reply(schema: Schema, prompt: str) -> str:
    return json.dumps(_fill(schema, schema, prompt, "answer"), ensure_ascii=False)


def _is_unhappy(prompt: str) -> bool:
    ratings = RATING.findall(prompt)
    return int(ratings[-1]) <= 3 if ratings else SAD.search(prompt) is not None


def _fill(schema: Schema, root: Schema, prompt: str, name: str) -> Any:
    schema = _resolved(schema, root)
    if "const" in schema:
        return schema["const"]
    if "enum" in schema:
        return schema["enum"][0]
    kind = schema.get("type")
    kind = next((one for one in kind if one != "null"), "null") if isinstance(kind, list) else kind
    if kind == "object" or "properties" in schema:
        properties: dict[str, Schema] = schema.get("properties", {})
        return {key: _fill(value, root, prompt, key) for key, value in properties.items()}
    if kind == "array":
        item = schema.get("items", {})
        return [_fill(item, root, prompt, name) for _ in range(schema.get("minItems", 0))]
    return _scalar(kind, schema, prompt, name)


def _scalar(kind: str | None, schema: Schema, prompt: str, name: str) -> Any:
    if kind in ("integer", "number"):
        return schema.get("minimum", 0)
    if kind == "boolean":
        return "human" in name and GRAVE.search(prompt) is not None
    if kind == "null":
        return None
    return _text(prompt, name)[: schema.get("maxLength")]


def _text(prompt: str, name: str) -> str:
    if "reason" in name:
        return "Упомянут вред здоровью или жалоба в надзорный орган." if GRAVE.search(prompt) else ""
    return polite_reply(prompt)


def _resolved(schema: Schema, root: Schema) -> Schema:
    """Follows references, and picks the first alternative that is not null."""
    while True:
        if "$ref" in schema:
            node: Any = root
            for step in schema["$ref"].removeprefix("#/").split("/"):
                node = node[step]
            schema = node
        elif "anyOf" in schema or "oneOf" in schema:
            options = schema.get("anyOf") or schema["oneOf"]
            schema = next((option for option in options if option.get("type") != "null"), options[0])
        else:
            return schema
