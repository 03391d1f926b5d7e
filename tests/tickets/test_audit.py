"""Whatever changes a ticket leaves an audit of it: every field that staff may send, and every other way."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import inspect

from api.tickets.closing import ClosingWorker
from api.tickets.models import Ticket
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
}
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
    before = columns(rest, number)
    value, called = SENT[field]
    changed(rest, number, staff, **{field: me if value == "me" else value})
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
