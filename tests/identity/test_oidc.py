"""Staff sign in with the company's account, at a real provider in a process of its own."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
from pydantic import SecretStr
from sqlalchemy import select

from api.database import Database
from api.identity.models import SignInSession, StaffUser
from api.identity.oidc_endpoints import own_face
from api.settings import OidcSettings
from tests.support.oidc_provider import CLIENT, SECRET, next_answer, running_provider
from tests.support.rest import Rest, rest_of

ROLES: dict[str, Any] = {"support": "agent", "support-leads": "lead", "support-admins": "admin"}


@pytest.fixture(scope="module")
def issuer() -> Iterator[str]:
    with running_provider() as address:
        yield address


@pytest.fixture
def rest(database: Database, issuer: str) -> Iterator[Rest]:
    next_answer(issuer)
    own = OidcSettings(issuer=issuer, client_id=CLIENT, client_secret=SecretStr(SECRET), name="Acme", roles=ROLES)
    made = rest_of(database, shared=True, oidc=own, public_url="http://testserver")
    yield made
    made.http.close()


def at_provider(rest: Rest, back: str = "/leads/content") -> str:
    """Where the provider sends the browser, which began a sign-in here."""
    begun = rest.http.get("/identity/sso/start", params={"back": back}, follow_redirects=False)
    assert begun.status_code == 303, begun.text
    answer = httpx.get(begun.headers["location"], trust_env=False)
    assert answer.status_code == 302, answer.text
    return str(answer.headers["location"])


def signed_in(rest: Rest, back: str = "/leads/content") -> Any:
    """The answer to a browser that comes back from the provider."""
    rest.http.cookies.clear()
    return rest.http.get(at_provider(rest, back), follow_redirects=False)


def staff(rest: Rest) -> list[tuple[str, str]]:
    with rest.database.read() as session:
        return [(each.email, each.role) for each in session.scalars(select(StaffUser).order_by(StaffUser.id))]


def test_the_company_account_signs_in_and_has_the_role_of_its_groups(rest: Rest, issuer: str) -> None:
    next_answer(issuer, claims={"groups": ["other", "support-leads", "support"]})
    answer = signed_in(rest)
    assert (answer.status_code, answer.headers["location"]) == (303, "/leads/content#signed-in")
    me = rest.http.get("/identity/me").json()
    assert (me["email"], me["role"], me["name"]) == ("eva@example.com", "lead", "Eva")
    assert rest.http.get("/identity/sessions").json()["sessions"][0]["via"] == "sso"
    next_answer(issuer, claims={"groups": "support"})
    assert signed_in(rest).status_code == 303
    assert staff(rest) == [("eva@example.com", "agent")]
    assert "copilot_sso" not in rest.http.cookies


def test_what_leaves_the_house_has_pkce_state_and_nonce_and_no_secret(rest: Rest) -> None:
    begun = rest.http.get("/identity/sso/start", follow_redirects=False)
    asked = {name: values[0] for name, values in parse_qs(urlsplit(begun.headers["location"]).query).items()}
    assert asked["code_challenge_method"] == "S256"
    assert min(len(asked["state"]), len(asked["nonce"]), len(asked["code_challenge"])) >= 43
    assert SECRET not in begun.headers["location"]
    cookie = begun.headers["set-cookie"].lower()
    assert "httponly" in cookie
    assert "samesite=lax" in cookie


def test_nobody_gets_an_account_without_a_role(rest: Rest, issuer: str) -> None:
    next_answer(issuer, claims={"groups": ["sales"]})
    answer = signed_in(rest)
    assert (answer.status_code, staff(rest)) == (403, [])
    assert "ninguno de sus grupos" in answer.text


def test_who_lost_the_role_is_signed_out_at_the_next_try(rest: Rest, issuer: str) -> None:
    signed_in(rest)
    next_answer(issuer, claims={"groups": []})
    assert signed_in(rest).status_code == 403
    with rest.database.read() as session:
        assert not session.scalars(select(SignInSession)).all()


@pytest.mark.parametrize(
    "told",
    [
        {"claims": {"email_verified": False}},
        {"claims": {"email_verified": "true"}},
        {"claims": {"email": None}},
        {"claims": {"nonce": "of-another-sign-in"}},
        {"claims": {"aud": "another-client"}},
        {"claims": {"aud": [CLIENT, "another-client"]}},
        {"claims": {"iss": "https://elsewhere.example"}},
        {"claims": {"exp": 1_000_000_000}},
        {"sign": "stranger"},
        {"sign": "HS256"},
        {"sign": "none"},
        {"deny": True},
    ],
    ids=str,
)
def test_every_other_answer_of_the_provider_is_refused(rest: Rest, issuer: str, told: dict[str, Any]) -> None:
    next_answer(issuer, **told)
    answer = signed_in(rest)
    assert (answer.status_code, staff(rest)) == (403, [])
    assert "copilot_session" not in rest.http.cookies


def test_a_description_of_another_issuer_is_refused(rest: Rest, issuer: str) -> None:
    next_answer(issuer, issuer="https://elsewhere.example")
    assert rest.http.get("/identity/sso/start", follow_redirects=False).status_code == 403


def test_a_provider_that_does_not_answer_is_said_to(rest: Rest) -> None:
    rest.settings.oidc.issuer = "http://127.0.0.1:9"
    answer = rest.http.get("/identity/sso/start", follow_redirects=False)
    assert (answer.status_code, "no se pudo confirmar" in answer.text.lower()) == (403, True)


def test_an_answer_counts_in_the_browser_that_asked_and_once(rest: Rest) -> None:
    answered = at_provider(rest)
    kept = rest.http.cookies["copilot_sso"]
    rest.http.cookies.clear()
    assert rest.http.get(answered, follow_redirects=False).status_code == 403
    other = at_provider(rest)
    assert rest.http.get(answered, follow_redirects=False).status_code == 403, "of an earlier sign-in"
    rest.http.cookies.set("copilot_sso", kept)
    assert rest.http.get(other, follow_redirects=False).status_code == 403
    rest.http.cookies.set("copilot_sso", kept)
    assert rest.http.get(answered, follow_redirects=False).status_code == 303
    rest.http.cookies.clear()
    rest.http.cookies.set("copilot_sso", kept)
    assert rest.http.get(answered, follow_redirects=False).status_code == 403, "its code is used up"


def test_keys_that_the_provider_changed_are_read_again(
    rest: Rest, issuer: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert signed_in(rest).status_code == 303
    next_answer(issuer, sign="rotated")
    rest.app.state.oidc._read_at -= 61
    assert signed_in(rest).status_code == 303


def test_an_account_belongs_to_one_company_account(rest: Rest, issuer: str) -> None:
    assert signed_in(rest).status_code == 303
    next_answer(issuer, claims={"sub": "u-2"})
    assert signed_in(rest).status_code == 403
    next_answer(issuer, claims={"email": "eva.new@example.com"})
    assert signed_in(rest).status_code == 303
    assert staff(rest) == [("eva@example.com", "agent")]


def test_an_account_that_was_switched_off_stays_off(rest: Rest) -> None:
    signed_in(rest)
    with rest.database.write() as session:
        session.scalars(select(StaffUser)).one().active = False
    assert signed_in(rest).status_code == 403


def test_the_button_is_there_where_sso_is_and_passwords_may_be_refused(rest: Rest) -> None:
    for page in ("/desk", "/leads"):
        assert "Acme" in rest.http.get(page).text
    rest.settings.oidc.required = True
    body = {"email": "eva@example.com", "password": "x"}
    refused = rest.http.post("/identity/staff/sessions", json=body)
    assert (refused.status_code, refused.json()["error"]["code"]) == (403, "sso_required")
    rest.settings.oidc = OidcSettings()
    assert rest.http.get("/identity/sso/start").status_code == 404
    assert "/identity/sso" not in rest.http.get("/desk").text


def test_the_way_back_stays_in_the_house() -> None:
    assert own_face("/leads/content?from=2026-01-01") == "/leads/content?from=2026-01-01"
    for elsewhere in ("https://evil.example/desk", "//evil.example/desk", "/\\evil.example", "/deskx", "/desk#x", ""):
        assert own_face(elsewhere) == "/desk"


def test_a_half_set_up_provider_is_named() -> None:
    with pytest.raises(ValueError, match="COPILOT_OIDC__CLIENT_ID"):
        OidcSettings(issuer="https://id.example")
