"""Connections to public addresses only: a name is resolved once, every address is checked, and the checked one is dialled."""

from __future__ import annotations

import ipaddress
import socket
import ssl
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

import httpcore

from knowledge_base.errors import RequestRefused

Network = ipaddress.IPv4Network | ipaddress.IPv6Network
Address = ipaddress.IPv4Address | ipaddress.IPv6Address
Resolve = Callable[[str, int], Sequence[str]]

_NAT64 = ipaddress.IPv6Network("64:ff9b::/96")
# Cloud metadata services answer here to whoever asks from inside; no help center does.
_NEVER: tuple[Network, ...] = (
    ipaddress.IPv4Network("169.254.0.0/16"),
    ipaddress.IPv6Network("fe80::/10"),
    ipaddress.IPv6Network("fd00:ec2::/32"),
)


def resolve(host: str, port: int) -> Sequence[str]:
    """Every address of a name, as the system resolves it."""
    return [str(found[4][0]) for found in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)]


@dataclass(frozen=True, slots=True)
class AddressRule:
    """Which addresses may be connected to: public ones, and the networks that an operator opted in."""

    private: tuple[Network, ...] = ()
    cure: str = "If it is yours to index, list its network under `allow_private` of this source"

    def check(self, host: str, address: str) -> None:
        """Raises `RequestRefused` where `address` (of `host`) may not be connected to."""
        for each in _meanings(ipaddress.ip_address(address.partition("%")[0])):
            if any(each in network for network in _NEVER if network.version == each.version):
                raise RequestRefused(f"{host} is {address}, a link-local or metadata address, which is never asked")
            if any(each in network for network in self.private if network.version == each.version):
                continue
            if not each.is_global or each.is_multicast:
                raise RequestRefused(f"{host} is {address}, which is no public address. {self.cure}")


def _meanings(address: Address) -> Iterable[Address]:
    """The address itself, or the IPv4 address that it wraps (mapped, 6to4, Teredo, NAT64)."""
    if isinstance(address, ipaddress.IPv4Address):
        return [address]
    if address.ipv4_mapped is not None:
        return [address.ipv4_mapped]
    wrapped: list[Address] = []
    if address.sixtofour is not None:
        wrapped.append(address.sixtofour)
    if address.teredo is not None:
        wrapped.extend(address.teredo)
    if address in _NAT64 or int(address) >> 32 == 0:
        wrapped.append(ipaddress.IPv4Address(int(address) & 0xFFFFFFFF))
    return wrapped or [address]


@dataclass
class Deadline:
    """The moment by which a request must be over, shared by client and connections."""

    at: float = float("inf")

    def cap(self, timeout: float | None) -> float:
        """At most what is left. Raises `httpcore.ReadTimeout` where nothing is."""
        left = self.at - time.monotonic()
        if left <= 0:
            raise httpcore.ReadTimeout("the answer took too long")
        return left if timeout is None else min(timeout, left)


class GuardedBackend(httpcore.NetworkBackend):
    """Opens connections by `AddressRule`. TLS still asks for and verifies the name, not the address."""

    def __init__(self, rule: AddressRule, deadline: Deadline, resolver: Resolve = resolve) -> None:
        self._rule = rule
        self._deadline = deadline
        self._resolve = resolver
        self._inner = httpcore.SyncBackend()

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.NetworkStream:
        try:
            addresses = list(dict.fromkeys(self._resolve(host, port)))
        except (OSError, UnicodeError) as error:
            raise httpcore.ConnectError(f"{host} cannot be resolved ({error})") from None
        # One bad address among good ones is an attack as well: none of them is dialled.
        for address in addresses:
            self._rule.check(host, address)
        problem: Exception = httpcore.ConnectError(f"{host} has no address")
        for address in addresses[:4]:
            try:
                stream = self._inner.connect_tcp(
                    address, port, self._deadline.cap(timeout), local_address, socket_options
                )
            except (httpcore.ConnectError, httpcore.ConnectTimeout) as error:
                problem = error
                continue
            return _DeadlineStream(stream, self._deadline)
        raise problem

    def connect_unix_socket(
        self,
        path: str,
        timeout: float | None = None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.NetworkStream:
        raise RequestRefused("sockets of this machine are never asked")

    def sleep(self, seconds: float) -> None:
        time.sleep(seconds)


class _DeadlineStream(httpcore.NetworkStream):
    """A connection whose every read ends by the deadline: a byte a second, headers included, cannot hold a sync up."""

    def __init__(self, inner: httpcore.NetworkStream, deadline: Deadline) -> None:
        self._inner = inner
        self._deadline = deadline

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        return self._inner.read(max_bytes, self._deadline.cap(timeout))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self._inner.write(buffer, self._deadline.cap(timeout))

    def close(self) -> None:
        self._inner.close()

    def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore.NetworkStream:
        return _DeadlineStream(
            self._inner.start_tls(ssl_context, server_hostname, self._deadline.cap(timeout)), self._deadline
        )

    def get_extra_info(self, info: str) -> object:
        return self._inner.get_extra_info(info)
