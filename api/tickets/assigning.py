"""Who and what a ticket belongs to: its assignee, its team, its requester, the problem that it is one case of."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import select
from sqlalchemy.orm import Session

from api.errors import CopilotError
from api.identity.addresses import normalise_email
from api.identity.customers import customer_by_email, customer_of_address
from api.identity.models import Customer, StaffUser
from api.rows import Along
from api.tickets.errors import FieldProblem
from api.tickets.models import Ticket
from api.tickets.schemas import RequesterIn, TicketIn
from api.tickets.shapes import customer_user_id, group_id, split_user_id, staff_user_id, teams

if TYPE_CHECKING:
    from api.tickets.changing import TicketChange
    from bot.catalog import Catalog


def with_assignee_of_address(session: Session, body: TicketIn, problems: list[FieldProblem]) -> TicketIn:
    """The body with `assignee_id` where it named the assignee by address."""
    if body.assignee_email is None or "assignee_id" in body.model_fields_set:
        return body
    wanted = body.assignee_email.strip().lower()
    staff = session.scalar(select(StaffUser).where(StaffUser.email == wanted, StaffUser.active))
    if staff is None:
        problems.append(
            FieldProblem("assignee", "InvalidValue", "Assignee: no active member of staff has this address")
        )
        return body
    return body.model_copy(update={"assignee_id": staff_user_id(staff.id)})


def wanted_team(catalog: Catalog, body: TicketIn, problems: list[FieldProblem]) -> str | None:
    """The team of the body's `group_id`; None where it names none, or one that is not there."""
    if body.group_id is None:
        return None
    known = teams(catalog)
    if 1 <= body.group_id <= len(known):
        return known[body.group_id - 1]
    problems.append(FieldProblem("group", "InvalidValue", f"Group: must be one of 1 to {len(known)}, see /groups"))
    return None


def wanted_problem(session: Session, body: TicketIn, ticket_id: int | None, problems: list[FieldProblem]) -> int | None:
    """The body's `problem_id` where it is another ticket of type ``problem``."""
    if body.problem_id is None:
        return None
    found = session.get(Ticket, body.problem_id) if 0 < body.problem_id < 2**31 else None
    if found is None or found.deleted_at is not None or found.id == ticket_id or found.type != "problem":
        problems.append(FieldProblem("problem_id", "InvalidValue", "Problem: must be another ticket of type problem"))
        return None
    return found.id


def change_belonging(change: TicketChange, body: TicketIn) -> None:
    """Move the ticket to another team, requester or problem where the body says so."""
    ticket, sent, catalog = change.ticket, body.model_fields_set, change.services.catalog
    team = wanted_team(catalog, body, change.problems)
    if team is not None and team != ticket.team:
        before, ticket.team = ticket.team, team
        change.note("group_id", group_id(catalog, before), group_id(catalog, team))
    if "problem_id" in sent:
        change.set("problem_id", wanted_problem(change.session, body, ticket.id, change.problems))
    if body.requester_id is not None:
        customer_id, _ = split_user_id(body.requester_id) if 0 < body.requester_id < 2**31 else (None, None)
        customer = change.session.get(Customer, customer_id) if customer_id is not None else None
        if customer is None:
            change.problems.append(FieldProblem("requester", "InvalidValue", "Requester: is no customer"))
    elif body.requester is not None:
        customer = requester_of_address(change.session, body.requester, change.problems)
    else:
        customer = None
    if customer is not None:
        _change_requester(change, customer)


def requester_of_address(
    session: Session, wanted: RequesterIn, problems: list[FieldProblem], along: Along | None = None
) -> Customer | None:
    """The customer of the address that is named, made where there is none, and not to be changed; None where none is named,
    and where it is no address. What is asked `along` is answered where the customer was known."""
    if not wanted.email:
        return None
    try:
        email = normalise_email(wanted.email)
    except CopilotError:
        problems.append(FieldProblem("requester", "InvalidValue", "Requester: Email is not properly formatted"))
        return None
    known = None if wanted.name else customer_by_email(session, email, attach=False, along=along)
    if known is not None:
        return known
    customer = customer_of_address(session, email)
    if not customer.name and wanted.name:
        customer.name = wanted.name[:255]
    return customer


def _change_requester(change: TicketChange, customer: Customer) -> None:
    before = change.ticket.requester_id
    if before != customer.id:
        change.ticket.requester_id = customer.id
        change.ticket.account_id = customer.account_id
        change.note("requester_id", customer_user_id(before) if before else None, customer_user_id(customer.id))
