"""Headers that every response carries, and the content security policy of each kind of response."""

from __future__ import annotations

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

# Our pages need no inline script, no inline style, no other host and no string that becomes markup: so nothing that
# slips into a page can run. `trusted-types 'none'` forbids even making a policy; the widget builds its DOM by nodes.
PAGE_POLICY = "; ".join(
    (
        "default-src 'self'",
        "img-src 'self' data:",
        "object-src 'none'",
        "base-uri 'none'",
        "form-action 'self'",
        "frame-ancestors 'none'",
        "require-trusted-types-for 'script'",
        "trusted-types 'none'",
    )
)

# Data is never a page: opened in a browser it may load and run nothing.
DATA_POLICY = "default-src 'none'; frame-ancestors 'none'; sandbox"


def policy_for(content_type: str) -> str:
    """The content security policy of a response, by what it is."""
    return PAGE_POLICY if content_type.startswith("text/html") else DATA_POLICY


class SecurityHeaders:
    """Adds the security headers; one that an endpoint has set itself is left as it is."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return

        async def with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                headers.setdefault("Content-Security-Policy", policy_for(headers.get("Content-Type", "")))
                headers.setdefault("X-Content-Type-Options", "nosniff")
                headers.setdefault("Referrer-Policy", "strict-origin-when-cross-origin")
                headers.setdefault("X-Frame-Options", "DENY")
                headers.setdefault("Cross-Origin-Opener-Policy", "same-origin")
                headers.setdefault("Permissions-Policy", "camera=(), geolocation=(), microphone=(), payment=()")
                if scope.get("scheme") == "https":
                    headers.setdefault("Strict-Transport-Security", "max-age=31536000; includeSubDomains")
            await send(message)

        await self.app(scope, receive, with_headers)
