"""A proxy before an HTTP server that spoils what a test tells it to: cut connections, errors, delays."""

from __future__ import annotations

import http.client
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Literal

FaultKind = Literal["cut_after", "cut_before", "status", "slow"]


@dataclass
class Fault:
    """What happens to the next request of this method whose path holds `path`, `times` over.

    cut_after: the server gets it and does it, and its answer is lost. cut_before: it never arrives. status: answered by
    the proxy itself. slow: it is done, and the answer comes too late.
    """

    kind: FaultKind
    method: str
    path: str
    times: int = 1
    status: int = 500
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b"{}"


@dataclass
class FaultProxy:
    """`seen`: (method, path) of every request; `faults` are taken in their order."""

    target_port: int
    port: int = 0
    faults: list[Fault] = field(default_factory=list)
    seen: list[tuple[str, str]] = field(default_factory=list)
    released: threading.Event = field(default_factory=threading.Event)
    headers: dict[str, str] = field(default_factory=dict)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def count(self, method: str, part: str) -> int:
        """How many such requests came."""
        return sum(each_method == method and part in path for each_method, path in self.seen)

    def take(self, method: str, path: str) -> Fault | None:
        for fault in self.faults:
            if fault.times and fault.method == method and fault.path in path:
                fault.times -= 1
                return fault
        return None

    def start(self) -> Callable[[], None]:
        """Serve in a thread; what it returns ends that."""
        proxy = self

        class Handler(BaseHTTPRequestHandler):
            def _handle(self) -> None:
                body = self._body()
                proxy.seen.append((self.command, self.path))
                fault = proxy.take(self.command, self.path)
                if fault is not None and fault.kind == "cut_before":
                    self.close_connection = True
                    return
                if fault is not None and fault.kind == "status":
                    self._answer(fault.status, fault.headers, fault.body)
                    return
                inner = http.client.HTTPConnection("127.0.0.1", proxy.target_port, timeout=20)
                skipped = ("host", "connection", "transfer-encoding", "content-length")
                headers = {name: value for name, value in self.headers.items() if name.lower() not in skipped}
                inner.request(self.command, self.path, body=body or None, headers=headers)
                answer = inner.getresponse()
                content = answer.read()
                inner.close()
                if fault is not None and fault.kind == "cut_after":
                    self.close_connection = True
                    return
                if fault is not None and fault.kind == "slow":
                    proxy.released.wait(20.0)
                replaced = {*skipped, *(name.lower() for name in proxy.headers)}
                told = {name: value for name, value in answer.getheaders() if name.lower() not in replaced}
                self._answer(answer.status, {**told, **proxy.headers}, content)

            do_GET = do_POST = do_PUT = do_DELETE = _handle  # noqa: N815

            def _body(self) -> bytes:
                return self.rfile.read(int(self.headers.get("Content-Length") or 0))

            def _answer(self, status: int, headers: dict[str, str], content: bytes) -> None:
                self.send_response(status)
                for name, value in headers.items():
                    self.send_header(name, value)
                self.send_header("Content-Length", str(len(content)))
                self.send_header("Connection", "close")
                self.end_headers()
                self.wfile.write(content)
                self.close_connection = True

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
        self.port = server.server_address[1]
        threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()

        def stop() -> None:
            self.released.set()
            server.shutdown()
            server.server_close()

        return stop
