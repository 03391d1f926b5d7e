"""Tickets into records, in the order of their numbers."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator
from itertools import groupby
from pathlib import Path

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from api.identity.models import Customer, StaffUser
from api.tickets import repository
from api.tickets.exchange.files import write_file
from api.tickets.exchange.records import CommentRecord, Format, TicketRecord
from api.tickets.models import Ticket, TicketComment
from api.tickets.shapes import shown_update
from bot.catalog import Catalog

Progress = Callable[[int, int], None]
BATCH = 500


def export_tickets(
    session: Session, catalog: Catalog, path: Path, kind: Format, *, status: str | None = None, progress: Progress
) -> int:
    """Write every ticket, or those of some statuses, to a file, whole or not at all. Returns how many.

    `progress(done, total)` is called now and then.
    """
    known = [each.id for each in catalog.fields] + [detail.id for topic in catalog.topics for detail in topic.details]
    elsewhere = {"title", "description", "attachments"}
    fields = [name for name in dict.fromkeys([*known, "language", "scenario"]) if name not in elsewhere]
    return write_file(path, kind, records(session, status=status, progress=progress), fields)


def records(session: Session, *, status: str | None = None, progress: Progress) -> Iterator[TicketRecord]:
    """Every ticket as a record."""
    query = repository.tickets(status=status)
    total = session.scalar(select(func.count()).select_from(query.subquery())) or 0
    staff = {number: email for number, email in session.execute(select(StaffUser.id, StaffUser.email))}
    last, done = 0, 0
    while True:
        progress(done, total)
        tickets = session.scalars(query.where(Ticket.id > last).order_by(Ticket.id).limit(BATCH)).all()
        if not tickets:
            return
        last = tickets[-1].id
        said = session.scalars(
            select(TicketComment)
            .where(TicketComment.ticket_id.in_([each.id for each in tickets]))
            .order_by(TicketComment.ticket_id, TicketComment.id)
        ).all()
        comments = {number: list(rows) for number, rows in groupby(said, lambda row: row.ticket_id)}
        people = {each.requester_id for each in tickets} | {each.customer_id for each in said}
        people |= {each.customer_id for ticket in tickets for each in ticket.ccs}
        customers = {
            each.id: each for each in session.scalars(select(Customer).where(Customer.id.in_(people - {None})))
        }
        for ticket in tickets:
            yield _record(ticket, comments.get(ticket.id, []), customers, staff)
        done += len(tickets)
        # What was written is not needed any more; a million tickets do not fit.
        session.expunge_all()


def _record(
    ticket: Ticket, said: list[TicketComment], customers: dict[int, Customer], staff: dict[int, str]
) -> TicketRecord:
    requester = customers.get(ticket.requester_id or 0)
    named = {"support_type": ticket.support_type, "category": ticket.category, "subcategory": ticket.subcategory}
    fields = {**{name: value for name, value in named.items() if value}, **ticket.fields}
    return TicketRecord.model_construct(
        number=ticket.id,
        external_id=ticket.external_id,
        requester_email=requester.mail_address if requester else None,
        requester_name=(requester.name or None) if requester else None,
        submitter_email=_author(said[0], ticket, customers, staff) if said else None,
        assignee_email=staff.get(ticket.assignee_id or 0),
        account_id=ticket.account_id,
        subject=ticket.subject,
        description=ticket.description,
        type=ticket.type,
        status=ticket.status,
        priority=ticket.priority,
        team=ticket.team,
        language=ticket.language,
        via=ticket.via,
        ccs=[address for each in ticket.ccs if (address := _address(customers.get(each.customer_id)))],
        tags=list(ticket.tags),
        fields={name: str(value) for name, value in fields.items()},
        created_at=ticket.created_at,
        updated_at=_updated(ticket),
        solved_at=ticket.solved_at,
        # The first one is the description.
        comments=[
            CommentRecord.model_construct(
                body=each.body,
                author=_author(each, ticket, customers, staff),
                public=each.public,
                created_at=each.created_at,
            )
            for each in said[1:]
        ],
    )


def _updated(ticket: Ticket) -> dt.datetime:
    """The last change, in the second in which clients are shown it: so they are by whatever imports it, too."""
    shown = shown_update(ticket)
    return ticket.updated_at if ticket.updated_at.replace(microsecond=0) == shown else shown


def _author(
    comment: TicketComment, ticket: Ticket, customers: dict[int, Customer], staff: dict[int, str]
) -> str | None:
    if comment.staff_id is not None:
        return staff.get(comment.staff_id)
    if comment.customer_id is None or comment.customer_id == ticket.requester_id:
        return None
    return _address(customers.get(comment.customer_id))


def _address(customer: Customer | None) -> str | None:
    return customer.mail_address if customer is not None else None
