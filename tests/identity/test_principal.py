"""Whose token it is: every kind, every way in which one is no longer good."""

from __future__ import annotations

import datetime as dt
import re
from typing import Any

import jwt
import pytest
from fastapi import FastAPI
from pydantic import SecretStr

from api.errors import Unauthorized
from api.identity.principal import ANONYMOUS, Principal
from api.identity.tokens import signing_key
from api.identity.turn_tokens import LIFETIME, issue_turn_token, read_turn_token
from api.settings import Settings, SettingsError
from tests.support.rest import Rest, ok

SETTINGS = Settings(secret_key=SecretStr("s" * 32))


def forged(key: str = "s" * 32, algorithm: str = "HS256", **changes: Any) -> str:
    now = int(dt.datetime.now(dt.UTC).timestamp())
    claims = {"aud": "copilot-turn", "conv": "c", "turn": "t", "iat": now, "exp": now + 60, **changes}
    return jwt.encode({name: value for name, value in claims.items() if value is not None}, key, algorithm=algorithm)


def test_a_turn_token_says_which_turn_of_which_conversation() -> None:
    claims = read_turn_token(SETTINGS, issue_turn_token(SETTINGS, "c", "t", address="203.0.113.7"))
    assert (claims.conversation_id, claims.turn_id) == ("c", "t")
    assert claims.network is not None
    assert "203" not in claims.network
    assert read_turn_token(SETTINGS, issue_turn_token(SETTINGS, "c", "t")).network is None


def test_a_turn_token_does_not_outlive_its_turn_by_much() -> None:
    token = jwt.decode(issue_turn_token(SETTINGS, "c", "t"), options={"verify_signature": False})
    assert token["exp"] - token["iat"] == LIFETIME.total_seconds() <= 120


@pytest.mark.parametrize(
    "token",
    [
        lambda: forged(key="x" * 32),
        lambda: forged(exp=1),
        lambda: forged(exp=None),
        lambda: forged(aud="support-copilot"),
        lambda: forged(aud=None),
        lambda: forged(conv=None),
        lambda: forged(turn=None),
        lambda: jwt.encode(
            {"conv": "c", "turn": "t", "aud": "copilot-turn", "exp": 9_999_999_999}, "", algorithm="none"
        ),
        lambda: "a.b.c",
    ],
)
def test_any_other_turn_token_is_refused(token: Any) -> None:
    with pytest.raises(Unauthorized):
        read_turn_token(SETTINGS, token())


def test_without_a_secret_nothing_is_signed() -> None:
    with pytest.raises(SettingsError, match="COPILOT_SECRET_KEY"):
        signing_key(Settings(secret_key=SecretStr("short")))


def test_each_token_is_what_it_is(rest: Rest) -> None:
    talk = rest.conversation()
    seen = {
        name: ok(rest.http.get("/identity/me", headers=headers))
        for name, headers in {
            "conversation": talk.headers,
            "turn": talk.turn(),
            "api_token": rest.token_of("lead", "lead@example.com"),
            "customer's token": rest.token_of("customer", "ana@example.com"),
        }.items()
    }
    assert {name: (me["kind"], me["role"], me["verified"]) for name, me in seen.items()} == {
        "conversation": ("conversation", None, False),
        "turn": ("turn", None, False),
        "api_token": ("api_token", "lead", False),
        "customer's token": ("api_token", "customer", True),
    }
    assert seen["turn"]["conversation_id"] == seen["conversation"]["conversation_id"] == talk.id


@pytest.mark.parametrize(
    "header",
    ["Bearer", "Bearer ", "Bearer x", "Bearer cps_x", "Bearer cpt_x", "Bearer a.b.c", "Token x", "Basic eA==", "x"],
)
def test_credentials_that_mean_nothing_are_refused_and_never_anonymous(rest: Rest, header: str) -> None:
    assert rest.http.get("/identity/me", headers={"Authorization": header}).status_code == 401
    assert rest.http.get("/api/v2/requests", headers={"Authorization": header}).status_code == 401


def test_a_turn_cannot_act_in_another_conversation(rest: Rest) -> None:
    mine, other = rest.conversation(), rest.conversation("ana@example.com")
    turn_id = jwt.decode(mine.turn()["Authorization"].split()[1], options={"verify_signature": False})["turn"]
    mixed = issue_turn_token(rest.settings, other.id, turn_id)
    assert rest.http.get("/identity/me", headers={"Authorization": f"Bearer {mixed}"}).status_code == 401


def test_roles_stand_in_a_row() -> None:
    lead = Principal("staff", role="lead")
    assert lead.has_role("agent")
    assert lead.has_role("lead")
    assert not lead.has_role("admin")
    assert not ANONYMOUS.has_role("agent")
    assert not Principal("customer", role="customer").has_role("agent")


def test_every_endpoint_of_ours_asks_who_is_there(rest: Rest) -> None:
    """Anonymous callers get 401 from everything under these paths but the doors themselves."""
    doors = {"/identity/staff/sessions", "/identity/sessions", "/demo/identity", "/api/v2/expected_response"}
    # Whoever has a mailed link, wants one, or only fills in a form is nobody yet.
    doors |= {"/identity/password", "/identity/password/links", "/identity/password/links/check", "/identity/visitors"}
    app: FastAPI = rest.app
    tried = 0
    for path, methods in app.openapi()["paths"].items():
        if path in doors or not path.startswith(("/identity", "/api/v2", "/metrics")):
            continue
        for method in methods:
            where = re.sub(r"\{[a-z_]+\}", "1", path)
            body = {"email": "a@example.com", "code": "1", "ticket": {}, "request": {}}
            answer = rest.http.request(method.upper(), where, json=body if method in ("post", "put") else None)
            assert answer.status_code == 401, (method, path, answer.text)
            tried += 1
    assert tried >= 15
