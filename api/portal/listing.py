"""The tickets that a customer sees in the portal, as a list: mine, copied in on, of the account; filtered and searched."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from fastapi import Request
from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session

from api.identity.models import Customer
from api.identity.principal import Principal
from api.services import Services
from api.tickets import repository
from api.tickets.models import Ticket
from api.tickets.paging import PageRequest, fetch_page
from api.tickets.repository import Scope
from api.tickets.search_query import SearchQuery, Words
from api.tickets.search_tickets import search_tickets
from api.tickets.shapes import OPEN_STATUSES
from api.tickets.words import words_of

# Of more words none is typed into a search box.
MOST_WORDS = 12
# A shorter beginning of a word finds half of everything.
_BEGINS_AT = 3


@dataclass(frozen=True)
class TicketFilter:
    """Which tickets. `status` and `category` are ids of the catalog, `status` also ``unsolved``; "" for all."""

    scope: Scope = "mine"
    status: str = ""
    category: str = ""
    text: str = ""


def list_tickets(
    session: Session,
    services: Services,
    principal: Principal,
    customer: Customer,
    wanted: TicketFilter,
    page_request: PageRequest,
    request: Request,
) -> dict[str, Any]:
    """One page of rows for the list."""
    query = _query(session, services, principal, customer, wanted)
    page = fetch_page(session, query, page_request, request, repository.TICKET_SORTS, public_url="")
    return {"tickets": rows(session, customer, page.items), **page.extra}


def scope_counts(session: Session, customer: Customer) -> dict[str, int]:
    """How many tickets there are in each scope that the customer has."""
    scopes: list[Scope] = ["mine", "copied"]
    if customer.account_viewer and customer.account_id:
        scopes.append("account")
    return {
        scope: session.scalar(
            select(func.count())
            .select_from(Ticket)
            .where(Ticket.deleted_at.is_(None), repository.seen_by(customer, scope))
        )
        or 0
        for scope in scopes
    }


def rows(session: Session, customer: Customer, tickets: list[Ticket]) -> list[dict[str, Any]]:
    """What the list shows of its tickets; `requester` names another person only."""
    others = {each.requester_id for each in tickets if each.requester_id not in (None, customer.id)}
    named = (
        {each.id: each for each in session.scalars(select(Customer).where(Customer.id.in_(others)))} if others else {}
    )
    return [
        {
            "id": each.id,
            "subject": each.subject,
            "status": each.status,
            "priority": each.priority,
            "support_type": each.support_type,
            "category": each.category,
            "subcategory": each.subcategory,
            "created_at": each.created_at.isoformat(),
            "updated_at": each.updated_at.isoformat(),
            "mine": each.requester_id == customer.id,
            "requester": name_of(named.get(each.requester_id or 0)),
        }
        for each in tickets
    ]


def name_of(customer: Customer | None) -> str | None:
    """What a colleague reads of a customer: the name, else the address."""
    return (customer.name or customer.mail_address) if customer is not None else None


def _query(
    session: Session, services: Services, principal: Principal, customer: Customer, wanted: TicketFilter
) -> Select[Ticket]:
    among = repository.seen_by(customer, wanted.scope)
    words = words_of(wanted.text)[:MOST_WORDS]
    if words:
        asked = tuple(
            Words((word,), prefix=number == len(words) - 1 and len(word) >= _BEGINS_AT and not word.isdecimal())
            for number, word in enumerate(words)
        )
        query = search_tickets(session, services, principal, SearchQuery(words=asked), among=among).unordered
    else:
        query = repository.tickets().where(among)
    if wanted.status == "unsolved":
        query = query.where(Ticket.status.in_(sorted(OPEN_STATUSES)))
    elif wanted.status:
        query = query.where(Ticket.status == wanted.status)
    if wanted.category in {each.id for each in services.catalog.support_types}:
        query = query.where(Ticket.support_type == wanted.category)
    elif wanted.category:
        query = query.where(Ticket.category == wanted.category)
    return query
