"""A 2xx answer read as a wire model; what does not fit is Wildberries' trouble, not ours."""

from collections.abc import Callable
from typing import Any, TypeVar

import structlog
from pydantic import BaseModel, ValidationError

from app.wildberries.calls import Answer
from app.wildberries.decoding import Garbled, decode
from app.wildberries.errors import Told, WbUnavailable

M = TypeVar("M", bound=BaseModel)
R = TypeVar("R")
log = structlog.get_logger(__name__)


def parsed(answer: Answer, model: type[M]) -> M:
    """Raises WbUnavailable."""
    try:
        return model.model_validate(decode(answer.body))
    except (Garbled, ValidationError) as error:
        raise WbUnavailable(Told(answer.status, f"unexpected shape: no {model.__name__}")) from error


def each_whole(items: list[Any], read: Callable[[Any], R], *, kind: str) -> list[R]:
    """Item by item, so that one of them cannot lose the page; broken ones are logged and left out."""
    whole = []
    for index, item in enumerate(items):
        try:
            whole.append(read(item))
        except ValueError as error:
            log.warning("wb_item_broken", kind=kind, index=index, error=type(error).__name__)
    return whole
