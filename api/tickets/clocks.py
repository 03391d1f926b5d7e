"""How much of a ticket's time has passed: only while it is ours to act, in support hours or in every hour. Pure."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from api.working_hours import Course, WorkingHours


@dataclass(frozen=True)
class Stretch:
    """Time in which a target's clock runs; `end` is None for the one that is not over."""

    start: dt.datetime
    end: dt.datetime | None


class Clock:
    """The clock of one ticket's target: `hours` where only support hours count, None where every hour does."""

    def __init__(self, hours: WorkingHours | None) -> None:
        self._hours = hours

    def after(self, start: dt.datetime, time: dt.timedelta) -> dt.datetime | None:
        """The moment at which so much has passed since `start`; None where it never will."""
        return start + time if self._hours is None else self._hours.add(start, time)

    def course(self, start: dt.datetime, times: Sequence[dt.timedelta]) -> Course:
        """`after` for several times since the same moment, and until when it follows from these for a later start."""
        if self._hours is not None:
            return self._hours.course(start, times)
        return Course(start, dt.datetime.max.replace(tzinfo=dt.UTC), [start + time for time in times], moves=True)

    def between(self, start: dt.datetime, end: dt.datetime) -> dt.timedelta:
        return end - start if self._hours is None else self._hours.between(start, end)

    def spent(self, stretches: Sequence[Stretch], now: dt.datetime) -> dt.timedelta:
        """What has passed until `now`."""
        return sum((self.between(each.start, each.end or now) for each in stretches), dt.timedelta(0))

    def reached(self, stretches: Sequence[Stretch], time: dt.timedelta) -> dt.datetime | None:
        """The moment at which so much had, or will have, passed; None where the clock stands still before."""
        for each in stretches:
            if each.end is None:
                return self.after(each.start, time)
            passed = self.between(each.start, each.end)
            if passed >= time:
                return self.after(each.start, time)
            time -= passed
        return None
