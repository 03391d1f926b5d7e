"""What becomes of a mail: a comment, a note for staff, a new ticket, or a line in the record of why it became none.

All of it happens before the server that brought the mail is told that it was taken, so that no mail is lost between.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import logging
from dataclasses import dataclass, field

from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from api.database import utc_now
from api.identity.customers import customer_by_email, customer_of_address
from api.identity.models import Customer, StaffUser
from api.mail_in.addresses import Target, read_address, signed_for
from api.mail_in.authentication import fails_dmarc
from api.mail_in.automatic import why_ignored
from api.mail_in.bounces import read_bounce, take_back
from api.mail_in.models import InboundMail
from api.mail_in.reading import ReceivedMail, Unreadable, read_mail
from api.mail_in.threads import answered_mail, people_of, recipients_of
from api.mail_in.writing import Writer
from api.metrics.events import EventType, record
from api.notifications.undeliverable import mark_deliverable
from api.services import Services
from api.tickets.models import Ticket

log = logging.getLogger(__name__)

# Nobody writes more on one ticket in an hour; two machines that answer each other do.
MOST_ON_A_TICKET = 20
MOST_NEW_TICKETS = 5
_WINDOW = dt.timedelta(hours=1)
_MOST_MERGES = 10
_BECAME_SOMETHING = ("comment", "note")


class Refused(Exception):
    """The mail is not taken; `reply` is what the other server is told, an SMTP status first."""

    def __init__(self, reply: str) -> None:
        super().__init__(reply)
        self.reply = reply


@dataclass
class Delivery:
    """One mail to one of our addresses, on its way."""

    session: Session
    services: Services
    mail: ReceivedMail
    target: Target
    row: InboundMail
    writer: Writer = field(init=False)

    def __post_init__(self) -> None:
        self.writer = Writer(self.session, self.services, self.mail, self.row)


def receive(services: Services, raw: bytes, mail_from: str, recipient: str) -> str:
    """Take a mail for one recipient and return the SMTP reply; committed when it returns. Raises `Refused`.

    Whatever else is raised means: not now, bring it again.
    """
    target = read_address(services.settings, recipient)
    if target is None:
        raise Refused("550 5.1.1 There is no such mailbox here")
    try:
        mail = read_mail(raw)
    except Unreadable as error:
        raise Refused("554 5.6.0 This message cannot be read: send it as plain text") from error
    with services.database.read() as session:
        if _known(session, mail, target):
            return "250 2.0.0 Already here"
        _check_rate(session, services, mail)
    reason = None if target.kind == "bounce" else _no_letter(services, mail, mail_from)
    # Before the transaction: checking files takes a while, and a database of one writer must not wait for it.
    files = Writer.store_files(services, mail) if target.kind != "bounce" and reason is None else []
    used: list[str] = []
    try:
        with services.database.write() as session:
            row = _row(mail, target, recipient, reason)
            try:
                with session.begin_nested():
                    session.add(row)
            except IntegrityError:
                return "250 2.0.0 Already here"
            if reason is None:
                delivery = Delivery(session, services, mail, target, row)
                delivery.writer.files = files
                _file(delivery)
                used = delivery.writer.used
            record(session, EventType.MAIL_RECEIVED, ticket_id=row.ticket_id, outcome=row.outcome, reason=row.reason)
    finally:
        Writer.forget_files(services, files, except_for=used)
    return "250 2.0.0 Taken"


def _no_letter(services: Services, mail: ReceivedMail, mail_from: str) -> str | None:
    """Why the mail is not one that a person wrote to us."""
    reason = why_ignored(services.settings, mail, mail_from)
    if reason is None and mail.message_id is not None:
        with services.database.read() as session:
            reason = "own_message" if answered_mail(session, [mail.message_id]) is not None else None
    if reason is None and not mail.sender:
        return "no_sender"
    if reason is None and not mail.text and not mail.files:
        return "empty"
    return reason


def _known(session: Session, mail: ReceivedMail, target: Target) -> bool:
    return session.scalar(select(InboundMail.id).where(InboundMail.dedupe_key == _key(mail, target))) is not None


def _key(mail: ReceivedMail, target: Target) -> str:
    # The sender belongs to it: somebody else's mail under a Message-ID that they saw must not keep the first one out.
    parts = (mail.message_id or mail.digest, mail.sender, target.key)
    return hashlib.sha256("\x1f".join(parts).encode()).hexdigest()


def _row(mail: ReceivedMail, target: Target, recipient: str, reason: str | None) -> InboundMail:
    return InboundMail(
        dedupe_key=_key(mail, target),
        message_id=mail.message_id,
        sender=mail.sender,
        sender_name=mail.sender_name,
        recipient=recipient.strip("<> ").lower()[:254],
        subject=mail.subject,
        text=mail.text,
        outcome="ignored",
        reason=reason,
        files=[],
        refused_files=[],
    )


def _check_rate(session: Session, services: Services, mail: ReceivedMail) -> None:
    if mail.sender and _count(session, InboundMail.sender == mail.sender) >= services.settings.mail_in.per_sender:
        raise Refused("450 4.7.1 Too many messages from this sender: try again in an hour")


def _count(session: Session, *conditions: object) -> int:
    since = InboundMail.created_at > utc_now() - _WINDOW
    found = session.scalar(select(func.count()).select_from(InboundMail).where(since, *conditions))  # type: ignore[arg-type]
    return int(found or 0)


def _file(delivery: Delivery) -> None:
    session, settings, mail = delivery.session, delivery.services.settings, delivery.mail
    if delivery.target.kind == "bounce":
        _take_back(delivery)
        return
    mark_deliverable(session, mail.sender)
    if delivery.target.kind == "reply":
        ticket_id = delivery.target.ticket_id or 0
        signed = signed_for(settings, delivery.target, recipients_of(session, ticket_id))
        if signed is None:
            raise Refused("550 5.1.1 This reply address is not valid: answer the last mail of the ticket")
        _on_ticket(delivery, ticket_id, signed)
        return
    sent = answered_mail(session, mail.references)
    if sent is not None and sent.ticket_id is not None:
        # A server on the way has cut off what was behind the delimiter.
        _on_ticket(delivery, sent.ticket_id, sent.recipient)
        return
    _new(delivery)


def _take_back(delivery: Delivery) -> None:
    row = delivery.row
    report = read_bounce(delivery.mail)
    sent = take_back(delivery.session, delivery.target.token, report) if report is not None else None
    if sent is None or report is None:
        row.outcome, row.reason = "ignored", "bounce_unknown" if report else "auto_reply"
        return
    row.outcome, row.reason = (
        "bounce",
        f"{'hard' if report.gone else 'final' if report.final else 'soft'} {report.status}",
    )
    row.ticket_id = sent.ticket_id


def _on_ticket(delivery: Delivery, ticket_id: int, written_to: str) -> None:
    """An answer to a mail of ours that was `written_to` one address: from there it is that person's comment."""
    session, mail, row = delivery.session, delivery.mail, delivery.row
    ticket = _live(session, ticket_id)
    if ticket is None:
        row.outcome, row.reason = "ignored", "no_ticket"
        return
    row.ticket_id = ticket.id
    same = (InboundMail.ticket_id == ticket.id, InboundMail.outcome.in_(_BECAME_SOMETHING))
    if _count(session, *same, InboundMail.sender == mail.sender) >= MOST_ON_A_TICKET:
        row.outcome, row.reason = "ignored", "too_many"
        return
    if fails_dmarc(delivery.services.settings, mail):
        delivery.writer.note(ticket, "not_authentic")
        return
    customer = people_of(session, ticket).get(mail.sender)
    if customer is not None:
        delivery.writer.comment_of_customer(ticket, customer)
        return
    staff = session.scalar(select(StaffUser).where(StaffUser.email == mail.sender, StaffUser.active))
    if staff is not None and mail.sender == written_to:
        delivery.writer.comment_of_staff(ticket, staff)
        return
    delivery.writer.note(ticket, "another_address")


def _live(session: Session, ticket_id: int) -> Ticket | None:
    """The ticket, locked; the one that it was merged into, where it was; None for one that is deleted."""
    for _ in range(_MOST_MERGES):
        ticket = session.scalar(
            select(Ticket).where(Ticket.id == ticket_id, Ticket.deleted_at.is_(None)).with_for_update()
        )
        if ticket is None or ticket.merged_into_id is None:
            return ticket
        ticket_id = ticket.merged_into_id
    return None


def _new(delivery: Delivery) -> None:
    """A mail to the plain address of support."""
    session, services, mail, row = delivery.session, delivery.services, delivery.mail, delivery.row
    if fails_dmarc(services.settings, mail):
        row.outcome, row.reason = "quarantined", "not_authentic"
    elif _count(session, InboundMail.sender == mail.sender, InboundMail.outcome == "ticket") >= MOST_NEW_TICKETS:
        row.outcome, row.reason = "quarantined", "too_many"
    else:
        customer = customer_by_email(session, mail.sender)
        if customer is None:
            customer = _stranger(delivery)
        if customer is not None:
            delivery.writer.open(customer)
            return
    delivery.writer.keep_files()


def _stranger(delivery: Delivery) -> Customer | None:
    """The customer that an unknown sender becomes, where the settings let one; None: the mail waits for staff."""
    settings = delivery.services.settings
    if settings.mail_in.unknown_senders == "refuse":
        raise Refused(f"550 5.7.1 Please write to us at {settings.public_url}/portal")
    if settings.mail_in.unknown_senders == "open":
        return customer_of_address(delivery.session, delivery.mail.sender)
    delivery.row.outcome, delivery.row.reason = "quarantined", "unknown_sender"
    return None
