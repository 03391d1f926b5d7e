"""``GET /api/v2/expected_response``: how soon a ticket would be answered first. Public, like the support hours."""

from __future__ import annotations

import datetime as dt
from typing import Annotated

from fastapi import APIRouter, Depends, Query
from pydantic import BaseModel, Field
from sqlalchemy.orm import Session

from api.database import utc_now
from api.services import Services, services
from api.tickets.errors import FieldProblem, TicketRejected
from api.tickets.expected import expected_first_response
from bot.catalog import CatalogError

router = APIRouter(prefix="/api/v2", tags=["tickets"])

Copilot = Annotated[Services, Depends(services)]
Id = Annotated[str | None, Query(max_length=64)]


class ExpectedOut(BaseModel):
    priority: str = Field(description="Of such a ticket, by the catalog's rules.")
    minutes: int = Field(description="Of support hours; four of five such tickets were answered within them.")
    median_minutes: int | None = Field(description="Half of them were; null while there are too few.")
    samples: int = Field(description="How many first responses it comes from; 0: the published figure.")
    open: bool = Field(description="Whether somebody is at work now.")
    opens_at: dt.datetime | None = Field(description="Where nobody is: when somebody will be.")
    by: dt.datetime | None = Field(description="The moment at which the minutes are over.")
    text: str = Field(description="What the customer is told, in the language asked for.")


class ExpectedEnvelope(BaseModel):
    expected_response: ExpectedOut


@router.get("/expected_response.json", include_in_schema=False)
@router.get("/expected_response", responses={422: {"description": "An id that the catalog does not know."}})
async def expected_response(
    copilot: Copilot,
    category: Id = None,
    support_type: Id = None,
    priority: Id = None,
    users_affected: Id = None,
    impact: Id = None,
    language: Id = None,
) -> ExpectedEnvelope:
    """How soon a ticket with these facts would be answered first, if it were opened now."""
    catalog = copilot.catalog
    try:
        wanted = priority or catalog.priority(
            category=category, support_type=support_type, users_affected=users_affected, impact=impact
        )
    except CatalogError as error:
        raise TicketRejected([FieldProblem("category", "InvalidValue", str(error)[:300])]) from error
    if wanted not in catalog.priorities:
        known = ", ".join(catalog.priorities)
        raise TicketRejected([FieldProblem("priority", "InvalidValue", f"Priority: must be one of {known}")])
    if category is not None and category not in {each.id for each in catalog.categories}:
        raise TicketRejected([FieldProblem("category", "InvalidValue", "Category: is no category of this catalog")])

    def read(session: Session) -> ExpectedOut:
        found = expected_first_response(session, copilot, wanted, category, utc_now())
        spoken = language if language in catalog.languages else catalog.default_language
        return ExpectedOut(
            priority=wanted,
            minutes=found.minutes,
            median_minutes=found.median,
            samples=found.samples,
            open=found.opens_at is None,
            opens_at=found.opens_at,
            by=found.by,
            text=found.text[spoken or catalog.default_language],
        )

    return ExpectedEnvelope(expected_response=await copilot.database.reading(read))
