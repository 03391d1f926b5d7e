"""Turning a mail into something on a ticket: a comment, a note, a ticket of its own, with its files."""

from __future__ import annotations

import logging
from dataclasses import dataclass

from sqlalchemy.orm import Session

from api.chat.models import Attachment
from api.errors import CopilotError
from api.files.adding import Owner, add_file
from api.files.preparing import Prepared, forget_prepared, prepare_file
from api.files.telling import removal_note
from api.identity.customers import customer_of_address
from api.identity.models import Customer, StaffUser
from api.identity.principal import SYSTEM, Principal
from api.mail_in.models import InboundMail
from api.mail_in.quoting import reply_only
from api.mail_in.reading import ReceivedFile, ReceivedMail
from api.services import Services
from api.tickets.changing import TicketChange, change_request
from api.tickets.models import Ticket, TicketAudit
from api.tickets.opening import open_request
from api.tickets.reopening import may_follow
from api.tickets.rules import LONGEST_TEXT
from api.tickets.schemas import CommentIn, RequestIn
from knowledge_base.text import guess_language

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class CheckedFile:
    """A file of a mail: stored, or refused with the code of an error."""

    name: str
    stored: Prepared | None = None
    refused: str | None = None


class Writer:
    """Writes one mail onto tickets, within the caller's transaction. `files` were stored before it began."""

    def __init__(self, session: Session, services: Services, mail: ReceivedMail, row: InboundMail) -> None:
        self.session = session
        self.services = services
        self.mail = mail
        self.row = row
        self.files: list[CheckedFile] = []
        # Of them, those that rows tell of.
        self.used: list[str] = []

    @staticmethod
    def forget_files(services: Services, files: list[CheckedFile], *, except_for: list[str]) -> None:
        """Remove what was stored for nothing."""
        for each in files:
            if each.stored is not None and each.stored.id not in except_for:
                forget_prepared(services, each.stored)

    @staticmethod
    def store_files(services: Services, mail: ReceivedMail) -> list[CheckedFile]:
        """Check and store every file of the mail, as many as a ticket takes. Outside of any transaction: it takes a while."""
        limits = services.catalog.attachment_limits
        found: list[CheckedFile] = []
        for number, each in enumerate(mail.files):
            if number >= limits.count:
                found.append(CheckedFile(each.name, refused="attachments_full"))
            else:
                found.append(_stored(services, each))
        return found

    def comment_of_customer(self, ticket: Ticket, customer: Customer) -> None:
        """A public comment; it reopens what is solved, and what is closed is continued by a ticket that follows it."""
        if may_follow(ticket, self.services.catalog):
            self._follow(ticket, customer)
            return
        body = RequestIn(comment=CommentIn(body=self._text(ticket.language)))
        audit = change_request(
            self.session, self.services, _principal(customer), ticket, body, via="mail", message_id=self.mail.message_id
        )
        self._done("comment", ticket, audit)

    def comment_of_staff(self, ticket: Ticket, staff: StaffUser) -> None:
        """A public comment of somebody who works on tickets."""
        if ticket.status == "closed":
            self.row.outcome, self.row.reason = "ignored", "closed"
            return
        principal = Principal("staff", role=staff.role, staff_id=staff.id, email=staff.email, name=staff.name)  # type: ignore[arg-type]
        change = TicketChange(self.session, self.services, ticket, principal, "mail")
        change.say(self._text(ticket.language), public=True, message_id=self.mail.message_id)
        if ticket.status == "new":
            change.move("open", by_customer=False)
        self._done("comment", ticket, change.finish())

    def note(self, ticket: Ticket, reason: str) -> None:
        """For staff only: what came with a valid reply address from somebody else."""
        wording = self.services.catalog.wording(ticket.language)
        sender = self.mail.sender
        text = wording.text(f"mail.received.{reason}", sender=sender) + "\n\n" + self._text(ticket.language)
        change = TicketChange(self.session, self.services, ticket, SYSTEM, "mail")
        change.say(text[:LONGEST_TEXT], public=False, message_id=self.mail.message_id)
        self._done("note", ticket, change.finish())
        self.row.reason = reason

    def open(self, customer: Customer) -> Ticket:
        """A new ticket of this customer."""
        catalog = self.services.catalog
        spoken = customer.locale if customer.locale in catalog.languages else None
        language = spoken or guess_language(self.mail.text[:5000], catalog.languages) or catalog.default_language
        body = RequestIn(subject=self._title(), comment=CommentIn(body=self._text(language, whole=True)))
        return self._opened(customer, body, language, "ticket")

    def keep_files(self) -> None:
        """The mail waits for staff, its files with it."""
        for each in self.files:
            if each.stored is not None:
                self._add(each.stored)
        self.row.files = list(self.used)
        self.row.refused_files = self._refused()

    def _follow(self, ticket: Ticket, customer: Customer) -> None:
        if ticket.requester_id != customer.id:
            # In copy only: the ticket that follows would be in a name that never asked for one.
            self.row.outcome, self.row.reason = "ignored", "closed"
            return
        body = RequestIn(
            comment=CommentIn(body=self._text(ticket.language)),
            via_followup_source_id=ticket.id,
            subject=ticket.subject,
        )
        self._opened(customer, body, ticket.language, "followup")

    def _opened(self, customer: Customer, body: RequestIn, language: str, outcome: str) -> Ticket:
        principal = _principal(customer, language)
        opened = open_request(self.session, self.services, principal, body, via="mail", message_id=self.mail.message_id)
        self._done(outcome, opened.ticket, opened.audit)
        return opened.ticket

    def _done(self, outcome: str, ticket: Ticket, audit: TicketAudit) -> None:
        """Tie mail, comment and files together."""
        comment_id = next((each["comment_id"] for each in audit.events if each["type"] == "Comment"), None)
        self.row.outcome, self.row.ticket_id, self.row.comment_id = outcome, ticket.id, comment_id
        self.row.refused_files = self._refused()
        for each in self.files:
            if each.stored is not None:
                file = self._add(each.stored)
                file.conversation_id = ticket.conversation_id
                file.ticket_id, file.comment_id = ticket.id, comment_id

    def _add(self, prepared: Prepared) -> Attachment:
        self.used.append(prepared.id)
        return add_file(self.session, self.services, prepared, Owner(scope=f"mail:{self.row.id}"))

    def _refused(self) -> list[dict[str, str]]:
        return [{"name": each.name, "reason": each.refused} for each in self.files if each.refused is not None]

    def _title(self) -> str:
        return self.mail.subject or self.mail.text.strip().partition("\n")[0][:80] or "-"

    def _text(self, language: str, *, whole: bool = False) -> str:
        """What the customer wrote, and which files were not taken. `whole`: with what it quotes, for a first mail."""
        wording = self.services.catalog.wording(language)
        marks = [
            self.services.catalog.wording(each).text("mail.answering.line") for each in self.services.catalog.languages
        ]
        own = reply_only(self.mail.text, marks=marks)
        # What begins a ticket may be an old thread that was passed on: that is the matter itself.
        text = self.mail.text if whole else own
        text = text.strip() or self.mail.text.strip() or wording.text("mail.received.empty")
        names = ", ".join(each.name for each in self.files if each.refused is not None)
        note = "\n\n" + wording.text("mail.received.refused_files", names=names) if names else ""
        for each in self.files:
            if each.stored is not None and each.stored.removed:
                said = removal_note(self.services.catalog, language, each.stored.name, each.stored.removed)
                note += f"\n\n[{said}]"
        if len(text) + len(note) > LONGEST_TEXT - 500:
            note = "\n\n" + wording.text("mail.received.cut") + note
            text = text[: LONGEST_TEXT - 500 - len(note)]
        return text + note


def _principal(customer: Customer, language: str | None = None) -> Principal:
    return Principal(
        "customer",
        role="customer",
        customer_id=customer.id,
        email=customer.mail_address,
        name=customer.name,
        account_id=customer.account_id,
        language=language or customer.locale,
    )


def _stored(services: Services, file: ReceivedFile) -> CheckedFile:
    try:
        return CheckedFile(file.name, stored=prepare_file(services, file.name, file.content))
    except CopilotError as error:
        return CheckedFile(file.name, refused=error.code)


def recover(session: Session, services: Services, row: InboundMail) -> Ticket:
    """Open the ticket of a mail that waited, for its sender, with its files."""
    catalog = services.catalog
    customer = customer_of_address(session, row.sender)
    customer.name = customer.name or row.sender_name
    spoken = customer.locale if customer.locale in catalog.languages else None
    language = spoken or guess_language(row.text[:5000], catalog.languages) or catalog.default_language
    text = row.text.strip()[: LONGEST_TEXT - 500] or catalog.wording(language).text("mail.received.empty")
    body = RequestIn(subject=row.subject or text.partition("\n")[0][:80], comment=CommentIn(body=text))
    opened = open_request(
        session, services, _principal(customer, language), body, via="mail", message_id=row.message_id
    )
    comment_id = next((each["comment_id"] for each in opened.audit.events if each["type"] == "Comment"), None)
    row.outcome, row.ticket_id, row.comment_id = "ticket", opened.ticket.id, comment_id
    for file_id in row.files:
        file = session.get(Attachment, file_id)
        if file is not None:
            file.ticket_id, file.comment_id = opened.ticket.id, comment_id
    return opened.ticket
