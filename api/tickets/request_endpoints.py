"""Requests: a ticket as its customer, or who is copied in, sees and continues it."""

from __future__ import annotations

import functools

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse, Response
from sqlalchemy import Select
from sqlalchemy.orm import Session

from api.errors import NotFound
from api.identity.principal import FACE_HEADER, CurrentPrincipal, Principal
from api.services import Services
from api.tickets import repository
from api.tickets.changing import change_request
from api.tickets.comments import comment_page, comment_shapes
from api.tickets.errors import FieldProblem, TicketRejected
from api.tickets.expected import expected_of
from api.tickets.idempotency import Answer
from api.tickets.models import Ticket, TicketComment
from api.tickets.numbers import with_catalog_ids
from api.tickets.opening import Via, open_request
from api.tickets.responses import CommentPage, OneComment, OneRequest, RequestPage
from api.tickets.routing import (
    LARGEST_ID,
    AsCustomer,
    Copilot,
    IdempotencyHeader,
    Statuses,
    answered,
    customer_id_of,
    listed,
    route,
    said,
    shown,
)
from api.tickets.schemas import RequestEnvelope
from api.tickets.shapes import OPEN_STATUSES, request_shape

router = APIRouter()


@route(router, "POST", "/requests", returns=OneRequest, status_code=201)
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
        named = with_catalog_ids(copilot.catalog, body.request)
        opened = open_request(session, copilot, principal, named, via=_via(request))
        shape = request_shape(opened.ticket, copilot.settings, copilot.catalog)
        return said({"request": shape}, 201, shape["url"])

    return await answered(copilot, principal, request, idempotency_key, body.request.model_dump(mode="json"), work)


@route(router, "GET", "/requests", returns=RequestPage, paged=True)
async def list_requests(
    request: Request, principal: AsCustomer, copilot: Copilot, status: Statuses = None
) -> JSONResponse:
    """The customer's own tickets."""
    return await _own(request, principal, copilot, status)


@route(router, "GET", "/requests/open", returns=RequestPage, paged=True)
async def list_open_requests(request: Request, principal: AsCustomer, copilot: Copilot) -> JSONResponse:
    """The customer's own tickets that are not solved."""
    return await _own(request, principal, copilot, ",".join(sorted(OPEN_STATUSES)))


@route(router, "GET", "/requests/hold", returns=RequestPage, paged=True)
async def list_held_requests(request: Request, principal: AsCustomer, copilot: Copilot) -> JSONResponse:
    """The customer's own tickets that wait for somebody else."""
    return await _own(request, principal, copilot, "hold")


@route(router, "GET", "/requests/solved", returns=RequestPage, paged=True)
async def list_solved_requests(request: Request, principal: AsCustomer, copilot: Copilot) -> JSONResponse:
    """The customer's own tickets that are solved or closed."""
    return await _own(request, principal, copilot, "solved,closed")


@route(router, "GET", "/requests/ccd", returns=RequestPage, paged=True)
async def list_copied_requests(request: Request, principal: AsCustomer, copilot: Copilot) -> JSONResponse:
    """Tickets of others on which the customer is copied in."""
    return await _listed(request, copilot, repository.copied_in(customer_id_of(principal)))


@route(router, "GET", "/requests/{ticket_id:id}", returns=OneRequest)
async def show_request(ticket_id: int, principal: AsCustomer, copilot: Copilot) -> JSONResponse:
    """One of the customer's own tickets; 404 for anybody else's. `expected_first_response`: what to tell its customer, by
    language, until it was answered."""

    def read(session: Session) -> dict[str, object]:
        ticket = _mine(session, ticket_id, principal)
        shape = request_shape(ticket, copilot.settings, copilot.catalog)
        return {"request": {**shape, "expected_first_response": expected_of(session, copilot, ticket)}}

    return await shown(copilot, read)


@route(router, "PUT", "/requests/{ticket_id:id}", returns=OneRequest)
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
        ticket = repository.request_by_id(session, ticket_id, customer_id_of(principal), lock=True)
        if body.request.solved is not None and ticket.requester_id != principal.customer_id:
            problem = "Solved: only the requester can solve or reopen it; a comment is welcome"
            raise TicketRejected([FieldProblem("solved", "InvalidValue", problem)])
        change_request(session, copilot, principal, ticket, body.request)
        return said({"request": request_shape(ticket, copilot.settings, copilot.catalog)})

    return await answered(copilot, principal, request, idempotency_key, body.request.model_dump(mode="json"), work)


@route(router, "GET", "/requests/{ticket_id:id}/comments", returns=CommentPage, paged=True)
async def list_request_comments(
    ticket_id: int, request: Request, principal: AsCustomer, copilot: Copilot
) -> JSONResponse:
    """What was said on one of the customer's own tickets, internal notes left out."""
    return await comment_page(
        request, copilot, lambda session: _mine(session, ticket_id, principal), public_only=True, people=True
    )


@route(router, "GET", "/requests/{ticket_id:id}/comments/{comment_id:id}", returns=OneComment)
async def show_request_comment(
    ticket_id: int, comment_id: int, principal: AsCustomer, copilot: Copilot
) -> JSONResponse:
    """One public comment on one of the customer's own tickets."""

    def read(session: Session) -> dict[str, object]:
        ticket = _mine(session, ticket_id, principal)
        found = session.get(TicketComment, comment_id) if comment_id <= LARGEST_ID else None
        if found is None or found.ticket_id != ticket.id or not found.public:
            raise NotFound(f"There is no comment {comment_id} on this ticket.")
        return {"comment": comment_shapes(session, copilot.settings, ticket, [found])[0]}

    return await shown(copilot, read)


def _via(request: Request) -> Via | None:
    """Forms of ours say so; whatever else opens a ticket is a program, or the chat."""
    return "web" if request.headers.get(FACE_HEADER) else None


def _mine(session: Session, ticket_id: int, principal: Principal) -> Ticket:
    return repository.request_by_id(session, ticket_id, customer_id_of(principal))


async def _own(request: Request, principal: Principal, copilot: Services, status: str | None) -> JSONResponse:
    query = repository.tickets(status=status, requester_id=customer_id_of(principal))
    return await _listed(request, copilot, query)


async def _listed(request: Request, copilot: Services, query: Select[Ticket]) -> JSONResponse:
    shape = functools.partial(request_shape, settings=copilot.settings, catalog=copilot.catalog)
    return await listed(request, copilot, query, "requests", shape, repository.TICKET_SORTS)
