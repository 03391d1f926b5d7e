"""Rating a conversation or a ticket: once each, and changed when it is rated again."""

from __future__ import annotations

from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from api.chat.models import Conversation
from api.database import utc_now
from api.errors import NotFound
from api.identity.principal import Principal
from api.metrics.events import EventType, record
from api.ratings.models import SatisfactionRating
from api.ratings.schemas import RatingIn
from api.services import Services
from api.tickets.changing import TicketChange
from api.tickets.errors import FieldProblem, TicketRejected
from api.tickets.repository import request_by_id

# A ticket is rated once it was solved; a closed one still is.
RATEABLE = frozenset({"solved", "closed"})


def rate_conversation(
    session: Session, principal: Principal, conversation_id: str, body: RatingIn
) -> SatisfactionRating:
    """Rate the caller's own conversation. Raises `NotFound` for any other."""
    if principal.conversation_id != conversation_id:
        raise NotFound("there is no such conversation for this token", code="conversation_not_found")
    # Locked, so that two ratings at once are one after the other.
    session.scalar(select(Conversation.id).where(Conversation.id == conversation_id).with_for_update())
    rating = session.scalar(
        select(SatisfactionRating).where(SatisfactionRating.conversation_id == conversation_id)
    ) or SatisfactionRating(conversation_id=conversation_id)
    changes = _apply(session, rating, principal, body)
    if "score" in changes:
        record(
            session,
            EventType.RATED,
            conversation_id=conversation_id,
            turn_id=principal.turn_id,
            score=rating.score,
            previous=changes["score"],
        )
    session.flush()
    return rating


def rate_ticket(
    session: Session, services: Services, principal: Principal, ticket_id: int, body: RatingIn
) -> SatisfactionRating:
    """Rate a ticket of the caller's own. Raises `NotFound` for another's, `TicketRejected` for one that is not solved."""
    if principal.customer_id is None:
        raise NotFound(f"There is no ticket {ticket_id}.")
    ticket = request_by_id(session, ticket_id, principal.customer_id, lock=True)
    if ticket.requester_id != principal.customer_id:
        raise NotFound(f"There is no ticket {ticket_id} of yours to rate.")
    if ticket.status not in RATEABLE:
        raise TicketRejected(
            [FieldProblem("status", "InvalidValue", "Status: a ticket is rated once it is solved, not before")]
        )
    rating = ticket.rating or SatisfactionRating(ticket_id=ticket.id)
    changes = _apply(session, rating, principal, body)
    if changes:
        via = "chat" if principal.conversation_id else "api"
        change = TicketChange(session, services, ticket, principal, via)
        for name, before in changes.items():
            change.note(f"satisfaction_{name}", before, getattr(rating, name), typed=name == "comment")
        change.finish()
    if "score" in changes:
        record(
            session,
            EventType.RATED,
            conversation_id=ticket.conversation_id,
            turn_id=principal.turn_id,
            ticket_id=ticket.id,
            score=rating.score,
            previous=changes["score"],
        )
    session.flush()
    session.refresh(ticket, ["rating"])
    return rating


def _apply(session: Session, rating: SatisfactionRating, principal: Principal, body: RatingIn) -> dict[str, Any]:
    """Gives the rating its new values; returns what changed, each with what it was."""
    changes: dict[str, Any] = {}
    if rating.score != body.score:
        changes["score"] = rating.score
        rating.score = body.score
    if "comment" in body.model_fields_set and rating.comment != (body.comment or None):
        changes["comment"] = rating.comment
        rating.comment = body.comment or None
    if changes:
        rating.customer_id = principal.customer_id
        rating.updated_at = utc_now()
        session.add(rating)
    return changes
