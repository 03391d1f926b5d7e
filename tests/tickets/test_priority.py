"""The priority of a ticket: by the catalog's rules, until staff set it by hand, with who, when and why."""

from __future__ import annotations

from typing import Any

from tests.support.databases import each_database
from tests.support.rest import Rest, ok
from tests.tickets.life import audits, changed, opened, shown, stored
from tests.tickets.test_requests import INCIDENT


def priority_changes(rest: Rest, number: int, staff: dict[str, str]) -> list[dict[str, Any]]:
    found = audits(rest, number, staff)
    return [
        {**event, "author_id": audit["author_id"], "at": audit["created_at"]}
        for audit in found
        for event in audit["events"]
        if event["type"] == "Change" and event["field_name"] == "priority"
    ]


def custom(**values: str) -> list[dict[str, str]]:
    return [{"id": name, "value": value} for name, value in values.items()]


@each_database
def test_a_change_by_staff_is_kept_with_who_when_and_why(rest: Rest) -> None:
    staff = rest.token_of("agent")
    me = ok(rest.http.get("/api/v2/users/me", headers=staff))["user"]["id"]
    number = opened(rest, rest.conversation("ana@example.com"))
    ticket = changed(rest, number, staff, priority="high", priority_reason="Es su cierre de mes")
    assert (ticket["priority"], ticket["priority_set_by"]) == ("high", "staff")
    changed(rest, number, staff, priority="normal", comment={"body": "Ya cerraron", "public": False})
    first, second = priority_changes(rest, number, staff)
    assert first["at"]
    assert (first["author_id"], first["previous_value"], first["value"]) == (me, "low", "high")
    assert (first["set_by"], first["reason"]) == ("staff", "Es su cierre de mes")
    assert second["reason"] == "Ya cerraron"


def test_the_rules_decide_again_when_their_facts_change(rest: Rest) -> None:
    staff = rest.token_of("agent")
    number = opened(rest, rest.conversation("ana@example.com"), fields=INCIDENT)
    assert shown(rest, number, staff)["priority"] == "urgent"
    # A client that sends the whole ticket back says nothing about the priority.
    ticket = changed(rest, number, staff, custom_fields=custom(impact="low"), priority="urgent")
    assert (ticket["priority"], ticket["priority_set_by"]) == ("normal", "catalog")
    assert changed(rest, number, staff, custom_fields=custom(users_affected="internal"))["priority"] == "low"
    assert changed(rest, number, staff, custom_fields=custom(category="outage"))["priority"] == "urgent"
    assert {each["set_by"] for each in priority_changes(rest, number, staff)} == {"catalog"}


def test_what_staff_set_by_hand_stays_whatever_the_facts(rest: Rest) -> None:
    staff = rest.token_of("agent")
    number = opened(rest, rest.conversation("ana@example.com"), fields=INCIDENT)
    both = changed(rest, number, staff, priority="low", custom_fields=custom(impact="moderate"))
    assert (both["priority"], both["priority_set_by"]) == ("low", "staff")
    assert changed(rest, number, staff, custom_fields=custom(impact="high"))["priority"] == "low"
    assert len(priority_changes(rest, number, staff)) == 1


def test_a_reason_of_a_page_is_refused_and_an_unknown_priority_too(rest: Rest) -> None:
    staff = rest.token_of("agent")
    number = opened(rest, rest.conversation("ana@example.com"))
    for wrong in ({"priority": "high", "priority_reason": "x" * 1001}, {"priority": "huge"}):
        assert rest.http.put(f"/api/v2/tickets/{number}", json={"ticket": wrong}, headers=staff).status_code == 422


def test_what_a_ticket_tells_freely_is_its_own_where_another_one_chose_the_same(rest: Rest) -> None:
    staff = rest.token_of("agent")

    def posted(platform: Any) -> Any:
        chosen = {"category": "incident", "subcategory": "reports", "platform": platform}
        fields = [{"id": name, "value": value} for name, value in chosen.items()]
        ticket = {"subject": "s", "comment": {"body": "b"}, "custom_fields": fields}
        return rest.http.post("/api/v2/tickets", json={"ticket": ticket}, headers=staff)

    for told, kept in (
        ("North", "North"),
        ("South", "South"),
        (" West ", "West"),
        (7, "7"),
        ("Ñandú\ngris", "Ñandú\ngris"),
    ):
        assert stored(rest, ok(posted(told), 201)["ticket"]["id"]).fields["platform"] == kept
    assert "platform" not in stored(rest, ok(posted("  "), 201)["ticket"]["id"]).fields
    assert posted("half \x00 stored").status_code == 422
