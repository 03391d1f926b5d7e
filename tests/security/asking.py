"""Requests straight into the application, without a client or a server between: two thousand of them in seconds.

A stream is left as soon as it has begun.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, urlencode, urlsplit

from starlette.types import ASGIApp, Message

FORM = "application/x-www-form-urlencoded"


@dataclass(frozen=True)
class Reply:
    """What came back: of a stream only its beginning."""

    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def text(self) -> str:
        return self.body.decode("utf-8", "replace")

    def json(self) -> Any:
        return json.loads(self.body)


async def ask(
    app: ASGIApp,
    method: str,
    target: str,
    *,
    body: Any = None,
    kind: str = "application/json",
    headers: dict[str, str] | None = None,
    query: dict[str, Any] | None = None,
    address: str = "127.0.0.1",
) -> Reply:
    """The application's answer. `body`: bytes as they are, a form as a dict with `kind` FORM, else JSON."""
    parts = urlsplit(target)
    search = parts.query or urlencode(query or {})
    sent = {"host": "127.0.0.1:8000", **(headers or {})}
    content = b""
    if body is not None:
        content = body if isinstance(body, bytes) else json.dumps(body).encode()
        if kind == FORM and isinstance(body, dict):
            content = urlencode(body).encode()
        sent |= {"content-type": kind, "content-length": str(len(content))}
    scope = {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": method,
        "scheme": "http",
        "path": parts.path,
        "raw_path": quote(parts.path).encode(),
        "query_string": search.encode(),
        "root_path": "",
        "headers": [(name.lower().encode(), value.encode()) for name, value in sent.items()],
        "client": (address, 50000),
        "server": ("127.0.0.1", 8000),
    }
    return await _answered(app, scope, content)


async def _answered(app: ASGIApp, scope: dict[str, Any], content: bytes) -> Reply:
    begun, ended = asyncio.Event(), asyncio.Event()
    told: list[Message] = []
    chunks: list[bytes] = []
    sent = False

    async def receive() -> Message:
        nonlocal sent
        if not sent:
            sent = True
            return {"type": "http.request", "body": content, "more_body": False}
        await ended.wait()
        return {"type": "http.disconnect"}

    async def send(message: Message) -> None:
        if message["type"] == "http.response.start":
            told.append(message)
            if dict(message["headers"]).get(b"content-type", b"").startswith(b"text/event-stream"):
                begun.set()
        elif message["type"] == "http.response.body":
            chunks.append(message.get("body", b""))
            if not message.get("more_body"):
                begun.set()

    async def run() -> None:
        try:
            await app(scope, receive, send)
        except Exception:
            # The server's own handler has answered with 500 and raises again, for the server's log.
            if not told:
                raise
        finally:
            begun.set()

    task = asyncio.ensure_future(run())
    await begun.wait()
    if task.done():
        await task
    else:
        # What is done after the answer (a mail, a change of the ledger) belongs to the request.
        ended.set()
        done, _ = await asyncio.wait({task}, timeout=5)
        if not done:
            task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await task
    start = told[0]
    headers = {name.decode().lower(): value.decode() for name, value in start["headers"]}
    return Reply(start["status"], headers, b"".join(chunks))
