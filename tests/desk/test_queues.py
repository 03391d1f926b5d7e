"""Queues, the ticket with all that belongs to it, and who may see them."""

from __future__ import annotations

import re

import pytest
from sqlalchemy import select

from api.database import utc_now
from api.mail_in.models import InboundMail
from api.tickets.backends.models import RemoteTicket
from api.tickets.models import QUEUED, Ticket, TicketComment
from api.tickets.shapes import OPEN_STATUSES
from tests.desk.conftest import change, ticket_of
from tests.support.databases import each_database
from tests.support.rest import Rest, ok


def test_what_waits_is_what_is_open() -> None:
    assert set(re.findall(r"'(\w+)'", QUEUED)) == OPEN_STATUSES


@each_database
def test_queues_are_counted_and_listed_alike(rest: Rest, agent: dict[str, str]) -> None:
    ana, luis = rest.conversation("ana@example.com"), rest.conversation("luis@example.com", language="en")
    first, second, third = ticket_of(ana, "uno"), ticket_of(ana, "dos"), ticket_of(luis, "three")
    me = ok(rest.http.get("/desk/data/people", headers=agent))["me"]
    change(rest, second, agent, assignee_id=me["id"], priority="high")
    change(rest, first, agent, status="solved")
    found = ok(rest.http.get("/desk/data/queues", headers=agent))
    assert (found["all"], found["mine"], found["unassigned"]) == (2, 1, 1)
    assert found["status"] == {"open": 1, "new": 1}
    assert found["language"] == {"es": 1, "en": 1}
    assert found["category"] == {"incident": 2}

    def listed(query: str) -> list[int]:
        return [each["id"] for each in ok(rest.http.get(f"/desk/data/tickets?{query}", headers=agent))["tickets"]]

    assert listed("sort=-updated_at") == [second, third]
    assert listed("holder=mine") == [second]
    assert listed("holder=unassigned") == [third]
    assert listed("status=solved,closed") == [first]
    assert listed("priority=high") == [second]
    assert listed("language=en&category=incident") == [third]


def test_a_queue_is_paged_by_cursor(rest: Rest, agent: dict[str, str]) -> None:
    talk = rest.conversation("ana@example.com")
    numbers = [ticket_of(talk, f"{each}") for each in range(5)]
    address, seen = "/desk/data/tickets?page[size]=2&sort=-created_at", []
    while address:
        page = ok(rest.http.get(address, headers=agent))
        seen += [each["id"] for each in page["tickets"]]
        address = page["links"]["next"]
        assert bool(address) == page["meta"]["has_more"]
    assert seen == numbers[::-1]


def test_a_ticket_comes_with_all_that_belongs_to_it(rest: Rest, agent: dict[str, str]) -> None:
    talk = rest.conversation("ana@example.com")
    talk.said("El reporte no llega")
    older, number = ticket_of(talk, "otro"), ticket_of(talk)
    change(rest, number, agent, comment={"body": "Lo miramos."})
    change(rest, number, agent, comment={"body": "Parece la caché.", "public": False})
    view = ok(rest.http.get(f"/desk/data/tickets/{number}", headers=agent))
    assert view["ticket"]["id"] == number
    assert view["requester"]["email"] == "ana@example.com"
    assert [each["public"] for each in view["comments"]] == [True, True, False]
    assert {view["people"][str(each["author_id"])]["staff"] for each in view["comments"][1:]} == {True}
    assert len(view["audits"]) == 3
    assert view["messages"][0]["text"] == "El reporte no llega"
    assert [each["id"] for each in view["others"]] == [older]
    assert view["expected"] is None, "it was answered"
    waiting = ok(rest.http.get(f"/desk/data/tickets/{older}", headers=agent))
    assert set(waiting["expected"]) == set(rest.catalog.languages)
    assert [each["to"] for each in view["mails"]] == ["ana@example.com", "ana@example.com"]


def test_an_outage_without_a_customer_is_shown_too(rest: Rest, agent: dict[str, str]) -> None:
    talk = rest.conversation()
    fields = [{"id": "category", "value": "outage"}]
    body = {"subject": "No carga nada", "description": "Nada carga.", "custom_fields": fields}
    number = ok(rest.http.post("/api/v2/requests", json={"request": body}, headers=talk.turn()), 201)["request"]["id"]
    assert ok(rest.http.get("/desk/data/tickets", headers=agent))["tickets"][0]["requester"] is None
    view = ok(rest.http.get(f"/desk/data/tickets/{number}", headers=agent))
    assert (view["requester"], view["others"]) == (None, [])


def test_people_are_those_to_whom_a_ticket_can_be_given(
    rest: Rest, agent: dict[str, str], lead: dict[str, str]
) -> None:
    found = ok(rest.http.get("/desk/data/people", headers=lead))
    assert found["me"]["email"] == "leo@staff.example"
    assert {each["email"] for each in found["staff"]} >= {"eva@staff.example", "leo@staff.example"}
    assert found["groups"][0] == {"id": 1, "name": "support"}
    for language, label in (("en", "Billing"), ("es", "Facturación"), ("pt", "Financeiro")):
        named = {each["id"]: each["label"] for each in ok(rest.http.get(f"/desk/catalog?language={language}"))["teams"]}
        assert named["finance"] == label


def test_mail_both_ways_the_outage_and_the_counterpart_elsewhere_belong_to_a_ticket(
    rest: Rest, agent: dict[str, str]
) -> None:
    outage = [{"id": "category", "value": "outage"}]
    body = {"subject": "No carga nada", "description": "Nada carga.", "custom_fields": outage}
    first, second = (
        ok(rest.http.post("/api/v2/requests", json={"request": body}, headers=rest.conversation(who).turn()), 201)
        for who in ("ana@example.com", "luis@example.com")
    )
    number, other = first["request"]["id"], second["request"]["id"]
    change(rest, number, agent, comment={"body": "De otra dirección: sigue igual.", "public": False})
    with rest.database.write() as session:
        note = session.scalars(select(TicketComment).where(TicketComment.public.is_(False))).one()
        session.add(InboundMail(
            dedupe_key="1", sender="eva@example.com", recipient="", ticket_id=number, comment_id=note.id,
            outcome="note", text="sigue igual",
        ))  # fmt: skip
        session.add(InboundMail(dedupe_key="2", sender="nadie@example.com", recipient="", outcome="quarantined"))
        session.add(RemoteTicket(ticket_id=number, backend="local", remote_id="77", state="refused", error="422"))
    assert ok(rest.http.get("/desk/data/queues", headers=agent))["mails"] == 2
    [answer] = ok(rest.http.get("/desk/data/mails", headers=agent))["answers"]
    assert (answer["ticket_id"], answer["ticket_subject"], answer["text"]) == (number, "No carga nada", "sigue igual")
    view = ok(rest.http.get(f"/desk/data/tickets/{number}", headers=agent))
    assert [(each["direction"], each.get("waits_for_approval")) for each in view["mails"]] == [
        ("in", True),
        ("out", None),
    ]
    assert view["ticket"]["outage_group_id"] == view["outage"]["group_id"] == number
    assert (view["outage"]["tickets"], [each["id"] for each in view["outage"]["others"]]) == (2, [other])
    assert (view["remote"]["state"], view["remote"]["remote_id"], view["remote"]["error"]) == ("refused", "77", "422")
    ok(rest.http.post(f"/api/v2/tickets/{number}/mails/{answer['id']}/approve.json", headers=agent))
    assert ok(rest.http.get("/desk/data/queues", headers=agent))["mails"] == 1
    assert ok(rest.http.get("/desk/data/mails", headers=agent))["answers"] == []


@pytest.mark.parametrize("path", ["people", "queues", "tickets", "tickets/1001", "mails", "../events"])
def test_the_desk_is_for_staff(rest: Rest, path: str) -> None:
    assert rest.http.get(f"/desk/data/{path}").status_code == 401
    assert rest.http.get(f"/desk/data/{path}", headers=rest.token_of("customer")).status_code == 403


def test_a_customer_follows_no_ticket_but_their_own(rest: Rest) -> None:
    number = ticket_of(rest.conversation("ana@example.com"))
    other = rest.conversation("luis@example.com")
    assert rest.http.get(f"/api/v2/requests/{number}/events", headers=other.headers).status_code == 404


def test_the_desk_s_words_are_no_load_for_the_widget(rest: Rest) -> None:
    public = ok(rest.http.get("/catalog?language=en"))["web"]
    own = ok(rest.http.get("/desk/catalog?language=en"))["web"]
    left_out = {key.partition(".")[0] for key in own if key not in public}
    assert left_out == {"desk", "portal", "ticket_form", "help", "collections", "leads"}
    assert not [key for key in public if key.partition(".")[0] in left_out]


def test_what_is_late_or_nearly_so_has_queues_of_its_own(rest: Rest, agent: dict[str, str]) -> None:
    talk = rest.conversation("ana@example.com")
    late, near, answered, fine = (ticket_of(talk, each) for each in ("tarde", "casi", "respondido", "bien"))
    now = utc_now()
    with rest.database.write() as session:
        session.get_one(Ticket, late).first_response_breached_at = now
        session.get_one(Ticket, late).first_response_warned_at = now
        session.get_one(Ticket, near).resolution_warned_at = now
        session.get_one(Ticket, answered).first_response_breached_at = now
        session.get_one(Ticket, answered).first_response_at = now
    found = ok(rest.http.get("/desk/data/queues", headers=agent))
    assert (found["all"], found["near"], found["missed"]) == (4, 1, 1)

    def listed(clock: str) -> list[int]:
        return [each["id"] for each in ok(rest.http.get(f"/desk/data/tickets?sla={clock}", headers=agent))["tickets"]]

    assert (listed("near"), listed("missed")) == ([near], [late])
    assert fine not in [*listed("near"), *listed("missed")]


def test_a_search_gives_what_a_queue_shows(rest: Rest, agent: dict[str, str]) -> None:
    talk = rest.conversation("ana@example.com")
    ticket_of(talk, "La factura salió doble")
    number = ticket_of(talk, "El botón de exportar falla")
    found = ok(rest.http.get("/desk/data/search", params={"q": "exportar status<solved"}, headers=agent))["tickets"]
    assert [(each["id"], each["requester"]["email"]) for each in found] == [(number, "ana@example.com")]
    refused = rest.http.get("/desk/data/search", params={"q": "status:nothing"}, headers=agent)
    assert refused.status_code in (400, 422)
