"""Accounts, sign-in, sessions and API tokens."""

from __future__ import annotations

import datetime as dt

import pytest
from sqlalchemy import select, update

from api.database import Database
from api.errors import CopilotError, Invalid, NotFound
from api.identity import accounts
from api.identity.limits import SIGN_INS_PER_ADDRESS
from api.identity.models import ApiToken, SignInSession, StaffUser
from api.identity.passwords import generate_password, hash_password, password_matches
from api.identity.principal import Role
from tests.support.databases import each_database
from tests.support.rest import Rest, ok, rest_of

PASSWORD = "correct horse battery"


def account(rest: Rest, role: Role = "agent", email: str = "agent@example.com") -> dict[str, str]:
    with rest.database.write() as session:
        accounts.create_user(session, email=email, role=role, password=PASSWORD)
    return {"email": email, "password": PASSWORD}


@each_database
def test_staff_sign_in_by_password_and_out_again(rest: Rest) -> None:
    credentials = account(rest)
    signed_in = ok(rest.http.post("/identity/staff/sessions", json={**credentials, "email": " Agent@Example.com"}))
    rest.http.cookies.clear()
    headers = {"Authorization": f"Bearer {signed_in['token']}"}
    assert signed_in["role"] == "agent"
    assert ok(rest.http.get("/identity/me", headers=headers))["email"] == "agent@example.com"
    assert rest.http.delete("/identity/staff/sessions", headers=headers).status_code == 204
    assert rest.http.get("/identity/me", headers=headers).status_code == 401
    with rest.database.read() as session:
        assert session.scalars(select(SignInSession)).all() == []


def test_customers_sign_in_at_their_own_door(rest: Rest) -> None:
    credentials = account(rest, "customer", "ana@example.com")
    assert rest.http.post("/identity/staff/sessions", json=credentials).status_code == 401
    token = ok(rest.http.post("/identity/sessions", json=credentials))["token"]
    rest.http.cookies.clear()
    me = ok(rest.http.get("/identity/me", headers={"Authorization": f"Bearer {token}"}))
    assert (me["kind"], me["role"], me["verified"]) == ("customer", "customer", True)


def test_a_wrong_password_and_an_unknown_address_read_the_same(rest: Rest) -> None:
    account(rest)
    answers = [
        rest.http.post("/identity/staff/sessions", json={"email": email, "password": "wrong password here"})
        for email in ("agent@example.com", "nobody@example.com")
    ]
    assert answers[0].content == answers[1].content
    assert ok(answers[0], 401)["error"]["code"] == "sign_in_wrong"


def test_guessing_passwords_is_stopped_for_the_address_only(rest: Rest) -> None:
    credentials = account(rest)
    other = account(rest, email="other@example.com")
    with rest.database.write() as session:
        session.execute(update(StaffUser).where(StaffUser.email == "agent@example.com").values(password_hash="!"))
    for _ in range(SIGN_INS_PER_ADDRESS.times):
        assert rest.http.post("/identity/staff/sessions", json=credentials).status_code == 401
    refused = rest.http.post("/identity/staff/sessions", json=credentials)
    assert ok(refused, 429)["error"]["code"] == "sign_ins"
    assert 0 < int(refused.headers["retry-after"]) <= 901
    ok(rest.http.post("/identity/staff/sessions", json=other))


def test_the_cookie_works_from_our_own_pages_only(rest: Rest) -> None:
    answer = rest.http.post("/identity/staff/sessions", json=account(rest))
    cookie = answer.headers["set-cookie"].lower()
    assert "httponly" in cookie
    assert "samesite=lax" in cookie
    assert ok(rest.http.get("/identity/me"))["role"] == "agent"
    body = {"ticket": {"subject": "x", "comment": {"body": "y"}}}
    for origin in (None, "https://evil.example", "null"):
        headers = {"Origin": origin} if origin else {}
        assert rest.http.post("/api/v2/tickets", json=body, headers=headers).status_code == 403
    ok(rest.http.post("/api/v2/tickets", json=body, headers={"Origin": rest.settings.public_url}), 201)


def test_in_production_the_cookie_is_bound_to_host_and_https(database: Database) -> None:
    rest = rest_of(database, mode="production")
    cookie = rest.http.post("/identity/staff/sessions", json=account(rest)).headers["set-cookie"]
    assert cookie.startswith("__Host-copilot_session=")
    assert "Secure" in cookie
    assert "Path=/" in cookie
    assert "Domain" not in cookie


def test_a_session_ends_by_itself_and_with_its_account(rest: Rest) -> None:
    token = ok(rest.http.post("/identity/staff/sessions", json=account(rest)))["token"]
    rest.http.cookies.clear()
    headers = {"Authorization": f"Bearer {token}"}
    with rest.database.write() as session:
        session.execute(update(StaffUser).values(active=False))
    assert rest.http.get("/identity/me", headers=headers).status_code == 401
    with rest.database.write() as session:
        session.execute(update(StaffUser).values(active=True))
        session.execute(update(SignInSession).values(expires_at=dt.datetime.now(dt.UTC)))
    assert rest.http.get("/identity/me", headers=headers).status_code == 401


def test_an_api_token_acts_with_the_role_that_its_user_has_now(rest: Rest) -> None:
    headers = rest.token_of("lead", "lead@example.com")
    ok(rest.http.get("/metrics/deflection", headers=headers))
    with rest.database.write() as session:
        session.execute(update(StaffUser).values(role="agent"))
    assert rest.http.get("/metrics/deflection", headers=headers).status_code == 403


def test_an_api_token_remembers_its_use_and_ends_when_revoked(rest: Rest) -> None:
    headers = rest.token_of("agent")
    ok(rest.http.get("/identity/me", headers=headers))
    with rest.database.write() as session:
        token = session.scalars(select(ApiToken)).one()
        assert token.last_used_at is not None
        accounts.revoke_api_token(session, token.id)
    assert rest.http.get("/identity/me", headers=headers).status_code == 401
    with rest.database.read() as session:
        listed = accounts.list_api_tokens(session)
    assert [(each.role, each.revoked_at is not None) for each in listed] == [("agent", True)]


def test_a_token_for_reading_cannot_write(rest: Rest) -> None:
    headers = rest.token_of("agent", scopes=["read"])
    ok(rest.http.get("/api/v2/tickets", headers=headers))
    body = {"ticket": {"subject": "x", "comment": {"body": "y"}}}
    assert rest.http.post("/api/v2/tickets", json=body, headers=headers).status_code == 403


def test_no_secret_is_stored_as_it_is(rest: Rest) -> None:
    token = rest.token_of("agent")["Authorization"].split()[1]
    credentials = account(rest, email="second@example.com")
    session_token = ok(rest.http.post("/identity/staff/sessions", json=credentials))["token"]
    with rest.database.engine.connect() as connection:
        dump = "\n".join(connection.connection.driver_connection.iterdump())  # type: ignore[union-attr]
    for secret in (token, session_token, PASSWORD):
        assert secret not in dump


@each_database
def test_the_first_admin_is_made_once(database: Database) -> None:
    with database.write() as session:
        made = accounts.ensure_first_admin(session)
    assert made is not None
    with database.write() as session:
        assert accounts.find_staff(session, *made) is not None
        assert accounts.ensure_first_admin(session) is None


def test_an_account_is_made_once_with_a_good_password_and_a_known_role(database: Database) -> None:
    with database.write() as session:
        made = accounts.create_user(session, email="A@Example.com", role="lead")
        assert made.password is not None
        assert len(made.password) >= 24
        for email, role, password, code in (
            ("a@example.com", "agent", None, "user_exists"),
            ("b@example.com", "king", None, "role_invalid"),
            ("b@example.com", "agent", "short", "password_weak"),
            ("nonsense", "agent", None, "email_invalid"),
        ):
            with pytest.raises(CopilotError) as caught:
                accounts.create_user(session, email=email, role=role, password=password)  # type: ignore[arg-type]
            assert caught.value.code == code
        with pytest.raises(NotFound, match="users create"):
            accounts.create_api_token(session, email="nobody@example.com")
        with pytest.raises(Invalid, match="scope"):
            accounts.create_api_token(session, email="a@example.com", scopes=["everything"])
        assert [(user.email, user.role) for user in accounts.list_users(session)] == [("a@example.com", "lead")]


def test_passwords_are_argon2id_and_an_absent_one_matches_nothing() -> None:
    stored = hash_password(PASSWORD)
    assert stored.startswith("$argon2id$")
    assert password_matches(stored, PASSWORD)
    assert not password_matches(stored, PASSWORD + "x")
    assert not password_matches(None, PASSWORD)
    assert not password_matches("!", PASSWORD)
    assert generate_password() != generate_password()
