"""Macros: written by leads, applied by agents, in the ticket's language."""

from __future__ import annotations

from typing import Any

import pytest

from api.desk.placeholders import filled, unknown_placeholders
from tests.desk.conftest import change, ticket_of
from tests.support.databases import each_database
from tests.support.rest import Rest, ok

ASK = {
    "title": "Ask for the exact message",
    "texts": {
        "es": "Hola {{requester.first_name}}, ¿qué dice el mensaje? ({{ticket.id}})",
        "en": "Hello {{requester.first_name}}, what does the message say? ({{ticket.id}})",
    },
    "actions": [
        {"field": "status", "value": "pending"},
        {"field": "assignee_id", "value": "current_user"},
        {"field": "current_tags", "value": "asked waiting"},
        {"field": "custom_fields_impact", "value": "low"},
    ],
}


def made(rest: Rest, lead: dict[str, str], body: dict[str, Any]) -> dict[str, Any]:
    macro: dict[str, Any] = ok(rest.http.post("/api/v2/macros.json", json={"macro": body}, headers=lead), 201)["macro"]
    return macro


@each_database
def test_a_macro_is_written_read_changed_and_taken_away(
    rest: Rest, agent: dict[str, str], lead: dict[str, str]
) -> None:
    macro = made(rest, lead, ASK)
    address = f"/api/v2/macros/{macro['id']}"
    assert macro["texts"] == ASK["texts"]
    assert macro["actions"][0] == {"field": "comment_value", "value": ASK["texts"]["es"]}  # type: ignore[index]
    assert ok(rest.http.get(f"{address}.json", headers=agent))["macro"] == macro
    changed = ok(rest.http.put(address, json={"macro": {"active": False}}, headers=lead))["macro"]
    assert (changed["active"], changed["title"]) == (False, ASK["title"])
    assert ok(rest.http.get("/api/v2/macros", headers=agent))["count"] == 1
    assert ok(rest.http.get("/api/v2/macros/active", headers=agent))["macros"] == []
    assert rest.http.delete(address, headers=lead).status_code == 204
    assert rest.http.get(address, headers=agent).status_code == 404


def test_zendesk_s_own_way_to_write_a_macro_is_understood(
    rest: Rest, agent: dict[str, str], lead: dict[str, str]
) -> None:
    actions = [
        {"field": "comment_value", "value": ["channel:all", "Gracias por avisar."]},
        {"field": "comment_mode_is_public", "value": "false"},
        {"field": "priority", "value": "high"},
    ]
    macro = made(rest, lead, {"title": "Thanks", "actions": actions})
    assert macro["texts"] == {"es": "Gracias por avisar."}
    shown = ok(rest.http.get(f"/api/v2/macros/{macro['id']}/apply.json", headers=agent))["result"]["ticket"]
    assert shown == {"priority": "high", "comment": {"body": "Gracias por avisar.", "public": False}}


@pytest.mark.parametrize(("language", "said"), [("es", "¿qué dice"), ("en", "what does"), ("pt", "¿qué dice")])
def test_applied_it_speaks_the_ticket_s_language_and_changes_nothing(
    rest: Rest, agent: dict[str, str], lead: dict[str, str], language: str, said: str
) -> None:
    number = ticket_of(rest.conversation("ana@example.com", language=language))
    macro = made(rest, lead, ASK)
    before = ok(rest.http.get(f"/api/v2/tickets/{number}", headers=agent))
    address = f"/api/v2/tickets/{number}/macros/{macro['id']}/apply.json"
    made_of_it = ok(rest.http.get(address, headers=agent))["result"]["ticket"]
    assert said in made_of_it["comment"]["body"]
    assert f"({number})" in made_of_it["comment"]["body"]
    assert made_of_it["comment"]["body"].startswith(("Hola,", "Hello,")), "a name that nobody knows leaves no gap"
    assert made_of_it["tags"] == ["asked", "waiting"]
    assert ok(rest.http.get(f"/api/v2/tickets/{number}", headers=agent)) == before
    after = change(rest, number, agent, **{each: made_of_it[each] for each in made_of_it if each != "id"})["ticket"]
    assert (after["status"], after["tags"]) == ("pending", ["asked", "waiting"])
    assert {"id": "impact", "value": "low"} in after["custom_fields"]
    assert after["assignee_id"] == ok(rest.http.get("/api/v2/users/me", headers=agent))["user"]["id"]


@pytest.mark.parametrize(
    ("body", "field", "named"),
    [
        ({"texts": {"es": "Hola"}}, "title", "Title: cannot be blank"),
        ({"title": "x"}, "actions", "says or changes something"),
        ({"title": "x", "texts": {"fr": "Bonjour"}}, "texts", "languages are es, en, pt"),
        ({"title": "x", "texts": {"es": "{{requester.password}}"}}, "texts", "there is no {{requester.password}}"),
        ({"title": "x", "actions": [{"field": "status", "value": "gone"}]}, "actions", "status must be one of"),
        ({"title": "x", "actions": [{"field": "priority", "value": "top"}]}, "actions", "priority must be one of"),
        ({"title": "x", "actions": [{"field": "assignee_id", "value": 12}]}, "actions", "no member of staff"),
        ({"title": "x", "actions": [{"field": "custom_fields_nope", "value": 1}]}, "actions", "there is no field"),
        ({"title": "x", "actions": [{"field": "explode", "value": 1}]}, "actions", "there is no action"),
        ({"title": "x", "actions": [{"field": "set_tags", "value": ""}]}, "actions", "needs tags"),
    ],
)
def test_what_is_wrong_with_a_macro_is_named(
    rest: Rest, lead: dict[str, str], body: dict[str, Any], field: str, named: str
) -> None:
    refused = ok(rest.http.post("/api/v2/macros", json={"macro": body}, headers=lead), 422)
    assert named in refused["details"][field][0]["description"]


def test_agents_use_macros_and_customers_see_none(rest: Rest, agent: dict[str, str], lead: dict[str, str]) -> None:
    macro = made(rest, lead, ASK)
    customer = rest.token_of("customer")
    assert rest.http.post("/api/v2/macros", json={"macro": ASK}, headers=agent).status_code == 403
    assert rest.http.put(f"/api/v2/macros/{macro['id']}", json={"macro": ASK}, headers=agent).status_code == 403
    assert rest.http.delete(f"/api/v2/macros/{macro['id']}", headers=agent).status_code == 403
    assert rest.http.get("/api/v2/macros", headers=customer).status_code == 403
    assert rest.http.get("/api/v2/macros").status_code == 401


def test_an_empty_value_leaves_no_gap() -> None:
    values = {"requester.first_name": "", "ticket.id": "1001"}
    assert filled("Hola {{ requester.first_name }}, es el {{ticket.id}}.", values) == "Hola, es el 1001."
    assert unknown_placeholders("{{ticket.id}} {{x}} {{y.z}} {{x}}") == ["x", "y.z"]
