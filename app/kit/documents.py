"""Foreign JSON as PostgreSQL can hold it."""

import json
from typing import Any


def document(value: Any) -> str:
    """Equal for equal values, in whatever order the keys came."""
    written = json.dumps(value, ensure_ascii=False, sort_keys=True)
    if "\\u0000" in written or _is_torn(written):
        written = json.dumps(storable(value), ensure_ascii=False, sort_keys=True)
    return written


def storable(value: Any) -> Any:
    """PostgreSQL's text holds neither U+0000 nor half a surrogate pair, and a buyer may have typed one."""
    if isinstance(value, str):
        kept = value.replace("\x00", "")
        return kept if kept.isascii() else kept.encode("utf-8", "replace").decode()
    if isinstance(value, dict):
        return {storable(name): storable(inner) for name, inner in value.items()}
    if isinstance(value, list | tuple):
        return [storable(inner) for inner in value]
    return value


def _is_torn(written: str) -> bool:
    try:
        written.encode()
    except UnicodeEncodeError:
        return True
    return False
