"""What a query finds, in Zendesk's shapes, a page at a time."""

from __future__ import annotations

import base64
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from sqlalchemy.orm import Session

from api.identity.principal import Principal
from api.people.models import Organization
from api.people.shapes import group_shapes, organization_shape
from api.services import Services
from api.tickets.counting import bounded_count
from api.tickets.errors import ZendeskError
from api.tickets.models import Ticket
from api.tickets.search_people import search_organizations, search_users, user_id_of, user_result
from api.tickets.search_query import Property, ResultType, SearchQuery, Words
from api.tickets.search_tickets import search_tickets
from api.tickets.shapes import ticket_shape
from api.tickets.words import words_of


@dataclass(frozen=True)
class Found:
    """One page of results over all kinds, and how many there are; about so many where not `exact`."""

    results: list[dict[str, Any]]
    count: int
    exact: bool


@dataclass(frozen=True)
class Exported:
    """One page of an export, and the cursor at its end."""

    results: list[dict[str, Any]]
    has_more: bool
    cursor: str | None


def find(
    session: Session, services: Services, principal: Principal, query: SearchQuery, skip: int, limit: int
) -> Found:
    """The results from place `skip` on: tickets first, then users, organizations and groups. Raises `SearchRefused`."""
    results: list[dict[str, Any]] = []
    total, exact = 0, True
    for kind in query.types:
        begin = max(skip - total, 0)
        wanted = limit - len(results)
        rows, count, certain = _of_kind(session, services, principal, query, kind, begin, wanted)
        results += [{**row, "result_type": kind} for row in rows]
        total, exact = total + count, exact and certain
    return Found(results, total, exact)


def _of_kind(
    session: Session,
    services: Services,
    principal: Principal,
    query: SearchQuery,
    kind: ResultType,
    begin: int,
    wanted: int,
) -> tuple[list[dict[str, Any]], int, bool]:
    if kind == "ticket":
        search = search_tickets(session, services, principal, query)
        count = search.count(session)
        tickets = (
            session.scalars((search.few if count.exact else search.select).offset(begin).limit(wanted))
            if 0 <= begin < count.value
            else ()
        )
        return [ticket_shape(each, services.settings, services.catalog) for each in tickets], count.value, count.exact
    if kind == "user":
        users = search_users(services.catalog, query)
        number = users.count(session)
        people = users.newest(session, begin + wanted, descending=query.descending)[begin:] if begin < number else []
        return [user_result(each, services.settings) for each in people], number, True
    if kind == "organization":
        found = search_organizations(query)
        total = bounded_count(session, found, Organization.id)
        rows = session.scalars(found.order_by(Organization.id.desc()).offset(begin).limit(wanted))
        return [organization_shape(each, services.settings) for each in rows], total.value, total.exact
    groups = [each for each in group_shapes(services) if _fits(each, query)]
    return groups[begin : begin + wanted], len(groups), True


def _fits(group: dict[str, Any], query: SearchQuery) -> bool:
    name = words_of(group["name"])

    def holds(words: Iterable[str], prefix: bool) -> bool:
        *whole, last = words
        return all(word in name for word in whole) and (
            any(word.startswith(last) for word in name) if prefix else last in name
        )

    def fits(each: Words | Property) -> bool:
        words = each.words if isinstance(each, Words) else tuple(words_of(each.value))
        return bool(words) and holds(words, isinstance(each, Words) and each.prefix)

    parts: list[Words | Property] = [*query.words, *query.properties]
    return all(fits(each) != each.negated for each in parts)


def export(
    session: Session,
    services: Services,
    principal: Principal,
    query: SearchQuery,
    kind: ResultType,
    size: int,
    after: str | None,
) -> Exported:
    """So many results of one kind after a cursor, in the order of their numbers, which is that in which they were made.

    Raises `SearchRefused`, and `ZendeskError` (400) for a cursor that no page has given.
    """
    last = _read_cursor(after) if after else 0
    settings = services.settings
    numbered: list[tuple[int, dict[str, Any]]]
    if kind == "ticket":
        tickets = search_tickets(session, services, principal, query).unordered
        rows = session.scalars(tickets.where(Ticket.id > last).order_by(Ticket.id).limit(size + 1))
        numbered = [(each.id, ticket_shape(each, settings, services.catalog)) for each in rows]
    elif kind == "user":
        people = search_users(services.catalog, query).after(session, last, size + 1)
        numbered = [(user_id_of(each), user_result(each, settings)) for each in people]
    elif kind == "organization":
        found = search_organizations(query).where(Organization.id > last).order_by(Organization.id).limit(size + 1)
        numbered = [(each.id, organization_shape(each, settings)) for each in session.scalars(found)]
    else:
        groups = group_shapes(services)
        numbered = [(each["id"], each) for each in groups if each["id"] > last and _fits(each, query)][: size + 1]
    page = numbered[:size]
    return Exported(
        [{**shape, "result_type": kind} for _, shape in page],
        len(numbered) > size,
        _cursor(page[-1][0]) if page else None,
    )


def _cursor(number: int) -> str:
    return base64.urlsafe_b64encode(f"after:{number}".encode()).decode().rstrip("=")


def _read_cursor(text: str) -> int:
    try:
        padded = text + "=" * (-len(text) % 4)
        name, _, number = base64.b64decode(padded, altchars=b"-_", validate=True).decode("ascii").partition(":")
        if name != "after" or not number.isdigit() or len(number) > 10:
            raise ValueError
        # PostgreSQL takes no larger one.
        return min(int(number), 2**31 - 1)
    except ValueError as error:
        raise ZendeskError(
            400, "InvalidPaginationParameter", "This cursor belongs to no page: begin without one."
        ) from error
