"""What a ticket's customer is told by mail; each in the transaction of what it tells of."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy.orm import Session

from api.identity.models import Customer
from api.notifications.mail import MailDraft, enqueue_mail
from api.settings import Settings
from api.tickets.models import Ticket, TicketComment
from api.tickets.shapes import page_address

if TYPE_CHECKING:
    from api.services import Services
    from api.tickets.announcing import Announcement
    from bot.catalog import Catalog

# Statuses that the customer is told of even where no reply comes with them.
_TOLD = frozenset({"solved"})


def heard(session: Session, services: Services, happening: Announcement) -> None:
    """Confirm a new ticket, pass on what staff answered, tell that it is solved."""
    ticket, customer, comment = happening.ticket, happening.customer, happening.comment
    if customer is None:
        return
    catalog, settings = services.catalog, services.settings
    if happening.kind in ("opened", "claimed"):
        mail_opened(session, catalog, settings, ticket, customer)
    elif happening.by == "customer" or happening.audit is None:
        return
    elif comment is not None and comment.public:
        mail_comment(session, catalog, settings, ticket, customer, comment)
    elif "status" in happening.changes and ticket.status in _TOLD:
        mail_status(session, catalog, settings, ticket, customer, happening.audit.id)


def mail_opened(session: Session, catalog: Catalog, settings: Settings, ticket: Ticket, customer: Customer) -> None:
    """Confirm the ticket with its number."""
    _mail(session, catalog, settings, ticket, customer, "ticket_opened", f"ticket:{ticket.id}:opened")


def mail_comment(
    session: Session, catalog: Catalog, settings: Settings, ticket: Ticket, customer: Customer, comment: TicketComment
) -> None:
    """Pass a public reply of the staff on."""
    event = f"ticket:{ticket.id}:comment:{comment.id}"
    _mail(session, catalog, settings, ticket, customer, "ticket_comment", event, body=comment.body)


def mail_status(
    session: Session, catalog: Catalog, settings: Settings, ticket: Ticket, customer: Customer, audit_id: int
) -> None:
    """Tell of a new status that comes without a reply."""
    _mail(session, catalog, settings, ticket, customer, "ticket_status", f"ticket:{ticket.id}:audit:{audit_id}")


def _mail(
    session: Session,
    catalog: Catalog,
    settings: Settings,
    ticket: Ticket,
    customer: Customer,
    template: str,
    event: str,
    **values: str,
) -> None:
    address = customer.mail_address
    if address is None:
        return
    language = ticket.language
    thread = thread_id(settings, ticket)
    enqueue_mail(
        session,
        catalog,
        MailDraft(
            to=address,
            template=template,
            language=language,
            values={
                "id": ticket.id,
                "subject": ticket.subject,
                "status": catalog.label("statuses", ticket.status, language),
                "priority": catalog.label("priorities", ticket.priority, language),
                "url": page_address(settings, ticket.id),
                "minutes": catalog.first_response_minutes,
                **values,
            },
            event=event,
            ticket_id=ticket.id,
            conversation_id=ticket.conversation_id,
            headers={"In-Reply-To": thread, "References": thread, "X-Ticket-Id": str(ticket.id)},
        ),
    )


def thread_id(settings: Settings, ticket: Ticket) -> str:
    """The message id that every mail of a ticket refers to, so that readers show them as one thread."""
    host = settings.mail.sender.rpartition("@")[2].strip("> ") or "localhost"
    return f"<ticket-{ticket.id}@{host}>"
