"""A strict reading of what came back: documented keys must be there with documented types, more keys may be.

`misfits(value, shape)` lists what does not fit. A shape is a type (bool is no int), a list with the shape of its rows,
a dict of keys, or one of the functions below.
"""

import re
from collections.abc import Callable
from datetime import datetime
from typing import Any, TypeAlias

Shape: TypeAlias = "type | list[Any] | dict[str, Any] | Callable[[Any], list[str]]"

_INSTANT = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}\.[0-9]{3}Z")
_ID = re.compile(r"[A-Za-z0-9_.~%-]+")
_KEY = re.compile(r"[1-9][0-9]*_[1-5]_[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}")
_NUMBER = re.compile(r"[1-9][0-9]*")


def misfits(value: Any, shape: Shape, at: str = "$") -> list[str]:
    """Empty when all of it fits."""
    if isinstance(shape, dict):
        return _object(value, shape, at)
    if isinstance(shape, list):
        if type(value) is not list:
            return [f"{at}: an array, not {value!r}"]
        return [each for number, row in enumerate(value) for each in misfits(row, shape[0], f"{at}[{number}]")]
    if isinstance(shape, type):
        return [] if type(value) is shape else [f"{at}: {shape.__name__}, not {value!r}"]
    return [f"{at}{said}" for said in shape(value)]


def _object(value: Any, shape: dict[str, Any], at: str) -> list[str]:
    if type(value) is not dict:
        return [f"{at}: an object, not {value!r}"]
    absent = [f"{at}.{key}: is missing" for key in shape if key not in value]
    present = [key for key in shape if key in value]
    return absent + [each for key in present for each in misfits(value[key], shape[key], f"{at}.{key}")]


def or_null(shape: Shape) -> Callable[[Any], list[str]]:
    return lambda value: [] if value is None else misfits(value, shape, "")


def one_of(*words: Any) -> Callable[[Any], list[str]]:
    """The very value, of the very type: 1 is not true."""
    return lambda value: [] if any(value == word and type(value) is type(word) for word in words) else [
        f": one of {words}, not {value!r}"
    ]  # fmt: skip


def keyed(key: Callable[[Any], list[str]], shape: Shape) -> Callable[[Any], list[str]]:
    """An object whose keys are data."""

    def check(value: Any) -> list[str]:
        if type(value) is not dict:
            return [f": an object, not {value!r}"]
        wrong = [f" key{said}" for name in value for said in key(name)]
        return wrong + [each for name, row in value.items() for each in misfits(row, shape, f".{name}")]

    return check


def _spelled(pattern: re.Pattern[str], what: str) -> Callable[[Any], list[str]]:
    return lambda value: [] if isinstance(value, str) and pattern.fullmatch(value) else [f": {what}, not {value!r}"]


def instant(value: Any) -> list[str]:
    """UTC with exactly three fraction digits and Z: compared as a string by the clients."""
    said = _spelled(_INSTANT, "an instant with three digits and Z")(value)
    if not said:
        datetime.fromisoformat(value)
    return said


opaque_id = _spelled(_ID, "an id that goes into a path as it is")
review_key = _spelled(_KEY, "{nmId}_{rating}_{minute}")
number_text = _spelled(_NUMBER, "a number as a text")


def count(value: Any) -> list[str]:
    return [] if type(value) is int and value >= 0 else [f": a count, not {value!r}"]


def rate(value: Any) -> list[str]:
    return [] if type(value) in (int, float) and 0 <= value <= 1 else [f": from 0 to 1, not {value!r}"]


def filled(value: Any) -> list[str]:
    return [] if isinstance(value, str) and value.strip() else [f": a text with words, not {value!r}"]
