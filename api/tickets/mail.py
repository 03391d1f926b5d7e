"""What the people of a ticket are told by mail; each in the transaction of what it tells of.

Its customer and those in copy are told of every public update that is not their own, the member of staff who works on it
of what others write. Every mail has the recipient's own signed reply address. Here are the facts of each; they are put into
words when it is delivered (api/tickets/mail_text.py).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

from sqlalchemy import select
from sqlalchemy.orm import Session

from api.identity.models import Customer, StaffUser
from api.notifications.mail import enqueue_facts, filled_subject, subject_wording
from api.tickets.models import Ticket, TicketCc, TicketComment

if TYPE_CHECKING:
    from api.services import Services
    from api.tickets.announcing import Announcement
    from bot.catalog import Catalog

# Statuses that people are told of even where no reply comes with them.
_TOLD = frozenset({"solved"})
# The mail of a new ticket.
_CONFIRMATION = "ticket_opened"
# Of so many mails that came in, the newest, a mail of ours names the ids: readers thread by them.
_MOST_REFERENCES = 5


class Recipient(NamedTuple):
    """Somebody who is told, and in which language."""

    address: str
    language: str


def heard(session: Session, services: Services, happening: Announcement) -> None:
    """Confirm a new ticket, pass on what was answered, tell that it is solved."""
    ticket, customer, comment = happening.ticket, happening.customer, happening.comment
    if happening.kind == "opened":
        _confirm(session, services, happening)
        return
    mail = _TicketMail(session, services, ticket)
    if happening.kind == "claimed":
        mail.send(_people(services, ticket, customer), _CONFIRMATION, "opened")
        return
    if happening.audit is None:
        return
    people = [*_people(services, ticket, customer), *_people(services, ticket, *copies(session, ticket))]
    if comment is not None and comment.public:
        author = _author_address(session, comment)
        event = f"comment:{comment.id}"
        if comment.staff_id is not None:
            if asks_how_it_was(happening):
                # Its customer reads the words in the survey: one mail, not two at once.
                people = _people(services, ticket, *[each for each in copies(session, ticket) if each is not customer])
            mail.send(people, "ticket_comment", event, comment=comment, without=author, body=comment.body)
            return
        who = _author_name(session, comment)
        others = [*people, *_assignee(session, services, ticket)]
        mail.send(others, "ticket_said", event, comment=comment, without=author, body=comment.body, who=who)
    elif happening.by != "customer" and "status" in happening.changes and ticket.status in _TOLD:
        # Its customer hears of it by the survey (api/ratings/survey.py): one mail, not two at once.
        mail.send(_people(services, ticket, *copies(session, ticket)), "ticket_status", f"audit:{happening.audit.id}")


def _confirm(session: Session, services: Services, happening: Announcement) -> None:
    """Confirm a new ticket to its customer, whose language it speaks; nobody else is told."""
    ticket, customer, comment = happening.ticket, happening.customer, happening.comment
    address = customer.mail_address if customer is not None else None
    if address is None:
        return
    # Nothing came in by mail before the ticket was opened, but what opened it.
    came_in = [comment.message_id if comment is not None else None]
    enqueue_facts(
        session,
        to=address,
        template=_CONFIRMATION,
        language=ticket.language,
        subject=_subject(services.catalog, ticket, _CONFIRMATION, ticket.language, {}),
        event=f"ticket:{ticket.id}:opened",
        facts=_facts(ticket, _CONFIRMATION, came_in, {}),
        conversation_id=ticket.conversation_id,
        ticket_id=ticket.id,
        comment_id=None,
        at=ticket.created_at,
        together=happening.together,
    )


def _facts(ticket: Ticket, template: str, came_in: list[str | None], values: dict[str, str]) -> dict[str, Any]:
    """What a mail's words are made of when it is delivered."""
    facts: dict[str, Any] = {
        "subject": ticket.subject,
        "status": ticket.status,
        "priority": ticket.priority,
        "came_in": came_in,
        "values": values,
    }
    if template == _CONFIRMATION:
        facts["waits"] = {"category": ticket.category, "since": ticket.created_at.isoformat()}
    return facts


def _subject(catalog: Catalog, ticket: Ticket, template: str, language: str, values: dict[str, str]) -> str:
    wording = subject_wording(catalog, template, language)
    named: dict[str, object] = {"id": ticket.id, "subject": ticket.subject, **values}
    if "{status" in wording:
        named["status"] = catalog.label("statuses", ticket.status, language)
    return filled_subject(wording, named)


def asks_how_it_was(happening: Announcement) -> bool:
    """Whether the ticket's customer is asked by a survey: it was solved just now."""
    solved = happening.changes.get("status", (None, None))[1] == "solved"
    return happening.kind == "changed" and solved and happening.customer is not None


def mail_survey(
    session: Session,
    services: Services,
    happening: Announcement,
    customer: Customer,
    event: str,
    *,
    good: str,
    bad: str,
) -> None:
    """Tell the customer that the ticket is solved, with what staff wrote along, and ask how it was; once for `event`."""
    ticket, comment = happening.ticket, happening.comment
    people, mail = _people(services, ticket, customer), _TicketMail(session, services, ticket)
    if comment is not None and comment.public and comment.staff_id is not None:
        mail.send(people, "survey_reply", event, comment=comment, body=comment.body, good=good, bad=bad)
    else:
        mail.send(people, "survey", event, good=good, bad=bad)


def copies(session: Session, ticket: Ticket) -> list[Customer]:
    """The customers who get a copy of every public update."""
    copied_in = select(Customer).join(TicketCc, TicketCc.customer_id == Customer.id)
    return list(session.scalars(copied_in.where(TicketCc.ticket_id == ticket.id).order_by(Customer.id)))


@dataclass
class _TicketMail:
    session: Session
    services: Services
    ticket: Ticket

    def send(
        self,
        people: Iterable[Recipient],
        template: str,
        event: str,
        *,
        comment: TicketComment | None = None,
        without: str | None = None,
        **values: str,
    ) -> None:
        """Queue one mail for each of them but `without`, in the language of each."""
        told = {each.address: each for each in people if each.address != without}
        if not told:
            return
        came_in = self._came_in()
        for each in told.values():
            self._send(each, template, event, comment, came_in, values)

    def _send(
        self,
        recipient: Recipient,
        template: str,
        event: str,
        comment: TicketComment | None,
        came_in: list[str | None],
        values: dict[str, str],
    ) -> None:
        ticket, language = self.ticket, recipient.language
        enqueue_facts(
            self.session,
            to=recipient.address,
            template=template,
            language=language,
            subject=_subject(self.services.catalog, ticket, template, language, values),
            event=f"ticket:{ticket.id}:{event}",
            facts=_facts(ticket, template, came_in, values),
            conversation_id=ticket.conversation_id,
            ticket_id=ticket.id,
            comment_id=comment.id if comment is not None else None,
        )

    def _came_in(self) -> list[str | None]:
        return list(
            self.session.scalars(
                select(TicketComment.message_id)
                .where(TicketComment.ticket_id == self.ticket.id, TicketComment.message_id.is_not(None))
                .order_by(TicketComment.id.desc())
                .limit(_MOST_REFERENCES)
            )
        )


def _people(services: Services, ticket: Ticket, *customers: Customer | None) -> list[Recipient]:
    found = []
    for number, customer in enumerate(customers):
        address = customer.mail_address if customer is not None else None
        if customer is None or address is None:
            continue
        # The ticket speaks its customer's language; whoever is in copy may have another one.
        own = customer.locale if customer.id != ticket.requester_id or number else None
        language = own if own in services.catalog.languages else ticket.language
        found.append(Recipient(address, language or ticket.language))
    return found


def _assignee(session: Session, services: Services, ticket: Ticket) -> list[Recipient]:
    staff = session.get(StaffUser, ticket.assignee_id) if ticket.assignee_id is not None else None
    return [Recipient(staff.email, services.catalog.default_language)] if staff is not None and staff.active else []


def _author_address(session: Session, comment: TicketComment) -> str | None:
    if comment.staff_id is not None:
        return session.get_one(StaffUser, comment.staff_id).email
    if comment.customer_id is not None:
        return session.get_one(Customer, comment.customer_id).mail_address
    return None


def _author_name(session: Session, comment: TicketComment) -> str:
    customer = session.get(Customer, comment.customer_id) if comment.customer_id is not None else None
    return (customer.name or customer.mail_address or "?") if customer is not None else "?"
