"""The clock of working time, minute by minute: slow, and too plain to be wrong.

Every minute of ten years is open or not, by what the local clock shows in it; a question is a matter of counting minutes.
"""

from __future__ import annotations

import datetime as dt
import functools
from array import array
from bisect import bisect_left, bisect_right
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
        zone = ZoneInfo(hours.time_zone)
        self.open = bytearray()
        # No offset changes but at a whole or a half hour of UTC; some offsets have quarters, so a block may hold a midnight.
        for block in range(0, MINUTES, 30):
            offset = (BEGIN + block * MINUTE).astimezone(zone).utcoffset()
            assert offset is not None
            day, clock = divmod(_SINCE_1970 + block + offset // MINUTE, 1440)
            today = _day(hours, day)[clock : clock + 30]
            self.open += today + _day(hours, day + 1)[: 30 - len(today)]
        # before[n]: the open minutes before minute n.
        self.before = array("i", accumulate(self.open, initial=0))
        # The minutes at which it changes. Looked for anew at each question, hours that never end are read to the end of
        # the ten years: 10 ms a question.
        self._openings, self._closings = array("i"), array("i")
        minute = 0
        while (minute := self.open.find(not self.open[minute], minute)) >= 0:
            (self._openings if self.open[minute] else self._closings).append(minute)

    def between(self, start: int, end: int) -> int:
        return self.before[end] - self.before[start]

    def add(self, start: int, working: int) -> int | None:
        """The first minute before which `working` open ones have passed since `start`."""
        if working == 0:
            return start
        found = bisect_left(self.before, self.before[start] + working)
        return found if found <= MINUTES else None

    def next_opening(self, at: int) -> int | None:
        """The first minute after this one at which it opens."""
        return _after(self._openings, at)

    def closing(self, at: int) -> int | None:
        """The first minute after this one at which it closes."""
        return _after(self._closings, at)


def _after(changes: array[int], at: int) -> int | None:
    found = bisect_right(changes, at)
    return changes[found] if found < len(changes) else None


_SINCE_1970 = int(BEGIN.timestamp()) // 60


@functools.lru_cache(maxsize=16)
def _day(hours: SupportHours, day: int) -> bytes:
    """The minutes of one local day, since 1970 there: 1 where somebody is at work."""
    date = dt.date(1970, 1, 1) + dt.timedelta(days=day)
    shown = bytearray(1440)
    for each in () if hours.is_holiday(date) else hours.days[date.weekday()]:
        first = each.start.hour * 60 + each.start.minute
        last = 1440 if each.end == dt.time.max else each.end.hour * 60 + each.end.minute
        shown[first:last] = b"\x01" * (last - first)
    return bytes(shown)
