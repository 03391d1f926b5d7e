"""The clock of working time: what of a stretch of time support is at work, and when so much of it will have passed.

A moment is working time where the local clock of the support hours' zone stands in one of the day's ranges, and the local
date is no holiday. So when the clocks go forward over an hour of work, that day is an hour shorter; when they go back into
one, that hour counts twice, as it passes twice.

Each year is laid out once (12 ms) as the intervals in which support works, in UTC, with the time worked before each; every
question is then a search in that list: 20 µs (both on a busy machine), however long the time between.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from bot.catalog_entries import SupportHours

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
_DAY = 86_400_000_000
_SECOND = 1_000_000
# No zone changes its clocks twice within this time.
_STEP = _DAY // 2
# Hours that are not over, or have not begun, by then never will be.
_YEARS_AHEAD = 12


@dataclass(frozen=True)
class _Year:
    """Moments are microseconds since 1970. `worked[n]`: what is worked in the year before interval n; one more: in all."""

    starts: tuple[int, ...]
    ends: tuple[int, ...]
    worked: tuple[int, ...]

    @property
    def whole(self) -> int:
        return self.worked[-1]

    def until(self, moment: int) -> int:
        """What is worked in the year before `moment`."""
        index = bisect_right(self.starts, moment) - 1
        if index < 0:
            return 0
        return self.worked[index] + min(moment, self.ends[index]) - self.starts[index]


@dataclass(frozen=True)
class Course:
    """What is `reached` from `since`. From a later start until `until` it is as much later, where it `moves` with it (support
    is at work), or else the same (it is not)."""

    since: datetime
    until: datetime
    reached: list[datetime | None]
    moves: bool


class WorkingHours:
    """The support hours as a clock. Moments given are aware, of any zone; those returned are in UTC."""

    def __init__(self, hours: SupportHours) -> None:
        self.hours = hours
        self.zone = ZoneInfo(hours.time_zone)
        self._years: dict[int, _Year] = {}

    def add(self, start: datetime, working: timedelta) -> datetime | None:
        """The first moment at which `working` time has passed since `start`; None where it never will (in twelve years).

        Nothing passes at once: ``add(start, timedelta(0))`` is `start`. ValueError for a negative time.
        """
        return self.add_each(start, (working,))[0]

    def add_each(self, start: datetime, times: Iterable[timedelta]) -> list[datetime | None]:
        """`add` for each of several times since the same moment."""
        moment = _micros(start)
        first = _year_of(moment)
        before = self._year(first).until(moment)
        return [self._reached(start, first, before, working // _MICROSECOND) for working in times]

    def _reached(self, start: datetime, first: int, before: int, left: int) -> datetime | None:
        """`before`: what is worked in the year `first` before `start`."""
        if left < 0:
            raise ValueError("working time only passes forwards")
        if left == 0:
            return start.astimezone(UTC)
        for number in range(first, first + _YEARS_AHEAD):
            year = self._year(number)
            worked = before + left
            if worked > year.worked[-1]:
                left, before = worked - year.worked[-1], 0
                continue
            # The interval in which it is reached: at its end, not at the beginning of the next.
            index = bisect_right(year.worked, worked - 1) - 1
            return _datetime(year.starts[index] + worked - year.worked[index])
        return None

    def course(self, start: datetime, times: Iterable[timedelta]) -> Course:
        """`add` for each of several times since `start`, and until when the answers for a later start follow from these."""
        wanted = list(times)
        reached = self.add_each(start, wanted)
        moment = _micros(start)
        year = self._year(_year_of(moment))
        index = bisect_right(year.starts, moment) - 1
        moves = index >= 0 and moment < year.ends[index]
        if None in reached or timedelta(0) in wanted:
            return Course(start, start, reached, moves)
        if moves:
            left = min(
                [year.ends[index] - moment, *(self._left(_micros(each)) for each in reached if each is not None)]
            )
        else:
            last = index + 1 == len(year.starts)
            left = (_new_year(_year_of(moment) + 1) if last else year.starts[index + 1]) - moment
        return Course(start, start + timedelta(microseconds=left), reached, moves)

    def _left(self, moment: int) -> int:
        """How much longer support works that worked just before `moment`."""
        year = self._year(_year_of(moment - 1))
        return year.ends[bisect_right(year.starts, moment - 1) - 1] - moment

    def between(self, start: datetime, end: datetime) -> timedelta:
        """The working time from `start` to `end`; negative where `end` is before it."""
        first, last = _micros(start), _micros(end)
        if last < first:
            return -self.between(end, start)
        begin, finish = _year_of(first), _year_of(last)
        worked = sum(self._year(number).whole for number in range(begin, finish))
        return timedelta(microseconds=worked + self._year(finish).until(last) - self._year(begin).until(first))

    def is_open(self, at: datetime) -> bool:
        """Whether support is at work at that moment."""
        moment = _micros(at)
        year = self._year(_year_of(moment))
        index = bisect_right(year.starts, moment) - 1
        return index >= 0 and moment < year.ends[index]

    def closing(self, at: datetime) -> datetime | None:
        """Until when support works that is at work `at`; None where it is not, `datetime.max` where it never stops."""
        moment = _micros(at)
        if not self.is_open(at):
            return None
        for number in range(_year_of(moment), _year_of(moment) + _YEARS_AHEAD):
            year = self._year(number)
            end = year.ends[bisect_right(year.starts, moment) - 1]
            if end < _new_year(number + 1) or not self.is_open(_datetime(end)):
                return _datetime(end)
            moment = end
        return datetime.max.replace(tzinfo=UTC)

    def next_opening(self, at: datetime) -> datetime | None:
        """When support begins to work next, after `at`; None: never. Midnight is no beginning for who works through it."""
        moment = _micros(at)
        first = _year_of(moment)
        for number in range(first, first + _YEARS_AHEAD):
            year = self._year(number)
            for index in range(bisect_right(year.starts, moment) if number == first else 0, len(year.starts)):
                # Work that goes on over the turn of the year does not begin there.
                going_on = year.starts[index] == _new_year(number) and self.is_open(
                    _datetime(year.starts[index] - _SECOND)
                )
                if not going_on:
                    return _datetime(year.starts[index])
        return None

    def _year(self, number: int) -> _Year:
        # Two threads that lay out the same year at once make the same.
        if number not in self._years:
            self._years[number] = _lay_out(self.hours, self.zone, number)
        return self._years[number]


def _lay_out(hours: SupportHours, zone: ZoneInfo, number: int) -> _Year:
    """The intervals of one year of UTC, touching ones together."""
    starts: list[int] = []
    ends: list[int] = []
    for begin, finish, offset in _steady(zone, _new_year(number), _new_year(number + 1)):
        day = (begin + offset) // _DAY
        while day * _DAY - offset < finish:
            for opens, closes in _ranges(hours, _date(day)):
                start = max(day * _DAY + opens - offset, begin)
                end = min(day * _DAY + closes - offset, finish)
                if start >= end:
                    continue
                if ends and ends[-1] == start:
                    ends[-1] = end
                else:
                    starts.append(start)
                    ends.append(end)
            day += 1
    worked = [0]
    for start, end in zip(starts, ends):  # noqa: B905 - Python 3.10, and they grow together
        worked.append(worked[-1] + end - start)
    return _Year(tuple(starts), tuple(ends), tuple(worked))


def _steady(zone: ZoneInfo, begin: int, finish: int) -> list[tuple[int, int, int]]:
    """(from, until before, offset) of the stretches in which the clocks are not changed."""
    found = []
    start, offset = begin, _offset(zone, begin)
    moment = begin
    while moment < finish:
        later = min(moment + _STEP, finish)
        if _offset(zone, later) != offset:
            # Clocks change at whole seconds.
            low, high = moment // _SECOND, later // _SECOND
            while high - low > 1:
                middle = (low + high) // 2
                low, high = (middle, high) if _offset(zone, middle * _SECOND) == offset else (low, middle)
            high *= _SECOND
            found.append((start, high, offset))
            start, offset = high, _offset(zone, high)
            moment = high
            continue
        moment = later
    found.append((start, finish, offset))
    return found


def _ranges(hours: SupportHours, day: date) -> list[tuple[int, int]]:
    """The day's ranges, in microseconds since its midnight."""
    ranges = hours.days[day.weekday()]
    if not ranges or hours.is_holiday(day):
        return []
    return [(_since_midnight(each.start), _since_midnight(each.end)) for each in ranges]


def _since_midnight(clock: time) -> int:
    if clock == time.max:  # "24:00"
        return _DAY
    return ((clock.hour * 60 + clock.minute) * 60 + clock.second) * 1_000_000 + clock.microsecond


def _micros(moment: datetime) -> int:
    return (moment - _EPOCH) // _MICROSECOND


def _datetime(moment: int) -> datetime:
    return _EPOCH + timedelta(microseconds=moment)


def _offset(zone: ZoneInfo, moment: int) -> int:
    offset = _datetime(moment).astimezone(zone).utcoffset()
    assert offset is not None  # noqa: S101 - every moment of a zone has one
    return offset // _MICROSECOND


def _new_year(number: int) -> int:
    return _micros(datetime(number, 1, 1, tzinfo=UTC))


def _year_of(moment: int) -> int:
    return _datetime(moment).year


def _date(day: int) -> date:
    return _EPOCH.date() + timedelta(days=day)
