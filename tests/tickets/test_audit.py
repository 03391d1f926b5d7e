"""Whatever changes a ticket leaves an audit of it: every field that staff may send, and every other way."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import inspect

from api.tickets.closing import ClosingWorker
from api.tickets.models import Ticket
from api.tickets.shapes import customer_user_id
from tests.support.rest import Rest, ok
from tests.tickets.life import Time, audits, changed, look, opened, stored
from tests.tickets.test_requests import INCIDENT

# What a client may send of a ticket -> the value here, and what the audit calls it.
SENT: dict[str, tuple[Any, str]] = {
    "subject": ("Otro título", "subject"),
    "type": ("problem", "type"),
    "priority": ("low", "priority"),
    "status": ("pending", "status"),
    "tags": (["vip"], "tags"),
    "custom_fields": ([{"id": "environment", "value": "development"}], "environment"),
    "comment": ({"body": "Hola"}, "comment"),
    "additional_tags": (["vip"], "tags"),
    "assignee_id": ("me", "assignee_id"),
    "group_id": (2, "group_id"),
    "requester_id": ("luis", "requester_id"),
    "email_ccs": ([{"user_email": "eva@example.com"}], "email_cc_ids"),
}
PAGE = Path(__file__).resolve().parents[2] / "docs" / "ticketing-api.md"
# Columns that follow from what was audited, and those that never change.
FOLLOWING = {
    "updated_at", "updated_stamp", "solved_at", "closes_at", "closed_at", "reopened_count", "priority_set_by",
    "targets_check_at",
    "first_response_at", "first_response_due_at", "resolution_due_at", "first_response_warned_at",
    "resolution_warned_at", "first_response_breached_at", "resolution_breached_at",
}  # fmt: skip


def columns(rest: Rest, number: int) -> dict[str, Any]:
    ticket = stored(rest, number)
    names = [each.key for each in inspect(Ticket).column_attrs]
    return {name: getattr(ticket, name) for name in names if name not in FOLLOWING}


@pytest.mark.parametrize("field", SENT)
def test_every_field_that_is_sent_is_in_the_audit(rest: Rest, field: str) -> None:
    staff = rest.token_of("agent")
    me = ok(rest.http.get("/api/v2/users/me", headers=staff))["user"]["id"]
    number = opened(rest, rest.conversation("ana@example.com"), fields=INCIDENT)
    rest.token_of("customer", "luis@example.com")
    people = {"me": me, "luis": customer_user_id(rest.customer("luis@example.com").id)}
    before = columns(rest, number)
    value, called = SENT[field]
    changed(rest, number, staff, **{field: people[value] if field.endswith("_id") and value in people else value})
    last = audits(rest, number, staff)[-1]
    assert last["author_id"] == me
    names = {str(each.get("field_name", each["type"])).lower() for each in last["events"]}
    assert called in names
    # Nothing changed that is not told there.
    different = {name for name, value in columns(rest, number).items() if value != before[name]}
    assert different - {"fields", "team"} <= names


def test_what_customers_and_workers_do_is_in_the_audit_too(rest: Rest, monkeypatch: pytest.MonkeyPatch) -> None:
    time = Time(monkeypatch)
    staff = rest.token_of("agent")
    talk = rest.conversation("ana@example.com")
    number = opened(rest, talk)
    path = f"/api/v2/requests/{number}"
    for body in ({"comment": {"body": "Sigue igual"}}, {"solved": True}, {"solved": False}, {"solved": True}):
        ok(rest.http.put(path, json={"request": body}, headers=talk.headers))
    rated = {"satisfaction_rating": {"score": "bad"}}
    ok(rest.http.post(f"/api/v2/tickets/{number}/satisfaction_rating", json=rated, headers=talk.headers))
    time.now = time.now.replace(month=12)
    look(ClosingWorker(rest.services))
    told = [
        [each.get("field_name", each["type"]) for each in audit["events"]] for audit in audits(rest, number, staff)[1:]
    ]
    assert told == [["Comment"], ["status"], ["status"], ["status"], ["satisfaction_score"], ["status"]]


def test_merging_deleting_and_restoring_are_in_the_audit_too_and_every_kind_is_documented(rest: Rest) -> None:
    staff = rest.token_of("agent")
    me = ok(rest.http.get("/api/v2/users/me", headers=staff))["user"]["id"]
    talk = rest.conversation("ana@example.com")
    number, double = opened(rest, talk), opened(rest, talk)
    path = f"/api/v2/tickets/{number}"
    ok(rest.http.post(f"{path}/merge", json={"ids": [double]}, headers=staff))
    changed(rest, number, staff, comment={"body": "Mi clave es hunter2."})
    comment = ok(rest.http.get(f"{path}/comments", headers=staff))["comments"][-1]
    ok(rest.http.put(f"{path}/comments/{comment['id']}/redact", json={"text": "hunter2"}, headers=staff))
    ok(rest.http.put(f"{path}/comments/{comment['id']}/make_private", headers=staff))
    assert rest.http.delete(path, headers=staff).status_code == 204
    ok(rest.http.put(f"/api/v2/deleted_tickets/{number}/restore", headers=staff))
    own, other = audits(rest, number, staff), audits(rest, double, staff)
    assert {each["author_id"] for each in (*own[1:], *other[1:])} == {me}
    names = [[each.get("field_name", each["type"]) for each in audit["events"]] for audit in own[1:]]
    assert names == [
        ["Comment"], ["Comment"], ["CommentRedactionEvent"], ["CommentPrivacyChange"], ["deleted"], ["deleted"],
    ]  # fmt: skip
    assert [(each["previous_value"], each["value"]) for audit in own[-2:] for each in audit["events"]] == [
        (False, True), (True, False),
    ]  # fmt: skip
    merged = {each.get("field_name", each["type"]) for each in other[-1]["events"]}
    assert merged == {"merged_into_id", "Comment", "status"}
    page = PAGE.read_text(encoding="utf-8")
    events = [event for audit in (*own, *other) for event in audit["events"]]
    for kind in {each["type"] for each in events} | {"deleted", "merged_into_id"}:
        assert f"`{kind}`" in page
