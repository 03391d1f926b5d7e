"""Ticket metrics: how long replies and solutions took, counted from the audit."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Sequence
from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse
from sqlalchemy import select
from sqlalchemy.orm import Session

from api.services import Services
from api.tickets import repository
from api.tickets.models import Ticket, TicketAudit, TicketComment
from api.tickets.paging import fetch_page, read_page_request
from api.tickets.responses import TicketMetricOut, one, page
from api.tickets.routing import AsAgent, Copilot, route, shown
from api.working_hours import WorkingHours, working_hours

router = APIRouter()


@route(router, "GET", "/ticket_metrics", returns=page("ticket_metrics", TicketMetricOut), paged=True)
async def list_ticket_metrics(request: Request, principal: AsAgent, copilot: Copilot) -> JSONResponse:
    """The metrics of every ticket."""
    page_request = read_page_request(request, tuple(repository.TICKET_SORTS))

    def read(session: Session) -> dict[str, Any]:
        found = fetch_page(
            session,
            repository.tickets(),
            page_request,
            request,
            repository.TICKET_SORTS,
            public_url=copilot.settings.public_url,
        )
        return {"ticket_metrics": metric_shapes(session, copilot, found.items), **found.extra}

    return await shown(copilot, read)


@route(router, "GET", "/tickets/{ticket_id:id}/metrics", returns=one("ticket_metric", TicketMetricOut))
async def show_metrics_of_ticket(ticket_id: int, principal: AsAgent, copilot: Copilot) -> JSONResponse:
    """The metrics of one ticket."""
    return await shown(copilot, lambda session: _one(session, copilot, ticket_id))


@route(router, "GET", "/ticket_metrics/{metric_id:id}", returns=one("ticket_metric", TicketMetricOut))
async def show_ticket_metric(metric_id: int, principal: AsAgent, copilot: Copilot) -> JSONResponse:
    """The same by the id of the metric, which is that of its ticket."""
    return await shown(copilot, lambda session: _one(session, copilot, metric_id))


def _one(session: Session, copilot: Services, ticket_id: int) -> dict[str, Any]:
    return {"ticket_metric": metric_shapes(session, copilot, [repository.ticket_by_id(session, ticket_id)])[0]}


def metric_shapes(session: Session, services: Services, tickets: Sequence[Ticket]) -> list[dict[str, Any]]:
    """The metrics of these tickets, in their order, with two queries for all of them."""
    ids = [each.id for each in tickets]
    audits: dict[int, list[TicketAudit]] = defaultdict(list)
    for audit in session.scalars(select(TicketAudit).where(TicketAudit.ticket_id.in_(ids)).order_by(TicketAudit.id)):
        audits[audit.ticket_id].append(audit)
    replies: dict[int, list[dt.datetime]] = defaultdict(list)
    public = select(TicketComment.ticket_id, TicketComment.created_at).where(
        TicketComment.ticket_id.in_(ids), TicketComment.public, TicketComment.staff_id.is_not(None)
    )
    for ticket_id, at in session.execute(public.order_by(TicketComment.id)):
        replies[ticket_id].append(at)
    return [_shape(each, audits[each.id], replies[each.id], services) for each in tickets]


def _shape(ticket: Ticket, audits: list[TicketAudit], replies: list[dt.datetime], services: Services) -> dict[str, Any]:
    hours = working_hours(services.catalog)
    moves = [(audit.created_at, event) for audit in audits for event in audit.events if event.get("type") == "Change"]
    statuses = [(at, event["previous_value"], event["value"]) for at, event in moves if event["field_name"] == "status"]
    assigned = [at for at, event in moves if event["field_name"] == "assignee_id" and event["value"] is not None]
    solved = [at for at, _, now in statuses if now == "solved"]
    # The description of a ticket that staff opened is no reply to it.
    answers = [at for at in replies if not audits or at > audits[0].created_at]
    return {
        "id": ticket.id,
        "url": f"{services.settings.public_url}/api/v2/ticket_metrics/{ticket.id}.json",
        "ticket_id": ticket.id,
        "created_at": _time(ticket.created_at),
        "updated_at": _time(ticket.updated_at),
        "group_stations": 1 + sum(event["field_name"] == "group_id" for _, event in moves),
        "assignee_stations": len(assigned) + (ticket.assignee_id is not None and not assigned),
        "reopens": sum(before in ("solved", "closed") and now == "open" for _, before, now in statuses),
        "replies": len(answers),
        "status_updated_at": _time(statuses[-1][0] if statuses else ticket.created_at),
        "assignee_updated_at": _time(assigned[-1]) if assigned else None,
        "initially_assigned_at": _time(assigned[0]) if assigned else None,
        "assigned_at": _time(assigned[-1]) if assigned else None,
        "solved_at": _time(ticket.solved_at) if ticket.solved_at is not None else None,
        "latest_comment_added_at": _time(replies[-1]) if replies else None,
        "reply_time_in_minutes": _minutes(hours, ticket.created_at, answers[0] if answers else None),
        "first_resolution_time_in_minutes": _minutes(hours, ticket.created_at, solved[0] if solved else None),
        "full_resolution_time_in_minutes": _minutes(hours, ticket.created_at, ticket.solved_at),
    }


def _minutes(hours: WorkingHours, start: dt.datetime, end: dt.datetime | None) -> dict[str, int | None]:
    """Of every hour, and of support hours."""
    if end is None:
        return {"calendar": None, "business": None}
    minute = dt.timedelta(minutes=1)
    return {"calendar": max(0, (end - start) // minute), "business": max(0, hours.between(start, end) // minute)}


def _time(value: dt.datetime) -> str:
    return value.astimezone(dt.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
