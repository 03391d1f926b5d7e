"""Whether somebody is at work, and when next."""

from __future__ import annotations

import dataclasses
from datetime import MAXYEAR, UTC, date, datetime, time, timedelta

import pytest

from bot.catalog import OpenRange, SupportHours, load_catalog
from bot.opening_hours import closing, is_open, next_opening, opening_text

OFFICE = (OpenRange(time(8), time(18)),)
WEEK = SupportHours("America/Bogota", (*[OFFICE] * 5, (), ()), frozenset())
ALWAYS = SupportHours("America/Bogota", ((OpenRange(time.min, time.max),),) * 7, frozenset())


def bogota(day: int, hour: int, minute: int = 0) -> datetime:
    """A moment of January 2026 (the 5th is a Monday) in Bogota, told in UTC."""
    return datetime(2026, 1, day, hour, minute, tzinfo=UTC) + timedelta(hours=5)


@pytest.mark.parametrize(
    ("now", "there"),
    [
        (bogota(5, 7, 59), False),
        (bogota(5, 8), True),
        (bogota(5, 17, 59), True),
        (bogota(5, 18), False),
        (bogota(10, 12), False),
    ],
)
def test_support_is_there_in_its_hours_only(now: datetime, there: bool) -> None:
    assert is_open(WEEK, now) is there


@pytest.mark.parametrize(
    ("now", "opens"),
    [(bogota(5, 7), (5, 8)), (bogota(5, 12), (6, 8)), (bogota(9, 19), (12, 8)), (bogota(11, 12), (12, 8))],
)
def test_the_next_opening_leaves_out_nights_and_weekends(now: datetime, opens: tuple[int, int]) -> None:
    found = next_opening(WEEK, now)
    assert found is not None
    assert (found.day, found.hour) == opens


def test_a_holiday_is_no_working_day() -> None:
    hours = dataclasses.replace(WEEK, holidays=frozenset({date(2026, 1, 12)}))
    assert not is_open(hours, bogota(12, 10))
    found = next_opening(hours, bogota(9, 19))
    assert found is not None
    assert found.day == 13


def test_a_lunch_break_is_closed_until_the_afternoon() -> None:
    day = (OpenRange(time(9), time(13)), OpenRange(time(14), time(18)))
    hours = SupportHours("America/Bogota", (day,) * 7, frozenset())
    assert not is_open(hours, bogota(5, 13, 30))
    found = next_opening(hours, bogota(5, 13, 30))
    assert found is not None
    assert found.hour == 14


def test_who_never_closes_has_no_closing_time_and_who_never_opens_no_opening() -> None:
    found = closing(ALWAYS, bogota(5, 3))
    assert found is not None
    assert found.year == MAXYEAR
    assert next_opening(SupportHours("America/Bogota", ((),) * 7, frozenset()), bogota(5, 3)) is None


def test_midnight_is_no_closing_where_the_next_day_goes_on() -> None:
    night = SupportHours(
        "America/Bogota", ((OpenRange(time(20), time.max),), (OpenRange(time.min, time(4)),), *[()] * 5), frozenset()
    )
    found = closing(night, bogota(5, 22))
    assert found is not None
    assert (found.day, found.hour) == (6, 4)


@pytest.mark.parametrize(
    ("language", "now", "told"),
    [
        ("es", bogota(5, 10), "18:00"),
        ("en", bogota(5, 7), "today at 8:00"),
        ("pt", bogota(5, 19), "amanhã às 8:00"),
        ("es", bogota(9, 19), "martes a las 8:00"),  # Monday the 12th is a holiday in Colombia
    ],
)
def test_it_is_told_in_the_customers_language(language: str, now: datetime, told: str) -> None:
    assert told in opening_text(load_catalog(), language, now)


def test_a_far_opening_is_told_with_its_date() -> None:
    closed = dataclasses.replace(WEEK, holidays=frozenset(date(2026, 1, day) for day in range(5, 20)))
    catalog = dataclasses.replace(load_catalog(), support_hours=closed)
    assert "20/1" in opening_text(catalog, "es", bogota(5, 10))


def test_hours_that_never_come_or_never_end_are_told_too() -> None:
    catalog = load_catalog()
    never = dataclasses.replace(catalog, support_hours=SupportHours("America/Bogota", ((),) * 7, frozenset()))
    always = dataclasses.replace(catalog, support_hours=ALWAYS)
    assert opening_text(never, "en", bogota(5, 10)) != opening_text(always, "en", bogota(5, 10))
