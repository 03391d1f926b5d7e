"""Cross-origin requests: allowed to the origins that a widget key names, and to nobody else."""

from __future__ import annotations

import asyncio
import time
from typing import cast

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.identity.widget_keys import allowed_origins
from api.services import Services

# What a widget on another site needs; nothing else of the api answers to other origins. Codes, files and requests take the
# conversation's token: a cookie is never sent along, as no answer allows credentials.
_OPEN_PATHS = (
    "/chat/",
    "/catalog",
    "/help-center/search",
    "/help-center/articles/",
    "/identity/codes",
    "/identity/me",
    "/api/v2/requests",
    "/widget/",
    "/panel/",
    # The ticket form, which takes the widget's place where the dialogue is down.
    "/portal/data/form",
    "/portal/data/suggestions",
    "/identity/visitors",
    "/api/v2/uploads",
    "/api/v2/expected_response",
)
_FRESH_SECONDS = 10.0


class WidgetCors:
    """Answers preflights and adds the headers for known origins. No credentials: tokens travel in Authorization."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app
        self._origins: frozenset[str] = frozenset()
        self._read_at = -_FRESH_SECONDS
        self._lock = asyncio.Lock()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        origin = Headers(scope=scope).get("origin") if scope["type"] == "http" else None
        if origin is None or not scope["path"].startswith(_OPEN_PATHS):
            await self.app(scope, receive, send)
            return
        allowed = await self._allowed(scope, origin)
        if scope["method"] == "OPTIONS" and "access-control-request-method" in Headers(scope=scope):
            await self._preflight(allowed, origin)(scope, receive, send)
            return

        async def with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                headers.add_vary_header("Origin")
                if allowed:
                    headers["Access-Control-Allow-Origin"] = origin
                    headers["Access-Control-Expose-Headers"] = "Retry-After"
            await send(message)

        await self.app(scope, receive, with_headers)

    async def _allowed(self, scope: Scope, origin: str) -> bool:
        async with self._lock:
            if time.monotonic() - self._read_at > _FRESH_SECONDS:
                services = cast("Services", scope["app"].state.services)
                found = await services.database.reading(allowed_origins)
                self._origins, self._read_at = frozenset(found), time.monotonic()
        return origin in self._origins or "*" in self._origins

    def _preflight(self, allowed: bool, origin: str) -> Response:
        headers = {"Vary": "Origin"}
        if allowed:
            headers |= {
                "Access-Control-Allow-Origin": origin,
                "Access-Control-Allow-Methods": "GET, POST",
                "Access-Control-Allow-Headers": (
                    "Authorization, Content-Type, Copilot-Face, Idempotency-Key, Last-Event-ID"
                ),
                "Access-Control-Max-Age": "600",
            }
        return Response(status_code=204, headers=headers)
