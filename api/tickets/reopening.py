"""Until when a solved ticket may be reopened by its customer: so many working hours, by the catalog's support hours."""

from __future__ import annotations

import datetime as dt
from zoneinfo import ZoneInfo

from api.database import utc_now
from api.tickets.models import Ticket
from bot.catalog import Catalog
from bot.catalog_entries import SupportHours

# A calendar with holidays from here to there ends the search.
_LONGEST = dt.timedelta(days=730)


def reopens_until(ticket: Ticket, catalog: Catalog) -> dt.datetime | None:
    """When the reopening hours of a solved ticket end; None for any other, and where support never opens."""
    if ticket.status != "solved" or ticket.solved_at is None:
        return None
    return after_working_hours(catalog.support_hours, ticket.solved_at, catalog.reopen_working_hours)


def may_follow(ticket: Ticket, catalog: Catalog, now: dt.datetime | None = None) -> bool:
    """Whether the ticket can only be continued by another one: it is closed, or was solved too long ago."""
    if ticket.status == "closed":
        return True
    until = reopens_until(ticket, catalog)
    return until is not None and (now or utc_now()) >= until


def after_working_hours(hours: SupportHours, start: dt.datetime, working_hours: float) -> dt.datetime | None:
    """The moment (UTC) at which `working_hours` of support have passed since `start`; None where they never do."""
    zone = ZoneInfo(hours.time_zone)
    left = dt.timedelta(hours=working_hours)
    begin = start.astimezone(dt.UTC)
    day = start.astimezone(zone).date()
    while day - begin.date() < _LONGEST:
        for each in () if day in hours.holidays else hours.days[day.weekday()]:
            # In UTC, so that a day on which the clocks change has the hours that it has.
            opens = dt.datetime.combine(day, each.start, zone).astimezone(dt.UTC)
            closes = _closing(day, each.end, zone)
            worked = closes - max(opens, begin)
            if worked <= dt.timedelta(0):
                continue
            if worked >= left:
                return max(opens, begin) + left
            left -= worked
        day += dt.timedelta(days=1)
    return None


def _closing(day: dt.date, end: dt.time, zone: ZoneInfo) -> dt.datetime:
    if end == dt.time.max:  # "24:00"
        day, end = day + dt.timedelta(days=1), dt.time.min
    return dt.datetime.combine(day, end, zone).astimezone(dt.UTC)
