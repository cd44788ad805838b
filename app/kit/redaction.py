"""Takes secrets out of what is about to be written down: by the name of the field, or by their shape."""

import re
from collections.abc import Mapping
from typing import Any, Final

HIDDEN: Final = "***"
MAX_DEPTH: Final = 8

_NAME = (
    "(?:token|authorization|passw(?:or)?d|passphrase|secret|cookie|api[_-]?key|private[_-]?key"
    "|reply[_-]?sign|csrf|credential|jwt)"
)
_SECRET_NAME = re.compile(_NAME.replace("[_-]?", ""))
_HARMLESS_NAME = re.compile(r"(?:kind|type|purpose|last4|expiresat|count|limit)$")
_COUNT_NAME = re.compile(r"tokens$")

_SHAPES: Final = (
    # user:password@ in an address, also with unescaped slashes in the password; a port is no password
    (
        re.compile(r"(?<=://)(?:[^\s/?#\"'<>]{1,256}|[^\s/?#:@]{0,128}:(?!\d{1,5}[/?#\s])[^\s\"'<>]{1,256})@"),
        HIDDEN + "@",
    ),
    (re.compile(r"\b(Bearer|Basic)(\s+|%20)[\w.~+/=-]{6,}", re.IGNORECASE | re.ASCII), r"\1 " + HIDDEN),
    (re.compile(r"eyJ[\w-]{8,}(?:(?:\.|%2E)[\w-]*){0,2}", re.ASCII), HIDDEN),
    (re.compile(r"wb(?:rm|s|i)_[\w-]{12,}", re.ASCII), HIDDEN),
    (re.compile(r"(?<![A-Za-z0-9])sk-[\w-]{8,}", re.ASCII), HIDDEN),
    (re.compile(r"gAAAAA[\w-]{10,}={0,2}", re.ASCII), HIDDEN),
    # our own random tokens without a prefix: invitations, sessions
    (
        re.compile(r"(?<![\w-])(?=[\w-]*\d)(?=[\w-]*[A-Z])(?=[\w-]*[a-z])[\w-]{40,}(?![\w-])", re.ASCII),
        HIDDEN,
    ),
)  # fmt: skip
_ASSIGNED = re.compile(
    rf"""(?P<name>{_NAME}[\w-]{{0,40}})
         (?P<sep>\\*["']?\s*(?:[:=]|%3[AaDd])\s*(?:Secret(?:Str|Bytes)\()?|\\*["']\s*,\s*)
         (?P<value>
             b?\\*"(?:[^"\\]|\\(?!").)*\\*"?
           | b?\\*'(?:[^'\\]|\\(?!').)*\\*'?
           | (?:(?:Bearer|Basic|Digest)\s+)?[^\s"'&,;)}}\]]+
         )""",
    re.IGNORECASE | re.VERBOSE | re.ASCII,
)
_COOKIES = re.compile(r"((?<![\w-])(?:set-)?cookie\\*[\"']?\s*:\s*)[^\"'\r\n]+", re.IGNORECASE)


def redact_text(text: str) -> str:
    """The text without anything that looks like a secret."""
    text = _COOKIES.sub(rf"\1{HIDDEN}", text)
    for shape, replacement in _SHAPES:
        text = shape.sub(replacement, text)
    return _ASSIGNED.sub(_hide_assigned, text)


def redact(value: Any, *, depth: int = 0) -> Any:
    """The same structure of plain values without secrets; foreign objects become their redacted repr."""
    if value is None or isinstance(value, bool | int | float):
        return value
    if isinstance(value, str | bytes | bytearray):
        return _plain(value)
    if depth >= MAX_DEPTH:
        return "…"
    if isinstance(value, Mapping):
        return {_plain(name): _of_field(name, item, depth) for name, item in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return _of_sequence(list(value), depth)
    return redact_text(repr(value))


def is_secret_name(name: str) -> bool:
    """Whether a field of this name holds a secret, however it is spelled."""
    plain = re.sub(r"[^a-z0-9]", "", name.lower())
    return bool(_SECRET_NAME.search(plain)) and not _HARMLESS_NAME.search(plain)


def _of_field(name: Any, item: Any, depth: int) -> Any:
    plain = _plain(name)
    if item is None or not is_secret_name(plain):
        return redact(item, depth=depth + 1)
    if isinstance(item, bool) or (isinstance(item, int | float) and _COUNT_NAME.search(plain)):
        return item
    return HIDDEN


def _of_sequence(items: list[Any], depth: int) -> list[Any]:
    match items:
        case [str() | bytes() as name, value] if is_secret_name(_plain(name)):  # a header as a pair
            return [_plain(name), HIDDEN if value is not None else None]
        case _:
            return [redact(item, depth=depth + 1) for item in items]


def _plain(value: Any) -> str:
    return redact_text(value.decode("utf-8", "replace") if isinstance(value, bytes | bytearray) else str(value))


def _hide_assigned(found: re.Match[str]) -> str:
    name, value = found["name"], found["value"]
    counts = _COUNT_NAME.search(name.lower()) and value.strip("\"'").replace(".", "").isdigit()
    if counts or not is_secret_name(name) or value in ("None", "null", "True", "False"):
        return found[0]
    return f"{name}{found['sep']}{HIDDEN}"
