"""One kept connection that posts JSON, as thin as the standard library allows: the client's own time counts on every side."""

from __future__ import annotations

import http.client
import json
import time
from dataclasses import dataclass
from typing import Any

from tools.bench.processes import BenchError

TIMEOUT = 60.0


@dataclass(frozen=True)
class Reply:
    """A decoded answer, and the milliseconds from the first byte sent to the last one read."""

    status: int
    body: Any
    milliseconds: float


class Line:
    """Posts to one server on this machine, one request after the other."""

    def __init__(self, port: int) -> None:
        self._connection = http.client.HTTPConnection("127.0.0.1", port, timeout=TIMEOUT)

    def post(self, path: str, body: object, headers: dict[str, str] | None = None) -> Reply:
        """Raises `BenchError` where the server does not answer, or not with a success in JSON."""
        content = json.dumps(body).encode()
        fields = {"Content-Type": "application/json", **(headers or {})}
        began = time.perf_counter()
        try:
            self._connection.request("POST", path, content, fields)
            response = self._connection.getresponse()
            answer = response.read()
        except (OSError, http.client.HTTPException) as error:
            raise BenchError(f"POST {path} got no answer: {error!r}") from error
        took = (time.perf_counter() - began) * 1000
        if not 200 <= response.status < 300:
            raise BenchError(f"POST {path} was answered with {response.status}: {answer[:500]!r}")
        return Reply(response.status, json.loads(answer), took)

    def renew(self) -> None:
        """Connect anew with the next post: a server closes connections that were idle for some seconds."""
        self._connection.close()


def answers(port: int, path: str) -> bool:
    """Whether a GET on this machine succeeds."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
    try:
        connection.request("GET", path)
        return connection.getresponse().status == http.client.OK
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()
