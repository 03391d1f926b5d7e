"""The ticketing api: Zendesk v2 shapes under /api/v2, each path with and without ``.json``."""

from __future__ import annotations

import asyncio
import functools
import json
from collections.abc import Callable
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Header, Query, Request
from fastapi.responses import JSONResponse, Response
from sqlalchemy.orm import Session

from api.identity.models import Customer, StaffUser
from api.identity.principal import (
    CurrentPrincipal,
    Principal,
    require_customer,
    require_role,
    require_signed_in,
)
from api.services import Services, services
from api.tickets import repository
from api.tickets.changing import change_request, change_ticket
from api.tickets.idempotency import Answer, KeyedRequest, answer_once, check_key
from api.tickets.models import Ticket
from api.tickets.opening import open_request, open_ticket
from api.tickets.paging import PageRequest, fetch_page, read_page_request
from api.tickets.schemas import RequestEnvelope, TicketEnvelope
from api.tickets.shapes import (
    OPEN_STATUSES,
    audit_shape,
    comment_shape,
    customer_shape,
    message_shape,
    request_shape,
    staff_shape,
    ticket_shape,
)

router = APIRouter(prefix="/api/v2", tags=["tickets"])

Copilot = Annotated[Services, Depends(services)]
AsCustomer = Annotated[Principal, Depends(require_customer)]
AsAgent = Annotated[Principal, Depends(require_role("agent"))]
IdempotencyHeader = Annotated[str | None, Header(alias="Idempotency-Key")]

SignedIn = Annotated[Principal, Depends(require_signed_in)]
# One or several statuses, with commas between.
Statuses = Annotated[str | None, Query(pattern=r"^[a-z_,]{1,100}$")]
Endpoint = Callable[..., Any]


def _route(method: str, path: str, *, status_code: int = 200) -> Callable[[Endpoint], Endpoint]:
    """Register an endpoint under its path and, unlisted in the documentation, under the same with ``.json``."""

    def register(endpoint: Endpoint) -> Endpoint:
        # The longer one first: `{ticket_id}` would swallow the suffix.
        router.add_api_route(
            f"{path}.json", endpoint, methods=[method], status_code=status_code, include_in_schema=False
        )
        router.add_api_route(path, endpoint, methods=[method], status_code=status_code)
        return endpoint

    return register


@_route("POST", "/requests", status_code=201)
async def create_request(
    body: RequestEnvelope,
    request: Request,
    principal: CurrentPrincipal,
    copilot: Copilot,
    idempotency_key: IdempotencyHeader = None,
) -> Response:
    """Open a ticket as its customer, or as the customer's conversation. 201 with ``{request}`` and `Location`.

    The same form (`external_id`) of a conversation gives its ticket again. Priority follows from the catalog.
    """

    def work(session: Session) -> Answer:
        opened = open_request(session, copilot, principal, body.request)
        shape = request_shape(opened.ticket, copilot.settings, copilot.catalog)
        return Answer(201, _json({"request": shape}), shape["url"])

    return await _answer(copilot, principal, request, idempotency_key, body.request.model_dump(mode="json"), work)


@_route("GET", "/requests")
async def list_requests(
    request: Request, principal: AsCustomer, copilot: Copilot, status: Statuses = None
) -> JSONResponse:
    """The customer's own tickets."""
    return await _own(request, principal, copilot, status)


@_route("GET", "/requests/open")
async def list_open_requests(request: Request, principal: AsCustomer, copilot: Copilot) -> JSONResponse:
    """The customer's own tickets that are not solved."""
    return await _own(request, principal, copilot, ",".join(sorted(OPEN_STATUSES)))


@_route("GET", "/requests/solved")
async def list_solved_requests(request: Request, principal: AsCustomer, copilot: Copilot) -> JSONResponse:
    """The customer's own tickets that are solved or closed."""
    return await _own(request, principal, copilot, "solved,closed")


@_route("GET", "/requests/{ticket_id}")
async def show_request(ticket_id: int, principal: AsCustomer, copilot: Copilot) -> dict[str, Any]:
    """One of the customer's own tickets; 404 for anybody else's."""

    def read(session: Session) -> dict[str, Any]:
        ticket = repository.request_by_id(session, ticket_id, _customer_id(principal))
        return {"request": request_shape(ticket, copilot.settings, copilot.catalog)}

    return await copilot.database.reading(read)


@_route("PUT", "/requests/{ticket_id}")
async def update_request(
    ticket_id: int,
    body: RequestEnvelope,
    request: Request,
    principal: AsCustomer,
    copilot: Copilot,
    idempotency_key: IdempotencyHeader = None,
) -> Response:
    """Continue a ticket as its customer: ``comment`` (with ``uploads``), ``solved`` (false: not after all, reopen it)."""

    def work(session: Session) -> Answer:
        ticket = repository.request_by_id(session, ticket_id, _customer_id(principal), lock=True)
        change_request(session, copilot, principal, ticket, body.request)
        return Answer(200, _json({"request": request_shape(ticket, copilot.settings, copilot.catalog)}))

    return await _answer(copilot, principal, request, idempotency_key, body.request.model_dump(mode="json"), work)


@_route("GET", "/requests/{ticket_id}/comments")
async def list_request_comments(
    ticket_id: int, request: Request, principal: AsCustomer, copilot: Copilot
) -> JSONResponse:
    """What was said on one of the customer's own tickets, internal notes left out."""
    customer_id = _customer_id(principal)
    return await _comments(
        request, copilot, lambda session: repository.request_by_id(session, ticket_id, customer_id), public_only=True
    )


@_route("POST", "/tickets", status_code=201)
async def create_ticket(
    body: TicketEnvelope,
    request: Request,
    principal: AsAgent,
    copilot: Copilot,
    idempotency_key: IdempotencyHeader = None,
) -> Response:
    """Open a ticket as staff. 201 with ``{ticket, audit}`` and `Location`."""

    def work(session: Session) -> Answer:
        opened = open_ticket(session, copilot, principal, body.ticket)
        shape = ticket_shape(opened.ticket, copilot.settings)
        return Answer(201, _json({"ticket": shape, "audit": audit_shape(opened.audit)}), shape["url"])

    return await _answer(copilot, principal, request, idempotency_key, body.ticket.model_dump(mode="json"), work)


@_route("GET", "/tickets")
async def list_tickets(request: Request, principal: AsAgent, copilot: Copilot, status: Statuses = None) -> JSONResponse:
    """Every ticket."""
    query = repository.tickets(status=status)
    return await _list(request, copilot, query, "tickets", lambda ticket: ticket_shape(ticket, copilot.settings))


@_route("GET", "/tickets/{ticket_id}")
async def show_ticket(ticket_id: int, principal: AsAgent, copilot: Copilot) -> dict[str, Any]:
    """One ticket."""

    def read(session: Session) -> dict[str, Any]:
        return {"ticket": ticket_shape(repository.ticket_by_id(session, ticket_id), copilot.settings)}

    return await copilot.database.reading(read)


@_route("PUT", "/tickets/{ticket_id}")
async def update_ticket(ticket_id: int, body: TicketEnvelope, principal: AsAgent, copilot: Copilot) -> dict[str, Any]:
    """Change a ticket as staff: status, priority, fields, assignee, tags, a public or internal comment."""

    def change(session: Session) -> dict[str, Any]:
        ticket = repository.ticket_by_id(session, ticket_id, lock=True)
        audit = change_ticket(session, copilot, principal, ticket, body.ticket)
        shown = audit_shape(audit) if audit.id is not None else None
        return {"ticket": ticket_shape(ticket, copilot.settings), "audit": shown}

    return await copilot.database.writing(change)


@_route("GET", "/tickets/{ticket_id}/comments")
async def list_ticket_comments(ticket_id: int, request: Request, principal: AsAgent, copilot: Copilot) -> JSONResponse:
    """What was said on a ticket, internal notes included."""
    return await _comments(
        request, copilot, lambda session: repository.ticket_by_id(session, ticket_id), public_only=False
    )


@_route("GET", "/tickets/{ticket_id}/audits")
async def list_ticket_audits(ticket_id: int, principal: AsAgent, copilot: Copilot) -> dict[str, Any]:
    """Every change of a ticket: who, when, from what to what."""

    def read(session: Session) -> dict[str, Any]:
        found = repository.audits(session, repository.ticket_by_id(session, ticket_id).id)
        return {
            "audits": [audit_shape(audit) for audit in found],
            "count": len(found),
            "next_page": None,
            "previous_page": None,
        }

    return await copilot.database.reading(read)


@_route("GET", "/tickets/{ticket_id}/transcript")
async def show_transcript(ticket_id: int, principal: AsAgent, copilot: Copilot) -> dict[str, Any]:
    """The conversation that led to a ticket, with the articles that were shown."""

    def read(session: Session) -> dict[str, Any]:
        ticket = repository.ticket_by_id(session, ticket_id)
        messages = repository.transcript(session, ticket.conversation_id)
        return {"conversation_id": ticket.conversation_id, "messages": [message_shape(each) for each in messages]}

    return await copilot.database.reading(read)


@_route("GET", "/users/me")
async def show_me(principal: SignedIn, copilot: Copilot) -> dict[str, Any]:
    """Who is asking, as a Zendesk user."""

    def read(session: Session) -> dict[str, Any]:
        if principal.staff_id is not None:
            return {"user": staff_shape(session.get_one(StaffUser, principal.staff_id), copilot.settings)}
        customer_id = _customer_id(require_customer(principal))
        return {"user": customer_shape(session.get_one(Customer, customer_id), copilot.settings)}

    return await copilot.database.reading(read)


def _customer_id(principal: Principal) -> int:
    """The customer of a principal that `require_customer` has let pass."""
    assert principal.customer_id is not None  # noqa: S101
    return principal.customer_id


async def _answer(
    copilot: Services,
    principal: Principal,
    request: Request,
    key: str | None,
    body: Any,
    work: Callable[[Session], Answer],
) -> Response:
    """Run `work`, once for its Idempotency-Key where one came."""
    if key is None:
        answer = await copilot.database.writing(work)
        return _response(answer)
    path = request.url.path.removesuffix(".json")
    keyed = KeyedRequest(principal.scope, check_key(key), request.method, path, body)
    answer = await asyncio.to_thread(answer_once, copilot.database, keyed, work)
    response = _response(answer)
    response.headers["x-idempotency-lookup"] = "hit" if answer.replayed else "miss"
    return response


def _response(answer: Answer) -> Response:
    headers = {"Location": answer.location} if answer.location else None
    return Response(answer.body, answer.status, headers, media_type="application/json")


def _json(body: dict[str, Any]) -> str:
    return json.dumps(body, ensure_ascii=False)


async def _own(request: Request, principal: Principal, copilot: Services, status: str | None) -> JSONResponse:
    query = repository.tickets(status=status, requester_id=_customer_id(principal))
    shape = functools.partial(request_shape, settings=copilot.settings, catalog=copilot.catalog)
    return await _list(request, copilot, query, "requests", shape)


async def _list(
    request: Request, copilot: Services, query: Any, name: str, shape: Callable[[Ticket], dict[str, Any]]
) -> JSONResponse:
    page_request = read_page_request(request, tuple(repository.TICKET_SORTS))

    def read(session: Session) -> dict[str, Any]:
        page = fetch_page(
            session, query, page_request, request, repository.TICKET_SORTS, public_url=copilot.settings.public_url
        )
        return {name: [shape(ticket) for ticket in page.items], **page.extra}

    return JSONResponse(await copilot.database.reading(read))


async def _comments(
    request: Request, copilot: Services, find: Callable[[Session], Ticket], *, public_only: bool
) -> JSONResponse:
    page_request: PageRequest = read_page_request(request, tuple(repository.COMMENT_SORTS))

    def read(session: Session) -> dict[str, Any]:
        ticket = find(session)
        page = fetch_page(
            session,
            repository.comments(ticket.id, public_only=public_only),
            page_request,
            request,
            repository.COMMENT_SORTS,
            public_url=copilot.settings.public_url,
        )
        first = repository.first_comment_id(session, ticket.id)
        files = repository.attachments(session, ticket.id)
        customers, staff = repository.people(session, page.items)
        users = [
            *(customer_shape(each, copilot.settings) for each in customers),
            *(staff_shape(each, copilot.settings) for each in staff),
        ]
        shown = [
            # What came with no comment of its own came with the description.
            comment_shape(each, copilot.settings, [file for file in files if (file.comment_id or first) == each.id])
            for each in page.items
        ]
        return {"comments": shown, "users": users, **page.extra}

    return JSONResponse(await copilot.database.reading(read))
