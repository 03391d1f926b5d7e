"""A real HTTP server that takes webhooks, keeps them, and answers as a test tells it to."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest


@dataclass(frozen=True)
class Got:
    """One message as it came. Header names are in lower case."""

    path: str
    headers: dict[str, str]
    body: bytes
    at: float

    @property
    def json(self) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(self.body)
        return found


@dataclass
class Listener:
    """`answers`: statuses of the next answers, 200 afterwards; a float is a pause in seconds before a 200."""

    port: int = 0
    got: list[Got] = field(default_factory=list)
    answers: list[int | float] = field(default_factory=list)
    released: threading.Event = field(default_factory=threading.Event)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/hook"

    def wait_for(self, count: int, seconds: float = 30.0) -> bool:
        """Whether so many messages came in time."""
        deadline = time.monotonic() + seconds
        while len(self.got) < count and time.monotonic() < deadline:
            time.sleep(0.01)
        return len(self.got) >= count

    @property
    def types(self) -> list[str]:
        return [each.json["type"] for each in self.got]


def serve(listener: Listener) -> ThreadingHTTPServer:
    """Start it in a thread of its own; `shutdown()` and `server_close()` end it."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            headers = {name.lower(): value for name, value in self.headers.items()}
            listener.got.append(Got(self.path, headers, body, time.time()))
            answer = listener.answers.pop(0) if listener.answers else 200
            if isinstance(answer, float):
                listener.released.wait(answer)
                answer = 200
            self.send_response(answer)
            if 300 <= answer < 400:
                self.send_header("Location", f"http://127.0.0.1:{listener.port}/elsewhere")
            self.send_header("Content-Length", "0")
            self.end_headers()

        def do_GET(self) -> None:
            listener.got.append(Got(self.path, {}, b"{}", time.time()))
            self.send_error(404)

        def log_message(self, *_: object) -> None:
            """Nothing to the console."""

        def handle(self) -> None:
            try:
                super().handle()
            except OSError:
                # The caller has hung up: it is meant to, in tests of time limits.
                self.close_connection = True

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    listener.port = server.server_address[1]
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
    return server


@pytest.fixture
def listener() -> Iterator[Listener]:
    """A listener that accepts."""
    made = Listener()
    server = serve(made)
    yield made
    made.released.set()
    server.shutdown()
    server.server_close()
