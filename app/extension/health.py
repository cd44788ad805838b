"""GET /health: the one question that needs no token."""

from typing import Literal

from starlette.responses import Response

from app.extension.errors import router_of
from app.extension.wire import WireOut, WireTime, json_response, wire_time
from app.kit.clock import utc_now
from app.kit.http import Db
from app.kit.pulse import schema_revision

router = router_of("Состояние")


class HealthOut(WireOut):
    status: Literal["ok", "degraded"]
    timestamp: WireTime


@router.get("/health", response_model=HealthOut, summary="Работает ли сервис", openapi_extra={"security": []})
async def health(database: Db) -> Response:
    """`ok`, пока отвечает база данных; иначе 503 и `degraded` не позже чем через две секунды."""
    alive = await schema_revision(database) is not None
    body = {"status": "ok" if alive else "degraded", "timestamp": wire_time(utc_now())}
    return json_response(body, 200 if alive else 503)
