"""A hub of models on loopback, as far as the hub's own library asks one."""

from __future__ import annotations

import hashlib
import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import TracebackType
from typing import Self
from urllib.parse import unquote, urlsplit

REVISION = "5f" * 20


class ModelHub:
    """Serves folders by model name, plus a `training.bin` in each that nobody should want. `fetched`: files given."""

    def __init__(self, models: dict[str, Path]) -> None:
        self.models = models
        self.fetched: list[str] = []
        hub = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                hub._answer(self, body=True)

            def do_HEAD(self) -> None:
                hub._answer(self, body=False)

            def log_message(self, format: str, *args: object) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def _files(self, name: str) -> dict[str, bytes]:
        folder = self.models[name]
        files = {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}
        return {**files, "training.bin": b"not to be fetched"}

    def _answer(self, request: BaseHTTPRequestHandler, *, body: bool) -> None:
        path = unquote(urlsplit(request.path).path).removeprefix("/")
        for name in self.models:
            if path.startswith(f"api/models/{name}"):
                self._tell(request, name, path.removeprefix(f"api/models/{name}").strip("/"))
                return
            start = f"{name}/resolve/"
            if path.startswith(start):
                _, _, file = path.removeprefix(start).partition("/")
                content = self._files(name).get(file)
                if content is not None:
                    if body:
                        self.fetched.append(file)
                    self._send(request, content, body=body)
                    return
        self._send(request, b"{}", status=404, body=body, extra={"X-Error-Code": "RepoNotFound"})

    def _tell(self, request: BaseHTTPRequestHandler, name: str, question: str) -> None:
        files = self._files(name)
        if question.startswith("tree/"):
            told: object = [
                {"type": "file", "path": file, "size": len(content), "oid": hashlib.sha1(content).hexdigest()}  # noqa: S324
                for file, content in files.items()
            ]
        else:
            told = {"id": name, "sha": REVISION, "siblings": [{"rfilename": file} for file in files]}
        self._send(request, json.dumps(told).encode(), kind="application/json")

    def _send(
        self,
        request: BaseHTTPRequestHandler,
        content: bytes,
        *,
        status: int = 200,
        body: bool = True,
        kind: str = "application/octet-stream",
        extra: dict[str, str] | None = None,
    ) -> None:
        request.send_response(status)
        request.send_header("Content-Type", kind)
        request.send_header("Content-Length", str(len(content)))
        request.send_header("ETag", f'"{hashlib.sha256(content).hexdigest()}"')
        request.send_header("X-Repo-Commit", REVISION)
        for name, value in (extra or {}).items():
            request.send_header(name, value)
        request.end_headers()
        if body:
            request.wfile.write(content)
