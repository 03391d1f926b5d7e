"""Incremental exports: whatever changed since a moment, for programs that keep a copy. Deleted tickets are told as such."""

from __future__ import annotations

import datetime as dt
from typing import Annotated, Any, cast

from fastapi import APIRouter, Query, Request
from fastapi.responses import JSONResponse
from sqlalchemy import and_, or_, select
from sqlalchemy.orm import InstrumentedAttribute, Session

from api.database import utc_now
from api.identity.models import Customer
from api.services import Services
from api.tickets.errors import FieldProblem, TicketRejected
from api.tickets.models import Ticket, TicketAudit
from api.tickets.paging import cursor_of, read_cursor
from api.tickets.responses import EventPage, ExportPage, UserExportPage
from api.tickets.routing import AsAgent, Copilot, route, shown
from api.tickets.shapes import audit_shape, customer_shape, ticket_shape

router = APIRouter()

PER_PAGE = 1000
Since = Annotated[int | None, Query(ge=0, le=4_102_444_800, description="Seconds since 1970, in the past.")]
Cursor = Annotated[str | None, Query(max_length=400, description="`after_cursor` of the page before.")]
PerPage = Annotated[int, Query(ge=1, le=PER_PAGE)]


@route(router, "GET", "/incremental/tickets", returns=ExportPage)
async def export_tickets(
    request: Request, principal: AsAgent, copilot: Copilot, start_time: Since = None, per_page: PerPage = PER_PAGE
) -> JSONResponse:
    """Tickets that changed at or after `start_time`, oldest change first. Ask again from `end_time`."""
    return await _by_time(request, copilot, _Tickets(copilot), start_time, per_page)


@route(router, "GET", "/incremental/tickets/cursor", returns=ExportPage)
async def export_tickets_by_cursor(
    request: Request,
    principal: AsAgent,
    copilot: Copilot,
    start_time: Since = None,
    cursor: Cursor = None,
    per_page: PerPage = PER_PAGE,
) -> JSONResponse:
    """The same by cursor: begin with `start_time`, go on with `after_url` until `end_of_stream`. Nothing comes twice."""
    return await _by_cursor(request, copilot, _Tickets(copilot), start_time, cursor, per_page)


@route(router, "GET", "/incremental/users", returns=UserExportPage)
async def export_users(
    request: Request, principal: AsAgent, copilot: Copilot, start_time: Since = None, per_page: PerPage = PER_PAGE
) -> JSONResponse:
    """Customers who were made at or after `start_time`."""
    return await _by_time(request, copilot, _Users(copilot), start_time, per_page)


@route(router, "GET", "/incremental/users/cursor", returns=UserExportPage)
async def export_users_by_cursor(
    request: Request,
    principal: AsAgent,
    copilot: Copilot,
    start_time: Since = None,
    cursor: Cursor = None,
    per_page: PerPage = PER_PAGE,
) -> JSONResponse:
    """The same by cursor."""
    return await _by_cursor(request, copilot, _Users(copilot), start_time, cursor, per_page)


@route(router, "GET", "/incremental/ticket_events", returns=EventPage)
async def export_ticket_events(
    request: Request, principal: AsAgent, copilot: Copilot, start_time: Since = None, per_page: PerPage = PER_PAGE
) -> JSONResponse:
    """What happened on tickets at or after `start_time`."""
    return await _by_time(request, copilot, _Events(copilot), start_time, per_page)


class _Export:
    """What is exported: its rows, the column that says when they changed, and their shape."""

    name: str
    model: Any
    changed_name: str

    def __init__(self, services: Services) -> None:
        self.services = services

    def column(self) -> InstrumentedAttribute[dt.datetime]:
        return cast("InstrumentedAttribute[dt.datetime]", getattr(self.model, self.changed_name))

    def shape(self, row: Any) -> dict[str, Any]:
        raise NotImplementedError


class _Tickets(_Export):
    name, model, changed_name = "tickets", Ticket, "updated_at"

    def shape(self, row: Ticket) -> dict[str, Any]:
        shape = ticket_shape(row, self.services.settings, self.services.catalog)
        shape["generated_timestamp"] = int(row.updated_at.timestamp())
        return shape if row.deleted_at is None else {**shape, "status": "deleted"}


class _Users(_Export):
    name, model, changed_name = "users", Customer, "created_at"

    def shape(self, row: Customer) -> dict[str, Any]:
        return customer_shape(row, self.services.settings)


class _Events(_Export):
    name, model, changed_name = "ticket_events", TicketAudit, "created_at"

    def shape(self, row: TicketAudit) -> dict[str, Any]:
        audit = audit_shape(row)
        return {
            "id": audit["id"],
            "ticket_id": audit["ticket_id"],
            "created_at": audit["created_at"],
            "timestamp": int(row.created_at.timestamp()),
            "updater_id": audit["author_id"],
            "via": audit["via"]["channel"],
            "event_type": "Audit",
            "child_events": audit["events"],
        }


async def _by_time(
    request: Request, copilot: Services, export: _Export, start_time: int | None, per_page: int
) -> JSONResponse:
    start = _start(start_time)
    changed = export.column()

    def read(session: Session) -> dict[str, Any]:
        query = select(export.model).where(changed >= start).order_by(changed, export.model.id)
        rows = list(session.scalars(query.limit(per_page + 1)))
        more = len(rows) > per_page
        rows = rows[:per_page]
        last = getattr(rows[-1], changed.key) if rows else start
        if more and int(last.timestamp()) <= int(start.timestamp()):
            # More changes in one second than a page holds: the whole second, or the export would never go on.
            until = dt.datetime.fromtimestamp(int(last.timestamp()) + 1, dt.UTC)
            rows = list(session.scalars(query.where(changed < until)))
            last = until
        end = int(last.timestamp())
        following = f"{copilot.settings.public_url}{request.url.path}?start_time={end}&per_page={per_page}"
        return {
            export.name: [export.shape(row) for row in rows],
            "count": len(rows),
            "end_of_stream": not more,
            "end_time": end,
            "next_page": following if rows else None,
        }

    return await shown(copilot, read)


async def _by_cursor(
    request: Request, copilot: Services, export: _Export, start_time: int | None, cursor: str | None, per_page: int
) -> JSONResponse:
    changed = export.column()
    place = read_cursor(cursor, changed.key) if cursor else None
    start = _start(start_time) if place is None else utc_now()

    def read(session: Session) -> dict[str, Any]:
        identity = export.model.id
        query = select(export.model).order_by(changed, identity).limit(per_page + 1)
        if place is None:
            query = query.where(changed >= start)
        else:
            query = query.where(or_(changed > place[0], and_(changed == place[0], identity > place[1])))
        rows = list(session.scalars(query))
        more = len(rows) > per_page
        rows = rows[:per_page]
        after = cursor_of(rows[-1], changed.key, changed, identity) if rows else cursor
        url = f"{copilot.settings.public_url}{request.url.path}?cursor={after}&per_page={per_page}" if after else None
        return {
            export.name: [export.shape(row) for row in rows],
            "after_cursor": after,
            "after_url": url,
            "before_cursor": None,
            "before_url": None,
            "end_of_stream": not more,
        }

    return await shown(copilot, read)


def _start(start_time: int | None) -> dt.datetime:
    if start_time is None:
        raise TicketRejected([FieldProblem("start_time", "BlankValue", "Start time: send seconds since 1970")])
    start = dt.datetime.fromtimestamp(start_time, dt.UTC)
    if start > utc_now():
        raise TicketRejected([FieldProblem("start_time", "InvalidValue", "Start time: must be in the past")])
    return start
