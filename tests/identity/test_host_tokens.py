"""The host's signed tokens: what is taken, what is refused, and whose tickets they open."""

from __future__ import annotations

import base64
import datetime as dt
import json
import uuid
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from pydantic import SecretStr

from api.database import Database
from api.errors import Unauthorized
from api.identity.customers import customer_of_address, customer_platforms
from api.identity.host_tokens import exchange_host_token, verify_host_token
from api.identity.models import Customer
from api.settings import Settings, SettingsError
from bot.catalog import load_catalog
from tests.support.rest import Rest, ok

SECRET = "a" * 32
OTHER = "b" * 32
PRIVATE = Ed25519PrivateKey.generate()
PUBLIC = (
    PRIVATE.public_key()
    .public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
    .decode()
)


@pytest.fixture
def settings() -> Settings:
    return Settings(
        secret_key=SecretStr("s" * 32),
        host_jwt_keys={"first": SECRET, "second": OTHER, "curve": PUBLIC},
        mode="production",
    )


def claims(**changes: Any) -> dict[str, Any]:
    now = int(dt.datetime.now(dt.UTC).timestamp())
    made = {
        "sub": "user-1",
        "aud": "support-copilot",
        "iat": now,
        "exp": now + 300,
        "jti": uuid.uuid4().hex,
        "email": "Ana@Example.com",
        "name": "Ana",
        "account_id": "shop-1",
        "platforms": ["Shop A", "Shop B"],
        "language": "pt",
        **changes,
    }
    return {name: value for name, value in made.items() if value is not None}


def signed(key: Any = SECRET, algorithm: str = "HS256", *, header: dict[str, Any] | None = None, **changes: Any) -> str:
    return jwt.encode(claims(**changes), key, algorithm=algorithm, headers={"kid": "first", **(header or {})})


def exchange(database: Database, settings: Settings, token: str) -> Customer:
    with database.write() as session:
        return exchange_host_token(session, token, settings)


@pytest.mark.parametrize(
    "token",
    [
        lambda: signed(),
        lambda: signed(OTHER, header={"kid": "second"}),
        lambda: signed(PRIVATE, "EdDSA", header={"kid": "curve"}),
    ],
)
def test_a_token_of_any_active_key_is_exchanged(database: Database, settings: Settings, token: Any) -> None:
    customer = exchange(database, settings, token())
    assert (customer.email, customer.name, customer.account_id, customer.locale) == (
        "ana@example.com",
        "Ana",
        "shop-1",
        "pt",
    )
    assert customer.external_id == "user-1"
    with database.read() as session:
        assert customer_platforms(session, customer, load_catalog()) == ["Shop A", "Shop B"]


def test_a_token_counts_once(database: Database, settings: Settings) -> None:
    token = signed()
    exchange(database, settings, token)
    with pytest.raises(Unauthorized, match="used before"):
        exchange(database, settings, token)


def unsigned(header: dict[str, Any]) -> str:
    def part(content: dict[str, Any]) -> str:
        return base64.urlsafe_b64encode(json.dumps(content).encode()).decode().rstrip("=")

    return f"{part(header)}.{part(claims())}."


def now() -> int:
    """Asked when a test runs: it may be a quarter of an hour after it was collected."""
    return int(dt.datetime.now(dt.UTC).timestamp())


RSA_KEY = rsa.generate_private_key(public_exponent=65537, key_size=2048)


@pytest.mark.parametrize(
    ("token", "why"),
    [
        (lambda: signed("wrong" * 8), "Signature"),
        (lambda: signed(header={"kid": "third"}), "kid"),
        (lambda: signed(header={"kid": "curve"}), "not allowed|alg"),
        (lambda: signed(header={"kid": "../../etc"}), "kid"),
        (lambda: jwt.encode(claims(), SECRET), "kid"),
        (lambda: signed(SECRET * 2, "HS512"), "alg"),
        (lambda: signed(RSA_KEY, "RS256"), "alg"),
        (lambda: unsigned({"alg": "none", "kid": "first"}), "alg|Signature"),
        (lambda: signed(header={"jwk": {"kty": "oct", "k": "YWFh"}}), "jwk"),
        (lambda: signed(header={"jku": "https://evil.example/keys"}), "jku"),
        (lambda: signed(header={"x5u": "https://evil.example/cert"}), "x5u"),
        (lambda: signed(header={"x5c": ["MIIB"]}), "x5c"),
        (lambda: signed(aud="another"), "udience"),
        (lambda: signed(aud=None), "aud"),
        (lambda: signed(exp=now() - 60, iat=now() - 120), "expired"),
        (lambda: signed(iat=now(), exp=now() + 301), "five minutes"),
        (lambda: signed(iat=now() + 3600, exp=now() + 3700), "iat|yet valid"),
        (lambda: signed(nbf=now() + 600), "yet valid|nbf"),
        (lambda: signed(exp=None), "exp"),
        (lambda: signed(exp=float("inf")), "integer"),
        (lambda: signed(exp="soon"), "exp|Expiration"),
        (lambda: signed(iat=None), "iat"),
        (lambda: signed(jti=None), "jti"),
        (lambda: signed(sub=None), "sub"),
        (lambda: signed(sub=""), "sub"),
        (lambda: signed(jti="x" * 256), "jti"),
        (lambda: signed(email="not an address"), "email"),
        (lambda: signed(platforms="one"), "platforms"),
        (lambda: "nonsense", "not a JWT"),
        (lambda: "a.b.c", "not a JWT"),
        (lambda: "", "not a JWT"),
    ],
)
def test_every_other_token_is_refused(database: Database, settings: Settings, token: Any, why: str) -> None:
    with database.write() as session, pytest.raises(Unauthorized, match=why) as caught:
        verify_host_token(settings, session, token())
    assert caught.value.code == "host_token"


def test_the_demo_key_is_worth_nothing_in_production(database: Database, settings: Settings) -> None:
    settings.host_jwt_keys["demo"] = SECRET
    with database.write() as session, pytest.raises(Unauthorized, match="kid"):
        verify_host_token(settings, session, signed(header={"kid": "demo"}))


def test_a_weak_secret_is_named(database: Database, settings: Settings) -> None:
    settings.host_jwt_keys["first"] = "short"
    with database.write() as session, pytest.raises(SettingsError, match="32 characters"):
        verify_host_token(settings, session, signed("short" * 7))


def test_the_customer_of_a_code_is_the_customer_of_the_host(database: Database, settings: Settings) -> None:
    with database.write() as session:
        before = customer_of_address(session, "ana@example.com").id
    assert exchange(database, settings, signed()).id == before


def test_an_address_that_the_host_has_not_verified_opens_nobodys_tickets(
    database: Database, settings: Settings
) -> None:
    with database.write() as session:
        before = customer_of_address(session, "ana@example.com").id
    stranger = exchange(database, settings, signed(email_verified=False))
    assert stranger.id != before
    assert (stranger.email, stranger.mail_address) == (None, "ana@example.com")


def test_two_people_who_share_an_address_stay_two(database: Database, settings: Settings) -> None:
    first = exchange(database, settings, signed(sub="one"))
    second = exchange(database, settings, signed(sub="two"))
    again = exchange(database, settings, signed(sub="one", name="Ana María"))
    assert first.id == again.id != second.id
    assert second.mail_address == "ana@example.com"
    assert again.name == "Ana María"


def test_the_demo_identity_is_taken_and_exists_in_development_only(rest: Rest) -> None:
    demo = ok(rest.http.get("/demo/identity"))
    assert len(demo["platforms"]) == 2
    customer = exchange(rest.database, rest.settings, demo["token"])
    assert (customer.email, customer.account_id) == (demo["email"], demo["account_id"])
    rest.settings.mode = "production"
    assert rest.http.get("/demo/identity").status_code == 404
