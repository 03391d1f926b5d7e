"""The clock of working time, minute by minute: slow, and too plain to be wrong.

Every minute from the first year to the last asks the local clock whether somebody is at work; a question is then a matter of
counting minutes. The zone's clock is read once an hour and at each change of it, not 5 million times.
"""

from __future__ import annotations

import datetime as dt
import functools
from itertools import accumulate
from zoneinfo import ZoneInfo

from bot.catalog_entries import SupportHours

FIRST_YEAR, YEARS = 2016, 10
BEGIN = dt.datetime(FIRST_YEAR, 1, 1, tzinfo=dt.UTC)
MINUTE = dt.timedelta(minutes=1)
MINUTES = int((dt.datetime(FIRST_YEAR + YEARS, 1, 1, tzinfo=dt.UTC) - BEGIN) / MINUTE)


class Reference:
    """Ten years of one set of hours; moments are whole minutes since `BEGIN`."""

    def __init__(self, hours: SupportHours) -> None:
        self.open = bytearray(MINUTES)
        for minute, local in enumerate(local_minutes(hours.time_zone)):
            day, clock = divmod(local, 1440)
            self.open[minute] = clock in _minutes_of(hours, day)
        # before[n]: the open minutes before minute n.
        self.before = [0, *accumulate(self.open)]

    def between(self, start: int, end: int) -> int:
        return self.before[end] - self.before[start]

    def add(self, start: int, working: int) -> int | None:
        """The first minute before which `working` open ones have passed since `start`."""
        if working == 0:
            return start
        for minute in range(start, MINUTES):
            working -= self.open[minute]
            if working == 0:
                return minute + 1
        return None

    def next_opening(self, at: int) -> int | None:
        found = self.open.find(b"\x00\x01", at)
        return None if found < 0 else found + 1


@functools.lru_cache(maxsize=4096)
def _minutes_of(hours: SupportHours, day: int) -> frozenset[int]:
    date = dt.date(1970, 1, 1) + dt.timedelta(days=day)
    if hours.is_holiday(date):
        return frozenset()
    return frozenset(
        minute
        for each in hours.days[date.weekday()]
        for minute in range(
            each.start.hour * 60 + each.start.minute,
            1440 if each.end == dt.time.max else each.end.hour * 60 + each.end.minute,
        )
    )


@functools.cache
def local_minutes(zone: str) -> list[int]:
    """What the local clock shows in each minute, in minutes since the first of January 1970 there."""
    found: list[int] = []
    place = ZoneInfo(zone)
    since = int(BEGIN.timestamp()) // 60
    for hour in range(0, MINUTES, 60):
        # The clocks change at whole hours of UTC, or at half of one (Lord Howe): thirty minutes share an offset.
        for half in (hour, hour + 30):
            offset = (BEGIN + half * MINUTE).astimezone(place).utcoffset()
            assert offset is not None
            first = since + half + int(offset / MINUTE)
            found.extend(range(first, first + 30))
    return found
