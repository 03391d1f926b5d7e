from __future__ import annotations

import ipaddress
import re
from collections.abc import Sequence
from contextlib import AbstractContextManager

import pytest

from knowledge_base.errors import RequestRefused
from knowledge_base.sources.addresses import AddressRule
from knowledge_base.sources.fetching import Fetcher, checked_url, host_of
from tests.knowledge_base.sources.conftest import LOOPBACK, QUICK
from tests.support.help_center_server import Answer, HelpCenterServer

PRIVATE = [
    "127.0.0.1", "127.8.9.1", "10.0.0.1", "172.16.3.4", "192.168.1.1", "100.64.0.1", "0.0.0.0", "169.254.169.254",
    "224.0.0.1", "255.255.255.255", "::1", "::", "fe80::1", "fe80::1%eth0", "fc00::1", "fd00:ec2::254", "ff02::1",
    "::ffff:127.0.0.1", "::ffff:169.254.169.254", "::127.0.0.1", "64:ff9b::7f00:1", "2002:7f00:1::",
]  # fmt: skip


def refused(said: str) -> AbstractContextManager[object]:
    return pytest.raises(RequestRefused, match=re.escape(said))


@pytest.mark.parametrize("address", PRIVATE)
def test_addresses_that_are_not_public_are_refused(address: str) -> None:
    with pytest.raises(RequestRefused, match=r"help\.example"):
        AddressRule().check("help.example", address)


@pytest.mark.parametrize("address", ["93.184.216.34", "2606:2800:220:1:248:1893:25c8:1946", "::ffff:93.184.216.34"])
def test_public_addresses_may_be_asked(address: str) -> None:
    AddressRule().check("help.example", address)


@pytest.mark.parametrize("address", ["169.254.169.254", "::ffff:169.254.169.254", "fe80::1", "fd00:ec2::254"])
def test_metadata_addresses_are_refused_even_where_every_network_was_opted_in(address: str) -> None:
    everything = (ipaddress.ip_network("0.0.0.0/0"), ipaddress.ip_network("::/0"))
    with pytest.raises(RequestRefused, match="never asked"):
        AddressRule(everything).check("metadata.example", address)


def test_a_network_that_was_opted_in_may_be_asked_and_its_neighbours_not() -> None:
    rule = AddressRule((ipaddress.ip_network("10.1.0.0/16"),))
    rule.check("intranet", "10.1.2.3")
    rule.check("intranet", "::ffff:10.1.2.3")
    with pytest.raises(RequestRefused, match="allow_private"):
        rule.check("intranet", "10.2.0.1")


@pytest.mark.parametrize(
    "host", ["2130706433", "0x7f000001", "0x7f.1", "0177.0.0.1", "127.1", "localhost", "[::1]", "[::ffff:127.0.0.1]"]
)
def test_this_machine_is_refused_however_it_is_spelled(server: HelpCenterServer, host: str) -> None:
    port = server.host.rpartition(":")[2]
    url = f"http://{host}:{port}/"
    with Fetcher(frozenset({host_of(url)}), limits=QUICK) as fetcher, pytest.raises(RequestRefused, match="no public"):
        fetcher.get(url)
    assert server.asked == []


@pytest.mark.parametrize("address", ["127.0.0.1", "169.254.169.254"])
def test_a_name_that_resolves_to_a_private_address_is_refused(server: HelpCenterServer, address: str) -> None:
    port = server.host.rpartition(":")[2]
    host = f"help.example:{port}"
    with Fetcher(frozenset({host}), limits=QUICK, resolver=lambda *_: [address]) as fetcher, refused("help.example"):
        fetcher.get(f"http://{host}/")
    assert server.asked == []


def test_one_private_address_among_public_ones_is_enough_to_refuse() -> None:
    with (
        Fetcher(
            frozenset({"help.example"}), limits=QUICK, resolver=lambda *_: ["93.184.216.34", "10.0.0.1"]
        ) as fetcher,
        pytest.raises(RequestRefused, match=r"10\.0\.0\.1"),
    ):
        fetcher.get("http://help.example/")


def test_the_address_that_was_checked_is_the_one_that_is_dialled(server: HelpCenterServer) -> None:
    """A name that resolves differently a second time (DNS rebinding) gains nothing: it is resolved once a connection."""
    server.page("/", "<p>hello</p>")
    asked: list[str] = []

    def resolver(host: str, port: int) -> Sequence[str]:
        asked.append(host)
        return ["127.0.0.1"] if len(asked) == 1 else ["169.254.169.254"]

    host = f"help.example:{server.host.rpartition(':')[2]}"
    with Fetcher(frozenset({host}), LOOPBACK, QUICK, resolver) as fetcher:
        assert fetcher.get(f"http://{host}/").status == 200
    assert asked == ["help.example"]
    assert server.headers[0]["host"] == host


@pytest.mark.parametrize(
    "url",
    [
        "file:///etc/passwd", "gopher://help.example/", "ftp://help.example/", "javascript:alert(1)", "//help.example/",
        "http://other.example/", "http://help.example:22/", "http://help.example@other.example/", "http://a:b@help.example/",
        "http://help.example.other.example/", "http://[::1/", "http://help.example:99999/", "http://", "",
    ],
)  # fmt: skip
def test_other_schemes_hosts_ports_and_user_names_are_refused(url: str) -> None:
    with pytest.raises(RequestRefused):
        checked_url(url, frozenset({"help.example"}))


def test_an_address_is_brought_to_one_spelling() -> None:
    hosts = frozenset({"help.example"})
    assert checked_url("HTTP://Help.Example.:80/a b?q=ñ#part", hosts) == "http://help.example/a%20b?q=%C3%B1"
    assert checked_url("https://help.example", hosts) == "https://help.example/"


def test_a_redirect_from_an_allowed_host_to_a_metadata_address_is_refused(server: HelpCenterServer) -> None:
    server.pages["/a"] = Answer(status=302, headers={"Location": "http://169.254.169.254/latest/meta-data/"})
    with Fetcher(frozenset({server.host, "169.254.169.254"}), LOOPBACK, QUICK) as fetcher, refused("never asked"):
        fetcher.get(f"{server.url}/a")


@pytest.mark.parametrize("target", ["http://10.0.0.1/", "file:///etc/passwd", "gopher://127.0.0.1:6379/_FLUSHALL"])
def test_a_redirect_to_what_is_not_listed_is_refused(server: HelpCenterServer, target: str) -> None:
    server.pages["/a"] = Answer(status=301, headers={"Location": target})
    with Fetcher(frozenset({server.host}), LOOPBACK, QUICK) as fetcher, pytest.raises(RequestRefused):
        fetcher.get(f"{server.url}/a")


def test_an_answer_that_trickles_does_not_hold_up_longer_than_its_deadline(server: HelpCenterServer) -> None:
    server.pages["/a"] = Answer(body=b"x" * 1000, trickle=0.05)
    limits = QUICK.__class__(seconds=0.5, read_timeout=30.0, retries=0)
    with Fetcher(frozenset({server.host}), LOOPBACK, limits) as fetcher, pytest.raises(Exception, match="in time"):
        fetcher.get(f"{server.url}/a")
