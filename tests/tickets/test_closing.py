"""What was solved may be reopened for 27 working hours, and closes by itself after them."""

from __future__ import annotations

import datetime as dt
from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import update

from api.tickets.closing import ClosingWorker
from api.tickets.models import Ticket
from tests.support.databases import each_database
from tests.support.rest import Rest, ok
from tests.tickets.life import HOUR, MINUTE, Time, audits, changed, look, opened, shown, stored

# Solved on Monday at ten: 8 h of that day, 10 h of Tuesday, 9 h of Wednesday.
CLOSES = dt.datetime(2026, 10, 21, 22, tzinfo=dt.UTC)


@pytest.fixture
def time(monkeypatch: pytest.MonkeyPatch) -> Time:
    return Time(monkeypatch)


@each_database
def test_a_solved_ticket_closes_by_itself_and_nobody_is_mailed(rest: Rest, time: Time) -> None:
    staff = rest.token_of("agent")
    talk = rest.conversation("ana@example.com")
    number = opened(rest, talk)
    changed(rest, number, staff, status="solved")
    assert stored(rest, number).closes_at == CLOSES
    seen = ok(rest.http.get(f"/api/v2/requests/{number}", headers=talk.headers))["request"]
    assert seen["reopens_until"] == "2026-10-21T22:00:00Z"
    mails = len(rest.mails("ana@example.com"))
    worker, other = ClosingWorker(rest.services), ClosingWorker(rest.services)
    time.now = CLOSES - MINUTE
    assert look(worker) == 0
    time.now = CLOSES
    with ThreadPoolExecutor(2) as both:
        list(both.map(look, (worker, other)))
    ticket = stored(rest, number)
    assert (ticket.status, ticket.closed_at, ticket.closes_at) == ("closed", CLOSES, None)
    assert len(rest.mails("ana@example.com")) == mails
    last = audits(rest, number, staff)[-1]
    assert (last["author_id"], last["via"]["channel"]) == (None, "rule")
    assert [(each["field_name"], each["value"]) for each in last["events"]] == [("status", "closed")]
    assert (
        len(
            [each for audit in audits(rest, number, staff) for each in audit["events"] if each.get("value") == "closed"]
        )
        == 1
    )
    late = {"request": {"comment": {"body": "Volvió"}}}
    assert rest.http.put(f"/api/v2/requests/{number}", json=late, headers=talk.headers).status_code == 422
    follow = {"request": {"comment": {"body": "Volvió"}, "via_followup_source_id": number}}
    assert ok(rest.http.post("/api/v2/requests", json=follow, headers=talk.headers), 201)["request"]["status"] == "new"


def test_a_reopened_ticket_does_not_close_and_has_its_hours_again_when_it_is_solved_again(
    rest: Rest, time: Time
) -> None:
    staff = rest.token_of("agent")
    talk = rest.conversation("ana@example.com")
    number = opened(rest, talk)
    changed(rest, number, staff, status="solved")
    time.passes(9 * HOUR)
    ok(rest.http.put(f"/api/v2/requests/{number}", json={"request": {"solved": False}}, headers=talk.headers))
    ticket = stored(rest, number)
    assert (ticket.status, ticket.closes_at, ticket.reopened_count) == ("open", None, 1)
    time.now = CLOSES + HOUR  # Wednesday, closing time
    assert look(ClosingWorker(rest.services)) == 0
    changed(rest, number, staff, status="solved")
    assert stored(rest, number).closes_at == dt.datetime(2026, 10, 26, 20, tzinfo=dt.UTC)


def test_a_ticket_whose_hours_were_changed_meanwhile_closes_by_the_new_ones(rest: Rest, time: Time) -> None:
    staff = rest.token_of("agent")
    number = opened(rest, rest.conversation("ana@example.com"))
    changed(rest, number, staff, status="solved")
    with rest.database.write() as session:
        # As the migration leaves those that were solved before it.
        session.execute(update(Ticket).values(closes_at=Ticket.solved_at))
    assert look(ClosingWorker(rest.services)) == 1
    assert (stored(rest, number).status, stored(rest, number).closes_at) == ("solved", CLOSES)


def test_every_status_goes_where_the_catalog_lets_it_and_nowhere_else(rest: Rest) -> None:
    staff = rest.token_of("agent")
    for begin in rest.catalog.statuses:
        for end in rest.catalog.statuses:
            body = {"subject": "a", "comment": {"body": "b"}, "status": begin.id}
            made = rest.http.post("/api/v2/tickets", json={"ticket": body}, headers=staff)
            number = ok(made, 201)["ticket"]["id"]
            answer = rest.http.put(f"/api/v2/tickets/{number}", json={"ticket": {"status": end.id}}, headers=staff)
            allowed = begin.id != "closed" and (end.id in begin.next or end.id == begin.id)
            assert (answer.status_code == 200) is allowed, (begin.id, end.id)
            assert shown(rest, number, staff)["status"] == (end.id if allowed else begin.id)
