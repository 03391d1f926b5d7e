"""A ticket with everything that whoever answers it wants to see, in one answer."""

from __future__ import annotations

from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from api.alerts.grouping import group_of
from api.chat.models import Conversation
from api.desk.queues import rows
from api.identity.models import Customer, StaffUser
from api.notifications.shapes import mails_of
from api.services import Services
from api.tickets import repository
from api.tickets.backends.managing import ticket_statuses
from api.tickets.expected import expected_of
from api.tickets.models import Ticket, TicketAudit, TicketComment
from api.tickets.shapes import (
    audit_shape,
    comment_shape,
    customer_shape,
    customer_user_id,
    message_shape,
    staff_user_id,
    ticket_shape,
)

# The newest of the requester's other tickets, and of the mails.
OTHERS = 10
MAILS = 50


def ticket_view(session: Session, services: Services, ticket_id: int) -> dict[str, Any]:
    """The ticket, what was said (internal notes included), every act, the chat before it, its mails, its outage, its
    counterpart elsewhere, the requester's way into the portal and other tickets. Raises `NotFound`."""
    ticket = repository.ticket_by_id(session, ticket_id)
    settings = services.settings
    comments = list(
        session.scalars(select(TicketComment).where(TicketComment.ticket_id == ticket.id).order_by(TicketComment.id))
    )
    audits = list(
        session.scalars(select(TicketAudit).where(TicketAudit.ticket_id == ticket.id).order_by(TicketAudit.id))
    )
    requester = session.get(Customer, ticket.requester_id) if ticket.requester_id is not None else None
    files = repository.attachments(session, ticket.id)
    first = comments[0].id if comments else None
    chat = session.get(Conversation, ticket.conversation_id) if ticket.conversation_id else None
    return {
        "ticket": ticket_shape(ticket, settings, services.catalog),
        "requester": customer_shape(requester, settings) if requester is not None else None,
        "portal": _portal(requester),
        "expected": expected_of(session, services, ticket),
        "ccs": _copied(session, ticket),
        "people": _people(session, comments, audits),
        "comments": [
            comment_shape(each, settings, [file for file in files if (file.comment_id or first) == each.id])
            for each in comments
        ],
        "audits": [audit_shape(each) for each in audits],
        "messages": [message_shape(each) for each in repository.transcript(session, ticket.conversation_id)],
        "context": chat.context if chat else None,
        "mails": _mails(session, services, ticket),
        "outage": _outage(session, ticket),
        "remote": _remote(session, services, ticket),
        "others": rows(session, _others(session, ticket)),
    }


def _portal(requester: Customer | None) -> dict[str, Any] | None:
    """Whether whoever opened it can sign in to the portal, and when they were last invited."""
    if requester is None:
        return None
    invited = requester.invited_at
    return {
        "has_account": requester.password_hash is not None,
        "invited_at": invited.isoformat() if invited else None,
    }


def _people(session: Session, comments: list[TicketComment], audits: list[TicketAudit]) -> dict[str, dict[str, Any]]:
    """Who said or did something, by Zendesk user id."""
    acts: list[TicketComment | TicketAudit] = [*comments, *audits]
    customers = {each.customer_id for each in acts if each.customer_id is not None}
    staff = {each.staff_id for each in acts if each.staff_id is not None}
    found: dict[str, dict[str, Any]] = {}
    for customer in session.scalars(select(Customer).where(Customer.id.in_(customers))):
        name = customer.name or customer.mail_address or ""
        found[str(customer_user_id(customer.id))] = {"name": name, "staff": False}
    for member in session.scalars(select(StaffUser).where(StaffUser.id.in_(staff))):
        found[str(staff_user_id(member.id))] = {"name": member.name or member.email, "staff": True}
    return found


def _copied(session: Session, ticket: Ticket) -> list[dict[str, Any]]:
    """Who is copied in."""
    ids = [each.customer_id for each in ticket.ccs]
    found = session.scalars(select(Customer).where(Customer.id.in_(ids)).order_by(Customer.id))
    return [{"id": customer_user_id(each.id), "name": each.name or each.mail_address or ""} for each in found]


def _mails(session: Session, services: Services, ticket: Ticket) -> list[dict[str, Any]]:
    """The newest mails, both ways, newest first."""
    return [{**each, "html": None} for each in mails_of(session, services, ticket)[: -MAILS - 1 : -1]]


def _outage(session: Session, ticket: Ticket) -> dict[str, Any] | None:
    """The outage that it is part of, and the others that report it; None where it is part of none."""
    if ticket.outage_group_id is None:
        return None
    group = group_of(session, ticket)
    others = repository.tickets().where(Ticket.outage_group_id == group.id, Ticket.id != ticket.id)
    return {
        "group_id": group.id,
        "tickets": group.tickets,
        "accounts": group.accounts,
        "others": rows(session, list(session.scalars(others.order_by(Ticket.id).limit(OTHERS)))),
    }


def _remote(session: Session, services: Services, ticket: Ticket) -> dict[str, Any] | None:
    """How its counterpart in another ticketing system stands; None where there is none."""
    found = ticket_statuses(session, services.settings.tickets.backend, ticket_id=ticket.id)
    return next(
        (
            {
                "backend": services.settings.tickets.backend,
                "state": each.state,
                "remote_id": each.remote_id,
                "remote_status": each.remote_status,
                "waiting": each.waiting,
                "error": each.error,
                "url": each.url,
                "synced_at": each.synced_at.isoformat() if each.synced_at else None,
            }
            for each in found
        ),
        None,
    )


def _others(session: Session, ticket: Ticket) -> list[Ticket]:
    if ticket.requester_id is None:
        return []
    query = repository.tickets(requester_id=ticket.requester_id).where(Ticket.id != ticket.id)
    return list(session.scalars(query.order_by(Ticket.id.desc()).limit(OTHERS)))
