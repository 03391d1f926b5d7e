"""A rating on the wire: of a conversation in our own shape, of a ticket in Zendesk's."""

from __future__ import annotations

import datetime as dt
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from api.ratings.models import SatisfactionRating
from api.settings import Settings
from api.tickets.models import Ticket
from api.tickets.schemas import Text
from api.tickets.shapes import customer_user_id, staff_user_id

LONGEST_COMMENT = 2_000

Score = Literal["good", "bad"]


class RatingIn(BaseModel):
    """A score, and in the customer's own words why. A comment that is left out stays as it was; null takes it away."""

    model_config = ConfigDict(extra="ignore")

    score: Score
    comment: Annotated[Text, StringConstraints(strip_whitespace=True, max_length=LONGEST_COMMENT)] | None = None


class RatingEnvelope(BaseModel):
    satisfaction_rating: RatingIn


class RatingOut(BaseModel):
    """The rating of a conversation as it now stands."""

    score: Score
    comment: str | None
    created_at: dt.datetime = Field(description="When it was rated first.")
    updated_at: dt.datetime


class TicketRating(BaseModel):
    """The rating of a ticket as a Zendesk satisfaction rating."""

    model_config = ConfigDict(extra="allow")

    id: int
    url: str
    ticket_id: int
    requester_id: int | None
    assignee_id: int | None
    score: Score
    comment: str | None
    created_at: str
    updated_at: str


def rating_out(rating: SatisfactionRating) -> RatingOut:
    return RatingOut.model_validate(rating, from_attributes=True)


def rating_shape(rating: SatisfactionRating, ticket: Ticket, settings: Settings) -> dict[str, Any]:
    """The rating of a ticket as a Zendesk satisfaction rating."""
    return {
        "id": rating.id,
        "url": f"{settings.public_url}/api/v2/satisfaction_ratings/{rating.id}.json",
        "ticket_id": ticket.id,
        "requester_id": customer_user_id(ticket.requester_id) if ticket.requester_id is not None else None,
        "assignee_id": staff_user_id(ticket.assignee_id) if ticket.assignee_id is not None else None,
        "group_id": None,
        "score": rating.score,
        "comment": rating.comment,
        "reason": None,
        "created_at": _time(rating.created_at),
        "updated_at": _time(rating.updated_at),
    }


def _time(value: dt.datetime) -> str:
    return value.astimezone(dt.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
