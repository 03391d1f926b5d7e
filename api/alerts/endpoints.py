"""Alerts over HTTP: for staff, and the link that is mailed to whoever is on call."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Form, Path, Query, Request
from fastapi.responses import HTMLResponse, JSONResponse
from sqlalchemy import select
from sqlalchemy.orm import Session

from api.alerts.escalation import Via, acknowledge, alert_by_id
from api.alerts.grouping import OutageGroup, group_of, open_alerts_of
from api.alerts.links import attempt_of
from api.alerts.models import Alert
from api.alerts.schemas import AlertEnvelope, AlertsOut
from api.alerts.shapes import SORTS, alert_out, alerts_query
from api.identity.models import StaffUser
from api.services import Services
from api.tickets.models import Ticket
from api.tickets.paging import fetch_page, read_page_request
from api.tickets.routing import AsAgent, Copilot, route, shown
from api.web.pages import render_page

router = APIRouter(tags=["alerts"])

AlertId = Annotated[int, Path(ge=1, lt=2**31)]
Link = Annotated[str, Path(max_length=80)]
State = Literal["open", "acknowledged", "ended"]


@route(router, "GET", "/api/v2/alerts", returns=AlertsOut, paged=True)
async def alerts(
    request: Request,
    copilot: Copilot,
    _: AsAgent,
    state: Annotated[State | None, Query()] = None,
    ticket_id: Annotated[int | None, Query(ge=1, lt=2**31)] = None,
) -> JSONResponse:
    """Alerts with every attempt to reach somebody, newest first. For staff."""
    page_request = read_page_request(request, tuple(SORTS), newest_first=True)

    def read(session: Session) -> dict[str, Any]:
        query = alerts_query(state=state, ticket_id=ticket_id)
        page = fetch_page(session, query, page_request, request, SORTS, public_url=copilot.settings.public_url)
        return {"alerts": [alert_out(session, each).model_dump(mode="json") for each in page.items], **page.extra}

    return await shown(copilot, read)


@route(router, "GET", "/api/v2/alerts/{alert_id:id}", returns=AlertEnvelope)
async def show_alert(copilot: Copilot, _: AsAgent, alert_id: AlertId) -> AlertEnvelope:
    """One alert. For staff."""
    return await copilot.database.reading(
        lambda session: AlertEnvelope(alert=alert_out(session, alert_by_id(session, alert_id)))
    )


@route(router, "POST", "/api/v2/alerts/{alert_id:id}/acknowledge", returns=AlertEnvelope)
async def acknowledge_alert(
    copilot: Copilot,
    principal: AsAgent,
    alert_id: AlertId,
    group: Annotated[bool, Query(description="Every alert of the same outage as well.")] = False,
) -> AlertEnvelope:
    """Take it up: nobody is told any more. Acknowledged before, it stays as it was. For staff."""

    def work(session: Session) -> AlertEnvelope:
        alert = alert_by_id(session, alert_id)
        by = principal.email or "staff"
        _acknowledge(session, copilot, alert, by=by, via="api", staff_id=principal.staff_id, group=group)
        return AlertEnvelope(alert=alert_out(session, alert))

    return await copilot.database.writing(work)


@router.get("/alerts/acknowledge/{link}", response_class=HTMLResponse, include_in_schema=False)
async def acknowledge_page(request: Request, copilot: Copilot, link: Link) -> HTMLResponse:
    """Asks before it does anything: what mail servers open to look at it must not acknowledge."""

    def read(session: Session) -> tuple[Alert, Ticket, OutageGroup]:
        return _linked(session, copilot, link)

    return _page(request, copilot, *await copilot.database.reading(read))


@router.post("/alerts/acknowledge/{link}", response_class=HTMLResponse)
async def acknowledge_now(
    request: Request, copilot: Copilot, link: Link, scope: Annotated[Literal["one", "outage"], Form()] = "one"
) -> HTMLResponse:
    """Acknowledge in the name of the contact that got the link; of `scope` outage, every alert of the same outage."""

    def work(session: Session) -> tuple[Alert, Ticket, OutageGroup]:
        attempt = attempt_of(session, copilot.settings, link)
        alert = alert_by_id(session, attempt.alert_id)
        staff_id = session.scalar(select(StaffUser.id).where(StaffUser.email == attempt.contact, StaffUser.active))
        by = attempt.contact if attempt.channel == "mail" else "webhook"
        _acknowledge(session, copilot, alert, by=by, via="link", staff_id=staff_id, group=scope == "outage")
        return _linked(session, copilot, link)

    return _page(request, copilot, *await copilot.database.writing(work))


def _acknowledge(
    session: Session, copilot: Services, alert: Alert, *, by: str, via: Via, staff_id: int | None, group: bool
) -> None:
    ticket = session.get_one(Ticket, alert.ticket_id)
    others = open_alerts_of(session, ticket.outage_group_id) if group and ticket.outage_group_id else []
    for each in {each.id: each for each in (*others, alert)}.values():
        acknowledge(session, copilot, each, by=by, via=via, staff_id=staff_id)


def _linked(session: Session, copilot: Services, link: str) -> tuple[Alert, Ticket, OutageGroup]:
    alert = alert_by_id(session, attempt_of(session, copilot.settings, link).alert_id)
    ticket = session.get_one(Ticket, alert.ticket_id)
    return alert, ticket, group_of(session, ticket)


def _page(request: Request, copilot: Services, alert: Alert, ticket: Ticket, group: OutageGroup) -> HTMLResponse:
    response = render_page(request, copilot.catalog, "alert_acknowledge.html", alert=alert, ticket=ticket, group=group)
    response.headers["Cache-Control"] = "no-store"
    response.headers["X-Robots-Tag"] = "noindex"
    response.headers["Referrer-Policy"] = "no-referrer"
    return response
