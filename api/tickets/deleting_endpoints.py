"""Deleting tickets and bringing them back. A deleted ticket is hidden everywhere, and nothing of it is lost."""

from __future__ import annotations

import functools
from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse, Response
from sqlalchemy import select
from sqlalchemy.orm import InstrumentedAttribute, Session

from api.database import utc_now
from api.errors import NotFound
from api.identity.principal import Principal
from api.services import Services
from api.tickets import repository
from api.tickets.changing import TicketChange
from api.tickets.idempotency import Answer
from api.tickets.jobs import Step, job_answer, run_job
from api.tickets.many_endpoints import Ids
from api.tickets.models import Ticket
from api.tickets.responses import DeletedTicketOut, OneJob, page
from api.tickets.routing import LARGEST_ID, AsAgent, Copilot, IdempotencyHeader, answered, ids_of, listed, route, said

router = APIRouter()

_SORTS: dict[str, InstrumentedAttribute[Any]] = {"id": Ticket.id, "deleted_at": Ticket.deleted_at}


@route(router, "DELETE", "/tickets/{ticket_id:id}", returns=None, status_code=204)
async def delete_ticket(ticket_id: int, request: Request, principal: AsAgent, copilot: Copilot) -> Response:
    """Delete a ticket: it can be restored."""

    def work(session: Session) -> Answer:
        _delete(copilot, principal, ticket_id, session)
        return Answer(204, "")

    await answered(copilot, principal, request, None, None, work)
    return Response(status_code=204)


@route(router, "DELETE", "/tickets/destroy_many", returns=OneJob)
async def delete_many_tickets(request: Request, principal: AsAgent, copilot: Copilot, ids: Ids = None) -> Response:
    """Delete up to 100 tickets, each on its own."""

    def work(session: Session) -> Answer:
        steps: list[Step] = [functools.partial(_delete, copilot, principal, each) for each in ids_of(ids)]
        job = run_job(session, copilot, principal, "Bulk Delete Ticket", steps, action="delete", word="Deleted")
        return job_answer(job, copilot.settings)

    return await answered(copilot, principal, request, None, None, work)


@route(router, "GET", "/deleted_tickets", returns=page("deleted_tickets", DeletedTicketOut), paged=True)
async def list_deleted_tickets(request: Request, principal: AsAgent, copilot: Copilot) -> JSONResponse:
    """The tickets that were deleted."""
    return await listed(
        request, copilot, select(Ticket).where(Ticket.deleted_at.is_not(None)), "deleted_tickets", _shape, _SORTS
    )


@route(router, "PUT", "/deleted_tickets/{ticket_id:id}/restore", returns=None)
async def restore_ticket(
    ticket_id: int,
    request: Request,
    principal: AsAgent,
    copilot: Copilot,
    idempotency_key: IdempotencyHeader = None,
) -> Response:
    """Bring a deleted ticket back as it was."""

    def work(session: Session) -> Answer:
        _restore(copilot, principal, ticket_id, session)
        return said({})

    return await answered(copilot, principal, request, idempotency_key, None, work)


@route(router, "PUT", "/deleted_tickets/restore_many", returns=None)
async def restore_many_tickets(
    request: Request,
    principal: AsAgent,
    copilot: Copilot,
    idempotency_key: IdempotencyHeader = None,
    ids: Ids = None,
) -> Response:
    """Bring up to 100 deleted tickets back; those that are not deleted are passed over."""

    def work(session: Session) -> Answer:
        steps: list[Step] = [functools.partial(_restore, copilot, principal, each) for each in ids_of(ids)]
        run_job(session, copilot, principal, "Bulk Restore Ticket", steps, action="restore", word="Restored")
        return said({})

    return await answered(copilot, principal, request, idempotency_key, ids, work)


def _delete(copilot: Services, principal: Principal, ticket_id: int, session: Session) -> int:
    ticket = repository.ticket_by_id(session, ticket_id, lock=True)
    change = TicketChange(session, copilot, ticket, principal, "api")
    ticket.deleted_at = utc_now()
    change.note("deleted", False, True)
    change.finish()
    return ticket.id


def _restore(copilot: Services, principal: Principal, ticket_id: int, session: Session) -> int:
    query = select(Ticket).where(Ticket.id == min(ticket_id, LARGEST_ID), Ticket.deleted_at.is_not(None))
    ticket = session.scalar(query.with_for_update())
    if ticket is None:
        raise NotFound(f"There is no deleted ticket {ticket_id}.")
    change = TicketChange(session, copilot, ticket, principal, "api")
    ticket.deleted_at = None
    change.note("deleted", True, False)
    change.finish()
    return ticket.id


def _shape(ticket: Ticket) -> dict[str, Any]:
    deleted_at = ticket.deleted_at or utc_now()
    return {
        "id": ticket.id,
        "subject": ticket.subject,
        "description": ticket.description,
        "previous_state": ticket.status,
        "deleted_at": deleted_at.strftime("%Y-%m-%dT%H:%M:%SZ"),
    }
