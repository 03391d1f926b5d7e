"""What the desk's page asks for besides the ticketing api."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Header, Query, Request
from fastapi.responses import JSONResponse, StreamingResponse
from sqlalchemy import select
from sqlalchemy.orm import Session

from api.chat.streams import DESK, ticket_topic
from api.desk.live import event_stream, last_audit
from api.desk.queues import SORTS, Clock, Holder, QueueFilter, counts, queued, rows
from api.desk.schemas import PeopleOut, PersonOut, QueueCounts
from api.desk.ticket_view import ticket_view
from api.desk.waiting_mail import answers_to_approve
from api.identity.models import StaffUser
from api.identity.principal import Principal, principal_of, require_customer, require_role
from api.privacy.auditing import seen
from api.services import Services, services
from api.tickets import repository
from api.tickets.models import Ticket
from api.tickets.paging import fetch_page, read_page_request
from api.tickets.search_query import parse_query
from api.tickets.search_tickets import search_tickets
from api.tickets.shapes import staff_user_id, team_label, teams

router = APIRouter(tags=["desk"], include_in_schema=False)

Copilot = Annotated[Services, Depends(services)]
AsAgent = Annotated[Principal, Depends(require_role("agent"))]
AsCustomer = Annotated[Principal, Depends(require_customer)]
# Ids with commas between.
Ids = Annotated[str | None, Query(pattern=r"^[A-Za-z0-9_,-]{1,300}$")]
# More than anybody reads: a narrower search finds it.
MOST_FOUND = 50
LastEventId = Annotated[str | None, Header()]


@router.get("/desk/catalog")
async def desk_catalog(copilot: Copilot, language: Annotated[str | None, Query()] = None) -> dict[str, Any]:
    """As ``/catalog``, with the desk's own texts: what only staff read is not sent to every widget."""
    wanted = language if language in copilot.catalog.languages else copilot.catalog.default_language
    return {
        **copilot.catalog.to_json(wanted),
        "teams": [{"id": each, "label": team_label(copilot.catalog, each, wanted)} for each in teams(copilot.catalog)],
        "web": dict(copilot.catalog.wording(wanted).section("web")),
    }


@router.get("/desk/data/people")
async def show_people(principal: AsAgent, copilot: Copilot) -> PeopleOut:
    """Who is signed in, and to whom tickets can be given."""

    def read(session: Session) -> PeopleOut:
        staff = [_person(each) for each in session.scalars(select(StaffUser).where(StaffUser.active))]
        me = next(each for each in staff if each.id == staff_user_id(principal.staff_id or 0))
        groups = [{"id": number, "name": team} for number, team in enumerate(teams(copilot.catalog), 1)]
        return PeopleOut(me=me, staff=sorted(staff, key=lambda each: each.name.casefold()), groups=groups)

    return await copilot.database.reading(read)


@router.get("/desk/data/queues")
async def show_counts(principal: AsAgent, copilot: Copilot) -> QueueCounts:
    """How many tickets wait in each queue."""
    return await copilot.database.reading(lambda session: counts(session, principal.staff_id))


@router.get("/desk/data/tickets")
async def show_queue(
    request: Request,
    principal: AsAgent,
    copilot: Copilot,
    holder: Holder = "all",
    status: Ids = None,
    priority: Ids = None,
    category: Ids = None,
    language: Ids = None,
    sla: Clock | None = None,
) -> JSONResponse:
    """The tickets of one queue, paged as every list is."""
    page_request = read_page_request(request, tuple(SORTS))
    wanted = QueueFilter(holder, _ids(status), _ids(priority), _ids(category), _ids(language), sla)

    def read(session: Session) -> dict[str, Any]:
        query = queued(wanted, principal.staff_id)
        # The addresses of the pages are relative: the desk may be reached by another name than customers use.
        page = fetch_page(session, query, page_request, request, SORTS, public_url="")
        return {"tickets": rows(session, page.items), **page.extra}

    return JSONResponse(await copilot.database.reading(read))


@router.get("/desk/data/search")
async def search_desk(
    principal: AsAgent, copilot: Copilot, q: Annotated[str, Query(max_length=500)] = ""
) -> JSONResponse:
    """The best matches of a search, as a queue shows its tickets."""

    def read(session: Session) -> dict[str, Any]:
        found = search_tickets(session, copilot, principal, parse_query(f"type:ticket {q}"))
        return {"tickets": rows(session, list(session.scalars(found.select.limit(MOST_FOUND))))}

    return JSONResponse(await copilot.database.reading(read))


@router.get("/desk/data/tickets/{ticket_id}")
async def show_ticket_view(ticket_id: int, principal: AsAgent, copilot: Copilot) -> JSONResponse:
    """One ticket with everything that belongs to it."""
    found = await copilot.database.reading(lambda session: ticket_view(session, copilot, ticket_id))
    await seen(copilot.database, "ticket_seen", principal, f"ticket {ticket_id}")
    return JSONResponse(found)


@router.get("/desk/data/mails")
async def show_waiting_mails(_: AsAgent, copilot: Copilot) -> JSONResponse:
    """Answers by mail that wait to be approved. (Strangers' mails are the suspended tickets of the api.)"""
    return JSONResponse(await copilot.database.reading(lambda session: {"answers": answers_to_approve(session)}))


@router.get("/desk/events", response_class=StreamingResponse)
async def desk_events(
    request: Request, _: AsAgent, copilot: Copilot, last_event_id: LastEventId = None
) -> StreamingResponse:
    """Every act on every ticket from now on, or behind `Last-Event-ID`."""
    last = await _seen(copilot, last_event_id)
    return event_stream(copilot, request, [DESK], last, None, lambda: _still(request, copilot))


@router.get("/api/v2/requests/{ticket_id}/events", response_class=StreamingResponse)
async def request_events(
    ticket_id: int, request: Request, principal: AsCustomer, copilot: Copilot, last_event_id: LastEventId = None
) -> StreamingResponse:
    """Every act on one of the customer's own tickets, for the portal."""
    customer_id = principal.customer_id or 0
    await copilot.database.reading(lambda session: repository.request_by_id(session, ticket_id, customer_id))
    last = await _seen(copilot, last_event_id)
    topics = [ticket_topic(ticket_id)]
    return event_stream(copilot, request, topics, last, Ticket.id == ticket_id, lambda: _still(request, copilot))


def _still(request: Request, copilot: Services) -> Principal:
    """Raises where the sign-in is over."""
    return principal_of(request, copilot.settings, copilot.database)


async def _seen(copilot: Services, last_event_id: str | None) -> int:
    newest = await copilot.database.reading(last_audit)
    known = last_event_id and last_event_id.isdecimal() and len(last_event_id) < 10
    # Nothing is told of long ago: who comes back after that reads the queue again.
    return max(int(last_event_id or 0), newest - 100) if known else newest


def _person(staff: StaffUser) -> PersonOut:
    return PersonOut(id=staff_user_id(staff.id), name=staff.name or staff.email, email=staff.email, role=staff.role)


def _ids(text: str | None) -> list[str]:
    return [each for each in (text or "").split(",") if each]
