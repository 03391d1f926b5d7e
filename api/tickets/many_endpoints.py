"""Several tickets at once: shown, opened, changed; and what became of each (jobs)."""

from __future__ import annotations

import functools
from typing import Annotated, Any

from fastapi import APIRouter, Path, Query, Request
from fastapi.responses import JSONResponse, Response
from sqlalchemy import select
from sqlalchemy.orm import Session

from api.errors import NotFound
from api.identity.principal import Principal
from api.services import Services
from api.tickets import repository
from api.tickets.changing import change_ticket
from api.tickets.errors import FieldProblem, TicketRejected
from api.tickets.idempotency import Answer
from api.tickets.jobs import Step, job_answer, job_shape, run_job
from api.tickets.models import Job, Ticket
from api.tickets.numbers import with_catalog_ids
from api.tickets.opening import open_ticket
from api.tickets.responses import JobStatusOut, OneJob, TicketPage, page
from api.tickets.routing import AsAgent, Copilot, IdempotencyHeader, answered, ids_of, many, route, shown
from api.tickets.schemas import ManyChangesEnvelope, TicketIn, TicketsEnvelope
from api.tickets.shapes import ticket_shape

router = APIRouter()

Ids = Annotated[str | None, Query(max_length=4000, description="Ticket ids, with commas between; 100 at most.")]
JobId = Annotated[str, Path(pattern=r"^[0-9a-f]{32}$")]


@route(router, "GET", "/tickets/show_many", returns=TicketPage)
async def show_many_tickets(
    principal: AsAgent, copilot: Copilot, ids: Ids = None, external_ids: Ids = None
) -> JSONResponse:
    """The tickets with these ids; those that are not there are left out."""
    wanted = ids_of(ids)
    names = [each for each in (external_ids or "").split(",") if each][:100]
    query = repository.tickets().where(Ticket.id.in_(wanted) | Ticket.external_id.in_(names)).order_by(Ticket.id)

    def read(session: Session) -> dict[str, Any]:
        found = session.scalars(query.limit(100))
        return many([ticket_shape(each, copilot.settings, copilot.catalog) for each in found], "tickets")

    return await shown(copilot, read)


@route(router, "POST", "/tickets/create_many", returns=OneJob)
async def create_many_tickets(
    body: TicketsEnvelope,
    request: Request,
    principal: AsAgent,
    copilot: Copilot,
    idempotency_key: IdempotencyHeader = None,
) -> Response:
    """Open up to 100 tickets, each on its own."""

    def opening(ticket: TicketIn, session: Session) -> int:
        return open_ticket(session, copilot, principal, with_catalog_ids(copilot.catalog, ticket)).ticket.id

    def work(session: Session) -> Answer:
        steps: list[Step] = [functools.partial(opening, each) for each in body.tickets]
        job = run_job(session, copilot, principal, "Bulk Create Ticket", steps, action="create", word="Created")
        return job_answer(job, copilot.settings)

    return await answered(copilot, principal, request, idempotency_key, body.model_dump(mode="json"), work)


@route(router, "PUT", "/tickets/update_many", returns=OneJob)
async def update_many_tickets(
    body: ManyChangesEnvelope,
    request: Request,
    principal: AsAgent,
    copilot: Copilot,
    idempotency_key: IdempotencyHeader = None,
    ids: Ids = None,
) -> Response:
    """Change up to 100 tickets, each on its own: the same for all of `ids` (``ticket``), or to each its own (``tickets``)."""
    if body.ticket is not None:
        changes = [body.ticket.model_copy(update={"id": each}) for each in ids_of(ids)]
    else:
        changes = body.tickets
    if not changes:
        problem = "Tickets: send `ticket` and the query `ids`, or `tickets` each with its `id`"
        raise TicketRejected([FieldProblem("tickets", "BlankValue", problem)])

    def work(session: Session) -> Answer:
        steps: list[Step] = [functools.partial(_change, copilot, principal, each) for each in changes]
        job = run_job(session, copilot, principal, "Bulk Update Ticket", steps, action="update", word="Updated")
        return job_answer(job, copilot.settings)

    said = [body.model_dump(mode="json"), ids]
    return await answered(copilot, principal, request, idempotency_key, said, work)


@route(router, "GET", "/job_statuses", returns=page("job_statuses", JobStatusOut))
async def list_jobs(principal: AsAgent, copilot: Copilot) -> JSONResponse:
    """The caller's latest jobs, newest first."""
    query = select(Job).where(Job.staff_id == principal.staff_id).order_by(Job.created_at.desc(), Job.id).limit(100)
    return await shown(
        copilot,
        lambda session: many([job_shape(each, copilot.settings) for each in session.scalars(query)], "job_statuses"),
    )


@route(router, "GET", "/job_statuses/show_many", returns=page("job_statuses", JobStatusOut))
async def show_many_jobs(principal: AsAgent, copilot: Copilot, ids: Ids = None) -> JSONResponse:
    """The jobs with these ids."""
    wanted = [each for each in (ids or "").split(",") if each][:100]
    query = select(Job).where(Job.id.in_(wanted)).order_by(Job.created_at, Job.id)
    return await shown(
        copilot,
        lambda session: many([job_shape(each, copilot.settings) for each in session.scalars(query)], "job_statuses"),
    )


@route(router, "GET", "/job_statuses/{job_id}", returns=OneJob)
async def show_job(job_id: JobId, principal: AsAgent, copilot: Copilot) -> JSONResponse:
    """What became of a job."""

    def read(session: Session) -> dict[str, Any]:
        job = session.get(Job, job_id)
        if job is None:
            raise NotFound("There is no such job, or it is older than seven days.")
        return {"job_status": job_shape(job, copilot.settings)}

    return await shown(copilot, read)


def _change(copilot: Services, principal: Principal, body: TicketIn, session: Session) -> int:
    if body.id is None:
        raise TicketRejected([FieldProblem("id", "BlankValue", "Id: every change names its ticket")])
    ticket = repository.ticket_by_id(session, body.id, lock=True)
    change_ticket(session, copilot, principal, ticket, with_catalog_ids(copilot.catalog, body))
    return ticket.id
