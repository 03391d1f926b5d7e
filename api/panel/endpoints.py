"""What the admin help panel asks for: a session for the host's customer, articles for the open screen, their tickets."""

from __future__ import annotations

import datetime as dt
from typing import Annotated

from fastapi import APIRouter, Depends, Header, Path, Query
from pydantic import BaseModel, Field
from sqlalchemy import select
from sqlalchemy.orm import Session

from api.chat.schemas import ContextIn, RelatedOut
from api.database import utc_now
from api.help_center.showing import article_address
from api.identity.customers import customer_platforms
from api.identity.host_tokens import exchange_host_token
from api.identity.models import SignInSession
from api.identity.principal import Principal, require_customer
from api.identity.tokens import SESSION_PREFIX, hash_token, new_token
from api.identity.widget_keys import resolve_widget_key
from api.metrics.events import EventType, record
from api.panel.ranking import articles_for
from api.ratings.schemas import RatingIn
from api.ratings.service import RATEABLE, rate_ticket
from api.services import Services, services
from api.tickets import repository
from api.tickets.models import Ticket

router = APIRouter(prefix="/panel", tags=["panel"])

Copilot = Annotated[Services, Depends(services)]
AsCustomer = Annotated[Principal, Depends(require_customer)]

# A working day would outlive the host's own sign-in: the panel asks the host for another token instead.
SESSION = dt.timedelta(hours=1)
TICKETS = 10


class PanelSessionIn(BaseModel):
    identity: str = Field(max_length=8192, description="The host application's signed token.")
    widget_key: str | None = Field(None, max_length=128)


class PanelSessionOut(BaseModel):
    """`token` acts for the customer, for an hour."""

    token: str
    expires_at: dt.datetime
    email: str | None
    name: str | None
    account_id: str | None
    platforms: list[str]


class ArticlesIn(BaseModel):
    """Nothing of it is kept."""

    language: str | None = Field(None, max_length=35)
    context: ContextIn = Field(default_factory=ContextIn)
    limit: int = Field(5, ge=1, le=10)


class ArticlesOut(BaseModel):
    articles: list[RelatedOut]


class PanelTicket(BaseModel):
    id: int
    subject: str
    status: str
    updated_at: dt.datetime
    url: str
    rateable: bool
    score: str | None


class PanelTicketsOut(BaseModel):
    tickets: list[PanelTicket]


@router.post("/sessions", status_code=201)
async def begin_session(
    body: PanelSessionIn, copilot: Copilot, origin: Annotated[str | None, Header()] = None
) -> PanelSessionOut:
    """A session for the customer whom the host's token names. The token is used up: the chat needs another one."""
    token = new_token(SESSION_PREFIX)

    def begin(session: Session) -> PanelSessionOut:
        resolve_widget_key(session, body.widget_key, origin, copilot.settings)
        customer = exchange_host_token(session, body.identity, copilot.settings)
        until = utc_now() + SESSION
        session.add(
            SignInSession(
                token_hash=hash_token(token), kind="customer", customer_id=customer.id, expires_at=until, via="host"
            )
        )
        record(session, EventType.CUSTOMER_VERIFIED, method="host")
        return PanelSessionOut(
            token=token,
            expires_at=until,
            email=customer.mail_address,
            name=customer.name or None,
            account_id=customer.account_id,
            platforms=list(customer_platforms(session, customer, copilot.catalog)),
        )

    return await copilot.database.writing(begin)


@router.post("/articles")
async def related_articles(body: ArticlesIn, copilot: Copilot) -> ArticlesOut:
    """The articles that fit the open screen, best first. Public, like the articles; the context is searched and forgotten."""
    languages = copilot.catalog.languages
    language = body.language if body.language in languages else copilot.catalog.default_language
    found = await articles_for(copilot.help_center, body.context.told() or {}, language, body.limit)
    base = copilot.settings.public_url
    return ArticlesOut(
        articles=[
            RelatedOut(article_id=each.id, title=each.title, url=base + article_address(each), locale=each.locale)
            for each in found
        ]
    )


@router.get("/tickets")
async def my_tickets(
    principal: AsCustomer, copilot: Copilot, limit: Annotated[int, Query(ge=1, le=50)] = TICKETS
) -> PanelTicketsOut:
    """The customer's tickets, the one that changed last first. `rateable`: solved, and not rated yet."""

    def read(session: Session) -> PanelTicketsOut:
        query = repository.tickets(requester_id=principal.customer_id)
        rows = session.scalars(query.order_by(Ticket.updated_at.desc(), Ticket.id.desc()).limit(limit))
        return PanelTicketsOut(tickets=[_shown(copilot, each) for each in rows])

    return await copilot.database.reading(read)


@router.post("/tickets/{ticket_id}/rating")
async def rate(
    ticket_id: Annotated[int, Path(ge=1, lt=2**31)], body: RatingIn, principal: AsCustomer, copilot: Copilot
) -> PanelTicket:
    """The satisfaction survey of a solved ticket, answered by its requester; answered again it is changed."""

    def write(session: Session) -> PanelTicket:
        rate_ticket(session, copilot, principal, ticket_id, body)
        return _shown(copilot, session.scalars(select(Ticket).where(Ticket.id == ticket_id)).one())

    return await copilot.database.writing(write)


def _shown(copilot: Services, ticket: Ticket) -> PanelTicket:
    return PanelTicket(
        id=ticket.id,
        subject=ticket.subject,
        status=ticket.status,
        updated_at=ticket.updated_at,
        url=f"{copilot.settings.public_url}/portal/tickets/{ticket.id}",
        rateable=ticket.status in RATEABLE and ticket.rating is None,
        score=ticket.rating.score if ticket.rating else None,
    )
