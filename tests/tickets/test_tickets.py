"""Tickets as staff and their programs work them."""

from __future__ import annotations

import base64
from typing import Any

import pytest

from tests.support.databases import each_database
from tests.support.rest import Rest, ok


def ticket(**extra: Any) -> dict[str, Any]:
    return {"ticket": {"subject": "Lento", "comment": {"body": "Todo va lento."}, **extra}}


def fields(**values: str) -> list[dict[str, str]]:
    return [{"id": name, "value": value} for name, value in values.items()]


def opened(rest: Rest, staff: dict[str, str], **extra: Any) -> str:
    body = ticket(requester={"name": "Ana", "email": "Ana@Example.com"}, **extra)
    return f"/api/v2/tickets/{ok(rest.http.post('/api/v2/tickets', json=body, headers=staff), 201)['ticket']['id']}"


@each_database
def test_staff_open_a_ticket_for_a_customer(rest: Rest) -> None:
    staff = rest.token_of("agent", "agent@example.com")
    body = ticket(requester={"name": "Ana", "email": "Ana@Example.com"}, tags=["vip"], external_id="crm-7")
    answer = rest.http.post("/api/v2/tickets.json", json=body, headers=staff)
    made = ok(answer, 201)
    assert set(made) == {"ticket", "audit"}
    assert answer.headers["location"] == made["ticket"]["url"]
    assert made["ticket"]["requester_id"] == 2 * rest.customer("ana@example.com").id
    assert (made["ticket"]["tags"], made["ticket"]["external_id"]) == (["vip"], "crm-7")
    assert {event["type"] for event in made["audit"]["events"]} == {"Comment", "Create"}
    assert made["audit"]["author_id"] % 2 == 1
    assert len(rest.mails("ana@example.com")) == 1


@pytest.mark.parametrize(
    ("values", "type_", "priority"),
    [
        ({}, None, "normal"),
        ({}, "incident", "normal"),
        ({}, "question", "low"),
        ({"category": "request", "subcategory": "training"}, None, "normal"),
        ({"category": "incident", "subcategory": "slowness"}, None, "normal"),
        (
            {"category": "incident", "subcategory": "slowness", "users_affected": "all", "impact": "high"},
            None,
            "urgent",
        ),
        ({"category": "outage"}, None, "urgent"),
    ],
)
def test_priority_follows_from_what_is_known(
    rest: Rest, values: dict[str, str], type_: str | None, priority: str
) -> None:
    body = ticket(custom_fields=fields(**values), type=type_)
    made = ok(rest.http.post("/api/v2/tickets", json=body, headers=rest.token_of("agent")), 201)["ticket"]
    assert made["priority"] == priority


@pytest.mark.parametrize(
    ("extra", "wrong"),
    [
        ({"priority": "frantic"}, "priority"),
        ({"status": "gone"}, "status"),
        ({"type": "poem"}, "type"),
        ({"requester": {"email": "nobody"}}, "requester"),
        ({"requester_id": 4040}, "requester"),
        ({"requester_id": 2**70}, "requester"),
        ({"assignee_id": 4040}, "assignee"),
        ({"comment": {"body": ""}}, "description"),
        ({"custom_fields": [{"id": "category", "value": "incident"}]}, "subcategory"),
        ({"custom_fields": [{"id": 360012345, "value": "x"}]}, "360012345"),
        ({"tags": ["x" * 300]}, "tags.0"),
        ({"external_id": "x" * 300}, "external_id"),
    ],
)
def test_a_wrong_value_is_named(rest: Rest, extra: dict[str, Any], wrong: str) -> None:
    answer = rest.http.post("/api/v2/tickets", json=ticket(**extra), headers=rest.token_of("agent"))
    assert wrong in ok(answer, 422)["details"]


def test_every_change_is_in_the_audit_with_who_and_from_what_to_what(rest: Rest) -> None:
    staff = rest.token_of("agent", "agent@example.com")
    path = opened(rest, staff)
    body = {
        "ticket": {
            "priority": "high",
            "status": "open",
            "comment": {"body": "¿Desde cuándo?", "public": True},
            "custom_fields": fields(category="incident", subcategory="slowness", order_id="A-1"),
        }
    }
    changed = ok(rest.http.put(path, json=body, headers=staff))
    assert (changed["ticket"]["priority"], changed["ticket"]["status"]) == ("high", "open")
    seen = {
        e["field_name"]: (e["previous_value"], e["value"]) for e in changed["audit"]["events"] if e["type"] == "Change"
    }
    assert seen == {
        "support_type": (None, "technical"),
        "category": (None, "incident"),
        "subcategory": (None, "slowness"),
        "environment": (None, "production"),
        "order_id": (None, "A-1"),
        "priority": ("normal", "high"),
        "status": ("new", "open"),
    }
    me = ok(rest.http.get("/api/v2/users/me.json", headers=staff))["user"]
    assert changed["audit"]["author_id"] == me["id"]
    assert len(ok(rest.http.get(f"{path}/audits", headers=staff))["audits"]) == 2
    ledger = {event.data["field"]: event.data for event in rest.events("ticket_changed")}
    assert ledger["priority"] == {"field": "priority", "by": "agent", "from": "normal", "to": "high"}
    assert "to" not in ledger["order_id"], "what a customer typed is no business of the ledger"


@pytest.mark.parametrize("together", [True, False])
def test_solving_with_a_reply_is_one_mail_to_the_customer(rest: Rest, together: bool) -> None:
    staff = rest.token_of("agent")
    path = opened(rest, staff, email_ccs=[{"user_email": "luis@example.com"}])
    said = {"comment": {"body": "Quedó listo.", "public": together}, "status": "solved"}
    ok(rest.http.put(path, json={"ticket": said}, headers=staff))
    last = rest.mails("ana@example.com")[-1]
    assert len(rest.mails("ana@example.com")) == 2
    assert last.template == ("survey_reply" if together else "survey")
    assert ("Quedó listo." in last.text, "/survey/" in last.text) == (together, True)
    copied = [(mail.template, "/survey/" in mail.text) for mail in rest.mails("luis@example.com")]
    assert copied == ([("ticket_comment", False)] if together else [("ticket_status", False)])


@each_database
def test_staff_give_a_ticket_to_another_requester_by_address(rest: Rest) -> None:
    staff = rest.token_of("agent")
    path = opened(rest, staff)
    before = rest.customer("ana@example.com").id
    body = {"ticket": {"requester": {"email": "Luis@Example.com", "name": "Luis"}}}
    done = ok(rest.http.put(path, json=body, headers=staff))
    luis = rest.customer("luis@example.com")
    assert (done["ticket"]["requester_id"], luis.name) == (2 * luis.id, "Luis")
    event = {"type": "Change", "field_name": "requester_id", "value": 2 * luis.id, "previous_value": 2 * before}
    assert [{name: each[name] for name in event} for each in done["audit"]["events"]] == [event]
    # The same again changes nothing; of no address is none.
    body = {"ticket": {"requester": {"email": "luis@example.com"}}}
    assert ok(rest.http.put(path, json=body, headers=staff))["audit"] is None
    for wrong in ("nobody", "@"):
        refused = rest.http.put(path, json={"ticket": {"requester": {"email": wrong}}}, headers=staff)
        assert "requester" in ok(refused, 422)["details"]


def test_a_public_reply_is_mailed_and_an_internal_note_is_not(rest: Rest) -> None:
    staff = rest.token_of("agent")
    path = opened(rest, staff)
    ok(rest.http.put(path, json={"ticket": {"comment": {"body": "Nota", "public": False}}}, headers=staff))
    assert len(rest.mails("ana@example.com")) == 1
    ok(rest.http.put(path, json={"ticket": {"comment": {"body": "Ya lo vemos"}}}, headers=staff))
    ok(rest.http.put(path, json={"ticket": {"status": "solved"}}, headers=staff))
    templates = [mail.template for mail in rest.mails("ana@example.com")]
    assert templates == ["ticket_opened", "ticket_comment", "survey"]
    assert "Ya lo vemos" in rest.mails("ana@example.com")[1].text
    thread = {mail.headers["References"] for mail in rest.mails("ana@example.com")}
    assert len(thread) == 1
    everything = ok(rest.http.get(f"{path}/comments?include=users", headers=staff))
    assert [each["public"] for each in everything["comments"]] == [True, False, True]
    assert {each["author_id"] for each in everything["comments"]} == {user["id"] for user in everything["users"]}
    customer = rest.conversation("ana@example.com").headers
    shown = ok(rest.http.get(f"{path.replace('tickets', 'requests')}/comments", headers=customer))
    assert [each["body"] for each in shown["comments"]] == ["Todo va lento.", "Ya lo vemos"]


@pytest.mark.parametrize(
    ("way", "refused"),
    [(["open", "new"], True), (["solved", "closed", "open"], True), (["pending", "hold", "open"], False)],
)
def test_a_ticket_moves_only_as_the_catalog_says(rest: Rest, way: list[str], refused: bool) -> None:
    staff = rest.token_of("agent")
    path = opened(rest, staff)
    answers = [rest.http.put(path, json={"ticket": {"status": status}}, headers=staff) for status in way]
    assert all(answer.status_code == 200 for answer in answers[:-1])
    assert answers[-1].status_code == (422 if refused else 200)


def test_the_second_of_two_agents_who_save_at_once_is_told(rest: Rest) -> None:
    staff = rest.token_of("agent")
    path = opened(rest, staff)
    safe = {"safe_update": True, "updated_stamp": "2020-01-01T00:00:00Z"}
    late = ok(rest.http.put(path, json={"ticket": {"status": "open", **safe}}, headers=staff), 409)
    assert late["error"] == "UpdateConflict"
    now = ok(rest.http.get(path, headers=staff))["ticket"]["updated_at"]
    ok(rest.http.put(path, json={"ticket": {"status": "open", **safe, "updated_stamp": now}}, headers=staff))


def test_assigning_opens_a_new_ticket(rest: Rest) -> None:
    staff = rest.token_of("agent")
    me = ok(rest.http.get("/api/v2/users/me", headers=staff))["user"]["id"]
    changed = ok(rest.http.put(opened(rest, staff), json={"ticket": {"assignee_id": me}}, headers=staff))["ticket"]
    assert (changed["assignee_id"], changed["status"]) == (me, "open")


def test_a_change_that_is_refused_changes_nothing(rest: Rest) -> None:
    staff = rest.token_of("agent")
    path = opened(rest, staff)
    body = {"ticket": {"priority": "high", "status": "nonsense", "comment": {"body": "x"}}}
    assert rest.http.put(path, json=body, headers=staff).status_code == 422
    assert ok(rest.http.get(path, headers=staff))["ticket"]["priority"] == "normal"
    assert ok(rest.http.get(f"{path}/comments", headers=staff))["count"] == 1


def test_the_transcript_is_for_staff(rest: Rest) -> None:
    talk = rest.conversation("ana@example.com")
    talk.said("Los reportes no cargan", seq=1)
    talk.said("Prueba esto", role="copilot", seq=2)
    body = {"request": {"subject": "x", "comment": {"body": "y"}, "custom_fields": fields(category="outage")}}
    number = ok(rest.http.post("/api/v2/requests", json=body, headers=talk.turn()), 201)["request"]["id"]
    path = f"/api/v2/tickets/{number}/transcript"
    shown = ok(rest.http.get(path, headers=rest.token_of("agent")))
    assert shown["conversation_id"] == talk.id
    assert [(each["role"], each["text"]) for each in shown["messages"]] == [
        ("customer", "Los reportes no cargan"),
        ("copilot", "Prueba esto"),
    ]
    assert rest.http.get(path, headers=talk.headers).status_code == 403


def test_the_staff_side_is_closed_to_everybody_else(rest: Rest) -> None:
    path = opened(rest, rest.token_of("agent"))
    for headers, status in (
        ({}, 401),
        (rest.token_of("customer"), 403),
        (rest.conversation("ana@example.com").headers, 403),
        ({"Authorization": "Bearer cpt_nonsense"}, 401),
        ({"Authorization": "Basic !!"}, 401),
    ):
        for method, where in (("GET", path), ("GET", "/api/v2/tickets"), ("POST", "/api/v2/tickets"), ("PUT", path)):
            content = None if method == "GET" else ticket()
            answer = rest.http.request(method, where, headers=headers, json=content)
            assert answer.status_code == status, (method, where, headers)
            assert set(answer.json()) == {"error", "description"}


def test_zendesks_basic_credentials_work(rest: Rest) -> None:
    token = rest.token_of("agent", "agent@example.com")["Authorization"].split()[1]

    def basic(text: str) -> dict[str, str]:
        return {"Authorization": "Basic " + base64.b64encode(text.encode()).decode()}

    user = ok(rest.http.get("/api/v2/users/me.json", headers=basic(f"agent@example.com/token:{token}")))["user"]
    assert (user["email"], user["role"]) == ("agent@example.com", "agent")
    assert rest.http.get("/api/v2/users/me", headers=basic(f"other@example.com/token:{token}")).status_code == 401
    assert rest.http.get("/api/v2/users/me", headers=basic("agent@example.com:a-long-password")).status_code == 401
