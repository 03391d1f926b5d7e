"""Times in a query: a day, a moment, or so long ago."""

from __future__ import annotations

import datetime as dt
import re
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, and_
from sqlalchemy.orm import InstrumentedAttribute

from api.tickets.search_query import Property

_AGO = re.compile(r"(\d{1,6})(minute|hour|day|week|month|year)s?", re.IGNORECASE)
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")
# Of a month and a year so many days: who needs the day exactly writes it.
_UNITS = {
    "minute": dt.timedelta(minutes=1),
    "hour": dt.timedelta(hours=1),
    "day": dt.timedelta(days=1),
    "week": dt.timedelta(weeks=1),
    "month": dt.timedelta(days=30),
    "year": dt.timedelta(days=365),
}
_A_DAY = dt.timedelta(days=1)


def time_condition(
    each: Property, column: InstrumentedAttribute[Any], zone: ZoneInfo, now: dt.datetime
) -> ColumnElement[bool]:
    """The condition on a time's column, not yet negated. Days begin and end in `zone`. Raises `SearchRefused`.

    ``created>4hours`` is what was created in the last four hours, ``created>2026-01-31`` what was created after that day.
    """
    if each.is_none:
        return column.is_(None)
    try:
        begin, end = _span(each, zone, now)
    except (ValueError, OverflowError) as error:
        raise each.refused(
            "a time is written 2026-01-31, 2026-01-31T15:00:00Z or, how long ago, 4hours, 2days"
        ) from error
    match each.operator:
        case ">":
            return column >= end if end > begin else column > begin
        case ">=":
            return column >= begin
        case "<":
            return column < begin
        case "<=":
            return column < end if end > begin else column <= begin
        case _:
            return and_(column >= begin, column < end) if end > begin else column == begin


def _span(each: Property, zone: ZoneInfo, now: dt.datetime) -> tuple[dt.datetime, dt.datetime]:
    """From when to when the value lasts: a day, a second; of a time ago both are one moment."""
    ago = _AGO.fullmatch(each.value)
    if ago is not None:
        if each.operator == ":":
            raise each.refused("a time ago takes < (longer ago) or > (since then)")
        moment = now - int(ago[1]) * _UNITS[ago[2].lower()]
        return moment, moment
    if _DAY.fullmatch(each.value):
        day = dt.date.fromisoformat(each.value)
        return _midnight(day, zone), _midnight(day + _A_DAY, zone)
    moment = dt.datetime.fromisoformat(each.value)
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=zone)
    moment = moment.astimezone(dt.UTC)
    return moment, moment + dt.timedelta(seconds=0 if moment.microsecond else 1)


def _midnight(day: dt.date, zone: ZoneInfo) -> dt.datetime:
    return dt.datetime.combine(day, dt.time.min, zone).astimezone(dt.UTC)
