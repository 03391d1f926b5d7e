"""The customer's address where a proxy stands in front: from its headers, and only when the proxy is one of ours."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Sequence

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Receive, Scope, Send

Network = ipaddress.IPv4Network | ipaddress.IPv6Network
Address = ipaddress.IPv4Address | ipaddress.IPv6Address

# RFC 7239: `for=192.0.2.60`, `for="[2001:db8::1]:4711"`, `for=_hidden`, `for=unknown`.
FOR = re.compile(r'(?i)(?:^|;)\s*for\s*=\s*("[^"]*"|[^;\s]*)')
MOST_HOPS = 20


def networks(text: str) -> tuple[Network, ...]:
    """Addresses and networks, parted by commas or spaces. Raises ValueError for anything else."""
    return tuple(ipaddress.ip_network(each, strict=False) for each in re.split(r"[,\s]+", text.strip()) if each)


def client_behind(peer: str, headers: Headers, trusted: Sequence[Network]) -> str:
    """The address of whoever our outermost proxy heard from; the peer's own where it is no proxy of ours.

    Read from the right: each proxy appends whom it heard from, and what stands further left than the first address that is
    not ours was written by a stranger.
    """
    if not _is_ours(peer, trusted):
        return peer
    client = peer
    for hop in reversed(_hops(headers)[-MOST_HOPS:]):
        address = _address(hop)
        if address is None:
            break
        client = str(address)
        if not _is_ours(client, trusted):
            break
    return client


def _hops(headers: Headers) -> list[str]:
    """Who was heard from, the first hop first. `Forwarded` counts where both kinds of header are there."""
    if forwarded := headers.getlist("forwarded"):
        elements = ",".join(forwarded).split(",")
        return [found[1] if (found := FOR.search(each)) else "" for each in elements]
    return ",".join(headers.getlist("x-forwarded-for")).split(",")


def _address(hop: str) -> Address | None:
    """The address of `192.0.2.1`, `192.0.2.1:80`, `2001:db8::1`, `"[2001:db8::1]:80"`; None for what is none."""
    text = hop.strip().strip('"')
    if bracketed := re.fullmatch(r"\[([^\]]+)\](?::\d+)?", text):
        text = bracketed[1]
    elif re.fullmatch(r"[\d.]+:\d+", text):
        text = text.partition(":")[0]
    try:
        return ipaddress.ip_address(text.partition("%")[0])
    except ValueError:
        return None


def _is_ours(address: str, trusted: Sequence[Network]) -> bool:
    try:
        ip = ipaddress.ip_address(address)
    except ValueError:
        return False
    if isinstance(ip, ipaddress.IPv6Address) and ip.ipv4_mapped is not None:
        ip = ip.ipv4_mapped
    return any(ip.version == each.version and ip in each for each in trusted)


class ClientAddress:
    """Puts the customer's address where everything behind looks for it: `scope["client"]`."""

    def __init__(self, app: ASGIApp, trusted: Sequence[Network]) -> None:
        self.app = app
        self.trusted = tuple(trusted)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if self.trusted and scope["type"] == "http" and scope.get("client"):
            peer, port = scope["client"]
            scope = {**scope, "client": (client_behind(peer, Headers(scope=scope), self.trusted), port)}
        await self.app(scope, receive, send)
