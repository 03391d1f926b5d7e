"""How much one caller may ask of /api/v2 in a minute. Counted in memory, in each process by itself.

A caller is a token or a session, whatever machine it comes from; the anonymous, and whoever comes with credentials that
turn out to be wrong, are counted by their address. So a token that is guessed at runs into the limit of who guesses.
"""

from __future__ import annotations

import hashlib
import math
import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

WINDOW = 60.0
# Callers who are remembered; the one who has been silent longest is forgotten first. About 20 MB.
MOST_CALLERS = 100_000


@dataclass
class _Count:
    begun: float
    used: int = 0


@dataclass(frozen=True)
class Allowance:
    """How a caller stands: `left` requests in this minute, which ends in `reset` whole seconds."""

    limit: int
    left: int
    reset: int


class Counter:
    """Requests of each caller in their current minute."""

    def __init__(self, limit: int, clock: Callable[[], float] = time.monotonic) -> None:
        self.limit = limit
        self._clock = clock
        self._counts: OrderedDict[str, _Count] = OrderedDict()
        self._lock = threading.Lock()

    def take(self, caller: str, cost: int = 1) -> Allowance:
        """Count a request; `left` is -1 where there is no room for it. With no `cost` it is only asked whether there is."""
        now = self._clock()
        with self._lock:
            count = self._counts.get(caller)
            if count is None or now - count.begun >= WINDOW:
                count = _Count(now)
                if cost:
                    self._counts[caller] = count
            if cost:
                self._counts.move_to_end(caller)
                while len(self._counts) > MOST_CALLERS:
                    self._counts.popitem(last=False)
            reset = max(1, math.ceil(count.begun + WINDOW - now))
            if count.used + max(cost, 1) > self.limit:
                return Allowance(self.limit, -1, reset)
            count.used += cost
            return Allowance(self.limit, self.limit - count.used, reset)


class RateLimit:
    """Answers 429 where a caller asks for more than the limit, and tells every caller how much is left."""

    def __init__(self, app: ASGIApp, limit: int, cookies: tuple[str, ...], prefix: str = "/api/v2") -> None:
        self.app = app
        self.prefix = prefix
        self.cookies = tuple(f"{each}=" for each in cookies)
        self.counter = Counter(limit)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or not self.counter.limit or not scope["path"].startswith(self.prefix):
            await self.app(scope, receive, send)
            return
        address = f"address:{(scope.get('client') or ('', 0))[0]}"
        caller = self._credentials(scope)
        # Who has guessed too often waits, whatever is tried next: which token is right is not known yet.
        allowance = self.counter.take(caller or address)
        if allowance.left < 0 or (caller and self.counter.take(f"wrong:{address}", 0).left < 0):
            await self._refuse(scope, receive, send, allowance)
            return

        async def told(message: Message) -> None:
            if message["type"] == "http.response.start":
                if message["status"] == 401 and caller:
                    self.counter.take(f"wrong:{address}")
                _tell(MutableHeaders(scope=message), allowance)
            await send(message)

        await self.app(scope, receive, told)

    def _credentials(self, scope: Scope) -> str | None:
        """A hash of what the request proves itself with."""
        headers = Headers(scope=scope)
        shown = headers.get("authorization")
        if shown is None:
            crumbs = (each.strip() for each in headers.get("cookie", "").split(";"))
            shown = next((each for each in crumbs if each.startswith(self.cookies)), None)
        return hashlib.sha256(shown.encode("utf-8", "surrogatepass")).hexdigest() if shown else None

    async def _refuse(self, scope: Scope, receive: Receive, send: Send, allowance: Allowance) -> None:
        body = {
            "error": "APIRateLimitExceeded",
            "description": f"More than {allowance.limit} requests in a minute: come back in {allowance.reset} seconds.",
        }
        response = JSONResponse(body, status_code=429, headers={"Retry-After": str(allowance.reset)})
        _tell(response.headers, allowance)
        await response(scope, receive, send)


def _tell(headers: MutableHeaders, allowance: Allowance) -> None:
    left = str(max(0, allowance.left))
    headers["X-Rate-Limit"] = headers["ratelimit-limit"] = str(allowance.limit)
    headers["X-Rate-Limit-Remaining"] = headers["ratelimit-remaining"] = left
    headers["ratelimit-reset"] = str(allowance.reset)
