"""The portal's pages, and what their scripts ask for besides the ticketing api."""

from __future__ import annotations

import re
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Header, Query, Request, Response
from fastapi.responses import HTMLResponse, JSONResponse, StreamingResponse
from sqlalchemy.orm import Session

from api.chat.endpoints import pick_language
from api.chat.streams import account_topic, customer_topic
from api.chat.text import normalise
from api.database import utc_now
from api.desk.live import event_stream, last_audit
from api.errors import CopilotError, Unauthorized
from api.identity.cookies import drop_session_cookie
from api.identity.customers import customer_platforms
from api.identity.models import Customer
from api.identity.principal import ANONYMOUS, Principal, principal_of, require_customer
from api.notices.banner import banner
from api.notices.matching import matching
from api.notices.repository import current_notices
from api.notices.schemas import NoticeOut
from api.notices.shapes import notice_out
from api.portal.listing import TicketFilter, list_tickets, scope_counts
from api.portal.schemas import FormOut, SuggestedArticle, SuggestionsOut, WhoOut
from api.portal.showing import show_ticket
from api.services import Services, services
from api.tickets import repository
from api.tickets.paging import read_page_request
from api.tickets.repository import Scope
from api.web.modules import portal_modules
from api.web.pages import page_language, render_page

router = APIRouter(include_in_schema=False)

Copilot = Annotated[Services, Depends(services)]
AsCustomer = Annotated[Principal, Depends(require_customer)]
Language = Annotated[str | None, Query(max_length=16)]
LastEventId = Annotated[str | None, Header()]
# So much of what somebody types is looked at.
LONGEST_QUESTION = 1_000
ARTICLES = 3
# What the form says; a widget that shows it does not need the portal's other sentences.
_OF_THE_FORM = "ticket_form."


@router.get("/portal", response_class=HTMLResponse)
@router.get("/portal/tickets/{ticket_id}", response_class=HTMLResponse)
@router.get("/portal/new", response_class=HTMLResponse)
@router.get("/portal/account", response_class=HTMLResponse)
@router.get("/portal/password", response_class=HTMLResponse)
async def portal(request: Request, copilot: Copilot) -> HTMLResponse:
    """The customer's portal. The page is empty until its script has asked the api who is there."""
    language = page_language(request, copilot.catalog)
    page = render_page(
        request, copilot.catalog, "portal.html", notices=await banner(copilot, language), parts=portal_modules()
    )
    page.headers["Cache-Control"] = "no-store"
    page.headers["Referrer-Policy"] = "same-origin"
    return page


@router.get("/portal/catalog")
async def portal_catalog(copilot: Copilot, language: Language = None) -> dict[str, Any]:
    """As ``/catalog``, with the portal's own texts: no widget needs those."""
    wanted = _spoken(copilot, language)
    return {**copilot.catalog.to_json(wanted), "web": dict(copilot.catalog.wording(wanted).section("web"))}


@router.get("/portal/data/me")
async def show_me(request: Request, response: Response, copilot: Copilot) -> WhoOut:
    """Who is signed in; nobody is an answer, too."""
    principal = await _asking(request, copilot)
    if principal.customer_id is None:
        if request.cookies:
            drop_session_cookie(response, copilot.settings, customer=True)
        return WhoOut(signed_in=False)
    customer_id = principal.customer_id

    def read(session: Session) -> WhoOut:
        customer = session.get_one(Customer, customer_id)
        return WhoOut(
            signed_in=True,
            email=customer.mail_address,
            name=customer.name or None,
            account_id=customer.account_id,
            account_viewer=customer.account_viewer and customer.account_id is not None,
            has_password=customer.password_hash is not None,
            platforms=customer_platforms(session, customer, copilot.catalog),
            counts=scope_counts(session, customer),
        )

    return await copilot.database.reading(read)


@router.get("/portal/data/tickets")
async def show_tickets(
    request: Request,
    principal: AsCustomer,
    copilot: Copilot,
    scope: Scope = "mine",
    status: Annotated[str, Query(max_length=64)] = "",
    category: Annotated[str, Query(max_length=64)] = "",
    q: Annotated[str, Query(max_length=300)] = "",
) -> JSONResponse:
    """A page of the tickets of one scope, filtered and searched; paged as every list is."""
    page_request = read_page_request(request, tuple(repository.TICKET_SORTS))
    wanted = TicketFilter(scope, status, category, q)

    def read(session: Session) -> dict[str, Any]:
        customer = _customer(session, principal)
        return list_tickets(session, copilot, principal, customer, wanted, page_request, request)

    return JSONResponse(await copilot.database.reading(read))


@router.get("/portal/data/tickets/{ticket_id:id}")
async def show_one(ticket_id: int, principal: AsCustomer, copilot: Copilot, language: Language = None) -> JSONResponse:
    """One ticket with its timeline, and what the customer may do with it."""
    spoken = _spoken(copilot, language)

    def read(session: Session) -> dict[str, Any]:
        return show_ticket(session, copilot, _customer(session, principal), ticket_id, spoken)

    return JSONResponse(await copilot.database.reading(read))


@router.get("/portal/events", response_class=StreamingResponse)
async def portal_events(
    request: Request, principal: AsCustomer, copilot: Copilot, last_event_id: LastEventId = None
) -> StreamingResponse:
    """Every act on a ticket that the customer may see, from now on or behind `Last-Event-ID`."""

    def read(session: Session) -> tuple[Customer, int]:
        return _customer(session, principal), last_audit(session)

    customer, newest = await copilot.database.reading(read)
    known = last_event_id and last_event_id.isdecimal() and len(last_event_id) < 10
    seen = max(int(last_event_id or 0), newest - 100) if known else newest
    topics = [customer_topic(customer.id)]
    if customer.account_viewer and customer.account_id:
        topics.append(account_topic(customer.account_id))

    def still() -> None:
        require_customer(principal_of(request, copilot.settings, copilot.database))

    return event_stream(copilot, request, topics, seen, repository.seen_by(customer), still)


@router.get("/portal/data/form")
async def show_form(request: Request, copilot: Copilot, language: Language = None) -> FormOut:
    """The catalog and the words of the ticket form, with the platforms of whoever asks. For everybody, and for pages of
    other origins that carry the widget."""
    spoken = _spoken(copilot, language, request)
    principal = await _asking(request, copilot)
    words = copilot.catalog.wording(spoken).section("web")

    def platforms(session: Session) -> list[str]:
        customer = session.get(Customer, principal.customer_id) if principal.customer_id is not None else None
        return customer_platforms(session, customer, copilot.catalog)

    return FormOut(
        catalog=copilot.catalog.to_json(spoken),
        words={key.removeprefix(_OF_THE_FORM): text for key, text in words.items() if key.startswith(_OF_THE_FORM)},
        platforms=await copilot.database.reading(platforms),
        email=principal.email,
        verified=principal.customer_id is not None,
    )


@router.get("/portal/data/suggestions")
async def suggest(
    copilot: Copilot,
    q: Annotated[str, Query(max_length=LONGEST_QUESTION)] = "",
    language: Language = None,
) -> SuggestionsOut:
    """What fits what is being typed. Public, like the articles and the notices; a help center that does not answer
    leaves its part empty."""
    spoken = _spoken(copilot, language)
    text = normalise(q)
    if not re.search(r"\w{3}", text):
        return SuggestionsOut(articles=[], notices=[], topics=[])

    def read(session: Session) -> list[NoticeOut]:
        now = utc_now()
        found = matching(current_notices(session, now), text, spoken, copilot.catalog, now)
        return [notice_out(each, spoken, copilot.catalog, now) for each in found]

    return SuggestionsOut(
        articles=await _articles(copilot, text, spoken),
        notices=await copilot.database.reading(read),
        topics=[
            {
                "id": topic.id,
                "label": copilot.catalog.label("topics", topic.id, spoken),
                "details": [each.id for each in topic.details if each.kind != "attachment"],
            }
            for topic in copilot.catalog.topics_in(text, spoken)
        ],
    )


async def _articles(copilot: Services, text: str, language: str) -> list[SuggestedArticle]:
    try:
        result = await copilot.help_center.search(text, language=language, limit=ARTICLES)
    except CopilotError:
        return []
    # What nobody would answer with only keeps people from writing.
    if result.decision == "person":
        return []
    found: dict[str, SuggestedArticle] = {}
    for hit in result.hits:
        shown = SuggestedArticle(
            title=hit.title, heading=hit.heading, url=hit.url, snippet=hit.snippet[:240], locale=hit.locale
        )
        found.setdefault(hit.article_id, shown)
    return list(found.values())


async def _asking(request: Request, copilot: Services) -> Principal:
    """Whoever asks; credentials that are over are nobody's."""

    def read(_: Session) -> Principal:
        try:
            return principal_of(request, copilot.settings, copilot.database)
        except Unauthorized:
            return ANONYMOUS

    return await copilot.database.reading(read)


def _customer(session: Session, principal: Principal) -> Customer:
    return session.get_one(Customer, principal.customer_id)


def _spoken(copilot: Services, language: str | None, request: Request | None = None) -> str:
    accepted = request.headers.get("accept-language") if request is not None else None
    return pick_language(copilot.catalog.languages, copilot.catalog.default_language, language, accepted)
