"""The expected first response: from the calendar, and from how soon tickets like this one were answered lately."""

from __future__ import annotations

import datetime as dt
import math
import statistics
from dataclasses import dataclass
from functools import cached_property

from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session

from api.services import Services
from api.tickets.clocks import Clock
from api.tickets.models import Ticket
from api.tickets.shapes import OPEN_STATUSES
from api.tickets.targets import target_clock
from api.working_hours import working_hours
from bot.catalog import Catalog
from bot.expected import ExpectedResponse, waiting_text

# So many first responses of a priority and category are looked at, the newest; with fewer than the least the catalog's
# published figure stands.
MOST, LEAST = 50, 10
# Four of five were answered within what is told: a median would disappoint every second customer.
TOLD = 0.8
_ANSWERED = (
    select(Ticket.created_at, Ticket.first_response_at)
    .where(Ticket.priority == bindparam("priority"), Ticket.first_response_at.is_not(None))
    .order_by(Ticket.first_response_at.desc())
    .limit(MOST)
)
_RECENT = _ANSWERED.where(Ticket.category == bindparam("category"))
_RECENT_OF_NONE = _ANSWERED.where(Ticket.category.is_(None))


@dataclass(frozen=True)
class Expected:
    """`minutes` are those told (of support hours, or of any where `clock` is ``calendar``); `samples` the responses that
    they come from, 0 for the catalog's figure; `median` of them, in minutes."""

    minutes: int
    median: int | None
    samples: int
    response: ExpectedResponse
    at: dt.datetime
    catalog: Catalog

    @cached_property
    def text(self) -> dict[str, str]:
        return {each: self.text_in(each) for each in self.catalog.languages}

    def text_in(self, language: str) -> str:
        """What a customer is told, in one of the catalog's languages."""
        return waiting_text(self.catalog, language, self.response, self.at)

    @property
    def by(self) -> dt.datetime | None:
        return self.response.by

    @property
    def opens_at(self) -> dt.datetime | None:
        return self.response.opens_at


def expected_first_response(
    session: Session, services: Services, priority: str, category: str | None, at: dt.datetime
) -> Expected:
    """When somebody answers first a ticket that is opened `at`; `text` says so in every language of the catalog."""
    return expected_for(session, services.catalog, priority, category, at)


def expected_for(session: Session, catalog: Catalog, priority: str, category: str | None, at: dt.datetime) -> Expected:
    """The same, where nothing but the catalog is at hand."""
    target = catalog.target(priority, category)
    clock = target_clock(catalog, target)
    taken = _recent(session, clock, priority, category)
    told, median = catalog.first_response_minutes, None
    if len(taken) >= LEAST:
        told = _rounded(taken[math.ceil(TOLD * len(taken)) - 1])
        median = round(statistics.median(taken))
    every_hour = target is not None and target.clock == "calendar"
    hours = working_hours(catalog)
    response = ExpectedResponse(
        told,
        clock.after(at, dt.timedelta(minutes=told)),
        None if every_hour or hours.is_open(at) else hours.next_opening(at),
    )
    return Expected(told, median, len(taken) if median is not None else 0, response, at, catalog)


def _recent(session: Session, clock: Clock, priority: str, category: str | None) -> list[float]:
    """Minutes from opening to first response of the newest, in order of size."""
    session.flush()
    # Past the ORM, in the session's transaction: columns alone, asked for at every opening.
    rows = session.connection().execute(
        _RECENT if category is not None else _RECENT_OF_NONE, {"priority": priority, "category": category}
    )
    return sorted(
        clock.between(opened, answered) / dt.timedelta(minutes=1) for opened, answered in rows if answered is not None
    )


def _rounded(minutes: float) -> int:
    """Up to the next five minutes: nobody promises 37."""
    return max(5, math.ceil(minutes / 5) * 5)


def expected_of(session: Session, services: Services, ticket: Ticket) -> dict[str, str] | None:
    """When the customer of a ticket may expect the first response, in every language; None once it was given."""
    if ticket.first_response_at is not None or ticket.status not in OPEN_STATUSES:
        return None
    return expected_first_response(session, services, ticket.priority, ticket.category, ticket.created_at).text
