"""Tickets that were opened before their customer was verified (outages), and how they get their requester."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from api.identity.models import Customer
from api.services import Services
from api.tickets.announcing import Announcement, announce
from api.tickets.models import Ticket, TicketAudit, TicketComment
from api.tickets.shapes import customer_user_id


def claim_tickets(session: Session, services: Services, conversation_id: str, customer: Customer) -> list[int]:
    """Give a conversation's unowned tickets to the customer who was just verified in it, and confirm each by mail."""
    unowned = session.scalars(
        select(Ticket).where(Ticket.conversation_id == conversation_id, Ticket.requester_id.is_(None)).with_for_update()
    )
    claimed = []
    for ticket in unowned:
        ticket.requester_id = customer.id
        for comment in session.scalars(
            select(TicketComment).where(
                TicketComment.ticket_id == ticket.id,
                TicketComment.customer_id.is_(None),
                TicketComment.staff_id.is_(None),
            )
        ):
            comment.customer_id = customer.id
        change = {
            "type": "Change",
            "field_name": "requester_id",
            "value": customer_user_id(customer.id),
            "previous_value": None,
        }
        audit = TicketAudit(ticket_id=ticket.id, customer_id=customer.id, via="chat", events=[change])
        session.add(audit)
        session.flush()
        changes = {"requester_id": (None, customer_user_id(customer.id))}
        announce(session, services, Announcement("claimed", ticket, "customer", audit, None, customer, changes))
        claimed.append(ticket.id)
    return claimed
