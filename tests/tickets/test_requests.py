"""Tickets as customers open and follow them: by the conversation, by their own token."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Any

import httpx
import pytest
from sqlalchemy import update

from api.chat.models import Attachment, Turn
from tests.support.databases import each_database
from tests.support.rest import Rest, ok

QUESTION = {"category": "question", "subcategory": "reports", "platform": "Lumbra Admin"}
INCIDENT = {
    "category": "incident",
    "subcategory": "reports",
    "platform": "Lumbra Admin",
    "users_affected": "external",
    "impact": "high",
}


def draft(fields: dict[str, Any] | None = None, **extra: Any) -> dict[str, Any]:
    """The body of a request as the dialogue's action sends it."""
    listed = [{"id": name, "value": value} for name, value in (QUESTION if fields is None else fields).items()]
    body = {
        "subject": "Los reportes no cargan",
        "comment": {"body": "Al abrirlos queda en blanco."},
        "custom_fields": listed,
    }
    return {"request": {**body, **extra}}


def fields_of(shape: dict[str, Any]) -> dict[str, Any]:
    return {field["id"]: field["value"] for field in shape["custom_fields"]}


@each_database
def test_a_verified_conversation_opens_a_ticket(rest: Rest) -> None:
    talk = rest.conversation("ana@example.com")
    answer = rest.http.post("/api/v2/requests", json=draft(external_id="form-1"), headers=talk.turn())
    opened = ok(answer, 201)["request"]
    assert opened["id"] == 1001
    assert (opened["status"], opened["priority"], opened["type"]) == ("new", "low", "question")
    assert answer.headers["location"] == opened["url"]
    assert fields_of(opened) == {
        "support_type": "technical",
        "category": "question",
        "subcategory": "reports",
        "platform": "Lumbra Admin",
        "environment": "production",
    }
    assert opened["conversation_id"] == talk.id
    mail = rest.mails("ana@example.com")[-1]
    assert "1001" in mail.subject
    assert mail.language == "es"
    assert rest.catalog.label("statuses", "new", "es") in mail.text
    event = rest.events("ticket_opened")[0]
    assert event.data == {"category": "question", "subcategory": "reports", "priority": "low", "via": "chat"}
    assert (event.ticket_id, event.conversation_id) == (1001, talk.id)


def test_the_same_form_finds_its_ticket_again(rest: Rest) -> None:
    talk = rest.conversation("ana@example.com")
    first = ok(rest.http.post("/api/v2/requests", json=draft(external_id="form-1"), headers=talk.turn()), 201)
    again = ok(rest.http.post("/api/v2/requests", json=draft(external_id="form-1"), headers=talk.turn()), 201)
    other = ok(rest.http.post("/api/v2/requests", json=draft(external_id="form-2"), headers=talk.turn()), 201)
    assert first["request"]["id"] == again["request"]["id"] == 1001
    assert other["request"]["id"] == 1002
    assert len(rest.events("ticket_opened")) == 2
    assert len(rest.mails("ana@example.com")) == 2


@pytest.mark.parametrize(
    ("users_affected", "impact", "priority"),
    [
        ("internal", "low", "low"),
        ("internal", "moderate", "normal"),
        ("internal", "high", "high"),
        ("external", "low", "normal"),
        ("external", "moderate", "high"),
        ("external", "high", "urgent"),
        ("all", "low", "normal"),
        ("all", "moderate", "high"),
        ("all", "high", "urgent"),
    ],
)
def test_an_incident_gets_its_priority_from_the_matrix(
    rest: Rest, users_affected: str, impact: str, priority: str
) -> None:
    talk = rest.conversation("ana@example.com")
    body = draft({**INCIDENT, "users_affected": users_affected, "impact": impact})
    assert (
        ok(rest.http.post("/api/v2/requests", json=body, headers=talk.turn()), 201)["request"]["priority"] == priority
    )


def test_a_customer_cannot_set_priority_status_or_requester(rest: Rest) -> None:
    talk = rest.conversation("ana@example.com")
    rest.conversation("eva@example.com")
    body = draft(priority="urgent", status="solved", requester={"email": "eva@example.com"}, requester_id=4)
    opened = ok(rest.http.post("/api/v2/requests", json=body, headers=talk.turn()), 201)["request"]
    assert (opened["priority"], opened["status"]) == ("low", "new")
    assert opened["requester_id"] == 2 * rest.customer("ana@example.com").id
    assert rest.mails("eva@example.com") == []


def test_an_unverified_conversation_opens_nothing(rest: Rest) -> None:
    talk = rest.conversation()
    for headers in (talk.turn(), talk.headers):
        answer = rest.http.post("/api/v2/requests", json=draft(), headers=headers)
        assert answer.status_code == 403
    assert rest.events("ticket_opened") == []


def test_an_outage_is_opened_first_and_claimed_when_the_code_comes_back(rest: Rest) -> None:
    talk = rest.conversation()
    turn = talk.turn()
    opened = ok(rest.http.post("/api/v2/requests", json=draft({"category": "outage"}), headers=turn), 201)["request"]
    assert (opened["priority"], opened["type"], opened["requester_id"]) == ("urgent", "incident", None)
    assert rest.http.get(f"/api/v2/requests/{opened['id']}", headers=turn).status_code == 403
    ok(rest.http.post("/identity/codes", json={"email": "ana@example.com"}, headers=turn))
    code = rest.mails("ana@example.com")[0].subject.split()[-1]
    verified = ok(rest.http.post("/identity/codes/verify", json={"code": code}, headers=turn))
    assert verified["ticket_ids"] == [opened["id"]]
    shown = ok(rest.http.get(f"/api/v2/requests/{opened['id']}", headers=turn))["request"]
    assert shown["requester_id"] == 2 * rest.customer("ana@example.com").id
    assert [mail.template for mail in rest.mails("ana@example.com")] == ["code", "ticket_opened"]
    comments = ok(rest.http.get(f"/api/v2/requests/{opened['id']}/comments", headers=turn))
    assert comments["comments"][0]["author_id"] == shown["requester_id"]
    staff = rest.token_of("agent")
    audits = ok(rest.http.get(f"/api/v2/tickets/{opened['id']}/audits", headers=staff))["audits"]
    assert [event["field_name"] for event in audits[1]["events"]] == ["requester_id"]


@pytest.mark.parametrize(
    ("fields", "wrong"),
    [
        ({}, {"category"}),
        ({**QUESTION, "category": "nonsense"}, {"category"}),
        ({**QUESTION, "subcategory": "language"}, {"subcategory"}),
        ({"category": "question", "platform": "x"}, {"subcategory"}),
        ({"category": "question"}, {"subcategory", "platform"}),
        ({**INCIDENT, "impact": None}, {"impact"}),
        ({**INCIDENT, "impact": "huge", "users_affected": "martians"}, {"impact", "users_affected"}),
        ({**QUESTION, "environment": "moon"}, {"environment"}),
        ({**QUESTION, "favourite_colour": "blue"}, {"favourite_colour"}),
        ({**QUESTION, "order_id": ["a", "list"]}, {"order_id"}),
        ({"category": "linkedin"}, {"purpose"}),
        ({"category": "linkedin", "purpose": "demo", "subcategory": "reports"}, {"subcategory"}),
        ({"support_type": "financial"}, {"subject", "what_happened"}),
        ({"support_type": "commercial", "subject": "payment_receipt"}, {"subject"}),
        ({"support_type": "gossip"}, {"support_type"}),
    ],
)
def test_every_wrong_field_is_named(rest: Rest, fields: dict[str, Any], wrong: set[str]) -> None:
    talk = rest.conversation("ana@example.com")
    body = ok(rest.http.post("/api/v2/requests", json=draft(fields), headers=talk.turn()), 422)
    assert body["error"] == "RecordInvalid"
    assert set(body["details"]) == wrong
    for problems in body["details"].values():
        assert all({"error", "description"} == set(problem) for problem in problems)


@pytest.mark.parametrize(
    ("fields", "priority", "type_", "team"),
    [
        (
            {"support_type": "financial", "subject": "payment_receipt", "what_happened": "x"},
            "low",
            "question",
            "finance",
        ),
        ({"support_type": "commercial", "subject": "account_owner"}, "normal", "task", "sales"),
        ({"category": "linkedin", "purpose": "demo"}, "normal", "question", "alliances"),
        ({"category": "request", "subcategory": "training", "platform": "x"}, "normal", "task", "support"),
    ],
)
def test_the_other_forms_are_taken(rest: Rest, fields: dict[str, str], priority: str, type_: str, team: str) -> None:
    talk = rest.conversation("ana@example.com")
    opened = ok(rest.http.post("/api/v2/requests", json=draft(fields), headers=talk.turn()), 201)["request"]
    assert (opened["priority"], opened["type"]) == (priority, type_)
    shown = ok(rest.http.get(f"/api/v2/tickets/{opened['id']}", headers=rest.token_of("agent")))["ticket"]
    assert shown["team"] == team
    assert fields.items() <= fields_of(shown).items()


@pytest.mark.parametrize(
    "body",
    [
        {"request": {"subject": "x" * 1_000_000, "comment": {"body": "y"}, "custom_fields": []}},
        {"request": {"subject": "x", "comment": {"body": "y" * 65_536}, "custom_fields": []}},
        {"request": {"subject": "", "comment": {"body": " "}}},
        {"request": {"subject": "x\ud800", "comment": {"body": "y"}}},
        {"request": {"subject": ["x"], "comment": {"body": "y"}}},
        {"request": None},
        [],
    ],
)
def test_what_cannot_be_a_ticket_is_refused_in_zendesks_shape(rest: Rest, body: Any) -> None:
    headers = {**rest.conversation("ana@example.com").turn(), "Content-Type": "application/json"}
    answer = rest.http.post("/api/v2/requests", content=json.dumps(body), headers=headers)
    assert ok(answer, 422)["error"] == "RecordInvalid"


def test_malformed_json_and_wrong_encoding_are_refused(rest: Rest) -> None:
    headers = {**rest.conversation("ana@example.com").turn(), "Content-Type": "application/json"}
    for content in (b"{", b'{"request": {"subject": "\xff"}}', b""):
        answer = rest.http.post("/api/v2/requests", content=content, headers=headers)
        assert answer.status_code in (400, 422), answer.text
        assert set(answer.json()) >= {"error", "description"}


def test_control_characters_do_not_reach_the_ticket(rest: Rest) -> None:
    talk = rest.conversation("ana@example.com")
    body = draft(subject="Re\x00por\x1btes", comment={"body": "uno\r\ndos\x00"})
    opened = ok(rest.http.post("/api/v2/requests", json=body, headers=talk.turn()), 201)["request"]
    assert (opened["subject"], opened["description"]) == ("Reportes", "uno\ndos")


def test_nobody_reads_anothers_ticket(rest: Rest) -> None:
    ana, eva = rest.conversation("ana@example.com"), rest.conversation("eva@example.com")
    number = ok(rest.http.post("/api/v2/requests", json=draft(), headers=ana.turn()), 201)["request"]["id"]
    paths = (f"/api/v2/requests/{number}", f"/api/v2/requests/{number}/comments", f"/api/v2/requests/{number}.json")
    for path in paths:
        assert rest.http.get(path, headers=ana.headers).status_code == 200
        assert ok(rest.http.get(path, headers=eva.headers), 404) == {
            "error": "RecordNotFound",
            "description": "Not found",
        }
        assert rest.http.get(path).status_code == 401
    assert rest.http.put(paths[0], json={"request": {"solved": True}}, headers=eva.headers).status_code == 404
    assert ok(rest.http.get("/api/v2/requests", headers=eva.headers))["count"] == 0
    assert rest.http.get("/api/v2/requests/99999999999999999999", headers=eva.headers).status_code == 404


def test_the_token_of_a_turn_ends_with_the_turn(rest: Rest) -> None:
    talk = rest.conversation("ana@example.com")
    headers = talk.turn()
    with rest.database.write() as session:
        session.execute(update(Turn).values(status="failed"))
    assert rest.http.post("/api/v2/requests", json=draft(), headers=headers).status_code == 401


def test_a_ticket_takes_the_files_of_its_conversation(rest: Rest, tmp_path: Path) -> None:
    rest.settings.var = tmp_path
    (tmp_path / "attachments").mkdir()
    (tmp_path / "attachments" / "f1").write_bytes(b"png")
    talk, eva = rest.conversation("ana@example.com"), rest.conversation("eva@example.com")
    with rest.database.write() as session:
        session.add(
            Attachment(
                id="f1", conversation_id=talk.id, name='añ"o.png', media_type="image/png", size=3, sha256="0" * 64
            )
        )
    assert rest.http.get("/api/v2/attachments/f1", headers=talk.headers).status_code == 404, "it has no ticket yet"
    number = ok(rest.http.post("/api/v2/requests", json=draft(), headers=talk.turn()), 201)["request"]["id"]
    [file] = ok(rest.http.get(f"/api/v2/requests/{number}/comments", headers=talk.headers))["comments"][0][
        "attachments"
    ]
    assert (file["file_name"], file["size"]) == ('añ"o.png', 3)
    where = file["content_url"].removeprefix(rest.settings.public_url)
    for headers, status in ((talk.headers, 200), (rest.token_of("agent"), 200), (eva.headers, 404), ({}, 401)):
        assert rest.http.get(where, headers=headers).status_code == status
        assert rest.http.get("/api/v2/attachments/f1.json", headers=headers).status_code == status
    download = rest.http.get(where, headers=talk.headers)
    assert download.content == b"png"
    assert download.headers["content-disposition"].startswith("attachment")
    assert download.headers["x-content-type-options"] == "nosniff"
    assert "sandbox" in download.headers["content-security-policy"]
    (tmp_path / "attachments" / "f1").unlink()
    assert rest.http.get(where, headers=talk.headers).status_code == 404


def test_a_customers_comment_goes_on_and_reopens(rest: Rest) -> None:
    talk = rest.conversation("ana@example.com")
    staff = rest.token_of("agent")
    number = ok(rest.http.post("/api/v2/requests", json=draft(), headers=talk.turn()), 201)["request"]["id"]
    path = f"/api/v2/requests/{number}"
    ticket = path.replace("requests", "tickets")
    ok(rest.http.put(ticket, json={"ticket": {"status": "pending"}}, headers=staff))
    body = {"request": {"comment": {"body": "Aquí está la captura"}}}
    assert ok(rest.http.put(path, json=body, headers=talk.headers))["request"]["status"] == "open"
    assert (
        ok(rest.http.put(path, json={"request": {"solved": True}}, headers=talk.headers))["request"]["solved"] is True
    )
    reopened = ok(rest.http.put(path, json={"request": {"comment": {"body": "Volvió a pasar"}}}, headers=talk.headers))
    assert reopened["request"]["status"] == "open"
    ok(rest.http.put(ticket, json={"ticket": {"status": "solved"}}, headers=staff))
    ok(rest.http.put(ticket, json={"ticket": {"status": "closed"}}, headers=staff))
    late = ok(rest.http.put(path, json={"request": {"comment": {"body": "¿Hola?"}}}, headers=talk.headers), 422)
    assert set(late["details"]) == {"status"}


def test_a_program_of_a_customer_may_leave_the_form_out_but_not_half_of_it(rest: Rest) -> None:
    headers = rest.token_of("customer", "ana@example.com")
    plain = {"request": {"comment": {"body": "The reports are empty\nsince this morning."}}}
    opened = ok(rest.http.post("/api/v2/requests.json", json=plain, headers=headers), 201)["request"]
    assert (opened["subject"], opened["priority"], opened["type"]) == ("The reports are empty", "normal", "question")
    half = {"request": {"comment": {"body": "x"}, "custom_fields": [{"id": "category", "value": "incident"}]}}
    wrong = ok(rest.http.post("/api/v2/requests.json", json=half, headers=headers), 422)["details"]
    assert set(wrong) == {"subcategory", "platform", "users_affected", "impact"}


@each_database
def test_a_form_that_is_sent_eight_times_at_once_opens_one_ticket(rest: Rest) -> None:
    talk = rest.conversation("ana@example.com")
    turns = [talk.turn() for _ in range(8)]

    async def burst() -> list[httpx.Response]:
        transport = httpx.ASGITransport(app=rest.app)
        async with httpx.AsyncClient(transport=transport, base_url="http://test") as client:
            posts = (client.post("/api/v2/requests", json=draft(external_id="form"), headers=turn) for turn in turns)
            return await asyncio.gather(*posts)

    answers = asyncio.run(burst())
    numbers = {ok(answer, 201)["request"]["id"] for answer in answers}
    assert len(numbers) == 1, "which one is of no account: PostgreSQL draws a number for each of the eight"
    assert len(rest.events("ticket_opened")) == 1
    assert len(rest.mails("ana@example.com")) == 1


@each_database
@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("GET", "/api/v2/tickets?status=new%00", None),
        ("GET", "/metrics/deflection?language=%00", None),
        ("GET", "/api/v2/tickets/-1", None),
        ("GET", "/api/v2/tickets/99999999999", None),
        ("POST", "/api/v2/tickets", {"ticket": {"subject": "a\x00", "comment": {"body": "b\x00"}, "tags": ["\x00"]}}),
        ("POST", "/api/v2/tickets", {"ticket": {"comment": {"body": "b"}, "external_id": "\x00", "type": "\x00"}}),
        (
            "POST",
            "/api/v2/tickets",
            {"ticket": {"comment": {"body": "b"}, "custom_fields": [{"id": "order_id", "value": "\x00"}]}},
        ),
        ("POST", "/identity/staff/sessions", {"email": "a\x00@example.com", "password": "\x00"}),
        ("POST", "/identity/sessions", {"email": "\ud800@example.com", "password": "\ud800"}),
    ],
)
def test_no_character_and_no_number_is_an_error_of_ours(rest: Rest, method: str, path: str, body: Any) -> None:
    headers = {**rest.token_of("admin"), "Content-Type": "application/json"}
    content = json.dumps(body) if body is not None else None
    answer = rest.http.request(method, path, headers=headers, content=content)
    assert answer.status_code < 500, answer.text


def test_json_a_hundred_thousand_deep_is_refused(rest: Rest) -> None:
    headers = {**rest.token_of("agent"), "Content-Type": "application/json"}
    answer = rest.http.post("/api/v2/tickets", content=b'{"ticket":' + b"[" * 100_000, headers=headers)
    assert 400 <= answer.status_code < 500
