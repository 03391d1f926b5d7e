"""The clock of working time against a minute-by-minute reference: ten years, five time zones, and every kind of day."""

from __future__ import annotations

import datetime as dt
import functools
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from api.working_hours import WorkingHours, working_hours
from bot.catalog import load_catalog
from bot.catalog_entries import OpenRange, PublicHolidays, SupportHours
from bot.opening_hours import closing, is_open, next_opening
from tests.working_hours.reference import BEGIN, MINUTE, MINUTES, Reference

# Each with its public holidays: no summer time, two kinds of it (Brazil's ended in 2019, and began at midnight), one of
# half an hour, and an offset of 5:45.
ZONES = {
    "America/Bogota": PublicHolidays("CO"),
    "America/Sao_Paulo": PublicHolidays("BR", "SP"),
    "Europe/Madrid": PublicHolidays("ES", "MD"),
    "Australia/Lord_Howe": PublicHolidays("AU", "NSW"),
    "Asia/Kathmandu": None,
}


def clock(text: str) -> dt.time:
    return dt.time.max if text == "24:00" else dt.time.fromisoformat(text)


def ranges(*texts: str) -> tuple[OpenRange, ...]:
    return tuple(OpenRange(*(clock(each) for each in text.split("-"))) for text in texts)


OFFICE = (*[ranges("08:00-12:30", "14:00-18:00")] * 5, ranges("09:00-13:00"), ())
# Over every change of the clocks, over midnight, and broken in the hour that comes twice.
NIGHT = (*[ranges("00:00-01:45", "02:15-02:30", "22:00-24:00")] * 6, ranges("00:00-24:00"))
OWN = frozenset({dt.date(2017, 3, 1), dt.date(2024, 2, 29), dt.date(2020, 12, 31), dt.date(2021, 1, 1)})
WEEKS = {"office": OFFICE, "night": NIGHT, "always": (ranges("00:00-24:00"),) * 7}


@functools.cache
def made(zone: str, week: str) -> tuple[WorkingHours, Reference]:
    """Both clocks; the reference takes two seconds to count its five million minutes."""
    hours = SupportHours(zone, WEEKS[week], frozenset() if week == "always" else OWN, ZONES[zone])
    return WorkingHours(hours), Reference(hours)


def at(minute: int) -> dt.datetime:
    return BEGIN + minute * MINUTE


def agree(zone: str, week: str, start: int, end: int, working: int) -> None:
    hours, reference = made(zone, week)
    assert hours.is_open(at(start)) is bool(reference.open[start])
    assert hours.between(at(start), at(end)) == reference.between(*sorted((start, end))) * MINUTE * (-1) ** (
        end < start
    )
    reached = reference.add(start, working)
    if reached is not None:
        assert hours.add(at(start), working * MINUTE) == at(reached)
    opening = reference.next_opening(start)
    if opening is not None:
        assert hours.next_opening(at(start)) == at(opening)
    shut = reference.closing(start)
    if reference.open[start] and shut is not None:
        assert hours.closing(at(start)) == at(shut)


MOMENT = st.integers(0, MINUTES - 1)
# Minutes, hours, days, and up to a year of working time.
WORKING = st.one_of(st.integers(0, 120), st.integers(0, 6000), st.integers(0, 130_000))


# Two of the fifteen here, the others in the soak: a reference takes seconds.
@pytest.mark.parametrize(("zone", "week"), [("America/Sao_Paulo", "office"), ("Australia/Lord_Howe", "night")])
@settings(max_examples=300, deadline=None, derandomize=True)
@given(start=MOMENT, end=MOMENT, working=WORKING)
def test_it_agrees_with_the_minutes_counted(zone: str, week: str, start: int, end: int, working: int) -> None:
    agree(zone, week, start, end, working)


@pytest.mark.soak
@pytest.mark.timeout(1800)
@pytest.mark.parametrize("zone", ZONES)
@pytest.mark.parametrize("week", WEEKS)
@settings(max_examples=5_000, deadline=None)
@given(start=MOMENT, end=MOMENT, working=WORKING)
def test_it_agrees_with_the_minutes_counted_in_every_zone(
    zone: str, week: str, start: int, end: int, working: int
) -> None:
    agree(zone, week, start, end, working)


@pytest.mark.parametrize("zone", ["Europe/Madrid", "Australia/Lord_Howe"])
def test_the_minutes_around_every_change_of_the_clocks_are_open_or_closed_alike(zone: str) -> None:
    hours, reference = made(zone, "night")
    place = ZoneInfo(zone)
    offsets = [at(minute).astimezone(place).utcoffset() for minute in range(0, MINUTES, 30)]
    changes = [30 * number for number in range(1, len(offsets)) if offsets[number] != offsets[number - 1]]
    assert len(changes) == 20
    for change in changes:
        for minute in range(change - 200, change + 200):
            assert hours.is_open(at(minute)) == bool(reference.open[minute])
        assert (
            hours.between(at(change - 200), at(change + 200)) == reference.between(change - 200, change + 200) * MINUTE
        )


@pytest.mark.soak
@pytest.mark.timeout(1800)
@pytest.mark.parametrize("zone", ZONES)
@pytest.mark.parametrize("week", WEEKS)
def test_every_minute_of_ten_years_is_open_or_closed_alike(zone: str, week: str) -> None:
    hours, reference = made(zone, week)
    assert all(hours.is_open(at(minute)) == bool(reference.open[minute]) for minute in range(MINUTES))
    assert hours.between(at(0), at(MINUTES - 1)) == reference.between(0, MINUTES - 1) * MINUTE


def test_what_is_added_has_passed_to_the_microsecond() -> None:
    hours = WorkingHours(SupportHours("Europe/Madrid", OFFICE, frozenset(), PublicHolidays("ES")))
    start = dt.datetime(2026, 12, 23, 17, 59, 59, 999_999, tzinfo=dt.timezone(dt.timedelta(hours=1)))
    for working in (dt.timedelta(microseconds=1), dt.timedelta(microseconds=2), dt.timedelta(days=400, seconds=7)):
        reached = hours.add(start, working)
        assert reached is not None
        assert hours.between(start, reached) == working
        assert hours.between(reached, start) == -working
    assert hours.add(start, dt.timedelta(0)) == start


@settings(max_examples=300, deadline=None)
@given(
    zone=st.sampled_from(sorted(ZONES)),
    week=st.sampled_from(sorted(WEEKS)),
    begins=st.timedeltas(dt.timedelta(days=1430), dt.timedelta(days=1860)),  # around a whole year
    times=st.lists(st.timedeltas(dt.timedelta(0), dt.timedelta(days=40)), max_size=4),
    part=st.floats(0, 1),
)
def test_what_is_known_from_one_start_tells_what_is_reached_from_later_ones(
    zone: str, week: str, begins: dt.timedelta, times: list[dt.timedelta], part: float
) -> None:
    hours, start = made(zone, week)[0], BEGIN + begins
    course = hours.course(start, times)
    assert course.reached == hours.add_each(start, times)
    for later in (start + (course.until - start) * part, course.until):
        moved = [each + (later - start) if course.moves and each else each for each in course.reached]
        assert moved == hours.add_each(later, times), (later, course)


def test_from_within_hours_and_from_without_a_start_is_good_for_those_after_it() -> None:
    hours = WorkingHours(SupportHours("Etc/UTC", OFFICE, frozenset()))
    monday = dt.datetime(2026, 11, 23, 10, tzinfo=dt.UTC)
    working = hours.course(monday, (dt.timedelta(hours=1), dt.timedelta(hours=4)))
    # Until what is reached by one hour is half past twelve, when support closes.
    assert (working.moves, working.until) == (True, monday.replace(hour=11, minute=30))
    shut = hours.course(monday.replace(hour=20), (dt.timedelta(hours=1),))
    assert (shut.moves, shut.until) == (False, dt.datetime(2026, 11, 24, 8, tzinfo=dt.UTC))


def test_working_time_ends_at_closing_and_not_at_the_next_opening() -> None:
    hours = WorkingHours(SupportHours("America/Bogota", OFFICE, frozenset()))
    friday = dt.datetime(2026, 11, 20, 8, tzinfo=hours.zone)
    assert hours.add(friday, dt.timedelta(hours=8.5)) == friday.replace(hour=18)
    assert hours.add(friday, dt.timedelta(hours=8.5, seconds=1)) == dt.datetime(
        2026, 11, 21, 9, 0, 1, tzinfo=hours.zone
    )


def test_the_day_on_which_the_clocks_change_has_the_hours_that_it_has() -> None:
    always = WorkingHours(SupportHours("Europe/Madrid", (ranges("00:00-24:00"),) * 7, frozenset()))
    early = WorkingHours(SupportHours("Europe/Madrid", (ranges("02:00-03:00"),) * 7, frozenset()))
    for date, whole, hour in (((2026, 3, 29), 23, 0), ((2026, 10, 25), 25, 2), ((2026, 10, 26), 24, 1)):
        day = dt.datetime(*date, tzinfo=always.zone)
        after = day + dt.timedelta(days=1)  # by the local clock
        assert always.between(day, after) == dt.timedelta(hours=whole)
        assert early.between(day, after) == dt.timedelta(hours=hour)


def test_hours_that_never_come_are_never_reached_and_time_runs_forwards_only() -> None:
    never = WorkingHours(SupportHours("America/Bogota", ((),) * 7, frozenset()))
    now = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)
    assert never.add(now, MINUTE) is None
    assert never.next_opening(now) is None
    assert never.closing(now) is None
    assert never.between(now, now + dt.timedelta(days=9)) == dt.timedelta(0)
    with pytest.raises(ValueError, match="forwards"):
        never.add(now, -MINUTE)


def test_work_over_the_turn_of_the_year_is_one_stretch() -> None:
    hours = WorkingHours(SupportHours("Etc/UTC", NIGHT, frozenset()))
    evening = dt.datetime(2025, 12, 31, 22, tzinfo=dt.UTC)
    assert hours.closing(evening) == dt.datetime(2026, 1, 1, 1, 45, tzinfo=dt.UTC)
    assert hours.next_opening(evening) == dt.datetime(2026, 1, 1, 2, 15, tzinfo=dt.UTC)


def test_customers_are_told_the_hours_by_which_deadlines_are_counted() -> None:
    catalog = load_catalog()
    hours = catalog.support_hours
    clock = working_hours(catalog)
    christmas = dt.datetime(2026, 12, 25, 15, tzinfo=dt.UTC)
    assert not is_open(hours, christmas)
    assert not clock.is_open(christmas)
    assert closing(hours, christmas) is None
    assert (
        next_opening(hours, christmas) == clock.next_opening(christmas) == dt.datetime(2026, 12, 28, 13, tzinfo=dt.UTC)
    )


def test_a_public_holiday_may_be_worked_on_and_another_day_be_free() -> None:
    public = PublicHolidays("CO", without=frozenset({dt.date(2026, 12, 25)}))
    hours = SupportHours("America/Bogota", OFFICE, frozenset({dt.date(2026, 12, 24)}), public)
    assert not hours.is_holiday(dt.date(2026, 12, 25))
    assert hours.is_holiday(dt.date(2026, 12, 24))
    assert hours.is_holiday(dt.date(2026, 12, 8))
    assert dt.date(2026, 12, 24) in hours.holidays_of(2026)
    assert dt.date(2026, 12, 25) not in hours.holidays_of(2026)
