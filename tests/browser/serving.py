"""Serves an app on a free port of loopback, in a thread of the test process, open to other sites."""

from __future__ import annotations

import contextlib
import socket
import threading
import time
from collections.abc import Iterator
from typing import Literal

import uvicorn
from fastapi import FastAPI
from starlette.datastructures import MutableHeaders
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send


@contextlib.contextmanager
def serving(app: FastAPI, port: int = 0, *, lifespan: Literal["auto", "off"] = "auto") -> Iterator[str]:
    """The address of the running app. `port` 0: any free one. `lifespan` off: its parts are made already."""
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.bind(("127.0.0.1", port))
    server = uvicorn.Server(
        uvicorn.Config(app, log_level="warning", timeout_graceful_shutdown=2, ws="none", lifespan=lifespan)
    )
    thread = threading.Thread(target=server.run, args=([listener],), daemon=True)
    thread.start()
    deadline = time.monotonic() + 60
    while not server.started:
        if time.monotonic() > deadline or not thread.is_alive():
            raise RuntimeError("the test server did not start within a minute")
        time.sleep(0.01)
    try:
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
    finally:
        app.state.stopping = True
        server.should_exit = True
        thread.join(10)
        listener.close()


class Reporting:
    """Lets browsers report what breaks a page's policy, and other sites load the widget as they may from the real api."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        cors = {
            "Access-Control-Allow-Origin": "*",
            "Access-Control-Allow-Methods": "GET, POST",
            "Access-Control-Allow-Headers": "Authorization, Content-Type, Idempotency-Key, Last-Event-ID",
        }
        if scope["method"] == "OPTIONS":
            await Response(status_code=204, headers=cors)(scope, receive, send)
            return

        async def with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                headers.update(cors)
                policy = headers.get("Content-Security-Policy")
                if policy and headers.get("Content-Type", "").startswith("text/html"):
                    headers["Content-Security-Policy"] = f"{policy}; report-uri /csp-reports"
            await send(message)

        await self.app(scope, receive, with_headers)
