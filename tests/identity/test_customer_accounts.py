"""Customers' accounts: invited, given a password by a mailed link, signed in and out, everywhere."""

from __future__ import annotations

import datetime as dt
import re
from typing import Any

import pytest
from sqlalchemy import select, update

from api.database import utc_now
from api.identity.customer_accounts import LONGEST_SESSION, RENEW_AFTER
from api.identity.customers import customer_of_address
from api.identity.limits import LINKS_PER_ADDRESS
from api.identity.models import Customer, PasswordLink, SignInSession
from tests.support.databases import each_database
from tests.support.rest import Rest, ok

PASSWORD = "correct horse battery"
ANA = "ana@example.com"


@pytest.fixture(autouse=True)
def quick_argon2(monkeypatch: pytest.MonkeyPatch) -> None:
    """Parameters that take a millisecond: the library's own take a tenth of a second on purpose."""
    import argon2

    from api.identity import passwords

    monkeypatch.setattr(passwords, "_hasher", argon2.PasswordHasher(time_cost=1, memory_cost=8, parallelism=1))
    passwords._nobody.cache_clear()


def invited(rest: Rest, **values: Any) -> str:
    """The token of an invitation that was just mailed."""
    body = {"email": ANA, "name": "Ana", "account_id": "demo-shop", "language": "pt", **values}
    ok(rest.http.post("/identity/customers/invitations", json=body, headers=rest.token_of("agent")), 201)
    return newest_link(rest)


def newest_link(rest: Rest, to: str = ANA) -> str:
    found = re.search(r"/portal/password\?lang=[a-z]+#(cpl_[\w-]+)", rest.mails(to)[-1].text)
    assert found is not None
    return found[1]


def known(rest: Rest, email: str = ANA) -> None:
    with rest.database.write() as session:
        customer_of_address(session, email, language="es")


def set_password(rest: Rest, token: str, password: str = PASSWORD) -> Any:
    return rest.http.put("/identity/password", json={"token": token, "password": password})


def bearer(answer: dict[str, Any]) -> dict[str, str]:
    return {"Authorization": f"Bearer {answer['token']}"}


@each_database
def test_an_invited_customer_sets_a_password_and_is_in(rest: Rest) -> None:
    token = invited(rest, account_viewer=True, platforms=["Norte", " "])
    assert rest.mails(ANA)[-1].language == "pt"
    link = ok(rest.http.post("/identity/password/links/check", json={"token": token}))
    assert link == {"email": ANA, "purpose": "invitation"}
    answer = set_password(rest, token)
    cookie = answer.headers["set-cookie"].lower()
    assert cookie.startswith("copilot_customer=")
    assert "httponly" in cookie
    assert "samesite=lax" in cookie
    me = ok(rest.http.get("/portal/data/me"))
    assert (me["email"], me["account_viewer"], me["platforms"]) == (ANA, True, ["Norte"])
    rest.http.cookies.clear()
    ok(rest.http.post("/identity/sessions", json={"email": ANA, "password": PASSWORD}))
    assert rest.mails(ANA)[-1].template == "password_set"
    assert [each.data["by"] for each in rest.events("password_set")] == ["link"]


def test_only_staff_invite_and_no_answer_of_theirs_holds_the_link(rest: Rest) -> None:
    body = {"email": ANA}
    assert rest.http.post("/identity/customers/invitations", json=body).status_code == 401
    customer = rest.token_of("customer")
    assert rest.http.post("/identity/customers/invitations", json=body, headers=customer).status_code == 403
    answer = rest.http.post("/identity/customers/invitations", json=body, headers=rest.token_of("agent"))
    assert answer.status_code == 201
    assert newest_link(rest) not in answer.text
    wrong = rest.http.post(
        "/identity/customers/invitations", json={**body, "language": "xx"}, headers=rest.token_of("agent")
    )
    assert ok(wrong, 422)["error"]["code"] == "unknown_language"


def test_a_link_works_once_and_not_after_its_time(rest: Rest) -> None:
    token = invited(rest)
    assert ok(set_password(rest, token, "short"), 422)["error"]["code"] == "password_weak"
    ok(set_password(rest, token))
    assert ok(set_password(rest, token, PASSWORD + "2"), 422)["error"]["code"] == "link_over"
    assert ok(set_password(rest, "cpl_nothing"), 422)["error"]["code"] == "link_over"
    late = invited(rest)
    with rest.database.write() as session:
        session.execute(update(PasswordLink).values(expires_at=utc_now()))
    assert set_password(rest, late).status_code == 422


def test_a_password_ends_every_other_session_and_every_other_link(rest: Rest) -> None:
    first = invited(rest)
    second = invited(rest)
    before = bearer(ok(set_password(rest, first)))
    rest.http.cookies.clear()
    assert set_password(rest, second).status_code == 422
    ok(rest.http.post("/identity/password/links", json={"email": ANA}), 202)
    ok(set_password(rest, newest_link(rest), "another good phrase"))
    rest.http.cookies.clear()
    assert rest.http.get("/identity/me", headers=before).status_code == 401
    assert rest.http.post("/identity/sessions", json={"email": ANA, "password": PASSWORD}).status_code == 401


def test_a_link_to_an_address_that_is_no_longer_theirs_proves_nothing(rest: Rest) -> None:
    token = invited(rest)
    with rest.database.write() as session:
        session.execute(update(Customer).values(email="new@example.com"))
    assert set_password(rest, token).status_code == 422


def test_known_and_unknown_addresses_get_the_same_answer(rest: Rest) -> None:
    known(rest)
    answers = [rest.http.post("/identity/password/links", json={"email": each}) for each in (ANA, "nobody@example.com")]
    assert answers[0].status_code == 202
    assert answers[0].content == answers[1].content
    assert [each.template for each in rest.mails(ANA)] == ["password_reset"]
    assert rest.mails("nobody@example.com") == []


def test_links_are_limited_for_known_and_unknown_addresses_alike(rest: Rest) -> None:
    known(rest)
    for email in (ANA, "nobody@example.com"):
        for _ in range(LINKS_PER_ADDRESS.times):
            ok(rest.http.post("/identity/password/links", json={"email": email}), 202)
        refused = rest.http.post("/identity/password/links", json={"email": email}, headers={"Accept-Language": "es"})
        assert ok(refused, 429)["error"]["code"] == "link_sends"
        assert int(refused.headers["retry-after"]) > 0


def test_a_password_is_changed_by_who_knows_the_old_one(rest: Rest) -> None:
    old = bearer(ok(set_password(rest, invited(rest))))
    rest.http.cookies.clear()
    body = {"current_password": "wrong password here", "password": "another good phrase"}
    assert (
        ok(rest.http.post("/identity/password/change", json=body, headers=old), 403)["error"]["code"] == "sign_in_wrong"
    )
    fresh = bearer(
        ok(rest.http.post("/identity/password/change", json={**body, "current_password": PASSWORD}, headers=old))
    )
    rest.http.cookies.clear()
    assert rest.http.get("/identity/me", headers=old).status_code == 401
    ok(rest.http.get("/identity/me", headers=fresh))


@each_database
def test_signing_out_everywhere_ends_sessions_and_takes_the_proof_from_conversations(rest: Rest) -> None:
    talk = rest.conversation(ANA)
    one = bearer(ok(rest.http.post("/identity/sessions/conversation", headers=talk.headers), 201))
    rest.http.cookies.clear()
    ok(rest.http.get("/api/v2/requests", headers=one))
    assert rest.http.delete("/identity/sessions/everywhere", headers=one).status_code == 204
    assert rest.http.get("/api/v2/requests", headers=one).status_code == 401
    assert rest.http.get("/api/v2/requests", headers=talk.headers).status_code == 403


def test_only_a_verified_conversation_becomes_a_session(rest: Rest) -> None:
    assert rest.http.post("/identity/sessions/conversation").status_code == 401
    anonymous = rest.conversation()
    assert rest.http.post("/identity/sessions/conversation", headers=anonymous.headers).status_code == 403
    assert rest.http.post("/identity/sessions/conversation", headers=rest.token_of("customer")).status_code == 403


def test_a_session_is_renewed_after_an_hour_and_never_for_ever(rest: Rest) -> None:
    origin = {"Origin": rest.settings.public_url}
    ok(rest.http.post("/identity/sessions/conversation", headers=rest.conversation(ANA).headers), 201)
    before = rest.http.cookies["copilot_customer"]
    assert rest.http.post("/identity/sessions/renew", headers=origin).status_code == 204
    assert rest.http.cookies["copilot_customer"] == before
    long_ago = utc_now() - RENEW_AFTER - dt.timedelta(minutes=1)
    with rest.database.write() as session:
        session.execute(update(SignInSession).values(created_at=long_ago))
    assert rest.http.post("/identity/sessions/renew", headers=origin).status_code == 204
    assert rest.http.cookies["copilot_customer"] != before
    # What is under way with the old one still works.
    ok(rest.http.get("/identity/me", headers={"Authorization": f"Bearer {before}"}))
    with rest.database.write() as session:
        old, new = session.scalars(select(SignInSession).order_by(SignInSession.id))
        assert old.expires_at < utc_now() + dt.timedelta(minutes=2)
        new.created_at, new.signed_in_at = long_ago, utc_now() - LONGEST_SESSION + dt.timedelta(days=1)
    assert rest.http.post("/identity/sessions/renew", headers=origin).status_code == 204
    with rest.database.read() as session:
        newest = session.scalars(select(SignInSession).order_by(SignInSession.id.desc())).first()
    assert newest is not None
    assert newest.expires_at <= utc_now() + dt.timedelta(days=1)


def test_no_other_site_signs_its_visitor_in_or_acts_with_the_cookie(rest: Rest) -> None:
    token = invited(rest)
    foreign = {"Origin": "https://evil.example"}
    assert (
        rest.http.put("/identity/password", json={"token": token, "password": PASSWORD}, headers=foreign).status_code
        == 403
    )
    ok(set_password(rest, token))
    body = {"email": ANA, "password": PASSWORD}
    assert rest.http.post("/identity/sessions", json=body, headers=foreign).status_code == 403
    for method, path in (("DELETE", "/identity/sessions/everywhere"), ("POST", "/identity/sessions/renew")):
        for headers in ({}, foreign):
            assert rest.http.request(method, path, headers=headers).status_code == 403, path


def test_staff_and_customer_may_be_signed_in_at_one_browser(rest: Rest) -> None:
    ok(set_password(rest, invited(rest)))
    with rest.database.write() as session:
        from api.identity import accounts

        accounts.create_user(session, email="eva@staff.example", role="agent", password=PASSWORD)
    ok(rest.http.post("/identity/staff/sessions", json={"email": "eva@staff.example", "password": PASSWORD}))
    assert ok(rest.http.get("/identity/me"))["role"] == "agent"
    portal = {"Copilot-Face": "portal"}
    assert ok(rest.http.get("/identity/me", headers=portal))["role"] == "customer"
    own = {"Origin": rest.settings.public_url, **portal}
    assert rest.http.delete("/identity/sessions", headers=own).status_code == 204
    assert rest.http.get("/identity/me", headers=portal).status_code == 401
    assert ok(rest.http.get("/identity/me"))["role"] == "agent"


def test_a_visitor_s_token_takes_a_code_and_needs_no_dialogue(rest: Rest) -> None:
    visit = ok(rest.http.post("/identity/visitors", json={"language": "pt"}), 201)
    headers = bearer(visit)
    ok(rest.http.post("/identity/codes", json={"email": ANA}, headers=headers))
    mail = rest.mails(ANA)[-1]
    code = re.search(r"\d{6}", mail.text)
    assert mail.language == "pt"
    assert code is not None
    ok(rest.http.post("/identity/codes/verify", json={"code": code[0]}, headers=headers))
    assert ok(rest.http.get("/identity/me", headers=headers))["verified"] is True
    assert rest.events("conversation_started") == []
