"""The largest body that a request may have, counted while it comes in."""

from __future__ import annotations

from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

JSON_LIMIT = 2_000_000
UPLOAD_LIMIT = 60_000_000


class BodyTooLarge(Exception):
    """Raised inside the application when the body goes past its limit."""


class BodyLimit:
    """Refuses bodies over the limit with 413 before they are read whole."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        path: str = scope["path"]
        limit = UPLOAD_LIMIT if path.endswith("/attachments") or "/uploads" in path else JSON_LIMIT
        declared = dict(scope["headers"]).get(b"content-length", b"0")
        if declared.isdigit() and int(declared) > limit:
            await self._refuse(scope, receive, send, limit)
            return
        seen = 0
        started = False

        async def counted() -> Message:
            nonlocal seen
            message = await receive()
            seen += len(message.get("body", b""))
            if seen > limit:
                raise BodyTooLarge
            return message

        async def watched(message: Message) -> None:
            nonlocal started
            started = True
            await send(message)

        try:
            await self.app(scope, counted, watched)
        except BodyTooLarge:
            if not started:
                await self._refuse(scope, receive, send, limit)

    async def _refuse(self, scope: Scope, receive: Receive, send: Send, limit: int) -> None:
        message = f"the request is larger than {limit} bytes: send less at once"
        body: dict[str, object] = {"error": {"code": "body_too_large", "message": message}}
        if scope["path"].startswith("/api/v2"):
            body = {"error": "PayloadTooLarge", "description": message}
        await JSONResponse(body, status_code=413)(scope, receive, send)
