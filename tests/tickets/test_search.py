"""Finding tickets and people, on both databases."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import delete, select, text

from api.identity.models import Customer
from api.tickets.models import Ticket, TicketAudit, TicketComment
from api.tickets.search_index import index_ticket
from api.tickets.shapes import customer_user_id, staff_user_id
from tests.support.databases import each_database
from tests.support.rest import Rest, ok
from tests.tickets.test_search_query import PIECES


@dataclass
class Desk:
    """A few tickets and who looks for them."""

    rest: Rest
    agent: dict[str, str]
    agent_id: int

    def open(self, subject: str, body: str, **more: Any) -> int:
        ticket = {"subject": subject, "comment": {"body": body}, "requester": {"email": "ana@example.com"}, **more}
        made = ok(self.rest.http.post("/api/v2/tickets", json={"ticket": ticket}, headers=self.agent), 201)
        return int(made["ticket"]["id"])

    def change(self, ticket_id: int, **values: Any) -> None:
        ok(self.rest.http.put(f"/api/v2/tickets/{ticket_id}", json={"ticket": values}, headers=self.agent))

    def search(self, query: str, **more: Any) -> dict[str, Any]:
        return ok(self.rest.http.get("/api/v2/search.json", params={"query": query, **more}, headers=self.agent))

    def tickets(self, query: str, **more: Any) -> list[int]:
        found = self.search(f"type:ticket {query}", **more)
        assert found["count"] == len(found["results"])
        return [each["id"] for each in found["results"]]

    def refused(self, query: str) -> str:
        answer = self.rest.http.get("/api/v2/search", params={"query": query}, headers=self.agent)
        body = ok(answer, 422)
        assert body["error"] == "invalid"
        return str(body["description"])

    def as_customer(self, email: str = "ana@example.com") -> dict[str, str]:
        return self.rest.conversation(email).headers


@pytest.fixture
def desk(rest: Rest) -> Desk:
    headers = rest.token_of("agent", "eva@example.com")
    me = ok(rest.http.get("/api/v2/users/me", headers=headers))["user"]["id"]
    return Desk(rest, headers, me)


def fields(**values: str) -> list[dict[str, str]]:
    return [{"id": name, "value": value} for name, value in values.items()]


@each_database
def test_words_are_found_whatever_their_accents_and_wherever_they_stand(desk: Desk) -> None:
    slow = desk.open("El catálogo está lento", "Não carrega a página de pedidos.")
    other = desk.open("Invoice", "The invoices of March are missing.")
    assert desk.tickets("CATALOGO lento") == [slow]
    assert desk.tickets("nao carrega") == [slow]
    assert desk.tickets('"pagina de pedidos"') == [slow]
    assert desk.tickets('"pedidos de pagina"') == []
    assert desk.tickets("invoic*") == [other]
    assert desk.tickets("invoic") == []
    assert desk.tickets("-lento") == [other]
    assert desk.tickets("lento -catalogo") == []
    assert desk.tickets(str(slow)) == [slow]
    assert desk.tickets("subject:lento") == [slow]
    assert desk.tickets("subject:pedidos") == []
    assert desk.tickets("description:pedidos -subject:invoice") == [slow]
    assert desk.tickets("*") == [other, slow]


@each_database
def test_what_is_said_later_is_found_at_once_and_internal_notes_by_staff_only(desk: Desk) -> None:
    first = desk.open("Login", "Cannot enter.")
    desk.change(first, comment={"body": "We restarted the cluster", "public": True})
    desk.change(first, comment={"body": "Probably a certificate", "public": False}, subject="Sign-in")
    assert desk.tickets("restarted") == desk.tickets("certificate") == desk.tickets("comment:certificate") == [first]
    assert desk.tickets("subject:login") == []
    assert desk.tickets("sign-in enter") == [first]
    assert desk.tickets('"restarted probably"') == []
    customer = desk.as_customer()

    def own(query: str) -> list[int]:
        found = ok(desk.rest.http.get("/api/v2/requests/search.json", params={"query": query}, headers=customer))
        return [each["id"] for each in found["requests"]]

    assert own("restarted") == own("comment:restarted") == own("status<solved") == own("") == [first]
    assert own("certificate") == own("comment:certificate") == own("certif*") == []
    assert own("-certificate") == [first], "not even what is missing tells of a note"
    other = desk.open("Login of another", "Cannot enter.", requester={"email": "leo@example.com"})
    assert own("enter") == [first]
    assert own(f"requester:{customer_user_id(desk.rest.customer('leo@example.com').id)}") == []
    assert own(str(other)) == []
    for staff_only in ("assignee:me", "tags:vip", "commenter:eva"):
        params = {"query": staff_only}
        refused = desk.rest.http.get("/api/v2/requests/search", params=params, headers=customer)
        assert "support team" in ok(refused, 422)["description"]
    assert desk.rest.http.get("/api/v2/search", params={"query": "x"}, headers=customer).status_code == 403


@each_database
def test_keywords_find_by_what_a_ticket_is(desk: Desk) -> None:
    a = desk.open("A", "a", priority="low", tags=["vip", "two words"], custom_fields=fields(category="outage"))
    b = desk.open("B", "b", priority="urgent", requester={"email": "leo@example.com", "name": "Léo Núñez"})
    c = desk.open(
        "C", "c", priority="normal", assignee_id=desk.agent_id, external_id="EXT-7", type="problem", status="open"
    )
    desk.change(b, status="solved")
    desk.change(c, email_ccs=[{"user_email": "zoe@example.com"}])
    desk.change(a, custom_fields=fields(platform="Main Store"))
    leo = customer_user_id(desk.rest.customer("leo@example.com").id)
    finds = {
        "status:open": [c],
        "status<solved": [c, a],
        "status>=solved": [b],
        "-status:new": [c, b],
        "status:new status:open": [c, a],
        "priority>normal": [b],
        "priority<=normal": [c, a],
        "-priority:low": [c, b],
        "status:none": [],
        "tags:vip": [a],
        "tags:VIP": [a],
        'tags:"two words"': [a],
        "tags:two": [],
        "tags:none": [c, b],
        "-tags:none": [a],
        "requester:leo@example.com": [b],
        "requester:nunez": [b],
        f"requester:{leo}": [b],
        "requester:none": [],
        "-requester:leo": [c, a],
        "assignee:me": [c],
        "assignee:eva@example.com": [c],
        "assignee:none": [b, a],
        f"assignee:{desk.agent_id}": [c],
        "external_id:EXT-7": [c],
        "external_id:none": [b, a],
        "ticket_type:problem": [c],
        "language:es": [c, b, a],
        "language:en": [],
        "category:outage": [a],
        "custom_field_category:outage": [a],
        "custom_field_platform:*": [a],
        "custom_field_platform:none": [c, b],
        'custom_field_platform:"main store"': [a],
        'fieldvalue:"Main Store"': [a],
        "fieldvalue:main": [],
        "via:api": [c, b, a],
        "via:mail": [],
        "created>4hours": [c, b, a],
        "created<4hours": [],
        "created>2020-01-01 created<2020-12-31": [],
        "created>=2020-01-01": [c, b, a],
        "solved>1days": [b],
        "solved:none": [c, a],
        "organization:none": [c, b, a],
        "has_attachment:true": [],
        "has_attachment:false": [c, b, a],
        "submitter:me": [c, b, a],
        "submitter:leo": [],
        "cc:zoe@example.com": [c],
        "cc:none": [b, a],
        "group:none": [],
        "satisfaction:good": [],
        "satisfaction:offered": [b],
        "satisfaction:unoffered": [c, a],
        "order_by:priority sort:asc": [a, c, b],
        "order_by:status sort:desc": [b, c, a],
        "order_by:created_at sort:asc": [a, b, c],
        "commenter:leo@example.com": [],
    }
    assert {query: desk.tickets(query) for query in finds} == finds
    assert desk.tickets("", sort_by="priority", sort_order="desc") == [b, c, a]


def test_a_day_is_a_day_of_the_support_team(desk: Desk) -> None:
    ticket = desk.open("A", "a")
    # The last hour of 30 January in São Paulo and Bogotá, the 31st in UTC.
    with desk.rest.database.write() as session:
        session.get_one(Ticket, ticket).created_at = dt.datetime(2026, 1, 31, 2, 30, tzinfo=dt.UTC)
    assert desk.tickets("created:2026-01-30") == [ticket]
    assert desk.tickets("created:2026-01-31") == desk.tickets("created>2026-01-30") == []
    assert desk.tickets("created<=2026-01-30") == desk.tickets("created<2026-01-31") == [ticket]
    assert desk.tickets("created:2026-01-31T02:30:00Z") == desk.tickets("created>2026-01-31T02:29:59Z") == [ticket]
    assert desk.tickets("created>2026-01-31T02:30:00+00:00") == []


@pytest.mark.parametrize(
    "query",
    [
        "status:lost", "priority:highest", "ticket_type:x", "created:yesterday", "created:2026-02-30", "created>99999years",
        "created:4hours", "custom_field_colour:red", "has_attachment:maybe", "satisfaction:fine", "role:king",
        "tags:none tags:vip", "comment:none",
    ],
)  # fmt: skip
def test_a_part_that_means_nothing_is_named(desk: Desk, query: str) -> None:
    assert query.split()[0] in desk.refused(query)


@each_database
def test_people_and_teams_are_found_beside_tickets(desk: Desk) -> None:
    ticket = desk.open("Ana asks", "Something", requester={"email": "ana@example.com", "name": "Ana Núñez"})
    found = desk.search("ana")
    assert [(each["result_type"], each["id"]) for each in found["results"]] == [
        ("ticket", ticket),
        ("user", customer_user_id(desk.rest.customer("ana@example.com").id)),
    ]
    assert found["facets"] is None
    assert found["count"] == 2

    def users(query: str) -> list[str]:
        return [each["email"] for each in desk.search(f"type:user {query}")["results"]]

    assert (
        users("nunez")
        == users("name:NÚÑEZ")
        == users("role:end-user")
        == users("ana@example.com")
        == ["ana@example.com"]
    )
    assert users("-role:end-user") == users("role:agent") == users("email:eva@example.com") == ["eva@example.com"]
    assert len(users("*")) == 2
    assert users("organization:none created>1hours") == ["ana@example.com"]
    assert [each["name"] for each in desk.search("type:group finance")["results"]] == ["finance"]
    with desk.rest.database.write() as session:
        session.scalars(select(Customer)).one().account_id = "acme-7"
        session.scalars(select(Ticket)).one().account_id = "acme-7"
    (account,) = desk.search("type:organization acme")["results"]
    assert (account["external_id"], account["result_type"]) == ("acme-7", "organization")
    for named in ("acme-7", account["id"], account["name"]):
        assert desk.tickets(f"organization:{named}") == [ticket]
        assert users(f"organization:{named}") == ["ana@example.com"]
    assert desk.search("type:ticket type:user ana", per_page="1", page="2")["results"][0]["result_type"] == "user"


@each_database
def test_an_export_visits_every_result_once(desk: Desk) -> None:
    ids = [desk.open(f"Numero {number}", "cuenta") for number in range(7)]
    for kind, expected in (("ticket", ids), ("user", None), ("group", [1, 2, 3, 4, 5])):
        seen: list[int] = []
        where = f"/api/v2/search/export.json?query=*&filter[type]={kind}&page[size]=2"
        while where:
            page = ok(desk.rest.http.get(where, headers=desk.agent))
            assert {each["result_type"] for each in page["results"]} <= {kind}
            seen += [each["id"] for each in page["results"]]
            assert bool(page["links"]["next"]) == page["meta"]["has_more"]
            where = page["links"]["next"] and urlsplit(page["links"]["next"])._replace(scheme="", netloc="").geturl()
        assert seen == sorted(set(seen))
        assert seen == (expected or [customer_user_id(desk.rest.customer("ana@example.com").id), staff_user_id(1)])
    count = desk.rest.http.get("/api/v2/search/count.json", params={"query": "cuenta"}, headers=desk.agent)
    assert ok(count)["count"] == 7


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/search", 422),
        ("/search?query=x&page=11", 422),
        ("/search?query=x&page=0", 400),
        ("/search?query=x&sort_by=colour", 422),
        ("/search?query=x&sort_order=up", 422),
        ("/search/export?query=x", 422),
        ("/search/export?query=x&filter[type]=comment", 422),
        ("/search/export?query=type:user&filter[type]=ticket", 422),
        ("/search/export?query=status:open&filter[type]=user", 422),
        ("/search/export?query=x&filter[type]=ticket&page[after]=nonsense", 400),
        ("/search/export?query=x&filter[type]=ticket&page[size]=x", 400),
        ("/search/count?query=colour:red", 422),
    ],
)
def test_a_request_that_cannot_be_is_refused(desk: Desk, path: str, status: int) -> None:
    answer = desk.rest.http.get(f"/api/v2{path}", headers=desk.agent)
    assert set(ok(answer, status)) == {"error", "description"}


@each_database
def test_nothing_stays_of_a_ticket_that_goes(desk: Desk) -> None:
    ticket = desk.open("Gone", "soon")
    with desk.rest.database.write() as session:
        for table in (TicketAudit, TicketComment):
            session.execute(delete(table).where(table.ticket_id == ticket))
        session.execute(text("DELETE FROM outbox_mails"))
        session.execute(delete(Ticket).where(Ticket.id == ticket))
    with desk.rest.database.read() as session:
        assert session.scalar(text("SELECT count(*) FROM ticket_words")) == 0


@each_database
def test_a_ticket_of_hostile_length_is_found_by_its_newest_words(desk: Desk) -> None:
    words = " ".join(f"palabra{number}" for number in range(4000))
    ticket = desk.open("Long", words)
    for number in range(4):
        desk.change(ticket, comment={"body": f"{words} comentario{number}"[-60000:]})
    desk.change(ticket, comment={"body": "ñandú" * 9000 + " " + "🙂" * 500 + " final\x01"})
    assert desk.tickets("final") == desk.tickets("palabra3999") == desk.tickets("comentario3") == [ticket]
    with desk.rest.database.write() as session:
        index_ticket(session, session.get_one(Ticket, ticket))
    assert desk.tickets("final -borrado") == [ticket]


@each_database
def test_no_query_breaks_the_database(desk: Desk) -> None:
    desk.open("A", "a", tags=["vip"])

    @settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
    @given(st.lists(PIECES, max_size=10).map("".join))
    def ask(query: str) -> None:
        params = {"query": query.encode("utf-8", "replace").decode()}
        answer = desk.rest.http.get("/api/v2/search", params=params, headers=desk.agent)
        assert answer.status_code in (200, 422), answer.text

    ask()
