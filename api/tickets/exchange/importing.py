"""Tickets out of a file: every line is checked first, then all of them are opened in one transaction, or none.

Nobody is told of what is imported: it happened long ago, somewhere else. So no listener hears of it (no mail, no alert, no
webhook), and the figures count what happens here from now on. What stays: comments with their authors and times, status,
dates. A line whose ticket is here already is passed over, so that a file may be imported again.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any

from sqlalchemy import insert, select, text
from sqlalchemy.orm import Session

from api.database import Database, utc_now
from api.identity.models import Customer
from api.tickets.exchange.checking import Checked, Checker
from api.tickets.exchange.files import UnreadableFile, read_lines
from api.tickets.exchange.records import Format, LineProblem
from api.tickets.models import Ticket, TicketAudit, TicketCc, TicketComment
from api.tickets.reopening import reopens_until
from api.tickets.search_index import document, write_documents
from bot.catalog import Catalog

Progress = Callable[[str, int, int], None]
BATCH = 500
VIA = "import"


@dataclass(frozen=True)
class ImportReport:
    """What an import did, or would do (`dry_run`). With `problems` nothing was written."""

    lines: int
    opened: int
    known: int
    problems: tuple[LineProblem, ...]
    dry_run: bool
    first_number: int | None = None
    last_number: int | None = None


def import_tickets(
    database: Database,
    catalog: Catalog,
    path: Path,
    kind: Format,
    *,
    dry_run: bool = False,
    keep_numbers: bool = False,
    progress: Progress = lambda *_: None,
) -> ImportReport:
    """Open the tickets of a file. `progress(step, done, total)`: steps are ``check`` and ``write``, total 0 while unknown.

    `keep_numbers`: tickets get the numbers that the file gives them. Raises nothing for what is wrong with the file: that
    is in the report.
    """
    checker, lines = _check(database, catalog, path, kind, keep_numbers, progress)
    problems = tuple(checker.problems)
    if problems or dry_run or not checker.checked:
        opened = 0 if problems else len(checker.checked)
        return ImportReport(lines, opened, checker.known, problems, dry_run)
    numbers: list[int] = []
    with database.write() as session:
        writer = _Writer(session, catalog, checker.staff, keep_numbers)
        for begin in range(0, len(checker.checked), BATCH):
            progress("write", begin, len(checker.checked))
            numbers += writer.write(checker.checked[begin : begin + BATCH])
        writer.finish()
    return ImportReport(lines, len(numbers), checker.known, (), False, min(numbers), max(numbers))


def _check(
    database: Database, catalog: Catalog, path: Path, kind: Format, keep_numbers: bool, progress: Progress
) -> tuple[Checker, int]:
    count = 0
    with database.read() as session:
        checker = Checker(session, catalog, keep_numbers)
        lines = read_lines(path, kind)
        try:
            while batch := list(islice(lines, BATCH)):
                checker.check(batch)
                count += len(batch)
                progress("check", count, 0)
        except UnreadableFile as error:
            checker.problems.append(error.problem)
    return checker, count


class _Writer:
    """Writes records in batches, within one transaction."""

    def __init__(self, session: Session, catalog: Catalog, staff: dict[str, int], keep_numbers: bool) -> None:
        self._session = session
        self._catalog = catalog
        self._staff = staff
        self._keep_numbers = keep_numbers
        self._customers: dict[str, int] = {}
        self._now = utc_now()

    def write(self, batch: Sequence[Checked]) -> list[int]:
        """Open these tickets; their numbers."""
        self._find_customers(batch)
        numbers = list(
            self._session.scalars(
                insert(Ticket).returning(Ticket.id, sort_by_parameter_order=True),
                [self._ticket(each) for each in batch],
            )
        )
        said = [row for number, each in zip(numbers, batch, strict=True) for row in self._comments(number, each)]
        self._session.execute(insert(TicketComment), said)
        self._session.execute(
            insert(TicketAudit), [self._audit(number, each) for number, each in zip(numbers, batch, strict=True)]
        )
        copied = [
            {"ticket_id": number, "customer_id": self._customers[address], "created_at": self._now}
            for number, each in zip(numbers, batch, strict=True)
            for address in dict.fromkeys(each.record.ccs)
        ]
        if copied:
            self._session.execute(insert(TicketCc), copied)
        self._index(numbers)
        self._session.expunge_all()
        return numbers

    def finish(self) -> None:
        """Numbers that were given do not count as used in PostgreSQL: go on after the largest one."""
        if self._keep_numbers and self._session.get_bind().dialect.name != "sqlite":
            self._session.execute(
                text("SELECT setval(pg_get_serial_sequence('tickets', 'id'), (SELECT max(id) FROM tickets))")
            )

    def _find_customers(self, batch: Sequence[Checked]) -> None:
        wanted: dict[str, dict[str, Any]] = {}
        for each in batch:
            record = each.record
            if record.requester_email is not None:
                facts = wanted.setdefault(record.requester_email, {})
                facts["name"] = facts.get("name") or record.requester_name or ""
                facts["locale"] = facts.get("locale") or record.language
                facts["account_id"] = facts.get("account_id") or record.account_id
            for author in (record.submitter_email, *record.ccs, *(comment.author for comment in record.comments)):
                if author is not None and author not in self._staff:
                    wanted.setdefault(author, {})
        missing = [address for address in wanted if address not in self._customers]
        found = self._session.execute(select(Customer.email, Customer.id).where(Customer.email.in_(missing)))
        self._customers.update({email: number for email, number in found if email is not None})
        made = [
            Customer(
                email=address,
                contact_email=address,
                name=wanted[address].get("name", ""),
                locale=wanted[address].get("locale"),
                account_id=wanted[address].get("account_id"),
            )
            for address in missing
            if address not in self._customers
        ]
        self._session.add_all(made)
        self._session.flush()
        self._customers.update({str(each.email): each.id for each in made})

    def _requester(self, each: Checked) -> int | None:
        address = each.record.requester_email
        return self._customers[address] if address is not None else None

    def _ticket(self, each: Checked) -> dict[str, Any]:
        record, facts = each.record, each.facts
        created = record.created_at or self._now
        status = record.status or "new"
        over = status in ("solved", "closed")
        updated = record.updated_at or max([created, *(said.created_at or created for said in record.comments)])
        solved = (record.solved_at or updated) if over else None
        answers = [said for said in record.comments if said.public and said.author in self._staff]
        row: dict[str, Any] = {
            "requester_id": self._requester(each),
            "assignee_id": self._staff[record.assignee_email] if record.assignee_email else None,
            "external_id": record.external_id,
            "account_id": record.account_id,
            "subject": record.subject,
            "description": record.description,
            "type": facts.type,
            "status": status,
            "priority": record.priority or facts.priority,
            "team": record.team or facts.team,
            "support_type": facts.support_type,
            "category": facts.category,
            "subcategory": facts.subcategory,
            "fields": facts.fields,
            "tags": list(dict.fromkeys(record.tags)),
            "language": record.language or self._catalog.default_language,
            "via": record.via or VIA,
            "created_at": created,
            "updated_at": updated,
            "solved_at": solved,
            # A solved ticket closes by itself when its reopening hours are over, here as anywhere.
            "closes_at": reopens_until(Ticket(status=status, solved_at=solved), self._catalog),
            "closed_at": updated if status == "closed" else None,
            "first_response_at": (answers[0].created_at or updated) if answers else None,
            "submitter_staff_id": self._staff.get(record.submitter_email or ""),
        }
        return {"id": record.number, **row} if self._keep_numbers else row

    def _comments(self, number: int, each: Checked) -> Iterator[dict[str, Any]]:
        record = each.record
        created = record.created_at or self._now
        customer, staff = self._author(each, record.submitter_email)
        yield self._said(number, customer, staff, record.description, True, record.via or VIA, created)
        for comment in record.comments:
            customer, staff = self._author(each, comment.author)
            at = comment.created_at or record.updated_at or created
            yield self._said(number, customer, staff, comment.body, comment.public, VIA, at)

    def _author(self, each: Checked, address: str | None) -> tuple[int | None, int | None]:
        """The customer or the member of staff with this address; without one, the requester."""
        if address is None:
            return self._requester(each), None
        staff = self._staff.get(address)
        return (None, staff) if staff is not None else (self._customers[address], None)

    def _said(
        self, number: int, customer: int | None, staff: int | None, body: str, public: bool, via: str, at: dt.datetime
    ) -> dict[str, Any]:
        return {
            "ticket_id": number,
            "customer_id": customer,
            "staff_id": staff,
            "body": body,
            "public": public,
            "via": via,
            "created_at": at,
        }

    def _audit(self, number: int, each: Checked) -> dict[str, Any]:
        facts: dict[str, Any] = {
            "subject": each.record.subject,
            "status": each.record.status or "new",
            **each.facts.values,
        }
        events = [{"type": "Create", "field_name": name, "value": value} for name, value in facts.items()]
        return {"ticket_id": number, "via": VIA, "events": events, "created_at": self._now}

    def _index(self, numbers: list[int]) -> None:
        tickets = self._session.scalars(select(Ticket).where(Ticket.id.in_(numbers))).all()
        said: dict[int, list[TicketComment]] = {}
        for row in self._session.scalars(
            select(TicketComment).where(TicketComment.ticket_id.in_(numbers)).order_by(TicketComment.id.desc())
        ):
            said.setdefault(row.ticket_id, []).append(row)
        write_documents(self._session, [document(ticket, said.get(ticket.id, [])[:-1]) for ticket in tickets], new=True)
