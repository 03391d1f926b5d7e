"""Which decisions a figure is about: a range of local days, and values of their dimensions."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, replace
from typing import Any, Literal
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session

from api.errors import Invalid
from api.metrics.models import DayCount, Decision
from bot.catalog import Catalog

Dimension = Literal["language", "channel", "scenario", "category", "subcategory"]
DIMENSIONS: tuple[Dimension, ...] = ("language", "channel", "scenario", "category", "subcategory")
# In an address, for what has no value: a conversation without a category.
NONE = "none"
MOST_DAYS = 3660
CHAT_CHANNELS = ("widget", "admin", "helpcenter")
TICKET_CHANNELS = ("api", "web", "mail")


@dataclass(frozen=True)
class Choice:
    """Decisions of conversations that began on the local days from `since` to `until`, both included, with these values
    (None: any; `none`: without one). `moments`: instead exactly in [first, second)."""

    since: dt.date
    until: dt.date
    language: str | None = None
    channel: str | None = None
    scenario: str | None = None
    category: str | None = None
    subcategory: str | None = None
    moments: tuple[dt.datetime, dt.datetime] | None = None

    @property
    def days(self) -> int:
        return (self.until - self.since).days + 1

    def previous(self) -> Choice:
        """As many days just before."""
        back = dt.timedelta(days=self.days)
        moments = None
        if self.moments is not None:
            first, second = self.moments
            moments = first - (second - first), first
        return replace(self, since=self.since - back, until=self.until - back, moments=moments)

    def conditions(self, model: Any) -> list[ColumnElement[bool]]:
        """For any table with a day and those dimensions that it has; one that it lacks raises `AttributeError`."""
        if self.moments is not None:
            first, second = self.moments
            moment = Decision.started_at if model is Decision else model.at
            found: list[ColumnElement[bool]] = [moment >= first, moment < second]
        else:
            found = [model.day >= self.since, model.day <= self.until]
        for name in DIMENSIONS:
            value = getattr(self, name)
            if value is not None:
                found.append(getattr(model, name) == ("" if value == NONE else value))
        return found

    def by_month(self) -> tuple[Choice | None, list[tuple[dt.date, dt.date]]]:
        """The whole months of the range, as a choice of their first days (None: there are none); and the first and last
        days of what is left of it."""
        first = self.since if self.since.day == 1 else _next_month(self.since)
        # The first day that belongs to no whole month any more.
        end = _month(self.until + dt.timedelta(days=1))
        if first >= end or self.moments is not None:
            return None, [(self.since, self.until)]
        day = dt.timedelta(days=1)
        left = [(self.since, first - day), (end, self.until)]
        return replace(self, since=first, until=_month(end - day)), [each for each in left if each[0] <= each[1]]

    @property
    def filtered(self) -> frozenset[str]:
        """The dimensions that a value was chosen for."""
        return frozenset(name for name in DIMENSIONS if getattr(self, name) is not None)


def _month(day: dt.date) -> dt.date:
    return day.replace(day=1)


def _next_month(day: dt.date) -> dt.date:
    return _month(day.replace(day=28) + dt.timedelta(days=4))


def choice_of_moments(first: dt.datetime, second: dt.datetime, zone: ZoneInfo, **values: str | None) -> Choice:
    """Those that began in [first, second): by whole days where the range is of such, by the moment else."""
    local, end = first.astimezone(zone), second.astimezone(zone)
    whole = local == day_start(local.date(), zone) and end == day_start(end.date(), zone)
    last = end.date() - dt.timedelta(days=1) if whole else end.date()
    return Choice(local.date(), last, moments=None if whole else (first, second), **values)


def day_start(day: dt.date, zone: ZoneInfo) -> dt.datetime:
    """When a local day begins: its midnight, or, where the clocks skip that, the first moment after it."""
    midnight = dt.datetime.combine(day, dt.time(), zone)
    return midnight.astimezone(dt.UTC).astimezone(zone)


def check_range(since: dt.date, until: dt.date) -> None:
    """Raises `Invalid` for a range that ends before it begins or is longer than ten years."""
    if since > until:
        raise _wrong("from", "must not be after `to`")
    if (until - since).days >= MOST_DAYS:
        raise _wrong("from", f"a range may have {MOST_DAYS} days at most: ten years")


def check_values(session: Session, catalog: Catalog, choice: Choice) -> None:
    """Raises `Invalid` where a value is neither the catalog's nor that of any decision, naming those that there are."""
    for name in sorted(choice.filtered):
        value = getattr(choice, name)
        known = known_values(catalog, name, choice.category)
        if value == NONE or value in known:
            continue
        # A category that the catalog has no more, but conversations have.
        column = getattr(DayCount, name)
        if session.scalar(select(column).where(column == value).limit(1)) is None:
            raise _wrong(name, f"must be one of {', '.join(known)}, or {NONE}")


def known_values(catalog: Catalog, name: str, category: str | None = None) -> list[str]:
    """The values of a dimension that the catalog knows."""
    match name:
        case "language":
            return list(catalog.languages)
        case "channel":
            return [*CHAT_CHANNELS, *TICKET_CHANNELS]
        case "scenario":
            return [each.id for each in catalog.scenarios]
        case "category":
            return [each.id for each in catalog.categories]
        case _:
            of = [each for each in catalog.categories if category in (None, each.id)]
            return list(dict.fromkeys(one for each in of for one in each.subcategories))


def _wrong(field: str, told: str) -> Invalid:
    return Invalid(f"`{field}` {told}.", code="invalid_request", details={field: told})
