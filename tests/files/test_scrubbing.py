"""Secrets are taken out of logs and recordings of traffic, and nothing else is."""

from __future__ import annotations

import base64
import json
import re
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from api.files.scrubbing.names import secret_kind
from api.files.scrubbing.structure import scrub_json
from api.files.scrubbing.tally import Kind, Tally
from api.files.scrubbing.text import passes_luhn, scrub_text
from api.files.texts import clean_json, clean_log
from tests.files import labelled, samples
from tests.files.measuring import measure


@pytest.mark.parametrize(
    ("name", "recall", "precision"), [("FIRST", 1.0, 1.0), ("FRESH", 0.97, 0.97), ("LAST", 0.96, 0.97)]
)
def test_the_labelled_sets_hold(name: str, recall: float, precision: float) -> None:
    measured = measure(getattr(labelled, name))
    assert measured.recall >= recall, "\n".join(measured.missed)
    assert measured.precision >= precision, "\n".join(measured.spoiled)


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("X-Api-Key", Kind.API_KEYS),
        ("xApiKey", Kind.API_KEYS),
        ("X-STORE-API-AppToken", Kind.TOKENS),
        ("Contraseña", Kind.PASSWORDS),
        ("DB_PASS", Kind.PASSWORDS),
        ("ASPSESSIONIDQQ", Kind.SESSION_IDS),
        ("reset_token", Kind.TOKENS),
        ("bypass", None),
        ("nextPageToken", None),
        ("tokenType", None),
        ("passwordExpiresAt", None),
        ("forgotPassword", None),
        ("publicKey", None),
        ("orderId", None),
        ("key", None),
        ("", None),
    ],
)
def test_a_name_tells_what_its_value_is(name: str, kind: Kind | None) -> None:
    assert secret_kind(name) is kind


def test_a_har_loses_every_secret_and_stays_a_har(tmp_path: Path) -> None:
    source, out = tmp_path / "in.har", tmp_path / "out.har"
    source.write_bytes(samples.har())
    cleaned = clean_json(source, out)
    assert cleaned.removed == {
        "authorization": 1,
        "cards": 1,
        "cookies": 2,
        "passwords": 1,
        "session_ids": 1,
        "tokens": 1,
    }
    text = out.read_text(encoding="utf-8")
    packed = json.loads(text)["log"]["entries"][1]["response"]["content"]["text"]
    for secret in samples.SECRETS:
        assert secret not in text
        assert secret not in base64.b64decode(packed).decode()
    before, after = json.loads(source.read_text()), json.loads(text)
    assert shape(after) == shape(before)
    entry = after["log"]["entries"][0]
    assert entry["request"]["url"].startswith("https://shop.example/checkout/1293845810293-01?access_token=REMOVED_")
    assert entry["request"]["url"].endswith("&sc=1")
    assert json.loads(entry["request"]["postData"]["text"])["orderId"] == "1293845810293-01"
    assert json.loads(entry["response"]["content"]["text"])["total"] == 129.9
    assert entry["response"]["headers"][0]["value"] == "cart=REMOVED_COOKIES; Path=/; HttpOnly"
    assert entry["time"] == 812.5


def shape(value: object) -> object:
    """A structure without its texts."""
    if isinstance(value, dict):
        return {key: shape(each) for key, each in value.items()}
    if isinstance(value, list):
        return [shape(each) for each in value]
    return "" if isinstance(value, str) else value


def test_a_file_without_secrets_is_stored_byte_for_byte(tmp_path: Path) -> None:
    source, out = tmp_path / "in", tmp_path / "out"
    source.write_bytes(b'{ "orders" :[ 1.50,\t"1293845810293-01" ]}\r\n')
    assert not clean_json(source, out).rewritten
    source.write_bytes("línea 1\r\nline 2\n\ttab\x1b[31mred\x1b[0m".encode())
    assert not clean_log(source, out).rewritten


def test_a_secret_is_counted_once_however_often_it_stands_there(tmp_path: Path) -> None:
    source, out = tmp_path / "in", tmp_path / "out"
    source.write_bytes(b"Cookie: a=1111; b=2222\n" * 5_000 + b"password=Perro2026!\n")
    assert clean_log(source, out).removed == {"cookies": 2, "passwords": 1}
    assert out.read_text().count("a=REMOVED_COOKIES; b=REMOVED_COOKIES") == 5_000


def test_a_private_key_that_lies_across_two_blocks_is_removed(tmp_path: Path) -> None:
    source, out = tmp_path / "in", tmp_path / "out"
    key = "-----BEGIN PRIVATE KEY-----\n" + "MIIEvQIBADANBgkqhkiG9w0BAQEF\n" * 60 + "-----END PRIVATE KEY-----\n"
    for before in range(255_000, 256_100, 350):
        filler = ("x" * 99 + "\n") * (before // 100)
        source.write_text(filler + key + "the end\n")
        assert clean_log(source, out).removed == {"private_keys": 1}
        assert out.read_text() == filler + "REMOVED_PRIVATE_KEYS\nthe end\n"


def test_a_private_key_without_an_end_is_removed() -> None:
    tally = Tally()
    assert scrub_text("a\n-----BEGIN RSA PRIVATE KEY-----\nMIIEow\nIBAAKC", tally) == "a\nREMOVED_PRIVATE_KEYS"
    assert tally.counts == {"private_keys": 1}


@given(st.integers(10**15, 10**16 - 1))
def test_a_number_that_fails_its_checksum_is_no_card(number: int) -> None:
    text = f"value {number} end"
    cleaned = scrub_text(text, Tally())
    assert (cleaned == text) or passes_luhn(str(number))


WORDS = st.sampled_from(
    ["order 1293845810293-01", "GET /a?page=2&q=x", "total=129.90", "user=ana", "status: failed", "x-request-id: 7c9e"]
)
SECRETS = st.sampled_from(
    [
        "password=Perro2026!",
        "Cookie: a=b1; c=d2",
        '"token":"tk-9981-aa"',
        "Authorization: Bearer q8w7e6r5t4",
        "api_key=ak-77-zz",
    ]
)


@settings(max_examples=80, deadline=None)
@given(st.lists(st.one_of(WORDS, SECRETS), max_size=8), st.sampled_from(["\n", "\r\n", " | "]))
def test_what_was_cleaned_once_is_clean(parts: list[str], between: str) -> None:
    once = scrub_text(between.join(parts), Tally())
    again = Tally()
    assert scrub_text(once, again) == once
    assert again.counts == {}


@settings(max_examples=80, deadline=None)
@given(st.text(alphabet=st.characters(codec="utf-8"), max_size=400))
def test_any_text_is_read_without_an_error(text: str) -> None:
    cleaned = scrub_text(text, Tally())
    assert len(re.findall("\n", cleaned)) <= len(re.findall("\n", text))


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=20),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["name", "value", "token", "cookies", "text", "encoding", "headers", "a"]),
            inner,
            max_size=4,
        )
    ),
    max_leaves=12,
)


@settings(max_examples=80, deadline=None)
@given(JSON)
def test_any_json_keeps_its_shape(value: object) -> None:
    cleaned = scrub_json(value, Tally())
    json.dumps(cleaned)
    assert _keys(cleaned) == _keys(value)


def _keys(value: object) -> object:
    if isinstance(value, dict):
        return {key: _keys(each) for key, each in value.items()}
    return [_keys(each) for each in value] if isinstance(value, list) else None
