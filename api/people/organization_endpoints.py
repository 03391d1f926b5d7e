"""Organizations: the accounts of customers. `external_id` is the account's id at the host application."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Query, Request
from fastapi.responses import JSONResponse, Response
from sqlalchemy import select
from sqlalchemy.orm import InstrumentedAttribute, Session

from api.database import utc_now
from api.errors import NotFound
from api.identity.models import Customer
from api.people.models import Organization, organization_id
from api.people.repository import customer_or_staff
from api.people.schemas import OrganizationEnvelope, OrganizationOut
from api.people.shapes import organization_shape
from api.services import Services
from api.tickets import repository
from api.tickets.errors import FieldProblem, TicketRejected
from api.tickets.idempotency import Answer
from api.tickets.models import Ticket
from api.tickets.responses import OneCount, TicketPage, UserPage, one, page
from api.tickets.routing import (
    LARGEST_ID,
    AsAdmin,
    AsAgent,
    Copilot,
    IdempotencyHeader,
    answered,
    ids_of,
    listed,
    many,
    route,
    said,
    shown,
)
from api.tickets.shapes import customer_shape, ticket_shape

router = APIRouter()

OrganizationPage = page("organizations", OrganizationOut)
OneOrganization = one("organization", OrganizationOut)
_SORTS: dict[str, InstrumentedAttribute[Any]] = {
    "id": Organization.id,
    "created_at": Organization.created_at,
    "updated_at": Organization.updated_at,
}
_CUSTOMER_SORTS: dict[str, InstrumentedAttribute[Any]] = {"id": Customer.id, "created_at": Customer.created_at}
Words = Annotated[str | None, Query(max_length=255)]
Ids = Annotated[str | None, Query(max_length=4000, description="Ids, with commas between; 100 at most.")]


@route(router, "GET", "/organizations", returns=OrganizationPage, paged=True)
async def list_organizations(request: Request, principal: AsAgent, copilot: Copilot) -> JSONResponse:
    """Every account."""
    return await _listed(request, copilot, select(Organization))


@route(router, "GET", "/organizations/count", returns=OneCount)
async def count_organizations(principal: AsAgent, copilot: Copilot) -> JSONResponse:
    """How many accounts there are."""
    return await shown(copilot, lambda session: {"count": repository.counted(session, select(Organization))})


@route(router, "GET", "/organizations/search", returns=OrganizationPage, paged=True)
async def search_organizations(
    request: Request, principal: AsAgent, copilot: Copilot, external_id: Words = None, name: Words = None
) -> JSONResponse:
    """The account with this id at the host, or this name."""
    query = select(Organization)
    if external_id is not None:
        query = query.where(Organization.account_id == external_id)
    if name is not None:
        query = query.where(Organization.name == name)
    return await _listed(request, copilot, query)


@route(router, "GET", "/organizations/autocomplete", returns=OrganizationPage, paged=True)
async def autocomplete_organizations(
    request: Request, principal: AsAgent, copilot: Copilot, name: Words = None
) -> JSONResponse:
    """Accounts whose name or id begins so."""
    begin = name or ""
    query = select(Organization).where(
        Organization.name.istartswith(begin, autoescape=True)
        | Organization.account_id.istartswith(begin, autoescape=True)
    )
    return await _listed(request, copilot, query)


@route(router, "GET", "/organizations/show_many", returns=OrganizationPage)
async def show_many_organizations(
    principal: AsAgent, copilot: Copilot, ids: Ids = None, external_ids: Ids = None
) -> JSONResponse:
    """The accounts with these ids."""
    names = [each for each in (external_ids or "").split(",") if each][:100]
    wanted = Organization.id.in_(ids_of(ids)) | Organization.account_id.in_(names)
    query = select(Organization).where(wanted).order_by(Organization.id)
    return await shown(
        copilot,
        lambda session: many(
            [organization_shape(each, copilot.settings) for each in session.scalars(query)], "organizations"
        ),
    )


@route(router, "POST", "/organizations", returns=OneOrganization, status_code=201)
async def create_organization(
    body: OrganizationEnvelope,
    request: Request,
    principal: AsAdmin,
    copilot: Copilot,
    idempotency_key: IdempotencyHeader = None,
) -> Response:
    """Make an account before its first customer comes."""

    def work(session: Session) -> Answer:
        name = (body.organization.name or "").strip()
        account = (body.organization.external_id or name[:128]).strip()
        if not account:
            raise _wrong("name", "BlankValue", "Name: cannot be blank")
        number = organization_id(account)
        if session.get(Organization, number) is not None:
            raise _wrong("name", "DuplicateValue", "Name or external id: is used by another organization")
        made = Organization(id=number, account_id=account, name=name)
        session.add(made)
        session.flush()
        shape = organization_shape(made, copilot.settings)
        return said({"organization": shape}, 201, shape["url"])

    return await answered(copilot, principal, request, idempotency_key, body.model_dump(mode="json"), work)


@route(router, "GET", "/organizations/{number:id}", returns=OneOrganization)
async def show_organization(number: int, principal: AsAgent, copilot: Copilot) -> JSONResponse:
    """One account."""
    return await shown(
        copilot, lambda session: {"organization": organization_shape(_found(session, number), copilot.settings)}
    )


@route(router, "PUT", "/organizations/{number:id}", returns=OneOrganization)
async def update_organization(
    number: int,
    body: OrganizationEnvelope,
    request: Request,
    principal: AsAgent,
    copilot: Copilot,
    idempotency_key: IdempotencyHeader = None,
) -> Response:
    """Call an account by another name. Its `external_id` stays: customers hang on it."""

    def work(session: Session) -> Answer:
        found = _found(session, number)
        wanted = body.organization
        if wanted.external_id is not None and wanted.external_id != found.account_id:
            raise _wrong("external_id", "InvalidValue", "External id: is the host's, and stays")
        if wanted.name is not None:
            found.name, found.updated_at = wanted.name.strip(), utc_now()
        return said({"organization": organization_shape(found, copilot.settings)})

    return await answered(copilot, principal, request, idempotency_key, body.model_dump(mode="json"), work)


@route(router, "DELETE", "/organizations/{number:id}", returns=None, status_code=204)
async def delete_organization(number: int, principal: AsAdmin, copilot: Copilot) -> Response:
    """Remove an account that has no customers; 422 for any other."""

    def work(session: Session) -> None:
        found = _found(session, number)
        if session.scalar(select(Customer.id).where(Customer.account_id == found.account_id).limit(1)) is not None:
            raise _wrong("base", "InvalidValue", "This organization has customers: it stays as long as they do")
        session.delete(found)

    await copilot.database.writing(work)
    return Response(status_code=204)


@route(router, "GET", "/organizations/{number:id}/users", returns=UserPage, paged=True)
async def list_users_of_organization(
    number: int, request: Request, principal: AsAgent, copilot: Copilot
) -> JSONResponse:
    """The customers of an account."""
    return await listed(
        request,
        copilot,
        lambda session: select(Customer).where(Customer.account_id == _found(session, number).account_id),
        "users",
        lambda customer: customer_shape(customer, copilot.settings),
        _CUSTOMER_SORTS,
    )


@route(router, "GET", "/organizations/{number:id}/tickets", returns=TicketPage, paged=True)
async def list_tickets_of_organization(
    number: int, request: Request, principal: AsAgent, copilot: Copilot
) -> JSONResponse:
    """The tickets of an account."""
    return await listed(
        request,
        copilot,
        lambda session: repository.tickets().where(Ticket.account_id == _found(session, number).account_id),
        "tickets",
        lambda ticket: ticket_shape(ticket, copilot.settings, copilot.catalog),
        repository.TICKET_SORTS,
    )


@route(router, "GET", "/users/{user_id:id}/organizations", returns=OrganizationPage)
async def list_organizations_of_user(user_id: int, principal: AsAgent, copilot: Copilot) -> JSONResponse:
    """The account of a customer: none or one."""

    def read(session: Session) -> dict[str, Any]:
        user = customer_or_staff(session, user_id)
        number = organization_id(user.account_id) if isinstance(user, Customer) else None
        found = session.get(Organization, number) if number is not None else None
        return many([organization_shape(found, copilot.settings)] if found is not None else [], "organizations")

    return await shown(copilot, read)


def _found(session: Session, number: int) -> Organization:
    found = session.get(Organization, number) if number <= LARGEST_ID else None
    if found is None:
        raise NotFound(f"There is no organization {number}.")
    return found


async def _listed(request: Request, copilot: Services, query: Any) -> JSONResponse:
    def shape(each: Organization) -> dict[str, Any]:
        return organization_shape(each, copilot.settings)

    return await listed(request, copilot, query, "organizations", shape, _SORTS)


def _wrong(field: str, error: str, problem: str) -> TicketRejected:
    return TicketRejected([FieldProblem(field, error, problem)])
