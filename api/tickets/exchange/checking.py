"""What is wrong with the records of a file, line by line, before anything is written."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass, field

from pydantic import ValidationError
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from api.database import utc_now
from api.errors import CopilotError
from api.identity.addresses import normalise_email
from api.identity.models import Customer, StaffUser
from api.tickets.errors import TicketRejected
from api.tickets.exchange.records import Line, LineProblem, TicketRecord
from api.tickets.models import Ticket
from api.tickets.rules import Completeness, TicketFacts, check_fields
from bot.catalog import Catalog

# So many addresses or ids are asked of the database at once.
_BATCH = 500
# The clock of the system that a file comes from may go ahead of ours.
_AHEAD = dt.timedelta(minutes=10)


@dataclass(frozen=True)
class Checked:
    """A record that can be opened, with its addresses in their one spelling."""

    line: int
    record: TicketRecord
    facts: TicketFacts


@dataclass
class Checker:
    """Checks the lines of one file against the catalog, the database and one another."""

    session: Session
    catalog: Catalog
    keep_numbers: bool = False
    problems: list[LineProblem] = field(default_factory=list)
    checked: list[Checked] = field(default_factory=list)
    # How many lines tell of a ticket that is here already.
    known: int = 0

    def __post_init__(self) -> None:
        catalog = self.catalog
        self._statuses = [status.id for status in catalog.statuses]
        self._teams = {each.team for each in catalog.support_types} | {each.team for each in catalog.categories}
        self._emergencies = {each.id for each in catalog.categories if each.emergency}
        rows = self.session.execute(select(StaffUser.email, StaffUser.id))
        self.staff: dict[str, int] = {email: number for email, number in rows}
        self._external: dict[str, int] = {}
        self._numbers: dict[int, int] = {}
        self._now = utc_now()

    def check(self, lines: Iterable[Line | LineProblem]) -> None:
        """Look at some lines; what is right is in `checked` afterwards, what is wrong in `problems`."""
        fresh = []
        for each in lines:
            if isinstance(each, LineProblem):
                self.problems.append(each)
                continue
            found = self._read(each)
            if found is not None:
                fresh.append(found)
        for begin in range(0, len(fresh), _BATCH):
            self.checked += self._new_ones(fresh[begin : begin + _BATCH])

    def _read(self, line: Line) -> Checked | None:
        try:
            record = TicketRecord.model_validate(line.record)
        except ValidationError as error:
            for problem in error.errors()[:20]:
                name = ".".join(str(part) for part in problem["loc"])
                self._wrong(line.number, name, problem["msg"].removeprefix("Value error, "))
            return None
        before = len(self.problems)
        self._addresses(line.number, record)
        self._choices(line.number, record)
        self._times(line.number, record)
        self._twice(line.number, record)
        facts = self._facts(line.number, record)
        return Checked(line.number, record, facts) if facts is not None and len(self.problems) == before else None

    def _addresses(self, line: int, record: TicketRecord) -> None:
        if record.requester_email is None:
            # An emergency is opened before its customer is known.
            if record.fields.get("category") not in self._emergencies:
                self._wrong(line, "requester_email", "is missing: a ticket needs somebody who is answered")
        else:
            record.requester_email = self._address(line, "requester_email", record.requester_email)
        if record.assignee_email is not None:
            record.assignee_email = record.assignee_email.strip().lower()
            if record.assignee_email not in self.staff:
                cure = "is nobody of the staff: `copilot users create --role agent` first, or leave it empty"
                self._wrong(line, "assignee_email", cure)
        record.ccs = [self._address(line, "ccs", each) for each in record.ccs]
        if record.submitter_email is not None:
            record.submitter_email = self._author(line, "submitter_email", record.submitter_email)
        for number, comment in enumerate(record.comments):
            if comment.author is not None:
                comment.author = self._author(line, f"comments.{number}.author", comment.author)

    def _author(self, line: int, name: str, text: str) -> str:
        address = text.strip().lower()
        return address if address in self.staff else self._address(line, name, text)

    def _address(self, line: int, name: str, text: str) -> str:
        try:
            return normalise_email(text)
        except CopilotError:
            self._wrong(line, name, "is no e-mail address")
            return ""

    def _choices(self, line: int, record: TicketRecord) -> None:
        catalog = self.catalog
        for name, value, known in (
            ("status", record.status, self._statuses),
            ("priority", record.priority, catalog.priorities),
            ("language", record.language, catalog.languages),
            ("team", record.team, sorted(self._teams)),
        ):
            if value is not None and value not in known:
                self._wrong(line, name, f"must be one of {', '.join(known)}")

    def _times(self, line: int, record: TicketRecord) -> None:
        created = record.created_at
        for name, value in (
            ("created_at", created),
            ("updated_at", record.updated_at),
            ("solved_at", record.solved_at),
            *((f"comments.{number}.created_at", each.created_at) for number, each in enumerate(record.comments)),
        ):
            if value is not None and value > self._now + _AHEAD:
                self._wrong(line, name, "lies in the future")
            elif value is not None and created is not None and value < created:
                self._wrong(line, name, "lies before created_at")
        if record.solved_at is not None and record.status not in ("solved", "closed"):
            self._wrong(line, "solved_at", "goes with the status solved or closed")

    def _twice(self, line: int, record: TicketRecord) -> None:
        if record.external_id is not None:
            first = self._external.setdefault(record.external_id, line)
            if first != line:
                self._wrong(line, "external_id", f"stands in line {first} already: each ticket has one of its own")
        if not self.keep_numbers:
            return
        if record.number is None:
            self._wrong(line, "number", "is missing: with --keep-numbers every line needs one")
        elif self._numbers.setdefault(record.number, line) != line:
            self._wrong(line, "number", f"stands in line {self._numbers[record.number]} already")

    def _facts(self, line: int, record: TicketRecord) -> TicketFacts | None:
        try:
            return check_fields(
                self.catalog,
                record.fields,
                ticket_type=record.type,
                completeness=Completeness.STAFF,
                problems=[],
            )
        except TicketRejected as error:
            for problem in error.problems:
                self._wrong(line, problem.field, problem.description)
            return None

    def _new_ones(self, batch: list[Checked]) -> list[Checked]:
        """Those that are not here yet: by external id, else by requester, moment and title."""
        external = [each.record.external_id for each in batch if each.record.external_id is not None]
        here = set(self.session.scalars(select(Ticket.external_id).where(Ticket.external_id.in_(external))))
        moments = [each.record.created_at for each in batch if each.record.external_id is None]
        same = select(
            func.coalesce(Customer.email, Customer.contact_email), Ticket.created_at, Ticket.subject
        ).outerjoin(Customer, Customer.id == Ticket.requester_id)
        rows = self.session.execute(same.where(Ticket.created_at.in_([each for each in moments if each is not None])))
        known = {(address, moment, subject) for address, moment, subject in rows}
        numbers = [each.record.number for each in batch if self.keep_numbers]
        taken = set(self.session.scalars(select(Ticket.id).where(Ticket.id.in_(numbers))))
        fresh = []
        for each in batch:
            record = each.record
            found = (
                record.external_id in here
                if record.external_id is not None
                else (record.requester_email, record.created_at, record.subject) in known
            )
            if found:
                self.known += 1
            elif self.keep_numbers and record.number in taken:
                self._wrong(each.line, "number", "is that of another ticket here: import without --keep-numbers")
            else:
                fresh.append(each)
        return fresh

    def _wrong(self, line: int, name: str, cure: str) -> None:
        self.problems.append(LineProblem(line, name, cure))
