"""Bytes to JSON that PostgreSQL will take, whatever the other side let slip in."""

import json
import re
from typing import Any, Final

from pydantic_core import from_json

# JSONB and text know no NUL; an even number of backslashes before it means that it is an escape.
_NUL: Final = re.compile(rb"(?<!\\)((?:\\\\)*)\\u0000")


class Garbled(ValueError):
    """The answer is not JSON at all."""


def decode(body: bytes) -> Any:
    """Raises Garbled; NUL, lone surrogates, broken UTF-8 and NaN are mended."""
    if b"\\u0000" in body:
        body = _NUL.sub(rb"\1", body)
    try:
        return from_json(body, allow_inf_nan=False)
    except ValueError:
        return _mended(body)


def _mended(body: bytes) -> Any:
    try:
        loose = json.loads(body.decode("utf-8", "replace"), parse_constant=lambda _: None)
        return from_json(json.dumps(loose, ensure_ascii=False).encode("utf-8", "replace"), allow_inf_nan=False)
    except (ValueError, RecursionError) as error:
        raise Garbled(str(error)) from error
