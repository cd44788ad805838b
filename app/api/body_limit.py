"""No request may fill the memory: a body is read up to a megabyte and refused beyond.

Files of a chat message may be larger; they are counted while the route, which knows the caller by then, reads them.
"""

import re

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.api.errors import error_response
from app.chats.files import LARGEST_TOGETHER, UnfitFile

LARGEST = 1024 * 1024
WITH_FILES = re.compile(r"/api/chats/[^/]+/[^/]+/send")


class BodyLimitMiddleware:
    """Counts what arrives, not what Content-Length claims; the starlette one answers in plain text."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        if WITH_FILES.fullmatch(scope["path"]):
            await self.app(scope, _counted(receive), send)
            return
        messages = await _read(receive)
        if messages is None:
            message = "Запрос слишком большой: не больше 1 МБ."
            await error_response(413, "BODY_TOO_LARGE", message)(scope, receive, send)
            return

        async def replay() -> Message:
            return messages.pop(0) if messages else await receive()

        await self.app(scope, replay, send)


async def _read(receive: Receive) -> list[Message] | None:
    messages: list[Message] = []
    size = 0
    while True:
        message = await receive()
        messages.append(message)
        size += len(message.get("body", b""))
        if size > LARGEST:
            return None
        if not message.get("more_body", False):
            return messages


def _counted(receive: Receive) -> Receive:
    left = LARGEST_TOGETHER + LARGEST

    async def pass_on() -> Message:
        nonlocal left
        message = await receive()
        left -= len(message.get("body", b""))
        if left < 0:
            raise UnfitFile([("files", "Вместе больше 30 МБ.")])
        return message

    return pass_on
