"""The figures of `GET /metrics/deflection`: how the conversations of a range ended, from the stored decisions."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from pydantic import BaseModel, Field
from sqlalchemy.orm import Session

from api.metrics.choice import Choice, choice_of_moments
from api.metrics.deciding import undecided
from api.metrics.definitions import DEFINITIONS
from api.metrics.queries import Rate, rates, totals
from api.metrics.rules import FINAL, Kind, Outcome

_APART = (Kind.STATUS, Kind.SUBSCRIPTION, Kind.FORM, Kind.GREETING)


@dataclass(frozen=True)
class DeflectionFilter:
    """Which conversations count: those that began in [since, until), with these values where given."""

    since: dt.datetime
    until: dt.datetime
    language: str | None = None
    channel: str | None = None
    scenario: str | None = None
    category: str | None = None
    subcategory: str | None = None

    def choice(self, zone: ZoneInfo) -> Choice:
        return choice_of_moments(
            self.since,
            self.until,
            zone,
            language=self.language,
            channel=self.channel,
            scenario=self.scenario,
            category=self.category,
            subcategory=self.subcategory,
        )


class RateOut(BaseModel):
    """A rate under one definition; its rows are listed by `GET /metrics/decisions?rows=<numerator or denominator>`."""

    numerator: int
    denominator: int
    value: float | None = Field(description="numerator / denominator; null where there is nothing to divide by")
    numerator_rows: str
    denominator_rows: str


class Deflection(BaseModel):
    """The figures of a range. `outcomes` add up to `asked_for_help`."""

    since: dt.datetime
    until: dt.datetime
    time_zone: str = Field(description="Of days without a time, and of the days and hours of the decisions.")
    conversations: int = Field(description="All of them, without test and staff traffic.")
    asked_for_help: int
    outcomes: dict[str, int]
    provisional: dict[str, int] = Field(description="How many of each outcome may still change; no rate counts them.")
    recontacted_within_day: int = Field(
        description="Of the re-contacted, how many came back within the shorter window."
    )
    deflection_rate: float | None = Field(description="resolved / (resolved + escalated); see `rates.deflection`")
    resolution_rate: float | None = Field(description="resolved / conversations that the copilot replied to")
    rates: dict[str, RateOut]
    tickets: int = Field(description="Tickets that were opened in these conversations.")
    apart: dict[str, int] = Field(
        description="What did not ask for help: conversations by kind, and tickets that came by form, mail or a program."
    )
    undecided: int = Field(
        description="Conversations in which something happened that these figures do not know of yet."
    )

    def rows(self) -> list[tuple[str, object]]:
        """Every figure by name, for a table."""
        return [
            ("from", self.since.isoformat()),
            ("to", self.until.isoformat()),
            ("time_zone", self.time_zone),
            ("conversations", self.conversations),
            ("asked_for_help", self.asked_for_help),
            *((f"outcomes.{name}", number) for name, number in self.outcomes.items()),
            *((f"provisional.{name}", number) for name, number in self.provisional.items()),
            ("recontacted_within_day", self.recontacted_within_day),
            ("deflection_rate", self.deflection_rate),
            ("resolution_rate", self.resolution_rate),
            *(
                (f"rates.{name}.{part}", getattr(rate, part))
                for name, rate in self.rates.items()
                for part in ("numerator", "denominator", "value")
            ),
            ("tickets", self.tickets),
            *((f"apart.{name}", number) for name, number in self.apart.items()),
            ("undecided", self.undecided),
        ]


def deflection(session: Session, chosen: DeflectionFilter, zone: ZoneInfo | None = None) -> Deflection:
    """The figures of the conversations that `chosen` describes, as they are decided (`api.metrics.worker.freshen`)."""
    place = zone or ZoneInfo("UTC")
    choice = chosen.choice(place)
    found = totals(session, choice)
    made = {each.definition.id: rate_out(each) for each in rates(session, choice, found, DEFINITIONS)}
    return Deflection(
        since=chosen.since,
        until=chosen.until,
        time_zone=place.key,
        conversations=found.conversations,
        asked_for_help=found.asked,
        outcomes=found.outcomes,
        provisional={each.value: found.provisional[each] for each in Outcome if each not in FINAL},
        recontacted_within_day=found.sums["within_day"],
        deflection_rate=made["deflection"].value,
        resolution_rate=made["resolution"].value,
        rates=made,
        tickets=found.tickets,
        apart={**{each.value: found.kinds[each] for each in _APART}, "tickets": found.apart},
        undecided=undecided(session),
    )


def rate_out(rate: Rate) -> RateOut:
    """A rate as it is told, to four digits."""
    return RateOut(
        numerator=rate.numerator,
        denominator=rate.denominator,
        value=None if rate.value is None else round(rate.value, 4),
        numerator_rows=rate.definition.numerator,
        denominator_rows=rate.definition.denominator,
    )
