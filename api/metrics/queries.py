"""The figures, read from the stored decisions and their counts: nothing here decides, nothing writes.

Whatever is asked for whole local days comes from the counts (`decision_days`), where a year of a million conversations is
some hundred thousand rows; for other moments, or by rows, from the decisions.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from sqlalchemy import Row, Subquery, func, select
from sqlalchemy.orm import Session

from api.metrics.choice import Choice, Dimension
from api.metrics.counting import day_measures, measures_of
from api.metrics.definitions import ROW_SETS, Definition, RowSet, definition_of
from api.metrics.models import DayCount, Decision, HourCount
from api.metrics.rules import CONVERSATIONS, FINAL, Kind, Outcome

Step = Literal["day", "week", "month"]
_MEASURES = measures_of(DayCount)
_COUNTED = frozenset(each.value for each in CONVERSATIONS)
_FINAL = frozenset(each.value for each in FINAL)


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
        for each in ROW_SETS.values():
            if _belongs(each, row):
                self.sets[each.id] += getattr(row, each.flag) if each.flag else number


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
    for row in _grouped(session, choice, ("day",)):
        buckets[_start(row.day, step, choice.since)].add(row)
    return [Bucket(start, found) for start, found in buckets.items()]


def rate_series(buckets: Sequence[Bucket], definition: str) -> list[tuple[dt.date, Rate]]:
    """A rate over time. One that counts people has no value by step."""
    chosen = definition_of(definition)
    return [
        (each.start, Rate(chosen, each.totals.sets[chosen.numerator], each.totals.sets[chosen.denominator]))
        for each in buckets
    ]


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
    model: Any = HourCount if choice.filtered <= {"language", "channel"} and choice.moments is None else Decision
    number = func.count() if model is Decision else func.sum(HourCount.conversations)
    query = (
        select(model.day, model.hour, model.outcome, model.provisional, number)
        .where(*choice.conditions(model), model.kind == Kind.HELP.value)
        .group_by(model.day, model.hour, model.outcome, model.provisional)
    )
    sums: dict[tuple[int, int], list[int]] = {(day, hour): [0, 0, 0] for day in range(7) for hour in range(24)}
    for day, hour, outcome, provisional, counted in session.execute(query):
        sums[day.weekday(), hour][0] += counted
        if outcome in (Outcome.CONFIRMED, Outcome.ASSUMED) and not provisional:
            sums[day.weekday(), hour][1] += counted
        elif outcome == Outcome.ESCALATED:
            sums[day.weekday(), hour][2] += counted
    return [HourRow(day, hour, *found) for (day, hour), found in sums.items()]


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
    query = (
        select(Decision.stage, Decision.stopped_at, Decision.outcome, func.count())
        .where(
            *choice.conditions(Decision),
            Decision.kind == Kind.HELP.value,
            Decision.outcome.in_((Outcome.ABANDONED.value, Outcome.UNANSWERED.value)),
        )
        .group_by(Decision.stage, Decision.stopped_at, Decision.outcome)
        .order_by(func.count().desc(), Decision.stage, Decision.stopped_at, Decision.outcome)
    )
    return [Left(*row) for row in session.execute(query)]


def people(session: Session, choice: Choice, of: RowSet) -> int:
    """How many customers its rows are of; whoever is not known counts once for each conversation."""
    query = select(func.count(Decision.customer_id.distinct()), func.count() - func.count(Decision.customer_id))
    known, unknown = session.execute(query.where(*choice.conditions(Decision), of.condition())).one()
    return int(known) + int(unknown)


def _rate(session: Session, choice: Choice, definition: Definition, of: Totals) -> Rate:
    numbers = []
    for name in (definition.numerator, definition.denominator):
        chosen = ROW_SETS[name]
        numbers.append(people(session, choice, chosen) if chosen.people else of.sets[name])
    return Rate(definition, *numbers)


def _belongs(chosen: RowSet, row: Row[Any]) -> bool:
    return (
        row.kind in chosen.kinds
        and (chosen.outcomes is None or row.outcome in chosen.outcomes)
        and (chosen.settled is None or row.provisional is not chosen.settled)
    )


def _grouped(session: Session, choice: Choice, dimensions: tuple[str, ...]) -> Iterable[Row[Any]]:
    """Counts by these dimensions and by kind, outcome and whether they are provisional."""
    source: Any = DayCount
    conditions = choice.conditions(DayCount) if choice.moments is None else []
    if choice.moments is not None:
        source = _by_moment(choice).columns
    keys = [getattr(source, name) for name in (*dimensions, "kind", "outcome", "provisional")]
    sums = [func.sum(getattr(source, name)).label(name) for name in _MEASURES]
    return session.execute(select(*keys, *sums).where(*conditions).group_by(*keys))


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
    days = (choice.since + dt.timedelta(days=number) for number in range(choice.days))
    return list(dict.fromkeys(_start(each, step, choice.since) for each in days))
