"""HTTP for sources: allow-listed hosts, checked addresses, every redirect checked again, caps on bytes and time, retries."""

from __future__ import annotations

import random
import ssl
import time
import zlib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from urllib.parse import quote, urljoin, urlsplit, urlunsplit

import httpcore

from knowledge_base.errors import RequestRefused, SourceUnavailable
from knowledge_base.sources.addresses import AddressRule, Deadline, GuardedBackend, Network, Resolve, resolve

USER_AGENT = "support-copilot/1 (help center sync)"
_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_RETRIED = frozenset({429, 500, 502, 503, 504})
_PORTS = {"http": 80, "https": 443}


@dataclass(frozen=True, slots=True)
class Limits:
    """What one request may cost. Seconds and bytes; bytes are counted after unpacking."""

    seconds: float = 30.0
    read_timeout: float = 15.0
    max_bytes: int = 5 * 1024 * 1024
    redirects: int = 5
    retries: int = 3
    first_pause: float = 0.5
    longest_pause: float = 60.0


@dataclass(frozen=True, slots=True)
class Page:
    """An answer. `url` is where it came from in the end; header names are in lower case."""

    url: str
    status: int
    headers: Mapping[str, str]
    body: bytes

    def header(self, name: str) -> str:
        return self.headers.get(name, "")


class PageFailed(SourceUnavailable):
    """One address gave no usable answer: it was refused, cut short, too large, too slow, or redirected in circles."""


@dataclass
class Fetcher:
    """GETs from `hosts` (`name` or `name:port`) and nowhere else. Not for use by several threads at once."""

    hosts: frozenset[str]
    private: tuple[Network, ...] = ()
    limits: Limits = field(default_factory=Limits)
    resolver: Resolve = resolve
    pause: Callable[[float], None] = time.sleep

    def __post_init__(self) -> None:
        self._deadline = Deadline()
        self._pools: dict[str, httpcore.ConnectionPool] = {}

    def __enter__(self) -> Fetcher:
        return self

    def __exit__(self, *_: object) -> None:
        for pool in self._pools.values():
            pool.close()
        self._pools.clear()

    def get(
        self,
        url: str,
        *,
        headers: Mapping[str, str] | None = None,
        follow: bool = True,
        max_bytes: int | None = None,
    ) -> Page:
        """The answer to a GET, redirects followed, 429 and 5xx tried again (by `Retry-After` where one is given).

        Any other status is an answer. Raises `RequestRefused` for what may not be asked, `PageFailed` otherwise.
        """
        url = checked_url(url, self.hosts)
        seen = {url}
        for _ in range(self.limits.redirects + 1):
            page = self._with_retries(url, headers or {}, max_bytes or self.limits.max_bytes)
            if page.status not in _REDIRECTS or not follow:
                return page
            target = checked_url(urljoin(url, page.header("location")), self.hosts)
            if target in seen:
                raise PageFailed(f"{url} redirects in a circle")
            seen.add(target)
            url = target
        raise PageFailed(f"{url}: more than {self.limits.redirects} redirects")

    def _with_retries(self, url: str, headers: Mapping[str, str], max_bytes: int) -> Page:
        problem = ""
        for attempt in range(self.limits.retries + 1):
            wait = self.limits.first_pause * 2**attempt * (0.75 + random.random() / 2)
            try:
                page = self._once(url, headers, max_bytes)
            except (httpcore.NetworkError, httpcore.TimeoutException, httpcore.ProtocolError, ssl.SSLError) as error:
                problem = f"{url}: {_said(error)}"
            except httpcore.UnsupportedProtocol:
                raise RequestRefused(f"{url}: only http and https are asked") from None
            else:
                if page.status not in _RETRIED:
                    return page
                problem = f"{url} answers {page.status}"
                asked = _retry_after(page.header("retry-after"))
                if asked is not None and asked > self.limits.longest_pause:
                    raise PageFailed(f"{problem} and asks to wait {asked:.0f} s")
                wait = wait if asked is None else asked
            if attempt < self.limits.retries:
                self.pause(min(wait, self.limits.longest_pause))
        raise PageFailed(problem)

    def _once(self, url: str, headers: Mapping[str, str], max_bytes: int) -> Page:
        sent = {"User-Agent": USER_AGENT, "Accept-Encoding": "gzip", **headers}
        self._deadline.at = time.monotonic() + self.limits.seconds
        timeouts = {name: self.limits.read_timeout for name in ("connect", "read", "write", "pool")}
        parts = urlsplit(url)
        sent["Host"] = parts.netloc
        with self._connections(parts.scheme).stream(
            "GET", url, headers=list(sent.items()), extensions={"timeout": timeouts}
        ) as answer:
            received = {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in answer.headers}
            if answer.status in (204, 304):
                return Page(url, answer.status, received, b"")
            body = _body(url, answer.iter_stream(), received.get("content-encoding", ""), max_bytes)
            return Page(url, answer.status, received, body)

    def _connections(self, scheme: str) -> httpcore.ConnectionPool:
        if scheme not in self._pools:
            self._pools[scheme] = httpcore.ConnectionPool(
                # Reading the authorities takes 30 ms, and plain HTTP asks for none.
                ssl_context=_tls() if scheme == "https" else None,
                max_connections=4,
                keepalive_expiry=10.0,
                network_backend=GuardedBackend(AddressRule(self.private), self._deadline, self.resolver),
            )
        return self._pools[scheme]


def checked_url(url: str, hosts: frozenset[str]) -> str:
    """`url` in one spelling, without fragment. Raises `RequestRefused` for other schemes, hosts and ports, and for
    user names in it."""
    try:
        parts = urlsplit(url.strip())
        port = parts.port
        name = (parts.hostname or "").rstrip(".").encode("idna").decode("ascii") if parts.hostname else ""
    except (ValueError, UnicodeError):
        raise RequestRefused(f"{url[:200]!r} is no address") from None
    if parts.scheme not in _PORTS:
        raise RequestRefused(f"{url[:200]}: only http and https are asked")
    if parts.username is not None or parts.password is not None:
        raise RequestRefused(f"an address at {name} carries a user name")
    name = f"[{name}]" if ":" in name else name
    place = name if port in (None, _PORTS[parts.scheme]) else f"{name}:{port}"
    if place not in hosts:
        raise RequestRefused(f"{place or url[:200]} is not among the hosts of this source")
    path = quote(parts.path or "/", safe="/%:@!$&'()*+,;=~-._")
    query = quote(parts.query, safe="/%:@!$&'()*+,;=~-._?[]")
    return urlunsplit((parts.scheme, place, path, query, ""))


def host_of(url: str) -> str:
    """`name` or `name:port` of an address, as `Fetcher.hosts` lists it. Raises `RequestRefused` where it has none."""
    try:
        parts = urlsplit(url)
        port, name = parts.port, (parts.hostname or "").rstrip(".")
    except ValueError:
        raise RequestRefused(f"{url[:200]!r} is no address") from None
    if not name or parts.scheme not in _PORTS:
        raise RequestRefused(f"{url[:200]}: only http and https are asked")
    name = f"[{name}]" if ":" in name else name
    return name if port in (None, _PORTS[parts.scheme]) else f"{name}:{port}"


def unpacked(body: bytes, max_bytes: int, url: str) -> bytes:
    """`body`, gunzipped where it is a gzip file (sitemaps often are). Raises `PageFailed` beyond `max_bytes`."""
    if not body.startswith(b"\x1f\x8b"):
        return body
    return _gunzip(url, [body], max_bytes)


def _body(url: str, chunks: Iterable[bytes], encoding: str, max_bytes: int) -> bytes:
    if encoding.lower() in ("gzip", "x-gzip"):
        return _gunzip(url, chunks, max_bytes)
    if encoding.lower() not in ("", "identity"):
        raise PageFailed(f"{url} comes in an encoding that was not asked for ({encoding[:40]})")
    body = bytearray()
    for chunk in chunks:
        body += chunk
        if len(body) > max_bytes:
            raise PageFailed(f"{url} is larger than {max_bytes} bytes")
    return bytes(body)


def _gunzip(url: str, chunks: Iterable[bytes], max_bytes: int) -> bytes:
    unpacker = zlib.decompressobj(31)
    body = bytearray()
    try:
        for chunk in chunks:
            body += unpacker.decompress(chunk, max_bytes + 1 - len(body))
            if len(body) > max_bytes or unpacker.unconsumed_tail:
                raise PageFailed(f"{url} is larger than {max_bytes} bytes unpacked")
    except zlib.error:
        raise PageFailed(f"{url} is not the gzip that it says it is") from None
    if not unpacker.eof:
        raise PageFailed(f"{url} was cut short")
    return bytes(body)


def _retry_after(value: str) -> float | None:
    if value.isdigit():
        return float(value)
    try:
        return max(0.0, (parsedate_to_datetime(value) - datetime.now(UTC)).total_seconds())
    except (TypeError, ValueError):
        return None


def _said(error: Exception) -> str:
    if isinstance(error, httpcore.TimeoutException):
        return "no answer in time"
    if isinstance(error, httpcore.ConnectError):
        return f"not reachable ({error})" if str(error) else "not reachable"
    if isinstance(error, httpcore.ProtocolError):
        return "the answer was cut short or is not HTTP"
    return f"the connection broke ({type(error).__name__})"


def _tls() -> ssl.SSLContext:
    """What the system trusts (`SSL_CERT_FILE` included), and the usual authorities where it has none of its own."""
    context = ssl.create_default_context()
    if not context.cert_store_stats()["x509_ca"]:
        import certifi

        context.load_verify_locations(certifi.where())
    return context
