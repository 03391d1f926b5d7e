"""Users: customers and staff in Zendesk's shape. Even ids are customers', odd ones staff's."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request
from fastapi.responses import JSONResponse, Response
from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session

import api.people.group_endpoints
import api.people.organization_endpoints
from api.errors import NotFound
from api.identity.models import Customer, StaffUser
from api.identity.principal import Principal, require_customer
from api.people.repository import PERSON_SORTS, customer_or_staff, people, person_shape, shape_of
from api.people.schemas import IdentityOut, UserEnvelope, UserIn, UserRelatedOut, UsersEnvelope
from api.people.service import change_person, create_or_update_person, create_person, remove_person
from api.services import Services
from api.tickets import repository
from api.tickets.idempotency import Answer
from api.tickets.jobs import Step, job_answer, run_job
from api.tickets.models import Ticket
from api.tickets.responses import OneCount, OneJob, OneUser, RequestPage, TicketPage, UserPage, one, page
from api.tickets.routing import (
    AsAdmin,
    AsAgent,
    Copilot,
    IdempotencyHeader,
    SignedIn,
    answered,
    customer_id_of,
    ids_of,
    listed,
    many,
    route,
    said,
    shown,
)
from api.tickets.shapes import customer_user_id, request_shape, staff_user_id, ticket_shape
from api.tickets.sideloads import users_of

router = APIRouter(prefix="/api/v2", tags=["people"])

Ids = Annotated[str | None, Query(max_length=4000, description="User ids, with commas between; 100 at most.")]
Role = Annotated[str | None, Query(max_length=64, description="`end-user`, `agent` or `admin`.")]
Words = Annotated[str | None, Query(max_length=255, description="Part of a name or an address.")]


@route(router, "GET", "/users", returns=UserPage, paged=True)
async def list_users(request: Request, principal: AsAgent, copilot: Copilot, role: Role = None) -> JSONResponse:
    """Everybody, or those of one role (``role[]`` may come several times)."""
    roles = frozenset(each for each in (*request.query_params.getlist("role[]"), role) if each)
    return await _listed(request, copilot, people(roles=roles))


@route(router, "GET", "/users/me", returns=OneUser)
async def show_me(principal: SignedIn, copilot: Copilot) -> JSONResponse:
    """Who is asking."""

    def read(session: Session) -> dict[str, Any]:
        if principal.staff_id is not None:
            return {"user": shape_of(session.get_one(StaffUser, principal.staff_id), copilot.settings)}
        customer_id = customer_id_of(require_customer(principal))
        return {"user": shape_of(session.get_one(Customer, customer_id), copilot.settings)}

    return await shown(copilot, read)


@route(router, "GET", "/users/count", returns=OneCount)
async def count_users(principal: AsAgent, copilot: Copilot) -> JSONResponse:
    """How many people there are."""
    return await shown(copilot, lambda session: {"count": repository.counted(session, people())})


@route(router, "GET", "/users/show_many", returns=UserPage)
async def show_many_users(
    principal: AsAgent, copilot: Copilot, ids: Ids = None, external_ids: Ids = None
) -> JSONResponse:
    """The people with these ids; those that are not there are left out."""
    names = [each for each in (external_ids or "").split(",") if each][:100]

    def read(session: Session) -> dict[str, Any]:
        known = session.scalars(select(Customer.id).where(Customer.external_id.in_(names))) if names else ()
        wanted = [*ids_of(ids), *(customer_user_id(each) for each in known)]
        return many(users_of(session, copilot, wanted), "users")

    return await shown(copilot, read)


@route(router, "GET", "/users/search", returns=UserPage, paged=True)
async def search_users(
    request: Request, principal: AsAgent, copilot: Copilot, query: Words = None, external_id: Words = None
) -> JSONResponse:
    """People whose name or address holds `query`, or the customer with this `external_id`."""
    found = people(text=(query or "").removeprefix("email:").strip("\"' ") or None)
    if external_id is not None:
        found = people().where(PERSON_SORTS["id"].in_(_ids_of_external(external_id)))
    return await _listed(request, copilot, found)


@route(router, "GET", "/users/autocomplete", returns=UserPage, paged=True)
async def autocomplete_users(
    request: Request, principal: AsAgent, copilot: Copilot, name: Words = None
) -> JSONResponse:
    """People whose name or address holds `name`."""
    return await _listed(request, copilot, people(text=name or None))


@route(router, "POST", "/users", returns=OneUser, status_code=201)
async def create_user(
    body: UserEnvelope,
    request: Request,
    principal: AsAgent,
    copilot: Copilot,
    idempotency_key: IdempotencyHeader = None,
) -> Response:
    """Make a customer; as an admin, a member of staff."""

    def work(session: Session) -> Answer:
        shape = shape_of(create_person(session, principal, body.user), copilot.settings)
        return said({"user": shape}, 201, shape["url"])

    return await answered(copilot, principal, request, idempotency_key, body.model_dump(mode="json"), work)


@route(router, "POST", "/users/create_many", returns=OneJob)
async def create_many_users(
    body: UsersEnvelope,
    request: Request,
    principal: AsAgent,
    copilot: Copilot,
    idempotency_key: IdempotencyHeader = None,
) -> Response:
    """Make up to 100 people, each on their own."""
    return await _many(request, principal, copilot, idempotency_key, body, create_person)


@route(router, "POST", "/users/create_or_update", returns=OneUser)
async def create_or_update_user(
    body: UserEnvelope,
    request: Request,
    principal: AsAgent,
    copilot: Copilot,
    idempotency_key: IdempotencyHeader = None,
) -> Response:
    """The person of this address or external id, brought up to date; made (201) where there is none."""

    def work(session: Session) -> Answer:
        user, made = create_or_update_person(session, principal, body.user)
        shape = shape_of(user, copilot.settings)
        return said({"user": shape}, 201 if made else 200, shape["url"])

    return await answered(copilot, principal, request, idempotency_key, body.model_dump(mode="json"), work)


@route(router, "POST", "/users/create_or_update_many", returns=OneJob)
async def create_or_update_many_users(
    body: UsersEnvelope,
    request: Request,
    principal: AsAgent,
    copilot: Copilot,
    idempotency_key: IdempotencyHeader = None,
) -> Response:
    """The same for up to 100 people."""
    return await _many(
        request, principal, copilot, idempotency_key, body, lambda *args: create_or_update_person(*args)[0]
    )


@route(router, "GET", "/users/{user_id:id}", returns=OneUser)
async def show_user(user_id: int, principal: SignedIn, copilot: Copilot) -> JSONResponse:
    """One person; customers see themselves only."""

    def read(session: Session) -> dict[str, Any]:
        _check_may_see(principal, user_id)
        return {"user": shape_of(customer_or_staff(session, user_id), copilot.settings)}

    return await shown(copilot, read)


@route(router, "PUT", "/users/{user_id:id}", returns=OneUser)
async def update_user(
    user_id: int,
    body: UserEnvelope,
    request: Request,
    principal: AsAgent,
    copilot: Copilot,
    idempotency_key: IdempotencyHeader = None,
) -> Response:
    """Change a person: their address needs the role lead, staff need an admin."""

    def work(session: Session) -> Answer:
        user = customer_or_staff(session, user_id)
        change_person(session, principal, user, body.user)
        return said({"user": shape_of(user, copilot.settings)})

    return await answered(copilot, principal, request, idempotency_key, body.model_dump(mode="json"), work)


@route(router, "DELETE", "/users/{user_id:id}", returns=OneUser)
async def delete_user(user_id: int, request: Request, principal: AsAdmin, copilot: Copilot) -> Response:
    """Switch a member of staff off, or remove a customer of whom nothing is kept; 422 for one with tickets."""

    def work(session: Session) -> Answer:
        user = customer_or_staff(session, user_id)
        shape = shape_of(user, copilot.settings)
        remove_person(session, principal, user)
        return said({"user": {**shape, "active": False}})

    return await answered(copilot, principal, request, None, None, work)


@route(router, "GET", "/users/{user_id:id}/identities", returns=page("identities", IdentityOut))
async def list_identities(user_id: int, principal: SignedIn, copilot: Copilot) -> JSONResponse:
    """The addresses of a person: here everybody has one at most, and its id is the person's."""

    def read(session: Session) -> dict[str, Any]:
        _check_may_see(principal, user_id)
        return many(_identities(session, copilot, user_id), "identities")

    return await shown(copilot, read)


@route(router, "GET", "/users/{user_id:id}/identities/{identity_id:id}", returns=one("identity", IdentityOut))
async def show_identity(user_id: int, identity_id: int, principal: SignedIn, copilot: Copilot) -> JSONResponse:
    """One address of a person."""

    def read(session: Session) -> dict[str, Any]:
        _check_may_see(principal, user_id)
        for each in _identities(session, copilot, user_id):
            if each["id"] == identity_id:
                return {"identity": each}
        raise NotFound(f"There is no identity {identity_id} of this user.")

    return await shown(copilot, read)


@route(router, "GET", "/users/{user_id:id}/related", returns=one("user_related", UserRelatedOut))
async def show_user_related(user_id: int, principal: AsAgent, copilot: Copilot) -> JSONResponse:
    """How many tickets a person has."""

    def read(session: Session) -> dict[str, Any]:
        def number(query: Select[Ticket]) -> int:
            return session.scalar(select(func.count()).select_from(query.subquery())) or 0

        user = customer_or_staff(session, user_id)
        if isinstance(user, Customer):
            mine, copied = repository.tickets(requester_id=user.id), repository.copied_in(user.id)
            return {
                "user_related": {
                    "assigned_tickets": 0,
                    "requested_tickets": number(mine),
                    "ccd_tickets": number(copied),
                }
            }
        assigned = repository.tickets().where(Ticket.assignee_id == user.id)
        return {"user_related": {"assigned_tickets": number(assigned), "requested_tickets": 0, "ccd_tickets": 0}}

    return await shown(copilot, read)


def _tickets_of(which: Callable[[Customer | StaffUser], Select[Ticket]]) -> Callable[..., Any]:
    async def endpoint(user_id: int, request: Request, principal: AsAgent, copilot: Copilot) -> JSONResponse:
        return await listed(
            request,
            copilot,
            lambda session: which(customer_or_staff(session, user_id)),
            "tickets",
            lambda ticket: ticket_shape(ticket, copilot.settings, copilot.catalog),
            repository.TICKET_SORTS,
        )

    return endpoint


def _requested(user: Customer | StaffUser) -> Select[Ticket]:
    if isinstance(user, Customer):
        return repository.tickets(requester_id=user.id)
    return repository.tickets().where(Ticket.submitter_staff_id == user.id, Ticket.requester_id.is_(None))


def _assigned(user: Customer | StaffUser) -> Select[Ticket]:
    return repository.tickets().where(Ticket.assignee_id == (user.id if isinstance(user, StaffUser) else 0))


def _copied(user: Customer | StaffUser) -> Select[Ticket]:
    return repository.copied_in(user.id if isinstance(user, Customer) else 0)


for _name, _which, _what in (
    ("requested", _requested, "The tickets that a person has asked for."),
    ("assigned", _assigned, "The tickets that a member of staff works on."),
    ("ccd", _copied, "The tickets on which a customer is copied in."),
):
    _endpoint = _tickets_of(_which)
    _endpoint.__name__, _endpoint.__doc__ = f"list_{_name}_tickets", _what
    route(router, "GET", f"/users/{{user_id:id}}/tickets/{_name}", returns=TicketPage, paged=True)(_endpoint)


@route(router, "GET", "/users/{user_id:id}/requests", returns=RequestPage, paged=True)
async def list_requests_of_user(user_id: int, request: Request, principal: AsAgent, copilot: Copilot) -> JSONResponse:
    """The tickets that a customer has asked for, as the customer sees them."""
    return await listed(
        request,
        copilot,
        lambda session: _requested(customer_or_staff(session, user_id)),
        "requests",
        functools.partial(request_shape, settings=copilot.settings, catalog=copilot.catalog),
        repository.TICKET_SORTS,
    )


async def _listed(request: Request, copilot: Services, query: Select[Any]) -> JSONResponse:
    shape = functools.partial(person_shape, settings=copilot.settings)
    return await listed(request, copilot, query, "users", shape, PERSON_SORTS)


async def _many(
    request: Request,
    principal: Principal,
    copilot: Services,
    key: str | None,
    body: UsersEnvelope,
    make: Callable[[Session, Principal, UserIn], Customer | StaffUser],
) -> Response:
    def step(user: UserIn, session: Session) -> int:
        made = make(session, principal, user)
        return customer_user_id(made.id) if isinstance(made, Customer) else staff_user_id(made.id)

    def work(session: Session) -> Answer:
        steps: list[Step] = [functools.partial(step, each) for each in body.users]
        job = run_job(session, copilot, principal, "Bulk Create User", steps, action="create", word="Created")
        return job_answer(job, copilot.settings)

    return await answered(copilot, principal, request, key, body.model_dump(mode="json"), work)


def _check_may_see(principal: Principal, user_id: int) -> None:
    if not principal.has_role("agent") and user_id != customer_user_id(customer_id_of(require_customer(principal))):
        raise NotFound(f"There is no user {user_id}.")


def _ids_of_external(external_id: str) -> Select[Any]:
    return select(Customer.id * 2).where(Customer.external_id == external_id)


def _identities(session: Session, copilot: Services, user_id: int) -> list[dict[str, Any]]:
    user = shape_of(customer_or_staff(session, user_id), copilot.settings)
    if user["email"] is None:
        return []
    return [
        {
            "id": user_id,
            "url": f"{copilot.settings.public_url}/api/v2/users/{user_id}/identities/{user_id}.json",
            "user_id": user_id,
            "type": "email",
            "value": user["email"],
            "verified": True,
            "primary": True,
            "deliverable_state": "deliverable",
            "created_at": user["created_at"],
            "updated_at": user["updated_at"],
        }
    ]


for _module in (api.people.group_endpoints, api.people.organization_endpoints):
    router.include_router(_module.router)
