"""Tickets out of a database into a file, and into an empty one again."""

from __future__ import annotations

import csv
import datetime as dt
import json
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select, text

from api.database import Base, Database
from api.identity.models import Customer, StaffUser
from api.metrics.events import Event
from api.migrations import all_tables
from api.notifications.models import OutboxMail
from api.tickets.exchange import importing
from api.tickets.exchange.exporting import export_tickets
from api.tickets.exchange.importing import ImportReport, import_tickets
from api.tickets.exchange.records import Format
from api.tickets.models import Ticket, TicketAudit, TicketComment
from tests.support.databases import each_database
from tests.support.rest import Rest, ok

HOSTILE = '=HYPERLINK("http://evil.example")'


def record(order: int, **more: Any) -> dict[str, Any]:
    return {
        "external_id": f"OLD-{order}",
        "requester_email": f"ana{order % 7}@example.com",
        "subject": f"Order {order}",
        "description": "It does not load.",
        **more,
    }


def file_of(tmp_path: Path, records: list[dict[str, Any]]) -> Path:
    path = tmp_path / "tickets.jsonl"
    path.write_text("".join(json.dumps(each) + "\n" for each in records), encoding="utf-8")
    return path


def take(rest: Rest, path: Path, kind: Format = "jsonl", **more: Any) -> ImportReport:
    return import_tickets(rest.database, rest.catalog, path, kind, **more)


def rows(database: Database, *tables: type[Base]) -> list[int]:
    with database.read() as session:
        return [session.scalar(select(func.count()).select_from(each)) or 0 for each in tables]


def empty(database: Database) -> None:
    """Everything goes but the staff, who are made before an import, and the audit log, which nobody empties."""
    with database.write() as session:
        for table in reversed(all_tables().sorted_tables):
            if table.name not in ("staff_users", "api_tokens", "audit_log"):
                session.execute(table.delete())
        assert session.scalar(text("SELECT count(*) FROM ticket_words")) == 0


def shown(rest: Rest, headers: dict[str, str]) -> list[dict[str, Any]]:
    """Every ticket with its comments and the people of both, as a client sees them, without what a new row has its own."""
    tickets = ok(rest.http.get("/api/v2/tickets?page[size]=100", headers=headers))["tickets"]
    with rest.database.read() as session:
        people = {2 * each.id: (each.email, each.name) for each in session.scalars(select(Customer))}
        people |= {2 * each.id + 1: (each.email, each.name) for each in session.scalars(select(StaffUser))}
    found = []
    for ticket in tickets:
        comments = ok(rest.http.get(f"/api/v2/tickets/{ticket['id']}/comments", headers=headers))["comments"]
        said = [
            {**{name: each[name] for name in ("body", "public", "created_at")}, "author": people.get(each["author_id"])}
            for each in comments
        ]
        names = [name for name in ticket if name.endswith("_id") and name not in ("external_id", "account_id")]
        ids: dict[str, Any] = {name: people.get(ticket[name], ticket[name]) for name in names}
        ids |= {name: [people[each] for each in ticket[name]] for name in ("email_cc_ids", "collaborator_ids")}
        # Targets are not set for what happened elsewhere.
        found.append({**ticket, **ids, "conversation_id": None, "sla": None, "comments": said})
    return found


@each_database
@pytest.mark.parametrize("kind", ["csv", "jsonl"])
def test_what_is_exported_and_imported_into_an_empty_database_is_the_same(
    rest: Rest, tmp_path: Path, kind: Format
) -> None:
    headers = rest.token_of("agent", "eva@example.com")
    fields = [{"id": "category", "value": "incident"}, {"id": "subcategory", "value": "reports"}]
    for number, (subject, body) in enumerate(
        [(HOSTILE, '\'=1+1\n\n"quoted", and; more'), ("'@a", "-1\tÑandú 🙂"), ("Third", "x")]
    ):
        ticket = {
            "subject": subject,
            "comment": {"body": body},
            "requester": {"email": f"ana{number}@example.com", "name": '+Ana, "A"'},
            "custom_fields": [*fields, {"id": "platform", "value": "=cmd"}] if number else [],
            "tags": ["vip", "with, comma", "=1"] if number != 2 else [],
            "external_id": "EXT" if number == 1 else None,
            "assignee_id": 3 if number == 1 else None,
            "email_ccs": [{"user_email": "leo@example.com"}] if number == 1 else [],
        }
        made = ok(rest.http.post("/api/v2/tickets", json={"ticket": ticket}, headers=headers), 201)["ticket"]
        for change in (
            {"comment": {"body": "@internal", "public": False}},
            {"comment": {"body": "Done."}, "status": "solved"},
        ):
            ok(rest.http.put(f"/api/v2/tickets/{made['id']}", json={"ticket": change}, headers=headers))
    with rest.database.write() as session:
        first_said = select(TicketComment).where(TicketComment.ticket_id == 1002).order_by(TicketComment.id).limit(1)
        for each in (session.get_one(Ticket, 1002), session.scalars(first_said).one()):
            each.created_at = dt.datetime(2024, 2, 29, 12, 30, 15, 654321, tzinfo=dt.UTC)
        commented = session.scalars(select(TicketComment).where(TicketComment.ticket_id == 1003)).all()
        commented[1].staff_id, commented[1].customer_id = None, session.scalar(select(Customer.id).limit(1))
    before = shown(rest, headers)
    assert [len(each["comments"]) for each in before] == [3, 3, 3]
    assert [len(each["email_cc_ids"]) for each in before] == [0, 1, 0]
    path = tmp_path / f"tickets.{kind}"
    with rest.database.read() as session:
        assert export_tickets(session, rest.catalog, path, kind, progress=lambda *_: None) == 3
    first = path.read_bytes()
    if kind == "csv":
        cells = [cell for row in csv.reader(first.decode().splitlines(keepends=True)) for cell in row]
        assert not [cell for cell in cells if cell.startswith(("=", "+", "-", "@", "\t", "\r"))]
    empty(rest.database)
    report = take(rest, path, kind, keep_numbers=True)
    assert (report.problems, report.opened, report.first_number, report.last_number) == ((), 3, 1001, 1003)
    for now, then in zip(shown(rest, headers), before, strict=True):
        assert now == then
    with rest.database.read() as session:
        export_tickets(session, rest.catalog, path, kind, progress=lambda *_: None)
    assert path.read_bytes() == first
    assert rows(rest.database, OutboxMail, Event, TicketAudit) == [0, 0, 3]
    found = ok(rest.http.get("/api/v2/search", params={"query": "internal tags:vip"}, headers=headers))
    assert [each["id"] for each in found["results"]] == [1002, 1001]
    again = take(rest, path, kind, keep_numbers=True)
    assert (again.opened, again.known, again.problems) == (0, 3, ())
    # The next ticket gets the next number, on either database.
    ticket = {"subject": "New", "comment": {"body": "x"}}
    assert ok(rest.http.post("/api/v2/tickets", json={"ticket": ticket}, headers=headers), 201)["ticket"]["id"] == 1004


@each_database
def test_an_import_whose_line_5001_is_broken_leaves_nothing(rest: Rest, tmp_path: Path) -> None:
    records = [record(number) for number in range(1, 5201)]
    records[5000]["status"] = "lost"
    report = take(rest, file_of(tmp_path, records))
    assert [(each.line, each.field) for each in report.problems] == [(5001, "status")]
    assert "new, open, pending" in report.problems[0].cure
    assert (report.lines, report.opened) == (5200, 0)
    assert rows(rest.database, Ticket, TicketComment, TicketAudit, Customer) == [0, 0, 0, 0]


@each_database
def test_an_import_that_stops_half_way_leaves_nothing(
    rest: Rest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    calls = 0

    def fails_later(*arguments: Any, **options: Any) -> None:
        nonlocal calls
        calls += 1
        if calls == 3:
            raise OSError("the disk is full")

    monkeypatch.setattr(importing, "write_documents", fails_later)
    with pytest.raises(OSError, match="full"):
        take(rest, file_of(tmp_path, [record(number) for number in range(1500)]))
    assert calls == 3
    assert rows(rest.database, Ticket, TicketComment, TicketAudit, Customer) == [0, 0, 0, 0]


@each_database
def test_thousands_of_lines_are_opened_once_and_told_to_nobody(rest: Rest, tmp_path: Path) -> None:
    path = file_of(tmp_path, [record(number) for number in range(1200)])
    steps: list[tuple[str, int, int]] = []
    dry = take(rest, path, dry_run=True)
    assert (dry.opened, dry.dry_run, rows(rest.database, Ticket, Customer)) == (1200, True, [0, 0])
    first = take(rest, path, progress=lambda *step: steps.append(step))
    assert (first.opened, first.known) == (1200, 0)
    assert ("check", 1000, 0) in steps
    assert ("write", 1000, 1200) in steps
    second = take(rest, file_of(tmp_path, [record(number) for number in range(1190, 1210)]))
    assert (second.opened, second.known) == (10, 10)
    assert rows(rest.database, Ticket, Customer, OutboxMail, Event) == [1210, 7, 0, 0]


def test_without_an_external_id_the_same_title_moment_and_customer_are_the_same_ticket(
    rest: Rest, tmp_path: Path
) -> None:
    path = file_of(tmp_path, [record(1, external_id=None, created_at="2025-03-01T10:00:00-03:00")])
    assert take(rest, path).opened == 1
    assert take(rest, path).known == 1
    assert (
        take(rest, file_of(tmp_path, [record(1, external_id=None, created_at="2025-03-01T10:00:01-03:00")])).opened == 1
    )


def test_what_a_line_leaves_out_is_what_a_new_ticket_would_have(rest: Rest, tmp_path: Path) -> None:
    headers = rest.token_of("agent")
    lines = [
        record(
            1,
            created_at="2025-03-01T10:00:00Z",
            status="closed",
            comments=[{"body": "Hi", "created_at": "2025-03-02T10:00:00Z"}],
        ),
        record(2, fields={"category": "outage"}, requester_email=None),
    ]
    assert take(rest, file_of(tmp_path, lines)).problems == ()
    first, second = ok(rest.http.get("/api/v2/tickets", headers=headers))["tickets"]
    assert first["created_at"] == "2025-03-01T10:00:00Z"
    assert first["updated_at"] == "2025-03-02T10:00:00Z"
    assert [first[name] for name in ("status", "priority", "language")] == ["closed", "normal", "es"]
    assert first["via"]["channel"] == "import"
    assert [second[name] for name in ("status", "priority", "team")] == ["new", "urgent", "emergency"]
    assert second["requester_id"] is None
    with rest.database.read() as session:
        assert session.get_one(Ticket, 1001).solved_at == dt.datetime(2025, 3, 2, 10, tzinfo=dt.UTC)


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"subject": ""}, "subject"),
        ({"subject": "x" * 300}, "subject"),
        ({"subject": "\ud800"}, "subject"),
        ({"description": None}, "description"),
        ({"requester_email": None}, "requester_email"),
        ({"requester_email": "nobody"}, "requester_email"),
        ({"assignee_email": "ghost@example.com"}, "assignee_email"),
        ({"status": "lost"}, "status"),
        ({"priority": "highest"}, "priority"),
        ({"language": "tlh"}, "language"),
        ({"team": "ghosts"}, "team"),
        ({"type": "x"}, "type"),
        ({"fields": {"category": "colour"}}, "category"),
        ({"fields": {"category": "incident"}}, "subcategory"),
        ({"fields": {"colour": "red"}}, "colour"),
        ({"created_at": "yesterday"}, "created_at"),
        ({"created_at": "2025-01-01T00:00:00"}, "created_at"),
        ({"created_at": "2999-01-01T00:00:00Z"}, "created_at"),
        ({"created_at": "2025-01-02T00:00:00Z", "updated_at": "2025-01-01T00:00:00Z"}, "updated_at"),
        ({"solved_at": "2025-01-02T00:00:00Z"}, "solved_at"),
        ({"comments": [{"body": ""}]}, "comments.0.body"),
        ({"comments": [{"body": "x", "author": "nobody"}]}, "comments.0.author"),
        ({"comments": "x"}, "comments"),
        ({"colour": "red"}, "colour"),
        ({"external_id": "OLD-1"}, "external_id"),
    ],
)
def test_what_is_wrong_with_a_line_is_named_with_its_cure(
    rest: Rest, tmp_path: Path, wrong: dict[str, Any], field: str
) -> None:
    report = take(rest, file_of(tmp_path, [record(1), {**record(2), **wrong}, record(3)]))
    assert [(each.line, each.field) for each in report.problems] == [(2, field)]
    assert report.problems[0].cure
    assert rows(rest.database, Ticket) == [0]


def test_a_number_that_is_taken_or_missing_is_refused(rest: Rest, tmp_path: Path) -> None:
    assert take(rest, file_of(tmp_path, [record(1)])).opened == 1
    lines = [record(2, number=1001), record(3), record(4, number=7), record(5, number=7)]
    report = take(rest, file_of(tmp_path, lines), keep_numbers=True)
    assert sorted((each.line, each.field) for each in report.problems) == [(1, "number"), (2, "number"), (4, "number")]
