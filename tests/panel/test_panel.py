"""What the admin help panel asks of the api."""

from __future__ import annotations

import datetime as dt
import time
import uuid
from typing import Any, cast

import jwt
import pytest

from api.database import utc_now
from api.identity.models import SignInSession
from api.panel.ranking import articles_for, names_version
from api.tickets.models import Ticket
from tests.support.fake_help_center import FakeHelpCenter, article
from tests.support.rest import Rest, ok


def host_token(**claims: Any) -> str:
    now = int(time.time())
    said = {"aud": "support-copilot", "iat": now, "exp": now + 200, "jti": uuid.uuid4().hex, "sub": "u-1", **claims}
    said = {"email": "irene@shop.example", "name": "Irene", "account_id": "demo-shop", **said}
    return jwt.encode(said, "k" * 32, algorithm="HS256", headers={"kid": "demo"})


def signed_in(rest: Rest, **claims: Any) -> dict[str, str]:
    made = ok(rest.http.post("/panel/sessions", json={"identity": host_token(**claims)}), 201)
    return {"Authorization": f"Bearer {made['token']}"}


def ticket_of(rest: Rest, headers: dict[str, str], title: str) -> int:
    fields = {"category": "linkedin", "purpose": "demo"}
    request = {
        "subject": title,
        "comment": {"body": "Text."},
        "custom_fields": [{"id": name, "value": value} for name, value in fields.items()],
    }
    return int(
        ok(rest.http.post("/api/v2/requests.json", json={"request": request}, headers=headers), 201)["request"]["id"]
    )


def test_a_host_token_becomes_an_hour_s_session_of_its_customer_once(rest: Rest) -> None:
    token = host_token(platforms=["Main shop"])
    made = ok(rest.http.post("/panel/sessions", json={"identity": token}), 201)
    assert {key: made[key] for key in ("email", "name", "account_id", "platforms")} == {
        "email": "irene@shop.example",
        "name": "Irene",
        "account_id": "demo-shop",
        "platforms": ["Main shop"],
    }
    headers = {"Authorization": f"Bearer {made['token']}"}
    assert ok(rest.http.get("/identity/me", headers=headers))["email"] == "irene@shop.example"
    again = rest.http.post("/panel/sessions", json={"identity": token})
    assert (again.status_code, again.json()["error"]["code"]) == (401, "host_token")
    with rest.database.write() as session:
        row = session.query(SignInSession).one()
        assert dt.timedelta(minutes=59) < row.expires_at - utc_now() <= dt.timedelta(hours=1)
        row.expires_at = utc_now()
    assert rest.http.get("/panel/tickets", headers=headers).status_code == 401


def test_my_tickets_are_mine_newest_first_and_rated_once_solved(rest: Rest) -> None:
    mine, other = signed_in(rest), signed_in(rest, sub="u-2", email="other@shop.example")
    first, second = ticket_of(rest, mine, "First"), ticket_of(rest, mine, "Second")
    ticket_of(rest, other, "Not mine")
    listed = ok(rest.http.get("/panel/tickets", headers=mine))["tickets"]
    assert [each["id"] for each in listed] == [second, first]
    assert listed[0]["url"].endswith(f"/portal/tickets/{second}")
    assert not listed[0]["rateable"]
    early = rest.http.post(f"/panel/tickets/{first}/rating", json={"score": "good"}, headers=mine)
    assert early.status_code == 422
    with rest.database.write() as session:
        session.get_one(Ticket, first).status = "solved"
    assert [each["rateable"] for each in ok(rest.http.get("/panel/tickets", headers=mine))["tickets"]] == [False, True]
    rated = ok(rest.http.post(f"/panel/tickets/{first}/rating", json={"score": "bad", "comment": "Slow"}, headers=mine))
    assert (rated["score"], rated["rateable"]) == ("bad", False)
    assert rest.http.post(f"/panel/tickets/{first}/rating", json={"score": "good"}, headers=other).status_code == 404
    assert rest.http.get("/panel/tickets").status_code == 401


HELD = [
    article("orders", "en", "Orders at a glance", body="Filter."),
    article("orders-old", "en", "Orders in older panels", body="Since v4.2.1 it is gone."),
    article("declined", "en", "Declined payment", body="Try again."),
]


@pytest.mark.parametrize(
    ("context", "expected"),
    [
        ({"page": "/admin/orders/10482"}, ["orders", "orders-old"]),
        ({"page": "Orders", "app_version": "4.2"}, ["orders-old", "orders"]),
        ({"page": "Orders", "last_error": "Payment declined (LMB-402)"}, ["declined", "orders", "orders-old"]),
        ({"page": "/", "app_version": "4.2"}, []),
        ({}, []),
    ],
)
async def test_articles_fit_the_screen_the_version_and_the_last_error(
    context: dict[str, str], expected: list[str]
) -> None:
    found = await articles_for(FakeHelpCenter(HELD), context, "en", 5)
    assert [each.id for each in found] == expected


def test_a_version_is_named_whole() -> None:
    assert [names_version(HELD[1], each) for each in ("4.2", "v4.2.1", "4", "2.1", "", "beta")] == [
        True, True, True, False, False, False,
    ]  # fmt: skip


def test_the_context_is_asked_for_with_a_body_and_no_article_is_an_answer(rest: Rest) -> None:
    rest.services.help_center = cast("Any", FakeHelpCenter(HELD))
    body = {"language": "en", "context": {"page": "Orders"}, "limit": 1}
    found = ok(rest.http.post("/panel/articles", json=body))["articles"]
    assert found == [
        {
            "article_id": "orders",
            "title": "Orders at a glance",
            "url": f"{rest.settings.public_url}/help/en/orders",
            "locale": "en",
        }
    ]
    assert ok(rest.http.post("/panel/articles", json={"language": "xx"})) == {"articles": []}
