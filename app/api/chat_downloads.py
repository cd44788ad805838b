"""/api/chats/{shop_id}/download/…: files of chats, streamed through and never kept."""

from contextlib import AsyncExitStack
from typing import Annotated, Any
from urllib.parse import quote
from uuid import UUID

from fastapi import APIRouter, Path, Response
from fastapi.responses import JSONResponse, StreamingResponse
from starlette.types import Receive, Scope, Send

from app.api.chat_neighbours import TheChatFiles
from app.api.dependencies import DetachedLogin, shop_for
from app.api.errors import ErrorOut, error_response, problems
from app.api.fields import WireOut
from app.chats.files import SHOWN_TYPES, safe_name
from app.chats.ports import Download, FileBlocked
from app.chats.queries import name_of_file
from app.kit.http import Db
from app.shops.models import Role

router = APIRouter(prefix="/chats/{shop_id}/download", tags=["Чаты"], responses=problems(401, 403, 404, 429))

DownloadId = Annotated[str, Path(pattern=r"^[A-Za-z0-9_-][A-Za-z0-9_=~:.-]{0,199}$")]
ENDINGS = {"image/jpeg": ".jpg", "image/png": ".png", "application/pdf": ".pdf"}
BYTES = "application/octet-stream"


class PendingOut(WireOut):
    """Файл ещё проверяется; спросите снова через `retry_seconds`."""

    state: str = "pending"
    retry_seconds: int


OUTCOMES: dict[int | str, dict[str, Any]] = {
    200: {"description": "Файл", "content": {kind: {} for kind in (*sorted(SHOWN_TYPES), BYTES)}},
    202: {"description": "Файл на проверке у Wildberries", "model": PendingOut},
    451: {"description": "Wildberries отклонил файл", "model": ErrorOut},
}


class ClosingStream(StreamingResponse):
    """Lets go of Wildberries' answer also when the caller has gone before the first byte."""

    def __init__(self, content: Any, *, resources: AsyncExitStack, **more: Any) -> None:
        super().__init__(content, **more)
        self.resources = resources

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async with self.resources:
            await super().__call__(scope, receive, send)


@router.get("/{download_id}", response_class=Response, responses=OUTCOMES, summary="Скачать файл")
async def download(
    shop_id: UUID, download_id: DownloadId, login: DetachedLogin, db: Db, files: TheChatFiles
) -> Response:
    """Файл из переписки, прямо с Wildberries. 202 — ещё на проверке, 451 — Wildberries отклонил его."""
    async with db.transaction() as session:
        await shop_for(session, login.user, shop_id, Role.VIEWER, writing=False)
        name = await name_of_file(session, shop_id, download_id)
    async with AsyncExitStack() as opened:
        try:
            found = await opened.enter_async_context(files.open(shop_id, download_id))
        except FileBlocked as error:
            return error_response(451, error.code, error.message)
        if found.chunks is None:
            pending = PendingOut(retry_seconds=found.retry_seconds)
            return JSONResponse(pending.model_dump(), 202, headers={"Retry-After": str(found.retry_seconds)})
        return ClosingStream(found.chunks, resources=opened.pop_all(), headers=_headers(found, name))


def _headers(found: Download, name: str) -> dict[str, str]:
    """Whatever the file is, a browser saves it and runs nothing."""
    kind = found.content_type if found.content_type in SHOWN_TYPES else BYTES
    endings = [ENDINGS[kind]] if kind in ENDINGS else []
    named = quote(safe_name(name, endings=endings), safe="")
    headers = {
        "Content-Type": kind,
        "Content-Disposition": f"attachment; filename=\"file{''.join(endings)}\"; filename*=UTF-8''{named}",
        "X-Content-Type-Options": "nosniff",
        "Content-Security-Policy": "sandbox; default-src 'none'",
    }
    return headers if found.length is None else {**headers, "Content-Length": str(found.length)}
