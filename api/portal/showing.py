"""One ticket as the portal shows it: what was said and what changed, in order, and what this customer may do with it."""

from __future__ import annotations

from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from api.chat.models import Attachment
from api.database import utc_now
from api.identity.models import Customer, StaffUser
from api.portal.listing import name_of
from api.ratings.service import RATEABLE
from api.services import Services
from api.tickets import repository
from api.tickets.expected import expected_first_response
from api.tickets.models import Ticket, TicketAudit, TicketComment
from api.tickets.reopening import may_follow
from api.tickets.shapes import OPEN_STATUSES, request_shape

# Changes that customers are told of; all else (team, tags, assignee ...) is the staff's own.
_TOLD = frozenset({"status", "priority", "category", "subcategory"})


def show_ticket(
    session: Session, services: Services, customer: Customer, ticket_id: int, language: str
) -> dict[str, Any]:
    """The ticket, its `timeline`, its people, when it is answered first, and what the customer `may` do.

    Raises `NotFound` for a ticket that the customer may not see.
    """
    ticket = repository.request_by_id(session, ticket_id, customer.id)
    mine = ticket.requester_id == customer.id
    over = may_follow(ticket, services.catalog)
    return {
        "ticket": {
            **request_shape(ticket, services.settings, services.catalog),
            "followup_ids": [each.id for each in ticket.followups],
            "mine": mine,
            "requester": None if mine else name_of(_requester(session, ticket)),
        },
        "timeline": _timeline(session, customer, ticket),
        "copied": [
            {"email": each.mail_address, "name": name_of(each), "you": each.id == customer.id}
            for each in _copied(session, ticket)
        ],
        "expected": _expected(session, services, ticket, language),
        "may": {
            "comment": not over,
            "solve": mine and ticket.status in OPEN_STATUSES,
            "reopen": mine and ticket.status == "solved" and not over,
            "follow": over,
            "rate": mine and ticket.status in RATEABLE,
            "copy": not over and bool(customer.account_id),
        },
    }


def _requester(session: Session, ticket: Ticket) -> Customer | None:
    return session.get(Customer, ticket.requester_id) if ticket.requester_id is not None else None


def _copied(session: Session, ticket: Ticket) -> list[Customer]:
    ids = [each.customer_id for each in ticket.ccs]
    return list(session.scalars(select(Customer).where(Customer.id.in_(ids)).order_by(Customer.id))) if ids else []


def _expected(session: Session, services: Services, ticket: Ticket, language: str) -> str | None:
    if ticket.first_response_at is not None or ticket.status not in OPEN_STATUSES:
        return None
    expected = expected_first_response(session, services, ticket.priority, ticket.category, ticket.created_at)
    # A promise that was not kept is not repeated to whom it was made.
    if expected.by is None or expected.by <= utc_now():
        return None
    return expected.text_in(language)


def _timeline(session: Session, customer: Customer, ticket: Ticket) -> list[dict[str, Any]]:
    comments = list(session.scalars(repository.comments(ticket.id, public_only=True).order_by(TicketComment.id)))
    audits = list(
        session.scalars(select(TicketAudit).where(TicketAudit.ticket_id == ticket.id).order_by(TicketAudit.id))
    )
    files = repository.attachments(session, ticket.id)
    first = comments[0].id if comments else None
    customers, staff = _people(session, comments, audits)
    shown: list[tuple[Any, int, dict[str, Any]]] = []
    for comment in comments:
        own = [_file(file) for file in files if (file.comment_id or first) == comment.id]
        what = {"kind": "comment", "id": comment.id, "body": comment.body, "via": comment.via, "files": own}
        shown.append((comment.created_at, 0, {**what, **_who(comment, customer, customers, staff)}))
    for audit in audits:
        changes = [
            {"field": event["field_name"], "from": event.get("previous_value"), "to": event.get("value")}
            for event in audit.events
            if event.get("type") == "Change" and event.get("field_name") in _TOLD
        ]
        if changes:
            what = {"kind": "change", "id": audit.id, "changes": changes}
            shown.append((audit.created_at, 1, {**what, **_who(audit, customer, customers, staff)}))
    shown.sort(key=lambda each: each[:2])
    return [{**what, "at": at.isoformat()} for at, _, what in shown]


def _people(
    session: Session, comments: list[TicketComment], audits: list[TicketAudit]
) -> tuple[dict[int, Customer], dict[int, StaffUser]]:
    both: list[TicketComment | TicketAudit] = [*comments, *audits]
    customer_ids = {each.customer_id for each in both if each.customer_id is not None}
    staff_ids = {each.staff_id for each in both if each.staff_id is not None}
    customers = session.scalars(select(Customer).where(Customer.id.in_(customer_ids)))
    staff = session.scalars(select(StaffUser).where(StaffUser.id.in_(staff_ids)))
    return {each.id: each for each in customers}, {each.id: each for each in staff}


def _who(
    row: TicketComment | TicketAudit, customer: Customer, customers: dict[int, Customer], staff: dict[int, StaffUser]
) -> dict[str, Any]:
    """`who`: you, colleague, support or system; `name` where it is somebody else with one. No address of staff is told."""
    if row.staff_id is not None:
        found = staff.get(row.staff_id)
        return {"who": "support", "name": (found.name or None) if found is not None else None}
    if row.customer_id is None:
        return {"who": "system" if row.via == "system" else "you", "name": None}
    if row.customer_id == customer.id:
        return {"who": "you", "name": None}
    return {"who": "colleague", "name": name_of(customers.get(row.customer_id))}


def _file(file: Attachment) -> dict[str, Any]:
    address = f"/api/v2/attachments/{file.id}"
    return {
        "name": file.name,
        "size": file.size,
        "url": f"{address}/content",
        "thumbnail": f"{address}/thumbnail" if file.thumbnail else None,
    }
