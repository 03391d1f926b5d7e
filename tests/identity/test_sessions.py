"""One's own sign-ins: seen, ended one by one or all at once; a password that ends them; tokens that only admins make."""

from __future__ import annotations

import datetime as dt

import pytest
from argon2 import PasswordHasher
from sqlalchemy import select

from api.database import utc_now
from api.identity import accounts
from api.identity.devices import device_of
from api.identity.models import SignInSession
from api.identity.principal import Role
from tests.support.databases import each_database
from tests.support.rest import Rest, ok

PASSWORD = "correct-horse-battery-staple"
FIREFOX = "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:140.0) Gecko/20100101 Firefox/140.0"
IPHONE = (
    "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) "
    "Version/18.0 Mobile/15E148 Safari/604.1"
)


@pytest.fixture(autouse=True)
def quick_argon2(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("api.identity.passwords._hasher", PasswordHasher(time_cost=1, memory_cost=64))


def account(rest: Rest, role: Role, email: str) -> None:
    with rest.database.write() as session:
        accounts.create_user(session, email=email, role=role, password=PASSWORD)


def signed_in(rest: Rest, email: str, *, staff: bool = True, browser: str = FIREFOX) -> dict[str, str]:
    """Headers of a new sign-in in a browser that has no cookie yet."""
    rest.http.cookies.clear()
    path = "/identity/staff/sessions" if staff else "/identity/sessions"
    body = {"email": email, "password": PASSWORD}
    made = ok(rest.http.post(path, json=body, headers={"User-Agent": browser}))
    rest.http.cookies.clear()
    return {"Authorization": f"Bearer {made['token']}"}


def works(rest: Rest, headers: dict[str, str]) -> bool:
    return rest.http.get("/identity/me", headers=headers).status_code == 200


@each_database
@pytest.mark.parametrize("staff", [True, False])
def test_everybody_sees_their_own_sign_ins_and_ends_any_of_them(rest: Rest, staff: bool) -> None:
    role: Role = "agent" if staff else "customer"
    account(rest, role, "eva@example.com")
    account(rest, role, "luis@example.com")
    here = signed_in(rest, "eva@example.com", staff=staff)
    phone = signed_in(rest, "eva@example.com", staff=staff, browser=IPHONE)
    stranger = signed_in(rest, "luis@example.com", staff=staff)
    found = ok(rest.http.get("/identity/sessions", headers=here))["sessions"]
    assert [(each["device"], each["current"], each["via"]) for each in found] == [
        ("Firefox, Windows", True, "password"),
        ("Safari, iPhone", False, "password"),
    ]
    other = found[1]["id"]
    assert rest.http.delete(f"/identity/sessions/one/{other}", headers=stranger).status_code == 404
    assert works(rest, phone)
    assert rest.http.delete(f"/identity/sessions/one/{other}", headers=here).status_code == 204
    assert (works(rest, phone), works(rest, here), works(rest, stranger)) == (False, True, True)


def test_staff_sign_out_everywhere_at_once(rest: Rest) -> None:
    account(rest, "agent", "eva@example.com")
    account(rest, "agent", "luis@example.com")
    one, two = (signed_in(rest, "eva@example.com") for _ in range(2))
    other = signed_in(rest, "luis@example.com")
    assert rest.http.delete("/identity/staff/sessions/everywhere", headers=one).status_code == 204
    assert (works(rest, one), works(rest, two), works(rest, other)) == (False, False, True)


def test_a_new_password_of_staff_ends_every_other_sign_in(rest: Rest) -> None:
    account(rest, "lead", "eva@example.com")
    one, two = (signed_in(rest, "eva@example.com") for _ in range(2))
    wrong = {"current_password": "not-the-password", "password": "another-horse-battery"}
    assert rest.http.post("/identity/staff/password/change", json=wrong, headers=one).status_code == 403
    assert works(rest, two)
    body = {"current_password": PASSWORD, "password": "another-horse-battery"}
    fresh = ok(rest.http.post("/identity/staff/password/change", json=body, headers=one))
    rest.http.cookies.clear()
    assert (works(rest, one), works(rest, two)) == (False, False)
    assert works(rest, {"Authorization": f"Bearer {fresh['token']}"})


def test_a_sign_in_takes_the_place_of_the_one_that_the_browser_had(rest: Rest) -> None:
    account(rest, "agent", "eva@example.com")
    body = {"email": "eva@example.com", "password": PASSWORD}
    first = ok(rest.http.post("/identity/staff/sessions", json=body))["token"]
    second = ok(rest.http.post("/identity/staff/sessions", json=body))["token"]
    rest.http.cookies.clear()
    assert first != second
    assert not works(rest, {"Authorization": f"Bearer {first}"})
    assert works(rest, {"Authorization": f"Bearer {second}"})


def test_a_sign_in_remembers_its_last_use_to_ten_minutes(rest: Rest) -> None:
    account(rest, "agent", "eva@example.com")
    here = signed_in(rest, "eva@example.com")
    works(rest, here)
    with rest.database.write() as session:
        row = session.scalars(select(SignInSession)).one()
        assert row.last_used_at is None
        row.created_at = utc_now() - dt.timedelta(hours=2)
    used = ok(rest.http.get("/identity/sessions", headers=here))["sessions"][0]["last_used_at"]
    assert utc_now() - dt.datetime.fromisoformat(used) < dt.timedelta(minutes=1)


def test_admins_make_list_and_revoke_tokens_and_no_token_does(rest: Rest) -> None:
    account(rest, "admin", "root@example.com")
    account(rest, "lead", "lead@example.com")
    admin = signed_in(rest, "root@example.com")
    body = {"email": "root@example.com", "name": "import", "scopes": ["read", "write", "admin"]}
    made = ok(rest.http.post("/identity/tokens", json=body, headers=admin), 201)
    program = {"Authorization": f"Bearer {made['token']}"}
    ok(rest.http.post("/api/v2/organizations", json={"organization": {"name": "acme"}}, headers=program), 201)
    assert rest.http.post("/identity/tokens", json=body, headers=program).status_code == 403
    assert rest.http.get("/identity/tokens", headers=program).status_code == 403
    assert rest.http.get("/identity/tokens", headers=signed_in(rest, "lead@example.com")).status_code == 403
    (listed,) = ok(rest.http.get("/identity/tokens", headers=admin))["tokens"]
    assert (listed["name"], listed["scopes"], listed["role"]) == ("import", ["read", "write", "admin"], "admin")
    assert listed["last_used_at"]
    assert made["token"] not in rest.http.get("/identity/tokens", headers=admin).text
    assert rest.http.delete(f"/identity/tokens/{listed['id']}", headers=admin).status_code == 204
    assert rest.http.get("/api/v2/tickets", headers=program).status_code == 401


def test_a_token_without_the_scope_admin_acts_as_a_lead(rest: Rest) -> None:
    writer = rest.token_of("admin", scopes=["read", "write"])
    organization = {"organization": {"name": "acme"}}
    assert rest.http.post("/api/v2/organizations", json=organization, headers=writer).status_code == 403
    ok(rest.http.get("/metrics/deflection", headers=writer))
    account(rest, "admin", "root@example.com")
    admin = signed_in(rest, "root@example.com")
    body = {"email": "nobody@example.com", "scopes": ["read"]}
    assert rest.http.post("/identity/tokens", json=body, headers=admin).status_code == 404
    account(rest, "agent", "eva@example.com")
    body = {"email": "eva@example.com", "scopes": ["admin"]}
    refused = rest.http.post("/identity/tokens", json=body, headers=admin)
    assert (refused.status_code, refused.json()["error"]["code"]) == (422, "scope_invalid")


def test_an_admin_signs_a_stolen_account_out(rest: Rest) -> None:
    account(rest, "admin", "root@example.com")
    account(rest, "agent", "eva@example.com")
    admin, stolen = signed_in(rest, "root@example.com"), signed_in(rest, "eva@example.com")
    assert rest.http.delete("/identity/users/eva@example.com/sessions", headers=stolen).status_code == 403
    assert rest.http.delete("/identity/users/eva@example.com/sessions", headers=admin).status_code == 204
    assert (works(rest, stolen), works(rest, admin)) == (False, True)


def test_a_device_is_named_without_what_singles_its_owner_out() -> None:
    from starlette.requests import Request

    def named(agent: str) -> str:
        return device_of(Request({"type": "http", "headers": [(b"user-agent", agent.encode())]}))

    assert named(FIREFOX) == "Firefox, Windows"
    assert named(IPHONE) == "Safari, iPhone"
    assert named("Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 Chrome/140.0.0.0 Safari/537.36") == "Chrome, Linux"
    assert named("something <b>else</b>") == ""
