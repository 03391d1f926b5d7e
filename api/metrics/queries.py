"""The figures, read from the stored decisions and their counts: nothing here decides, nothing writes.

Whatever is asked for whole local days comes from the counts: of one dimension at most from `decision_parts`, where a year is
the same hundred thousand rows however many conversations it has, of several from `decision_days`; and whole months of a range
from the counts by month beside them. For other moments, or by rows, it comes from the decisions.
"""

from __future__ import annotations

import datetime as dt
from collections import namedtuple
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import cache
from operator import add
from typing import Any, Literal, cast

from sqlalchemy import ColumnElement, Row, Subquery, case, extract, func, select
from sqlalchemy.orm import Session

from api.database import Base
from api.metrics.choice import DIMENSIONS, NONE, Choice, Dimension
from api.metrics.counting import HOUR_PARTS, LEFT, MONTHS, day_measures, hour_measures, hour_value, measures_of
from api.metrics.definitions import ROW_SETS, Definition, RowSet, definition_of
from api.metrics.models import DayCount, Decision, HourCount, HourMonth, PartCount, PartMonth, StopCount
from api.metrics.people import people_between
from api.metrics.rules import CONVERSATIONS, FINAL, Kind, Outcome

Step = Literal["day", "week", "month"]
_MEASURES = measures_of(DayCount)
_COUNTED = frozenset(each.value for each in CONVERSATIONS)
_FINAL = frozenset(each.value for each in FINAL)


# What `Totals.add` takes, of rows that were added up.
_alike: Any = namedtuple("_alike", ("kind", "outcome", "provisional", *_MEASURES))  # type: ignore[misc]


@dataclass
class Totals:
    """What a range of decisions adds up to. `outcomes` add up to `asked`; `provisional` are part of them. `sums`: of the
    conversations that asked for help, the measures of `decision_days` by name (replied, answered, confident, in_form,
    person, ticketed, within_day, answers, confident_answers, helped, wrong ...)."""

    conversations: int = 0
    asked: int = 0
    outcomes: dict[str, int] = field(default_factory=lambda: dict.fromkeys((each.value for each in Outcome), 0))
    provisional: dict[str, int] = field(default_factory=lambda: dict.fromkeys((each.value for each in Outcome), 0))
    kinds: dict[str, int] = field(default_factory=lambda: dict.fromkeys((each.value for each in Kind), 0))
    # Opened in conversations of any kind, and those that came without one.
    tickets: int = 0
    apart: int = 0
    rated_good: int = 0
    rated_bad: int = 0
    sums: dict[str, int] = field(default_factory=lambda: dict.fromkeys(_MEASURES, 0))
    # How many rows each set of `ROW_SETS` has; `None` where that takes a count of people.
    sets: dict[str, int] = field(default_factory=lambda: dict.fromkeys(ROW_SETS, 0))

    @property
    def settled(self) -> int:
        return self.asked - sum(self.provisional.values())

    def add(self, row: Row[Any]) -> None:
        """One row of counts: kind, outcome, provisional and the measures."""
        number = row.conversations
        self.kinds[row.kind] += number
        if row.kind in _COUNTED:
            self.conversations += number
            self.tickets += row.tickets
            self.rated_good += row.rated_good
            self.rated_bad += row.rated_bad
        else:
            self.apart += number
        if row.kind == Kind.HELP:
            self.asked += number
            self.outcomes[row.outcome] += number
            if row.provisional:
                self.provisional[row.outcome] += number
            for name in _MEASURES:
                self.sums[name] += getattr(row, name)
        for name, flag in _sets_of(row.kind, row.outcome, row.provisional):
            self.sets[name] += getattr(row, flag) if flag else number


@dataclass(frozen=True)
class Rate:
    """`value`: numerator / denominator, None where there is nothing to divide by."""

    definition: Definition
    numerator: int
    denominator: int

    @property
    def value(self) -> float | None:
        return self.numerator / self.denominator if self.denominator else None


@dataclass(frozen=True)
class Bucket:
    """The days of a step, from `start` on."""

    start: dt.date
    totals: Totals


@dataclass(frozen=True)
class Group:
    """The decisions with one value of a dimension; empty: without one."""

    value: str
    totals: Totals
    rate: Rate


@dataclass(frozen=True)
class HourRow:
    """A local hour of a weekday (0: Monday)."""

    weekday: int
    hour: int
    asked: int
    resolved: int
    escalated: int


@dataclass(frozen=True)
class FunnelStep:
    """How many conversations came this far, and how many of them went no further."""

    id: str
    conversations: int
    lost: int


@dataclass(frozen=True)
class Left:
    """Conversations that ended without a solution or a ticket, by how far they came and what was asked last."""

    stage: str
    stopped_at: str
    outcome: str
    conversations: int


def totals(session: Session, choice: Choice) -> Totals:
    """Of the whole range."""
    found = Totals()
    for row in _grouped(session, choice, ()):
        found.add(row)
    return found


def rate(session: Session, choice: Choice, definition: str) -> Rate:
    """A rate of the whole range. Raises `Invalid` for a definition that there is not."""
    return _rate(session, choice, definition_of(definition), totals(session, choice))


def rates(session: Session, choice: Choice, of: Totals, definitions: Iterable[Definition]) -> list[Rate]:
    """Several of a range whose totals are known."""
    return [_rate(session, choice, each, of) for each in definitions]


def series(session: Session, choice: Choice, step: Step = "day") -> list[Bucket]:
    """By day, week (from Monday) or month, those without a conversation included."""
    buckets = {start: Totals() for start in _starts(choice, step)}
    sums: dict[tuple[Any, ...], list[int]] = {}
    # Added up before they are told apart: a year has four thousand such rows.
    starts = {day: _start(day, step, choice.since) for day in _days(choice)}
    for row in _grouped(session, choice, ("day",)):
        day, kind, outcome, provisional, *numbers = cast("tuple[Any, ...]", row)
        key = (starts[day], kind, outcome, provisional)
        known = sums.get(key)
        sums[key] = numbers if known is None else list(map(add, known, numbers))
    for (start, *alike), numbers in sums.items():
        buckets[start].add(cast("Row[Any]", _alike(*alike, *numbers)))
    return [Bucket(start, found) for start, found in buckets.items()]


def rate_series(buckets: Sequence[Bucket], definition: str) -> list[tuple[dt.date, Rate]]:
    """A rate over time. One that counts people has no value by step."""
    chosen = definition_of(definition)
    return [
        (each.start, Rate(chosen, each.totals.sets[chosen.numerator], each.totals.sets[chosen.denominator]))
        for each in buckets
    ]


def deflection_by_day(session: Session, choice: Choice) -> dict[dt.date, tuple[int, int]]:
    """The two halves of our deflection, by day; days without any are not in it."""
    chosen = definition_of("deflection")
    return {
        each.start: (each.totals.sets[chosen.numerator], each.totals.sets[chosen.denominator])
        for each in series(session, choice)
        if each.totals.sets[chosen.denominator]
    }


def by(session: Session, choice: Choice, dimension: Dimension, definition: str = "deflection") -> list[Group]:
    """By the values of a dimension, the most conversations first. People are counted by conversations here."""
    chosen = definition_of(definition)
    found: dict[str, Totals] = {}
    for row in _grouped(session, choice, (dimension,)):
        found.setdefault(getattr(row, dimension), Totals()).add(row)
    groups = [
        Group(value, each, Rate(chosen, each.sets[chosen.numerator], each.sets[chosen.denominator]))
        for value, each in found.items()
    ]
    return sorted(groups, key=lambda each: (-each.totals.asked, -each.totals.apart, each.value))


def by_hour(session: Session, choice: Choice) -> list[HourRow]:
    """The 168 hours of a week, in order."""
    sums: dict[tuple[int, int], list[int]] = {(day, hour): [0, 0, 0] for day in range(7) for hour in range(24)}
    if _hour_part(choice) in HOUR_PARTS and choice.moments is None:
        sources: Iterable[tuple[Any, Any]] = _spans(choice, HourCount)
    else:
        sources = [(Decision, [*_within(choice, Decision), Decision.kind == Kind.HELP.value])]
    for model, conditions in sources:
        numbers = hour_measures()
        if model is not Decision:
            numbers = {name: func.sum(getattr(model, name)) for name in numbers}
        # 0 is Sunday, in both databases.
        weekday = model.weekday if model is HourMonth else extract("dow", model.day)
        query = select(weekday, model.hour, *numbers.values()).where(*conditions).group_by(weekday, model.hour)
        for sunday_first, hour, *counted in session.execute(query):
            place = (int(sunday_first) + 6) % 7, hour
            sums[place] = list(map(add, sums[place], counted))
    return [HourRow(day, hour, *each) for (day, hour), each in sums.items()]


def funnel(of: Totals) -> list[FunnelStep]:
    """From opened to resolved: each step has those of the step before that came so far."""
    sums = of.sums
    reached = [
        ("opened", of.conversations),
        ("asked", of.asked),
        ("replied", sums["replied"]),
        ("answered", sums["answered"]),
        ("confident", sums["confident"]),
        ("resolved", of.outcomes[Outcome.CONFIRMED] + of.outcomes[Outcome.ASSUMED]),
    ]
    following = [number for _, number in reached[1:]] + [reached[-1][1]]
    return [
        FunnelStep(name, number, max(number - next_, 0))
        for (name, number), next_ in zip(reached, following, strict=True)
    ]


def leaving(session: Session, choice: Choice) -> list[Left]:
    """Where people leave who got neither a solution nor a ticket, the most frequent first."""
    source: Any = Decision
    number: ColumnElement[int] = func.count()
    conditions = [*_within(choice, Decision), Decision.kind == Kind.HELP.value, Decision.outcome.in_(LEFT)]
    if choice.moments is None and len(choice.filtered) <= 1:
        source, number = StopCount, func.sum(StopCount.conversations)
        conditions = _within(choice, StopCount, *choice.filtered)
    keys = (source.stage, source.stopped_at, source.outcome)
    query = select(*keys, number).where(*conditions).group_by(*keys).order_by(number.desc(), *keys)
    return [Left(*row) for row in session.execute(query)]


def people(session: Session, choice: Choice, of: RowSet) -> int:
    """How many customers its rows are of; whoever is not known counts once for each conversation."""
    if choice.moments is None and not choice.filtered:
        return people_between(session, choice, of)
    conditions = [*choice.conditions(Decision), of.condition()]
    # As groups: to count distinct ones PostgreSQL sorts them, which takes three times as long.
    each = select(Decision.customer_id, func.count().label("rows")).where(*conditions).group_by(Decision.customer_id)
    made = each.subquery().columns
    once = case((made.customer_id.is_(None), made.rows), else_=1)
    return int(session.scalar(select(func.coalesce(func.sum(once), 0))) or 0)


def _rate(session: Session, choice: Choice, definition: Definition, of: Totals) -> Rate:
    numbers = []
    for name in (definition.numerator, definition.denominator):
        chosen = ROW_SETS[name]
        numbers.append(people(session, choice, chosen) if chosen.people else of.sets[name])
    return Rate(definition, *numbers)


@cache
def _sets_of(kind: str, outcome: str, provisional: bool) -> tuple[tuple[str, str | None], ...]:
    """The sets that such a row belongs to, each with the flag that counts."""
    return tuple(
        (each.id, each.flag)
        for each in ROW_SETS.values()
        if kind in each.kinds
        and (each.outcomes is None or outcome in each.outcomes)
        and (each.settled is None or provisional is not each.settled)
    )


def _grouped(session: Session, choice: Choice, dimensions: tuple[str, ...]) -> Iterable[Row[Any]]:
    """Counts by these dimensions and by kind, outcome and whether they are provisional; some of a kind may come twice, from
    the months and from the days of the range."""
    needed = {*dimensions, *choice.filtered} - {"day"}
    daily: type[DayCount] | type[PartCount] = PartCount if len(needed) <= 1 else DayCount
    if choice.moments is not None:
        sources: Iterable[tuple[Any, Any]] = [(_by_moment(choice).columns, [])]
    elif "day" in dimensions:
        sources = [(daily, _within(choice, daily, *needed))]
    else:
        sources = _spans(choice, daily, *needed)
    for source, conditions in sources:
        by_one = source is PartCount or source is PartMonth
        keys = [
            source.value.label(name) if by_one and name in needed else getattr(source, name)
            for name in (*dimensions, "kind", "outcome", "provisional")
        ]
        sums = [func.sum(getattr(source, name)).label(name) for name in _MEASURES]
        yield from session.execute(select(*keys, *sums).where(*conditions).group_by(*keys))


def _spans(choice: Choice, daily: type[Base], *needed: str) -> Iterator[tuple[Any, list[ColumnElement[bool]]]]:
    """Where the range is read from: its whole months from the counts by month, the other days from those by day."""
    months, days = choice.by_month()
    if months is not None:
        yield MONTHS[daily], _within(months, MONTHS[daily], *needed)
    # One by one: of both together SQLite reads what lies between them, too.
    for first, last in days:
        yield daily, _within(replace(choice, since=first, until=last), daily, *needed)


def _hour_part(choice: Choice) -> str:
    """By what the hours of the chosen values would be counted."""
    return "+".join(each for each in DIMENSIONS if each in choice.filtered)


def _within(choice: Choice, model: Any, *needed: str) -> list[ColumnElement[bool]]:
    """The range and the chosen values; of counts by one dimension the one that is `needed`."""
    if model in (HourCount, HourMonth):
        part = _hour_part(choice)
        chosen_values = [getattr(choice, name) for name in HOUR_PARTS[part]]
        return [
            model.dimension == part,
            model.value == hour_value("" if each == NONE else each for each in chosen_values),
            model.day >= choice.since,
            model.day <= choice.until,
        ]
    if model not in (PartCount, PartMonth, StopCount):
        return choice.conditions(model)
    dimension = next(iter(needed), "")
    found: list[ColumnElement[bool]] = [
        model.dimension == dimension,
        model.day >= choice.since,
        model.day <= choice.until,
    ]
    chosen = getattr(choice, dimension) if dimension else None
    if chosen is not None:
        found.append(model.value == ("" if chosen == NONE else chosen))
    return found


def _by_moment(choice: Choice) -> Subquery:
    names = ("day", "language", "channel", "scenario", "category", "subcategory", "kind", "outcome", "provisional")
    columns = [getattr(Decision, name) for name in names]
    measures = [each.label(name) for name, each in day_measures().items()]
    every = ROW_SETS["everything"]
    return select(*columns, *measures).where(*choice.conditions(Decision), every.condition()).subquery()


def _start(day: dt.date, step: Step, first: dt.date) -> dt.date:
    """Of its step; the first one begins with the range."""
    if step == "week":
        day -= dt.timedelta(days=day.weekday())
    elif step == "month":
        day = day.replace(day=1)
    return max(day, first)


def _starts(choice: Choice, step: Step) -> list[dt.date]:
    return list(dict.fromkeys(_start(each, step, choice.since) for each in _days(choice)))


def _days(choice: Choice) -> list[dt.date]:
    return [choice.since + dt.timedelta(days=number) for number in range(choice.days)]
