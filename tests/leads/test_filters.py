"""The filter of the dashboard: read from the address, written back to it, and refused with a cure."""

from __future__ import annotations

import datetime as dt
from urllib.parse import parse_qsl
from zoneinfo import ZoneInfo

import pytest

from api.leads.filters import FilterInvalid, LeadsFilter, periods, read_filter
from bot.catalog import load_catalog

CATALOG = load_catalog()
ZONE = ZoneInfo("America/Bogota")
TODAY = dt.date(2026, 3, 12)


def read(**given: str) -> LeadsFilter:
    return read_filter(given, CATALOG, ZONE, TODAY, ("deflection",))


def problems(**given: str) -> list[tuple[str, str]]:
    with pytest.raises(FilterInvalid) as refused:
        read(**given)
    return [(each.name, each.key) for each in refused.value.problems]


def test_without_a_wish_it_is_the_last_four_weeks_beside_the_four_before() -> None:
    chosen = read()
    assert (chosen.first, chosen.last, chosen.days) == (dt.date(2026, 2, 13), TODAY, 28)
    before = chosen.before()
    assert before is not None
    assert (before.first, before.last) == (dt.date(2026, 1, 16), dt.date(2026, 2, 12))


def test_the_address_says_all_of_it_and_is_read_back_the_same() -> None:
    chosen = read(
        **{"from": "2026-01-01", "to": "2026-01-31", "language": "pt", "category": "incident"}, compare="year"
    )
    assert read(**dict(parse_qsl(chosen.query()))) == chosen
    assert read(**dict(parse_qsl(chosen.query(range=7)))).days == 7
    moved = dict(parse_qsl(read(range="91").query(language="es", **{"from": "2026-03-01", "to": "2026-03-02"})))
    assert moved == {"from": "2026-03-01", "to": "2026-03-02", "language": "es"}


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({"from": "2026-03-10", "to": "2026-03-01"}, [("from", "backwards")]),
        ({"from": "2016-03-10", "to": "2026-03-01"}, [("from", "too_long")]),
        ({"from": "31/01/2026"}, [("from", "no_date")]),
        ({"to": "0001-01-01"}, [("to", "no_date")]),
        ({"range": "3"}, [("range", "unknown")]),
        ({"language": "xx", "channel": "fax"}, [("language", "unknown"), ("channel", "unknown")]),
        ({"category": "linkedin", "subcategory": "reports"}, [("subcategory", "unknown")]),
        ({"definition": "best", "compare": "mine"}, [("definition", "unknown"), ("compare", "unknown")]),
    ],
)
def test_what_cannot_be_used_is_named(given: dict[str, str], expected: list[tuple[str, str]]) -> None:
    assert problems(**given) == expected


def test_a_day_is_as_long_as_the_clocks_there_make_it() -> None:
    spring = LeadsFilter(dt.date(2026, 3, 29), dt.date(2026, 3, 29), ZoneInfo("Europe/Madrid"))
    autumn = LeadsFilter(dt.date(2026, 10, 25), dt.date(2026, 10, 25), ZoneInfo("Europe/Madrid"))
    assert spring.until - spring.since == dt.timedelta(hours=23)
    assert autumn.until - autumn.since == dt.timedelta(hours=25)


@pytest.mark.parametrize(
    ("days", "grain", "number"), [(7, "day", 7), (182, "week", 27), (365, "week", 53), (900, "month", 31)]
)
def test_time_is_drawn_so_finely_that_it_can_be_read(days: int, grain: str, number: int) -> None:
    last = dt.date(2026, 3, 12)
    chosen = LeadsFilter(last - dt.timedelta(days=days - 1), last, read().zone)
    assert (chosen.grain, len(periods(chosen))) == (grain, number)
