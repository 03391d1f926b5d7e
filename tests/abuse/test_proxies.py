"""The customer's address is taken from a header only where one of our proxies wrote it."""

from __future__ import annotations

import pytest
from pydantic import ValidationError
from starlette.datastructures import Headers

from api.abuse.proxies import client_behind, networks
from api.settings import LimitSettings

OURS = networks("10.0.0.0/8, 2001:db8:1::/48 127.0.0.1")


def behind(peer: str, *headers: tuple[str, str]) -> str:
    return client_behind(peer, Headers(raw=[(name.encode(), value.encode()) for name, value in headers]), OURS)


@pytest.mark.parametrize("name", ["forwarded", "x-forwarded-for", "X-Forwarded-For", "Forwarded"])
def test_a_stranger_is_never_believed(name: str) -> None:
    assert behind("203.0.113.9", (name, "for=198.51.100.1" if "for=" in name else "198.51.100.1")) == "203.0.113.9"
    assert behind("203.0.113.9", (name, "for=198.51.100.1")) == "203.0.113.9"
    assert behind("testclient", (name, "198.51.100.1")) == "testclient"


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("198.51.100.1", "198.51.100.1"),
        ("198.51.100.1:4711", "198.51.100.1"),
        ("1.1.1.1, 198.51.100.1", "198.51.100.1"),
        ("1.1.1.1, 198.51.100.1, 10.0.0.7, 10.1.1.1", "198.51.100.1"),
        ("2001:db8:2::5", "2001:db8:2::5"),
        ("::ffff:198.51.100.1, ::ffff:10.0.0.9", "::ffff:c633:6401"),
        ("10.0.0.7", "10.0.0.7"),
        ("nonsense", "10.0.0.1"),
        ("198.51.100.1, nonsense", "10.0.0.1"),
        ("", "10.0.0.1"),
    ],
)
def test_x_forwarded_for_is_read_from_the_right(value: str, expected: str) -> None:
    assert behind("10.0.0.1", ("x-forwarded-for", value)) == expected


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("for=198.51.100.1", "198.51.100.1"),
        ("For=198.51.100.1;proto=https;by=10.0.0.2", "198.51.100.1"),
        ('proto=https; for="[2001:db8:2::5]:4711"', "2001:db8:2::5"),
        ("for=1.1.1.1, for=198.51.100.1, for=10.0.0.7", "198.51.100.1"),
        ("for=198.51.100.1, for=_hidden", "10.0.0.1"),
        ("for=unknown", "10.0.0.1"),
        ("by=198.51.100.1", "10.0.0.1"),
    ],
)
def test_forwarded_is_read_as_rfc_7239_says(value: str, expected: str) -> None:
    assert behind("10.0.0.1", ("forwarded", value)) == expected


def test_forwarded_counts_where_both_are_there_and_lines_are_joined() -> None:
    assert behind("10.0.0.1", ("x-forwarded-for", "1.1.1.1"), ("forwarded", "for=2.2.2.2")) == "2.2.2.2"
    assert behind("10.0.0.1", ("x-forwarded-for", "1.1.1.1"), ("x-forwarded-for", "2.2.2.2")) == "2.2.2.2"


def test_a_long_chain_is_cut() -> None:
    assert behind("10.0.0.1", ("x-forwarded-for", ",".join(["9.9.9.9"] + ["10.0.0.5"] * 5000))) == "10.0.0.5"


def test_a_proxy_that_is_no_address_is_refused_at_the_start() -> None:
    with pytest.raises(ValidationError):
        LimitSettings(trusted_proxies="10.0.0.0/8, my-proxy")
