"""What a lead looks at: a range of days, what it is compared with, and which conversations; all of it in the address."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Literal, get_args
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from api.metrics.choice import NONE, Dimension, known_values
from bot.catalog import Catalog

Grain = Literal["day", "week", "month"]
Compare = Literal["before", "year", "none"]

RANGES = (7, 28, 91, 182, 365)
DEFAULT_DAYS = 28
# Three years and a bit: every page stays within its time, and nobody reads a longer line.
MOST_DAYS = 1_100
FIRST_DAY = dt.date(2000, 1, 1)
# What narrows the rows, in the order in which it is shown.
NARROWING: tuple[Dimension, ...] = ("language", "scenario", "category", "subcategory", "channel")


@dataclass(frozen=True)
class Problem:
    """What is wrong with one part of the address. `key` names the sentence that says how to mend it."""

    name: str
    key: str
    value: str = ""


class FilterInvalid(Exception):
    """The address cannot be read; `problems` say why, `usable` is what is left of it."""

    def __init__(self, problems: list[Problem], usable: LeadsFilter) -> None:
        super().__init__(", ".join(f"{each.name}: {each.key}" for each in problems))
        self.problems = problems
        self.usable = usable


@dataclass(frozen=True)
class LeadsFilter:
    """Conversations that began from `first` to `last`, both days whole and of the deployment's time zone."""

    first: dt.date
    last: dt.date
    zone: ZoneInfo
    compare: Compare = "before"
    language: str | None = None
    scenario: str | None = None
    category: str | None = None
    subcategory: str | None = None
    channel: str | None = None
    definition: str = ""
    days_back: int | None = None
    """Set where the range is "the last so many days", which moves on with the calendar."""

    @property
    def days(self) -> int:
        return (self.last - self.first).days + 1

    @property
    def since(self) -> dt.datetime:
        return midnight(self.first, self.zone)

    @property
    def until(self) -> dt.datetime:
        """Exclusive. A day on which the clocks change has 23 or 25 hours."""
        return midnight(self.last + dt.timedelta(days=1), self.zone)

    @property
    def grain(self) -> Grain:
        """How finely time is drawn: at most about 60 points."""
        if self.days <= 62:
            return "day"
        return "week" if self.days <= 430 else "month"

    @property
    def narrowed(self) -> dict[str, str]:
        """What limits the rows besides the range."""
        return {name: value for name in NARROWING if (value := getattr(self, name)) is not None}

    def before(self) -> LeadsFilter | None:
        """What it is compared with: as many days just before, or the same days a year earlier."""
        if self.compare == "none":
            return None
        back = self.days if self.compare == "before" else 364
        shift = dt.timedelta(days=back)
        return replace(self, first=self.first - shift, last=self.last - shift, days_back=None)

    def query(self, **changes: str | int | None) -> str:
        """The address's query, with some values changed (None takes one out)."""
        values: dict[str, str] = {}
        if self.days_back is not None:
            values["range"] = str(self.days_back)
        else:
            values |= {"from": self.first.isoformat(), "to": self.last.isoformat()}
        if self.compare != "before":
            values["compare"] = self.compare
        values |= self.narrowed
        if self.definition:
            values["definition"] = self.definition
        if {"from", "to"} & changes.keys():
            values.pop("range", None)
        if "range" in changes:
            values.pop("from", None)
            values.pop("to", None)
        for name, value in changes.items():
            if value is None:
                values.pop(name, None)
            else:
                values[name] = str(value)
        return urlencode(values)


def midnight(day: dt.date, zone: ZoneInfo) -> dt.datetime:
    """When the day begins there, in UTC."""
    return dt.datetime.combine(day, dt.time.min, tzinfo=zone).astimezone(dt.UTC)


def periods(chosen: LeadsFilter) -> list[dt.date]:
    """The first day of each day, week or month that the range touches, oldest first. The first may begin earlier than the
    range: it holds only the days of the range."""
    found = [period_of(chosen.first, chosen.grain)]
    while True:
        following = next_period(found[-1], chosen.grain)
        if following > chosen.last:
            return found
        found.append(following)


def period_of(day: dt.date, grain: Grain) -> dt.date:
    """The first day of its day, week (they begin on Mondays) or month."""
    match grain:
        case "day":
            return day
        case "week":
            return day - dt.timedelta(days=day.weekday())
        case "month":
            return day.replace(day=1)


def next_period(day: dt.date, grain: Grain) -> dt.date:
    """When the next one begins."""
    match grain:
        case "day":
            return day + dt.timedelta(days=1)
        case "week":
            return day + dt.timedelta(days=7)
        case "month":
            return (day.replace(day=1) + dt.timedelta(days=32)).replace(day=1)


def read_filter(
    given: Mapping[str, str], catalog: Catalog, zone: ZoneInfo, today: dt.date, definitions: tuple[str, ...] = ()
) -> LeadsFilter:
    """The filter of an address. Raises `FilterInvalid` naming everything that cannot be used."""
    problems: list[Problem] = []
    first, last, back = _range(given, today, problems)
    known: dict[str, tuple[str, ...]] = {
        **{name: (*known_values(catalog, name), NONE) for name in NARROWING if name != "subcategory"},
        "definition": definitions,
        "compare": get_args(Compare),
    }
    values = {name: _one_of(given, name, allowed, problems) for name, allowed in known.items()}
    category = values["category"] if values["category"] != NONE else None
    within = (*known_values(catalog, "subcategory", category), NONE)
    values["subcategory"] = _one_of(given, "subcategory", within, problems)
    usable = LeadsFilter(
        first=first,
        last=last,
        zone=zone,
        compare=values["compare"] or "before",  # type: ignore[arg-type]  # one of those allowed
        language=values["language"],
        scenario=values["scenario"],
        category=values["category"],
        subcategory=values["subcategory"],
        channel=values["channel"],
        definition=values["definition"] or "",
        days_back=back,
    )
    if problems:
        raise FilterInvalid(problems, usable)
    return usable


def _one_of(given: Mapping[str, str], name: str, allowed: tuple[str, ...], problems: list[Problem]) -> str | None:
    value = given.get(name, "").strip()
    if not value:
        return None
    if value not in allowed:
        problems.append(Problem(name, "unknown", value[:60]))
        return None
    return value


def _range(given: Mapping[str, str], today: dt.date, problems: list[Problem]) -> tuple[dt.date, dt.date, int | None]:
    """The first and the last day, and the number of days where that is how they were asked for."""
    begin, end = _day(given, "from", problems), _day(given, "to", problems)
    usual = (today - dt.timedelta(days=DEFAULT_DAYS - 1), today, DEFAULT_DAYS)
    if any(each.name in ("from", "to") for each in problems):
        return usual
    if begin is None and end is None:
        wanted = given.get("range", "").strip()
        if not wanted:
            return usual
        if wanted not in map(str, RANGES):
            problems.append(Problem("range", "unknown", wanted[:60]))
            return usual
        return today - dt.timedelta(days=int(wanted) - 1), today, int(wanted)
    last = end or max(today, begin or today)
    first = begin or max(FIRST_DAY, last - dt.timedelta(days=DEFAULT_DAYS - 1))
    if first > last:
        problems.append(Problem("from", "backwards", f"{first} > {last}"))
        return usual
    if (last - first).days + 1 > MOST_DAYS:
        problems.append(Problem("from", "too_long", str(MOST_DAYS)))
        return usual
    return first, last, None


def _day(given: Mapping[str, str], name: str, problems: list[Problem]) -> dt.date | None:
    text = given.get(name, "").strip()
    if not text:
        return None
    try:
        day = dt.date.fromisoformat(text)
    except ValueError:
        problems.append(Problem(name, "no_date", text[:60]))
        return None
    if not FIRST_DAY <= day <= dt.date(2199, 12, 31):
        problems.append(Problem(name, "no_date", text[:60]))
        return None
    return day
