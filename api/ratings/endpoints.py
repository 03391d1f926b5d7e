"""Satisfaction: of a conversation at ``/chat/conversations/{id}/rating``, of a ticket in Zendesk's shape."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Depends
from sqlalchemy import select
from sqlalchemy.orm import Session

from api.errors import NotFound
from api.identity.principal import Principal, require_conversation, require_customer, require_role
from api.ratings.models import SatisfactionRating
from api.ratings.schemas import RatingEnvelope, RatingIn, RatingOut, rating_out, rating_shape
from api.ratings.service import rate_conversation, rate_ticket
from api.services import Services, services
from api.tickets.repository import ticket_by_id

router = APIRouter(tags=["ratings"])

Copilot = Annotated[Services, Depends(services)]
InConversation = Annotated[Principal, Depends(require_conversation)]
AsCustomer = Annotated[Principal, Depends(require_customer)]
AsAgent = Annotated[Principal, Depends(require_role("agent"))]


@router.post("/chat/conversations/{conversation_id}/rating")
async def rate_a_conversation(
    conversation_id: str, body: RatingIn, principal: InConversation, copilot: Copilot
) -> RatingOut:
    """Rate the conversation whose token (or running turn's token) this is; rated again, the rating is changed."""

    def rate(session: Session) -> RatingOut:
        return rating_out(rate_conversation(session, principal, conversation_id, body))

    return await copilot.database.writing(rate)


# Zendesk's paths, with and without the suffix. The lower decorator comes first: `{rating_id}` would swallow the suffix.
@router.post("/api/v2/tickets/{ticket_id}/satisfaction_rating")
@router.post("/api/v2/tickets/{ticket_id}/satisfaction_rating.json", include_in_schema=False)
async def rate_a_ticket(
    ticket_id: int, body: RatingEnvelope, principal: AsCustomer, copilot: Copilot
) -> dict[str, Any]:
    """Rate a solved ticket as its requester: ``{"satisfaction_rating": {"score": "good" | "bad", "comment"}}``."""

    def rate(session: Session) -> dict[str, Any]:
        rating = rate_ticket(session, principal, ticket_id, body.satisfaction_rating)
        ticket = ticket_by_id(session, ticket_id)
        return {"satisfaction_rating": rating_shape(rating, ticket, copilot.settings)}

    return await copilot.database.writing(rate)


@router.get("/api/v2/satisfaction_ratings/{rating_id}")
@router.get("/api/v2/satisfaction_ratings/{rating_id}.json", include_in_schema=False)
async def show_rating(rating_id: int, principal: AsAgent, copilot: Copilot) -> dict[str, Any]:
    """The rating of a ticket, for staff."""

    def read(session: Session) -> dict[str, Any]:
        found = select(SatisfactionRating).where(SatisfactionRating.id == rating_id) if rating_id < 2**31 else None
        rating = session.scalar(found) if found is not None else None
        if rating is None or rating.ticket_id is None:
            raise NotFound(f"There is no rating {rating_id}.")
        ticket = ticket_by_id(session, rating.ticket_id)
        return {"satisfaction_rating": rating_shape(rating, ticket, copilot.settings)}

    return await copilot.database.reading(read)
