"""Satisfaction: of a conversation at ``/chat/conversations/{id}/rating``, of a ticket in Zendesk's shape."""

from __future__ import annotations

import datetime as dt
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Request
from fastapi.responses import JSONResponse, Response
from sqlalchemy import select
from sqlalchemy.orm import InstrumentedAttribute, Session

from api.errors import NotFound
from api.identity.principal import Principal, require_conversation
from api.ratings.models import SatisfactionRating
from api.ratings.schemas import RatingEnvelope, RatingIn, RatingOut, TicketRating, rating_out, rating_shape
from api.ratings.service import rate_conversation, rate_ticket
from api.tickets.idempotency import Answer
from api.tickets.models import Ticket
from api.tickets.paging import fetch_page, read_page_request
from api.tickets.repository import ticket_by_id
from api.tickets.responses import one, page
from api.tickets.routing import AsAgent, AsCustomer, Copilot, IdempotencyHeader, answered, route, said, shown

router = APIRouter(tags=["ratings"])

InConversation = Annotated[Principal, Depends(require_conversation)]

_SORTS: dict[str, InstrumentedAttribute[Any]] = {
    "id": SatisfactionRating.id,
    "created_at": SatisfactionRating.created_at,
    "updated_at": SatisfactionRating.updated_at,
}


@router.post("/chat/conversations/{conversation_id}/rating")
async def rate_a_conversation(
    conversation_id: str, body: RatingIn, principal: InConversation, copilot: Copilot
) -> RatingOut:
    """Rate the conversation whose token (or running turn's token) this is; rated again, the rating is changed."""

    def rate(session: Session) -> RatingOut:
        return rating_out(rate_conversation(session, principal, conversation_id, body))

    return await copilot.database.writing(rate)


@route(
    router,
    "POST",
    "/api/v2/tickets/{ticket_id:id}/satisfaction_rating",
    returns=one("satisfaction_rating", TicketRating),
)
async def rate_a_ticket(
    ticket_id: int,
    body: RatingEnvelope,
    request: Request,
    principal: AsCustomer,
    copilot: Copilot,
    idempotency_key: IdempotencyHeader = None,
) -> Response:
    """Rate a solved ticket as its requester: ``{"satisfaction_rating": {"score": "good" | "bad", "comment"}}``."""

    def rate(session: Session) -> Answer:
        rating = rate_ticket(session, copilot, principal, ticket_id, body.satisfaction_rating)
        ticket = ticket_by_id(session, ticket_id)
        return said({"satisfaction_rating": rating_shape(rating, ticket, copilot.settings)})

    return await answered(copilot, principal, request, idempotency_key, body.model_dump(mode="json"), rate)


@route(router, "GET", "/api/v2/satisfaction_ratings", returns=page("satisfaction_ratings", TicketRating), paged=True)
async def list_ratings(
    request: Request,
    principal: AsAgent,
    copilot: Copilot,
    score: Annotated[str | None, Query(max_length=64, description="`good`, `bad`, or with a comment.")] = None,
    start_time: Annotated[int | None, Query(ge=0, le=4_102_444_800)] = None,
    end_time: Annotated[int | None, Query(ge=0, le=4_102_444_800)] = None,
) -> JSONResponse:
    """The ratings of tickets: of one score (``good``, ``bad``, ``good_with_comment`` ...), or of a time, where given."""
    query = select(SatisfactionRating).join(Ticket, Ticket.id == SatisfactionRating.ticket_id)
    query = query.where(Ticket.deleted_at.is_(None))
    if score is not None:
        wanted, _, how = score.removeprefix("received_").partition("_")
        query = query.where(SatisfactionRating.score == wanted) if wanted in ("good", "bad") else query
        if how == "with_comment":
            query = query.where(SatisfactionRating.comment.is_not(None))
        elif how == "without_comment":
            query = query.where(SatisfactionRating.comment.is_(None))
    if start_time is not None:
        query = query.where(SatisfactionRating.updated_at >= dt.datetime.fromtimestamp(start_time, dt.UTC))
    if end_time is not None:
        query = query.where(SatisfactionRating.updated_at < dt.datetime.fromtimestamp(end_time, dt.UTC))
    page_request = read_page_request(request, tuple(_SORTS))

    def read(session: Session) -> dict[str, Any]:
        found = fetch_page(session, query, page_request, request, _SORTS, public_url=copilot.settings.public_url)
        shapes = [rating_shape(each, session.get_one(Ticket, each.ticket_id), copilot.settings) for each in found.items]
        return {"satisfaction_ratings": shapes, **found.extra}

    return await shown(copilot, read)


@route(router, "GET", "/api/v2/satisfaction_ratings/{rating_id:id}", returns=one("satisfaction_rating", TicketRating))
async def show_rating(rating_id: int, principal: AsAgent, copilot: Copilot) -> JSONResponse:
    """The rating of a ticket, for staff."""

    def read(session: Session) -> dict[str, Any]:
        found = select(SatisfactionRating).where(SatisfactionRating.id == rating_id) if rating_id < 2**31 else None
        rating = session.scalar(found) if found is not None else None
        if rating is None or rating.ticket_id is None:
            raise NotFound(f"There is no rating {rating_id}.")
        ticket = ticket_by_id(session, rating.ticket_id)
        return {"satisfaction_rating": rating_shape(rating, ticket, copilot.settings)}

    return await shown(copilot, read)
