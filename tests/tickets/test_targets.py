"""Targets: when a ticket is due, how its clocks stand still, and who is told before and after it is late."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from api.tickets.target_worker import TargetWorker
from tests.support.databases import each_database
from tests.support.rest import Rest, ok
from tests.tickets.life import HOUR, MINUTE, MONDAY, Time, audits, changed, look, opened, shown
from tests.tickets.test_requests import INCIDENT

OUTAGE = {"category": "outage", "platform": "Lumbra Store"}


@pytest.fixture
def time(monkeypatch: pytest.MonkeyPatch) -> Time:
    return Time(monkeypatch)


def stamp(moment: dt.datetime) -> str:
    return moment.astimezone(dt.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def due(ticket: dict[str, Any]) -> tuple[str | None, str | None]:
    return ticket["sla"]["first_response"]["due_at"], ticket["sla"]["resolution"]["due_at"]


def states(ticket: dict[str, Any]) -> tuple[str, str]:
    return ticket["sla"]["first_response"]["state"], ticket["sla"]["resolution"]["state"]


def test_a_ticket_is_due_in_working_time_and_an_emergency_in_any(rest: Rest, time: Time) -> None:
    staff = rest.token_of("agent")
    talk = rest.conversation("ana@example.com")
    low = shown(rest, opened(rest, talk, external_id="a"), staff)  # 4 h, 50 h
    assert due(low) == (stamp(MONDAY + 4 * HOUR), stamp(dt.datetime(2026, 10, 26, 15, tzinfo=dt.UTC)))
    urgent = shown(rest, opened(rest, talk, fields=INCIDENT, external_id="b"), staff)  # 15 m, 4 h
    assert due(urgent) == (stamp(MONDAY + 15 * MINUTE), stamp(MONDAY + 4 * HOUR))
    time.passes(12 * HOUR)  # ten in the evening
    urgent = shown(rest, opened(rest, talk, fields=INCIDENT, external_id="c"), staff)
    assert due(urgent)[0] == stamp(dt.datetime(2026, 10, 20, 13, 15, tzinfo=dt.UTC))
    outage = shown(rest, opened(rest, talk, fields=OUTAGE, external_id="d"), staff)
    assert due(outage) == (stamp(time.now + 15 * MINUTE), stamp(time.now + 4 * HOUR))


def test_no_time_passes_while_it_waits_for_the_customer(rest: Rest, time: Time) -> None:
    staff = rest.token_of("agent")
    talk = rest.conversation("ana@example.com")
    number = opened(rest, talk, fields=INCIDENT)
    time.passes(10 * MINUTE)
    answered = changed(rest, number, staff, status="pending", comment={"body": "¿Qué navegador usas?"})
    assert answered["sla"]["first_response"] == {
        "state": "met",
        "due_at": stamp(MONDAY + 15 * MINUTE),
        "at": stamp(time.now),
        "missed_at": None,
    }
    assert answered["sla"]["resolution"]["state"] == "paused"
    time.passes(26 * HOUR)
    reply = {"request": {"comment": {"body": "Safari"}}}
    again = ok(rest.http.put(f"/api/v2/requests/{number}", json=reply, headers=talk.headers))["request"]
    assert again["status"] == "open"
    # Ten minutes of the four hours were used up.
    assert due(shown(rest, number, staff))[1] == stamp(time.now + 4 * HOUR - 10 * MINUTE)
    time.passes(HOUR)
    changed(rest, number, staff, status="hold")
    time.passes(HOUR)
    changed(rest, number, staff, status="open")
    assert due(shown(rest, number, staff))[1] == stamp(time.now + 3 * HOUR - 10 * MINUTE)
    solved = changed(rest, number, staff, status="solved")
    assert states(solved) == ("met", "met")


def test_an_internal_note_is_no_first_response(rest: Rest, time: Time) -> None:
    staff = rest.token_of("agent")
    number = opened(rest, rest.conversation("ana@example.com"))
    assert states(changed(rest, number, staff, comment={"body": "Miro", "public": False})) == ("running", "running")
    assert states(changed(rest, number, staff, comment={"body": "Hola"})) == ("met", "running")


def test_another_priority_is_another_promise_counted_from_the_beginning(rest: Rest, time: Time) -> None:
    staff = rest.token_of("agent")
    number = opened(rest, rest.conversation("ana@example.com"))
    time.passes(HOUR)
    raised = changed(rest, number, staff, priority="high", priority_reason="Llama su director")
    assert due(raised) == (stamp(MONDAY + HOUR), stamp(dt.datetime(2026, 10, 20, 15, tzinfo=dt.UTC)))
    worker = TargetWorker(rest.services)
    assert look(worker) == 1
    assert states(shown(rest, number, staff)) == ("missed", "running")
    lowered = changed(rest, number, staff, priority="low")
    assert states(lowered) == ("running", "running")


@each_database
def test_who_works_on_it_is_warned_before_and_told_after_once_each(rest: Rest, time: Time) -> None:
    rest.token_of("lead", "lea@example.com")
    staff = rest.token_of("agent", "bo@example.com")
    number = opened(rest, rest.conversation("ana@example.com"), fields=INCIDENT)
    worker, other = TargetWorker(rest.services), TargetWorker(rest.services)
    assert look(worker) == 0
    time.passes(12 * MINUTE)
    for each in (worker, other, worker):
        look(each)
    near = [each.subject for each in rest.mails("lea@example.com") if each.template == "target_near"]
    assert near == [f"Falta poco: ticket {number}, la primera respuesta"]
    assert states(shown(rest, number, staff)) == ("near", "running")
    me = ok(rest.http.get("/api/v2/users/me", headers=staff))["user"]["id"]
    changed(rest, number, staff, assignee_id=me)
    time.passes(4 * MINUTE)
    for each in (worker, other, worker):
        look(each)
    assert [each.template for each in rest.mails("bo@example.com")] == ["target_missed"]
    assert states(shown(rest, number, staff)) == ("missed", "running")
    told = [event for audit in audits(rest, number, staff) for event in audit["events"] if "target" in str(event)]
    assert [(each["previous_value"], each["value"]) for each in told] == [(None, "warned"), ("warned", "breached")]
    assert [each.data["target"] for each in rest.events("target_breached")] == ["first_response"]
    assert not [each for each in rest.mails("ana@example.com") if "target" in each.template]
    # The other target goes on by itself.
    time.passes(4 * HOUR)
    look(worker)
    assert states(shown(rest, number, staff)) == ("missed", "missed")
    assert look(worker) == 0


def test_an_answer_that_comes_late_between_two_looks_is_late(rest: Rest, time: Time) -> None:
    staff = rest.token_of("agent")
    number = opened(rest, rest.conversation("ana@example.com"), fields=INCIDENT)
    time.passes(20 * MINUTE)
    late = changed(rest, number, staff, comment={"body": "Perdón por la demora"})["sla"]["first_response"]
    assert (late["state"], late["missed_at"]) == ("missed", stamp(MONDAY + 15 * MINUTE))


def test_the_metrics_of_a_ticket_count_every_hour_and_support_hours(rest: Rest, time: Time) -> None:
    staff = rest.token_of("agent")
    number = opened(rest, rest.conversation("ana@example.com"))
    time.passes(24 * HOUR)
    changed(rest, number, staff, comment={"body": "Listo"}, status="solved")
    found = ok(rest.http.get(f"/api/v2/tickets/{number}/metrics", headers=staff))["ticket_metric"]
    assert found["reply_time_in_minutes"] == {"calendar": 24 * 60, "business": 10 * 60}
    assert found["full_resolution_time_in_minutes"] == {"calendar": 24 * 60, "business": 10 * 60}
