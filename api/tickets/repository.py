"""Reading tickets."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Literal

from sqlalchemy import ColumnElement, Select, func, or_, select
from sqlalchemy.orm import InstrumentedAttribute, Session

from api.chat.models import Attachment, Message
from api.database import utc_now
from api.errors import NotFound
from api.identity.models import Customer, StaffUser
from api.tickets.counting import bounded_count
from api.tickets.models import Ticket, TicketAudit, TicketCc, TicketComment

# Beyond it no ticket can be, and PostgreSQL would answer with an error of its own.
_LARGEST_ID = 2**31 - 1

Scope = Literal["mine", "copied", "account", "all"]

TICKET_SORTS: dict[str, InstrumentedAttribute[Any]] = {
    "id": Ticket.id,
    "created_at": Ticket.created_at,
    "updated_at": Ticket.updated_at,
}
AUDIT_SORTS: dict[str, InstrumentedAttribute[Any]] = {"id": TicketAudit.id, "created_at": TicketAudit.created_at}
COMMENT_SORTS: dict[str, InstrumentedAttribute[Any]] = {"id": TicketComment.id, "created_at": TicketComment.created_at}


def ticket_by_id(session: Session, ticket_id: int, *, lock: bool = False) -> Ticket:
    """The ticket. Raises `NotFound`. `lock`: nobody else changes it until this transaction ends."""
    ticket = None
    if 0 < ticket_id <= _LARGEST_ID:
        query = select(Ticket).where(Ticket.id == ticket_id, Ticket.deleted_at.is_(None))
        ticket = session.scalar(query.with_for_update() if lock else query)
    if ticket is None:
        raise NotFound(f"There is no ticket {ticket_id}.")
    return ticket


def request_by_id(session: Session, ticket_id: int, customer_id: int, *, lock: bool = False) -> Ticket:
    """The customer's own ticket, one that they are copied in on, or one of the account that they see. Raises `NotFound` for
    another's, too: nobody learns that it exists."""
    ticket = ticket_by_id(session, ticket_id, lock=lock)
    if not _may_see(session, ticket, customer_id):
        raise NotFound(f"There is no ticket {ticket_id}.")
    return ticket


def _may_see(session: Session, ticket: Ticket, customer_id: int) -> bool:
    if ticket.requester_id == customer_id or session.get(TicketCc, (ticket.id, customer_id)) is not None:
        return True
    if ticket.account_id is None:
        return False
    customer = session.get(Customer, customer_id)
    return customer is not None and customer.account_viewer and customer.account_id == ticket.account_id


def seen_by(customer: Customer, scope: Scope = "all") -> ColumnElement[bool]:
    """The condition that a ticket is one that a customer may see: ``mine``, ``copied`` in on, of the ``account``, or all."""
    mine = Ticket.requester_id == customer.id
    copied = Ticket.id.in_(select(TicketCc.ticket_id).where(TicketCc.customer_id == customer.id))
    if scope == "mine":
        return mine
    if scope == "copied":
        return copied
    if not customer.account_viewer or customer.account_id is None:
        return mine if scope == "account" else or_(mine, copied)
    account = Ticket.account_id == customer.account_id
    return account if scope == "account" else or_(mine, copied, account)


def tickets(*, status: str | None = None, requester_id: int | None = None) -> Select[Ticket]:
    """Tickets, of one status or one requester where given."""
    query = select(Ticket).where(Ticket.deleted_at.is_(None))
    if status is not None:
        query = query.where(Ticket.status.in_(status.split(",")))
    if requester_id is not None:
        query = query.where(Ticket.requester_id == requester_id)
    return query


def deleted() -> Select[int]:
    """The numbers of deleted tickets: few. What asks for all others by these need not look at each of them."""
    return select(Ticket.id).where(Ticket.deleted_at.is_not(None))


def counted(session: Session, query: Select[Any], identity: InstrumentedAttribute[Any] | None = None) -> dict[str, Any]:
    """How many rows a query has, in Zendesk's shape of a count; by an `identity`, at a cost that does not grow with them."""
    if identity is not None:
        value = bounded_count(session, query, identity).value
    else:
        value = session.scalar(select(func.count()).select_from(query.order_by(None).subquery())) or 0
    return {"value": value, "refreshed_at": utc_now().strftime("%Y-%m-%dT%H:%M:%SZ")}


def comments(ticket_id: int, *, public_only: bool) -> Select[TicketComment]:
    """What was said on a ticket; without internal notes where `public_only`."""
    query = select(TicketComment).where(TicketComment.ticket_id == ticket_id)
    return query.where(TicketComment.public) if public_only else query


def first_comment_id(session: Session, ticket_id: int) -> int | None:
    """The description's comment, with which the conversation's files are shown."""
    return session.scalar(
        select(TicketComment.id).where(TicketComment.ticket_id == ticket_id).order_by(TicketComment.id).limit(1)
    )


def attachments(session: Session, ticket_id: int) -> list[Attachment]:
    """The files of a ticket, oldest first."""
    query = select(Attachment).where(Attachment.ticket_id == ticket_id)
    return list(session.scalars(query.order_by(Attachment.created_at, Attachment.id)))


def copied_in(customer_id: int) -> Select[Ticket]:
    """Tickets of others on which a customer is copied in."""
    of_customer = select(TicketCc.ticket_id).where(TicketCc.customer_id == customer_id)
    return tickets().where(Ticket.id.in_(of_customer))


def audits(ticket_id: int | None = None) -> Select[TicketAudit]:
    """Every act on a ticket, or on any that is not deleted."""
    query = select(TicketAudit)
    if ticket_id is not None:
        return query.where(TicketAudit.ticket_id == ticket_id)
    return query.where(TicketAudit.ticket_id.not_in(deleted()))


def transcript(session: Session, conversation_id: str | None) -> list[Message]:
    """The messages of the conversation behind a ticket; none where it has none."""
    if conversation_id is None:
        return []
    return list(
        session.scalars(select(Message).where(Message.conversation_id == conversation_id).order_by(Message.seq))
    )


def people(session: Session, rows: Iterable[TicketComment]) -> tuple[list[Customer], list[StaffUser]]:
    """The customers and the staff who wrote these comments."""
    comments = list(rows)
    customers = {row.customer_id for row in comments if row.customer_id is not None}
    staff = {row.staff_id for row in comments if row.staff_id is not None}
    return (
        list(session.scalars(select(Customer).where(Customer.id.in_(customers)).order_by(Customer.id))),
        list(session.scalars(select(StaffUser).where(StaffUser.id.in_(staff)).order_by(StaffUser.id))),
    )
