"""One signed POST to somebody else's address: checked, timed, cut short, never redirected."""

from __future__ import annotations

import ipaddress
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from ssl import SSLContext, SSLError, create_default_context
from urllib.parse import urlsplit

import certifi
import httpcore

from api.errors import Invalid
from api.settings import Settings
from knowledge_base.errors import RequestRefused
from knowledge_base.sources.addresses import AddressRule, Deadline, GuardedBackend, resolve

USER_AGENT = "support-copilot/1 (webhooks)"
SECONDS = 10.0
# Nobody reads an answer's body; so much is taken in for the connection to end in peace.
_READ_BYTES = 16_384
LONGEST_URL = 2_000
# What development may reach besides public addresses: receivers on this machine and in its network.
_AT_HOME = tuple(
    ipaddress.ip_network(each)
    for each in ("127.0.0.0/8", "10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "::1/128", "fc00::/7")
)
_CURE = "If it is yours, list its network in COPILOT_WEBHOOKS__ALLOW_PRIVATE"


@dataclass(frozen=True)
class Sent:
    """How a POST went. `status` is None where no answer came; `error` is None exactly where it was accepted (2xx)."""

    status: int | None
    error: str | None
    milliseconds: int
    retry_after: int | None = None

    @property
    def accepted(self) -> bool:
        return self.error is None


@dataclass(frozen=True)
class Sender:
    """Posts to addresses that `rule` lets pass. Every address of a name is checked, and the checked one is dialled."""

    rule: AddressRule
    plain_http: bool
    resolver: Callable[[str, int], Sequence[str]] = field(default=resolve)

    def check(self, url: str) -> None:
        """Raises `Invalid` for an address that would be refused at every delivery; the name is not resolved."""
        try:
            self._checked(url)
            host = urlsplit(url).hostname or ""
            if host == "localhost" or host.endswith(".localhost"):
                self.rule.check(host, "127.0.0.1")
            try:
                literal = str(ipaddress.ip_address(host))
            except ValueError:
                return
            self.rule.check(host, literal)
        except RequestRefused as error:
            raise Invalid(f"endpoint: {error}", details={"endpoint": str(error)}) from error

    def post(self, url: str, body: bytes, headers: Mapping[str, str], *, seconds: float = SECONDS) -> Sent:
        """Post `body` (JSON). Never raises for what the other side does; `seconds` are for all of it."""
        began = time.monotonic()
        deadline = Deadline(began + seconds)
        try:
            self._checked(url)
            status, after = self._post(url, body, headers, deadline, seconds)
        except (RequestRefused, httpcore.UnsupportedProtocol) as error:
            return Sent(None, f"refused: {error}"[:255], _since(began))
        except httpcore.TimeoutException:
            return Sent(None, f"no answer within {seconds:g} s", _since(began))
        except (httpcore.NetworkError, httpcore.ProtocolError, SSLError, OSError, UnicodeError) as error:
            return Sent(None, f"{type(error).__name__}: {error}"[:255], _since(began))
        if 200 <= status < 300:
            return Sent(status, None, _since(began))
        told = "redirects, which are not followed" if 300 <= status < 400 else "not accepted"
        return Sent(status, f"{status}: {told}", _since(began), after)

    def _checked(self, url: str) -> None:
        try:
            parts = urlsplit(url)
            host, _ = parts.hostname, parts.port
        except ValueError as error:
            raise RequestRefused("this is no address") from error
        if len(url) > LONGEST_URL or any(ord(each) <= 32 or ord(each) == 127 for each in url):
            raise RequestRefused(f"an address has at most {LONGEST_URL} characters and no spaces")
        if parts.scheme not in (("https", "http") if self.plain_http else ("https",)):
            raise RequestRefused("only https is told" + (" (or http)" if self.plain_http else ""))
        if not host or parts.username is not None or parts.password is not None:
            raise RequestRefused("an address has a host, and neither user name nor password")

    def _post(
        self, url: str, body: bytes, headers: Mapping[str, str], deadline: Deadline, seconds: float
    ) -> tuple[int, int | None]:
        sent = {
            "Host": urlsplit(url).netloc,
            "User-Agent": USER_AGENT,
            "Content-Type": "application/json",
            "Content-Length": str(len(body)),
            "Accept-Encoding": "identity",
            "Connection": "close",
            **headers,
        }
        timeouts = dict.fromkeys(("connect", "read", "write", "pool"), seconds)
        secure = urlsplit(url).scheme == "https"
        with (
            httpcore.ConnectionPool(
                ssl_context=_authorities() if secure else None,
                network_backend=GuardedBackend(self.rule, deadline, self.resolver),
            ) as pool,
            pool.stream(
                "POST",
                url.partition("#")[0],
                headers=list(sent.items()),
                content=body,
                extensions={"timeout": timeouts},
            ) as answer,
        ):
            taken = 0
            for chunk in answer.iter_stream():
                taken += len(chunk)
                if taken > _READ_BYTES:
                    break
            named = {name.lower(): value for name, value in answer.headers}
            after = named.get(b"retry-after", b"").decode("latin-1")
            return answer.status, int(after) if after.isascii() and after.isdigit() and len(after) < 7 else None


def sender_of(settings: Settings) -> Sender:
    """Production: https to public addresses, and what the settings opt in. Development may reach its own machine, too."""
    allowed = tuple(ipaddress.ip_network(each) for each in settings.webhooks.allow_private)
    if not settings.production:
        allowed += _AT_HOME
    return Sender(AddressRule(allowed, cure=_CURE), plain_http=not settings.production or bool(allowed))


@lru_cache(maxsize=1)
def _authorities() -> SSLContext:
    # Reading them takes 30 ms.
    context = create_default_context()
    if not context.cert_store_stats()["x509_ca"]:
        context.load_verify_locations(certifi.where())
    return context


def _since(began: float) -> int:
    return round((time.monotonic() - began) * 1000)
