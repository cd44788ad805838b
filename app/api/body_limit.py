"""No request may fill the memory: a body is read up to a megabyte and refused beyond."""

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.api.errors import error_response

LARGEST = 1024 * 1024


class BodyLimitMiddleware:
    """Counts what arrives, not what Content-Length claims; the starlette one answers in plain text."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
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
