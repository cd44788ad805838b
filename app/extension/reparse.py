"""POST /stores/{storeId}/reviews/reparse: a person wants the pages of some products read again."""

import time
from typing import Annotated, Final

from fastapi import Path, Request
from pydantic import Field, TypeAdapter, ValidationError
from starlette.responses import Response

from app.cabinet.rereading import MOST, TooManyToRead, ask_to_read_again
from app.extension.callers import asked_of
from app.extension.errors import error_response, router_of
from app.extension.stores import store_for
from app.extension.wire import WireIn, WireOut, documented, json_response

router = router_of("Отчёты")


class ReparseIn(WireIn):
    nm_ids: list[Annotated[int, Field(gt=0, lt=2**63)]] | None = Field(
        None, description="Товары, числом или текстом; без поля — все, что в работе"
    )


class RereadOut(WireOut):
    reset: int = Field(description="Будут прочитаны снова")
    skipped: int
    skipped_reasons: dict[str, int] = Field(
        description="deleted, ambiguous, resolved, not_allowed, draft — читать незачем; waiting — уже в очереди"
    )
    total: int


class ReparseOut(WireOut):
    success: bool
    data: RereadOut
    message: str
    elapsed: int = Field(description="Миллисекунды")


_READ: Final = TypeAdapter(ReparseIn)


@router.post(
    "/stores/{storeId}/reviews/reparse",
    response_model=ReparseOut,
    openapi_extra=documented(ReparseIn),
    summary="Прочитать страницы заново",
)
async def reparse(store_id: Annotated[str, Path(alias="storeId")], request: Request) -> Response:
    """Отзывы на 1–4★ товаров в работе снова попадут в `statusParses`; известное о них не стирается.

    Если их больше 2000 — 400, и рядом с ошибкой `total` и `limit`.
    """
    database, caller = asked_of(request)
    started = time.perf_counter()
    try:
        said = _READ.validate_json(await request.body() or b"{}")
    except ValidationError:
        return _refused("Список товаров не удалось прочитать: nmIds — это номера.", total=0)
    try:
        async with database.direct() as connection:
            store = await store_for(connection, caller, store_id, reporting=True)
            reset, why_not = await ask_to_read_again(connection, store.id, said.nm_ids)
    except TooManyToRead as error:
        return _refused(error.message, total=error.total)
    skipped = sum(why_not.values())
    data = {"reset": reset, "skipped": skipped, "skippedReasons": why_not, "total": reset + skipped}
    return json_response(
        {
            "success": True,
            "data": data,
            "message": f"Будут прочитаны заново: {reset}.",
            "elapsed": round(1000 * (time.perf_counter() - started)),
        }
    )


def _refused(message: str, *, total: int) -> Response:
    """To this client 400 always means «too many», and it reads both numbers."""
    return error_response(400, "VALIDATION_ERROR", message, more={"total": total, "limit": MOST})
