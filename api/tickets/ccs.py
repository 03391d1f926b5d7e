"""Who is copied in on a ticket."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from api.errors import CopilotError
from api.identity.addresses import normalise_email
from api.identity.customers import customer_by_email, customer_of_address
from api.identity.models import Customer
from api.tickets.errors import FieldProblem
from api.tickets.models import Ticket, TicketCc
from api.tickets.schemas import CcIn, RequestIn, TicketIn
from api.tickets.shapes import customer_user_id, split_user_id

if TYPE_CHECKING:
    from api.tickets.changing import TicketChange

MOST = 48


def copied(session: Session, ticket_id: int) -> list[int]:
    """The ids of the customers who are copied in."""
    query = select(TicketCc.customer_id).where(TicketCc.ticket_id == ticket_id).order_by(TicketCc.customer_id)
    return list(session.scalars(query))


def wanted_ccs(session: Session, body: TicketIn, before: list[int], problems: list[FieldProblem]) -> list[int]:
    """The customers who are to be copied in: `collaborator_ids` replaces the list, `email_ccs` changes it."""
    if body.collaborator_ids is None and not body.email_ccs:
        return before
    wanted = list(before)
    if body.collaborator_ids is not None:
        wanted = [
            found for each in body.collaborator_ids if (found := _customer(session, CcIn(user_id=each), problems))
        ]
    for each in body.email_ccs:
        found = _customer(session, each, problems)
        if found is None:
            continue
        if each.action == "delete":
            wanted = [other for other in wanted if other != found]
        else:
            wanted.append(found)
    wanted = sorted(set(wanted))
    if len(wanted) > MOST:
        problems.append(FieldProblem("email_ccs", "TooLong", f"Email ccs: at most {MOST} people can be copied in"))
    return wanted


def set_ccs(session: Session, ticket: Ticket, wanted: list[int]) -> None:
    """Copy in exactly these customers."""
    before = copied(session, ticket.id)
    gone = [each for each in before if each not in wanted]
    session.execute(delete(TicketCc).where(TicketCc.ticket_id == ticket.id, TicketCc.customer_id.in_(gone)))
    session.add_all(TicketCc(ticket_id=ticket.id, customer_id=each) for each in wanted if each not in before)
    session.flush()
    session.expire(ticket, ["ccs"])


def change_ccs(change: TicketChange, body: TicketIn) -> None:
    """Copy people in, or no longer, where the body says so."""
    if body.collaborator_ids is None and not body.email_ccs:
        return
    before = copied(change.session, change.ticket.id)
    wanted = wanted_ccs(change.session, body, before, change.problems)
    if wanted != before and not change.problems:
        set_ccs(change.session, change.ticket, wanted)
        change.note("email_cc_ids", [customer_user_id(each) for each in before], [customer_user_id(e) for e in wanted])


def change_colleagues(change: TicketChange, body: RequestIn) -> None:
    """Copy in, as a customer, people of the same account whom we know: anybody else would get mail from a stranger through
    us. Whoever is copied in may take themselves out, the requester everybody."""
    if not body.email_ccs:
        return
    session, ticket = change.session, change.ticket
    asking = session.get(Customer, change.principal.customer_id)
    before = copied(session, ticket.id)
    wanted = list(before)
    for each in body.email_ccs:
        found = _colleague(session, asking, each)
        if found is None:
            problem = "Email ccs: only people of your account who are known to support can be copied in"
            change.problems.append(FieldProblem("email_ccs", "InvalidValue", problem))
        elif each.action == "put":
            wanted.append(found)
        elif asking is not None and asking.id in (found, ticket.requester_id):
            wanted = [other for other in wanted if other != found]
        else:
            problem = "Email ccs: only the requester takes others out"
            change.problems.append(FieldProblem("email_ccs", "InvalidValue", problem))
    wanted = sorted(set(wanted) - {ticket.requester_id or 0})
    if len(wanted) > MOST:
        problem = f"Email ccs: at most {MOST} people can be copied in"
        change.problems.append(FieldProblem("email_ccs", "TooLong", problem))
    if wanted != before and not change.problems:
        set_ccs(session, ticket, wanted)
        change.note("email_cc_ids", [customer_user_id(each) for each in before], [customer_user_id(e) for e in wanted])


def _colleague(session: Session, asking: Customer | None, who: CcIn) -> int | None:
    if asking is None:
        return None
    try:
        email = normalise_email(who.user_email or "")
    except CopilotError:
        return None
    found = customer_by_email(session, email)
    if found is None or (
        found.id != asking.id and (asking.account_id is None or found.account_id != asking.account_id)
    ):
        return None
    return found.id


def _customer(session: Session, who: CcIn, problems: list[FieldProblem]) -> int | None:
    if who.user_id is not None:
        customer_id, _ = split_user_id(who.user_id) if 0 < who.user_id < 2**31 else (None, None)
        found = session.get(Customer, customer_id) if customer_id is not None else None
        if found is not None:
            return found.id
        problems.append(FieldProblem("email_ccs", "InvalidValue", "Email ccs: a user id is that of no customer"))
        return None
    try:
        customer = customer_of_address(session, normalise_email(who.user_email or ""))
    except CopilotError:
        problems.append(FieldProblem("email_ccs", "InvalidValue", "Email ccs: an address is not properly formatted"))
        return None
    customer.name = customer.name or (who.user_name or "")[:255]
    return customer.id
