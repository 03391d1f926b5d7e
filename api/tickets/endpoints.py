"""The ticketing api: Zendesk v2 shapes under /api/v2, each path with and without ``.json``. Here: tickets."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Query, Request
from fastapi.responses import JSONResponse, Response
from sqlalchemy import select
from sqlalchemy.orm import Session

import api.tickets.comment_endpoints
import api.tickets.deleting_endpoints
import api.tickets.export_endpoints
import api.tickets.field_endpoints
import api.tickets.many_endpoints
import api.tickets.merging_endpoints
import api.tickets.metric_endpoints
import api.tickets.request_endpoints
from api.chat.models import Conversation
from api.errors import NotFound
from api.tickets import repository
from api.tickets.changing import change_ticket
from api.tickets.idempotency import Answer
from api.tickets.models import Ticket
from api.tickets.numbers import with_catalog_ids
from api.tickets.opening import open_ticket
from api.tickets.paging import fetch_page, read_page_request
from api.tickets.responses import (
    AuditPage,
    OneAudit,
    OneAuditedTicket,
    OneCount,
    OneTicket,
    TicketPage,
    TranscriptOut,
)
from api.tickets.routing import (
    LARGEST_ID,
    AsAgent,
    Copilot,
    IdempotencyHeader,
    Statuses,
    answered,
    listed,
    route,
    said,
    shown,
)
from api.tickets.schemas import TicketEnvelope
from api.tickets.shapes import audit_shape, message_shape, ticket_shape
from api.tickets.sideloads import wanted_beside, with_people

router = APIRouter(prefix="/api/v2", tags=["tickets"])

ExternalId = Annotated[str | None, Query(max_length=255)]
Include = Annotated[str | None, Query(max_length=200, description="`users`, `groups`, `organizations`: sent beside.")]


@route(router, "POST", "/tickets", returns=OneAuditedTicket, status_code=201)
async def create_ticket(
    body: TicketEnvelope,
    request: Request,
    principal: AsAgent,
    copilot: Copilot,
    idempotency_key: IdempotencyHeader = None,
) -> Response:
    """Open a ticket as staff. 201 with ``{ticket, audit}`` and `Location`."""

    def work(session: Session) -> Answer:
        opened = open_ticket(session, copilot, principal, with_catalog_ids(copilot.catalog, body.ticket))
        shape = ticket_shape(opened.ticket, copilot.settings, copilot.catalog)
        return said({"ticket": shape, "audit": audit_shape(opened.audit)}, 201, shape["url"])

    return await answered(copilot, principal, request, idempotency_key, body.ticket.model_dump(mode="json"), work)


@route(router, "GET", "/tickets", returns=TicketPage, paged=True)
async def list_tickets(
    request: Request,
    principal: AsAgent,
    copilot: Copilot,
    status: Statuses = None,
    external_id: ExternalId = None,
    include: Include = None,
) -> JSONResponse:
    """Every ticket; of one status or one `external_id` where given."""
    page_request = read_page_request(request, tuple(repository.TICKET_SORTS))
    query = repository.tickets(status=status)
    if external_id is not None:
        query = query.where(Ticket.external_id == external_id)

    def read(session: Session) -> dict[str, Any]:
        page = fetch_page(
            session, query, page_request, request, repository.TICKET_SORTS, public_url=copilot.settings.public_url
        )
        shapes = [ticket_shape(ticket, copilot.settings, copilot.catalog) for ticket in page.items]
        beside = with_people(session, copilot, shapes, wanted_beside(include))
        return {"tickets": shapes, **beside, **page.extra}

    return await shown(copilot, read)


@route(router, "GET", "/tickets/count", returns=OneCount)
async def count_tickets(principal: AsAgent, copilot: Copilot, status: Statuses = None) -> JSONResponse:
    """How many tickets there are."""
    return await shown(
        copilot, lambda session: {"count": repository.counted(session, repository.tickets(status=status), Ticket.id)}
    )


@route(router, "GET", "/tickets/recent", returns=TicketPage, paged=True)
async def list_recent_tickets(request: Request, principal: AsAgent, copilot: Copilot) -> JSONResponse:
    """The caller's tickets, those assigned and those opened."""
    mine = repository.tickets().where(
        (Ticket.assignee_id == principal.staff_id) | (Ticket.submitter_staff_id == principal.staff_id)
    )
    return await listed(
        request,
        copilot,
        mine,
        "tickets",
        lambda ticket: ticket_shape(ticket, copilot.settings, copilot.catalog),
        repository.TICKET_SORTS,
    )


@route(router, "GET", "/tickets/{ticket_id:id}", returns=OneTicket)
async def show_ticket(ticket_id: int, principal: AsAgent, copilot: Copilot, include: Include = None) -> JSONResponse:
    """One ticket."""

    def read(session: Session) -> dict[str, Any]:
        ticket = repository.ticket_by_id(session, ticket_id)
        shape = ticket_shape(ticket, copilot.settings, copilot.catalog)
        if ticket.type == "problem":
            incidents = repository.tickets().where(Ticket.problem_id == ticket.id)
            shape["has_incidents"] = session.scalar(select(incidents.exists())) or False
        return {"ticket": shape, **with_people(session, copilot, [shape], wanted_beside(include))}

    return await shown(copilot, read)


@route(router, "PUT", "/tickets/{ticket_id:id}", returns=OneAuditedTicket)
async def update_ticket(
    ticket_id: int,
    body: TicketEnvelope,
    request: Request,
    principal: AsAgent,
    copilot: Copilot,
    idempotency_key: IdempotencyHeader = None,
) -> Response:
    """Change a ticket as staff: status, priority, fields, assignee, group, tags, who is copied in, a public or internal
    comment. With `safe_update` and `updated_stamp` a ticket that somebody else has changed since is left alone (409)."""

    def work(session: Session) -> Answer:
        ticket = repository.ticket_by_id(session, ticket_id, lock=True)
        audit = change_ticket(session, copilot, principal, ticket, with_catalog_ids(copilot.catalog, body.ticket))
        told = audit_shape(audit) if audit.id is not None else None
        return said({"ticket": ticket_shape(ticket, copilot.settings, copilot.catalog), "audit": told})

    return await answered(copilot, principal, request, idempotency_key, body.ticket.model_dump(mode="json"), work)


@route(router, "GET", "/tickets/{ticket_id:id}/audits", returns=AuditPage, paged=True)
async def list_ticket_audits(ticket_id: int, request: Request, principal: AsAgent, copilot: Copilot) -> JSONResponse:
    """Every change of a ticket: who, when, from what to what."""
    return await listed(
        request,
        copilot,
        lambda session: repository.audits(repository.ticket_by_id(session, ticket_id).id),
        "audits",
        audit_shape,
        repository.AUDIT_SORTS,
    )


@route(router, "GET", "/tickets/{ticket_id:id}/audits/{audit_id:id}", returns=OneAudit)
async def show_ticket_audit(ticket_id: int, audit_id: int, principal: AsAgent, copilot: Copilot) -> JSONResponse:
    """One change of a ticket."""

    def read(session: Session) -> dict[str, Any]:
        ticket = repository.ticket_by_id(session, ticket_id)
        found = session.scalar(
            repository.audits(ticket.id).where(repository.AUDIT_SORTS["id"] == min(audit_id, LARGEST_ID))
        )
        if found is None:
            raise NotFound(f"There is no audit {audit_id} of this ticket.")
        return {"audit": audit_shape(found)}

    return await shown(copilot, read)


@route(router, "GET", "/ticket_audits", returns=AuditPage, paged=True)
async def list_audits(request: Request, principal: AsAgent, copilot: Copilot) -> JSONResponse:
    """Every change of every ticket."""
    return await listed(request, copilot, repository.audits(), "audits", audit_shape, repository.AUDIT_SORTS)


@route(router, "GET", "/tickets/{ticket_id:id}/transcript", returns=TranscriptOut)
async def show_transcript(ticket_id: int, principal: AsAgent, copilot: Copilot) -> JSONResponse:
    """The conversation that led to a ticket, with the articles that were shown."""

    def read(session: Session) -> dict[str, Any]:
        ticket = repository.ticket_by_id(session, ticket_id)
        messages = repository.transcript(session, ticket.conversation_id)
        conversation = session.get(Conversation, ticket.conversation_id) if ticket.conversation_id else None
        return {
            "conversation_id": ticket.conversation_id,
            "context": conversation.context if conversation else None,
            "messages": [message_shape(each) for each in messages],
        }

    return await shown(copilot, read)


for _module in (
    api.tickets.request_endpoints,
    api.tickets.comment_endpoints,
    api.tickets.many_endpoints,
    api.tickets.deleting_endpoints,
    api.tickets.merging_endpoints,
    api.tickets.metric_endpoints,
    api.tickets.export_endpoints,
    api.tickets.field_endpoints,
):
    router.include_router(_module.router)
