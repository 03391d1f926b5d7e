"""One-time codes: what they prove, what they refuse, what they never tell."""

from __future__ import annotations

import datetime as dt
import re

import pytest
from sqlalchemy import select, update

from api.identity.addresses import mask_email, normalise_email
from api.identity.codes import MAX_TRIES
from api.identity.limits import CODES_PER_IP, network_of
from api.identity.models import LimitHit, OneTimeCode
from tests.support.databases import each_database
from tests.support.rest import Rest, Talk, ok

ANA = "ana@example.com"


def code_of(rest: Rest, email: str = ANA) -> str:
    found = re.search(r"\b\d{6}\b", rest.mails(email)[-1].text)
    assert found, rest.mails(email)[-1].text
    return found[0]


def send(rest: Rest, talk: Talk, email: str = ANA) -> None:
    ok(rest.http.post("/identity/codes", json={"email": email}, headers=talk.headers))


def verify(rest: Rest, talk: Talk, code: str, status: int = 200) -> dict[str, object]:
    return ok(rest.http.post("/identity/codes/verify", json={"code": code}, headers=talk.headers), status)


def error_of(rest: Rest, talk: Talk, code: str) -> str:
    error = verify(rest, talk, code, 422)["error"]
    assert isinstance(error, dict)
    return str(error["code"])


def wrong(code: str) -> str:
    return f"{(int(code) + 1) % 1_000_000:06d}"


@each_database
def test_the_mailed_code_verifies_the_conversation(rest: Rest) -> None:
    talk = rest.conversation()
    turn = talk.turn()
    sent = ok(rest.http.post("/identity/codes", json={"email": " Ana@Example.com "}, headers=turn))
    assert sent == {"sent": True, "email": "a***@example.com", "expires_in": 600}
    verified = ok(rest.http.post("/identity/codes/verify", json={"code": code_of(rest)}, headers=turn))
    assert verified == {"verified": True, "email": ANA, "ticket_ids": []}
    stored = talk.stored()
    assert stored.customer_id == rest.customer(ANA).id
    assert stored.verified_at is not None
    me = ok(rest.http.get("/identity/me", headers=talk.headers))
    assert (me["kind"], me["role"], me["email"], me["verified"]) == ("conversation", "customer", ANA, True)
    assert [event.data for event in rest.events("customer_verified")] == [{"method": "code"}]


@pytest.mark.parametrize("shape", ["{0}", " {0} ", "{1} {2}", "{1}-{2}", "fullwidth"])
def test_a_code_may_be_typed_in_any_usual_way(rest: Rest, shape: str) -> None:
    talk = rest.conversation()
    send(rest, talk)
    code = code_of(rest)
    typed = shape.format(code, code[:3], code[3:])
    if shape == "fullwidth":
        typed = "".join(chr(ord("０") + int(digit)) for digit in code)
    verify(rest, talk, typed)


@pytest.mark.parametrize(("language", "word"), [("es", "código"), ("en", "code"), ("pt", "código")])
def test_the_mail_speaks_the_language_of_the_conversation(rest: Rest, language: str, word: str) -> None:
    talk = rest.conversation(language=language)
    send(rest, talk)
    mail = rest.mails(ANA)[0]
    assert mail.language == language
    assert word in mail.subject
    assert rest.catalog.vendor in mail.text


def test_a_code_works_once(rest: Rest) -> None:
    talk = rest.conversation()
    send(rest, talk)
    code = code_of(rest)
    verify(rest, talk, code)
    assert error_of(rest, talk, code) == "code_missing"


def test_a_newer_code_replaces_the_older_one_for_good(rest: Rest) -> None:
    talk = rest.conversation()
    send(rest, talk)
    older = code_of(rest)
    send(rest, talk)
    newer = code_of(rest)
    if older != newer:
        assert error_of(rest, talk, older) == "code_wrong"
    verify(rest, talk, newer)
    assert error_of(rest, talk, older) == "code_missing"


def test_a_code_belongs_to_its_conversation(rest: Rest) -> None:
    talk, other = rest.conversation(), rest.conversation()
    send(rest, talk)
    send(rest, other, "eva@example.com")
    if code_of(rest) != code_of(rest, "eva@example.com"):
        assert error_of(rest, other, code_of(rest)) == "code_wrong"
    assert error_of(rest, rest.conversation(), code_of(rest)) == "code_missing"


@each_database
def test_five_wrong_tries_spend_the_code(rest: Rest) -> None:
    talk = rest.conversation()
    send(rest, talk)
    code = code_of(rest)
    left = []
    for _ in range(MAX_TRIES - 1):
        error = verify(rest, talk, wrong(code), 422)["error"]
        assert isinstance(error, dict)
        assert error["code"] == "code_wrong"
        left.append(error["details"]["tries_left"])
    assert left == [4, 3, 2, 1]
    assert error_of(rest, talk, wrong(code)) == "code_spent"
    assert error_of(rest, talk, code) == "code_spent"
    assert talk.stored().verified_at is None
    assert len(rest.events("code_refused")) == 6


def test_what_is_no_code_costs_no_try(rest: Rest) -> None:
    talk = rest.conversation()
    send(rest, talk)
    for slip in ("12345", "1234567", "hola", "'; DROP TABLE", "\u0660" * 7, "\ud7ff"):
        assert error_of(rest, talk, slip) == "code_wrong"
    verify(rest, talk, code_of(rest))


def test_a_code_ends_after_ten_minutes(rest: Rest) -> None:
    talk = rest.conversation()
    send(rest, talk)
    with rest.database.write() as session:
        row = session.scalars(select(OneTimeCode)).one()
        assert row.expires_at - row.created_at == pytest.approx(dt.timedelta(minutes=10), abs=dt.timedelta(seconds=1))
        row.expires_at = dt.datetime.now(dt.UTC)
    assert error_of(rest, talk, code_of(rest)) == "code_expired"


def test_the_code_is_stored_only_as_a_keyed_hash(rest: Rest) -> None:
    talk = rest.conversation()
    send(rest, talk)
    with rest.database.read() as session:
        row = session.scalars(select(OneTimeCode)).one()
        buckets = session.scalars(select(LimitHit.bucket)).all()
    assert re.fullmatch(r"[0-9a-f]{64}", row.code_hash)
    assert code_of(rest) not in row.code_hash
    assert not any(ANA in bucket for bucket in buckets)


def test_the_answer_is_the_same_for_known_and_unknown_addresses(rest: Rest) -> None:
    rest.conversation("known@example.com")
    answers = [
        rest.http.post("/identity/codes", json={"email": email}, headers=rest.conversation().headers)
        for email in ("known@example.com", "knew@example.com")
    ]
    assert answers[0].content == answers[1].content
    assert answers[0].status_code == 200


def test_three_codes_an_hour_to_one_address_from_wherever_they_are_asked(rest: Rest) -> None:
    for _ in range(3):
        send(rest, rest.conversation())
    refused = rest.http.post("/identity/codes", json={"email": ANA}, headers=rest.conversation().headers)
    assert ok(refused, 429)["error"]["code"] == "code_sends"
    assert 3500 < int(refused.headers["retry-after"]) <= 3601
    assert len(rest.mails(ANA)) == 3
    send(rest, rest.conversation(), "eva@example.com")
    with rest.database.write() as session:
        session.execute(update(LimitHit).values(at=dt.datetime.now(dt.UTC) - dt.timedelta(hours=1, seconds=1)))
    send(rest, rest.conversation())


def test_an_ip_address_has_a_limit_of_its_own_that_an_office_can_live_with(rest: Rest) -> None:
    for number in range(CODES_PER_IP.times):
        headers = rest.conversation().turn(address="203.0.113.7")
        ok(rest.http.post("/identity/codes", json={"email": f"a{number}@example.com"}, headers=headers))
    over = {"email": "one-more@example.com"}
    here, there = (rest.conversation().turn(address=address) for address in ("203.0.113.7", "203.0.113.8"))
    assert rest.http.post("/identity/codes", json=over, headers=here).status_code == 429
    assert rest.http.post("/identity/codes", json=over, headers=there).status_code == 200


def test_ipv6_customers_are_counted_by_their_network() -> None:
    assert network_of("2001:db8:1:2::1") == network_of("2001:db8:1:2:ffff::9") == "2001:db8:1:2::/64"
    assert network_of("2001:db8:1:3::1") != network_of("2001:db8:1:2::1")
    assert network_of("::ffff:203.0.113.7") == network_of("203.0.113.7") == "203.0.113.7"
    assert network_of(None) is None


@pytest.mark.parametrize(
    "email",
    ["", "ana", "ana@", "@example.com", "ana@example", "a b@example.com", "ana@example.com\nBcc: x@y.z", "a@b@c.com",
     "ana@exa mple.com", "x" * 65 + "@example.com", "ana@[127.0.0.1]", "Ana <ana@example.com>", "x" * 400 + "@example.com"],
)  # fmt: skip
def test_what_is_no_address_is_refused(rest: Rest, email: str) -> None:
    answer = rest.http.post("/identity/codes", json={"email": email}, headers=rest.conversation().headers)
    assert answer.status_code == 422
    assert answer.json()["error"]["message"]


def test_codes_need_a_conversation(rest: Rest) -> None:
    for path, body in (("/identity/codes", {"email": ANA}), ("/identity/codes/verify", {"code": "123456"})):
        assert rest.http.post(path, json=body).status_code == 401
        assert rest.http.post(path, json=body, headers=rest.token_of("admin")).status_code == 403
        assert rest.http.post(path, json=body, headers={"Authorization": "Bearer nonsense"}).status_code == 401


def test_addresses_have_one_spelling_and_a_mask() -> None:
    assert normalise_email("  Ana@EXAMPLE.com ") == "ana@example.com"
    assert normalise_email("ana@bücher.example") == "ana@xn--bcher-kva.example"
    assert mask_email("ana.lopez@example.com") == "a***@example.com"
