"""The counts by day, hour and article, moved along with the decisions that they count."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, cast

from sqlalchemy import Date, Integer, Select, Table, case, delete, extract, func, insert, literal, select, tuple_
from sqlalchemy import cast as cast_to
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session
from sqlalchemy.sql.elements import ColumnElement

from api.database import Base
from api.metrics.choice import DIMENSIONS, Dimension
from api.metrics.models import (
    AnswerArticle,
    ArticleDay,
    ArticleMonth,
    DayCount,
    DecidedAnswer,
    Decision,
    HourCount,
    HourMonth,
    MonthCount,
    PartCount,
    PartMonth,
    PeopleCount,
    StopCount,
)
from api.metrics.people import Comings, comings
from api.metrics.rules import RESOLVED, UNCOUNTED, Kind, Outcome

Row = Mapping[str, Any]

_UNCOUNTED = frozenset(each.value for each in UNCOUNTED)
# Whoever ended so left without a solution or a ticket.
LEFT = (Outcome.ABANDONED.value, Outcome.UNANSWERED.value)
# Of counts by day, those by month.
MONTHS: dict[type[Base], type[Base]] = {
    DayCount: MonthCount,
    PartCount: PartMonth,
    HourCount: HourMonth,
    ArticleDay: ArticleMonth,
}
_COUNTS: tuple[type[Base], ...] = (*MONTHS, StopCount, PeopleCount, *MONTHS.values())
# What hours are counted by, each with the columns whose values it holds: none, each alone, and what is often chosen together.
HOUR_PARTS: Mapping[str, tuple[Dimension, ...]] = {
    "": (),
    **{each: (each,) for each in DIMENSIONS},
    "language+channel": ("language", "channel"),
    "category+subcategory": ("category", "subcategory"),
}
# Rows of one INSERT: SQLite takes 32,766 values at most, and a count of a day has 24.
_AT_ONCE = 500


def table_of(model: type[Base]) -> Table:
    return cast("Table", model.__table__)


def keys_of(model: type[Base]) -> list[str]:
    return [each.name for each in table_of(model).primary_key]


def measures_of(model: type[Base]) -> list[str]:
    return [each.name for each in table_of(model).columns if not each.primary_key]


# What a decision adds to the count of its day; the same in SQL is `day_measures`.
_OF_DAY: dict[str, str] = {
    "replied": "replied",
    "answered": "answered",
    "in_form": "in_form",
    "person": "person",
    "within_day": "within_day",
    "tickets": "tickets",
    "answers": "answers",
    "confident_answers": "confident_answers",
    "helped": "helped",
    "wrong": "wrong",
}


def _day(row: Row) -> dict[str, int]:
    found = {name: int(row[column]) for name, column in _OF_DAY.items()}
    return {
        "conversations": 1,
        "confident": int(row["confident_answers"] > 0),
        "ticketed": int(row["tickets"] > 0),
        "rated_good": int(row["rating"] == "good"),
        "rated_bad": int(row["rating"] == "bad"),
        **found,
    }


def day_measures() -> dict[str, ColumnElement[Any]]:
    """What each decision adds to a count of its day, in SQL."""
    columns = table_of(Decision).columns

    def one(condition: ColumnElement[bool]) -> ColumnElement[int]:
        return case((condition, 1), else_=0)

    found: dict[str, ColumnElement[Any]] = {
        "conversations": literal(1, Integer),
        "confident": one(columns.confident_answers > 0),
        "ticketed": one(columns.tickets > 0),
        "rated_good": one(columns.rating == "good"),
        "rated_bad": one(columns.rating == "bad"),
    }
    for name, column in _OF_DAY.items():
        given = columns[column]
        found[name] = one(given) if given.type.python_type is bool else given
    return {name: found[name] for name in measures_of(DayCount)}


def _hour(row: Row) -> dict[str, int]:
    return {
        "asked": 1,
        "resolved": int(row["outcome"] in RESOLVED and not row["provisional"]),
        "escalated": int(row["outcome"] == Outcome.ESCALATED.value),
    }


def hour_value(values: Iterable[str]) -> str:
    """The value of a count by hours, from those of its columns."""
    return " ".join(values)


def hour_measures() -> dict[str, ColumnElement[Any]]:
    """What decisions that asked for help add up to by hours, in SQL."""
    columns = table_of(Decision).columns
    settled = columns.outcome.in_(RESOLVED) & columns.provisional.is_(False)
    return {
        "asked": func.count(),
        "resolved": func.sum(case((settled, 1), else_=0)),
        "escalated": func.sum(case((columns.outcome == Outcome.ESCALATED.value, 1), else_=0)),
    }


class Delta:
    """What a batch of decisions changes in the counts."""

    def __init__(self) -> None:
        self._sums: dict[type[Base], dict[tuple[Any, ...], dict[str, int]]] = {
            model: defaultdict(lambda: defaultdict(int)) for model in _COUNTS
        }
        self._comings = Comings()

    def decision(self, row: Row, sign: int) -> None:
        """Count a decision (1), or no longer (-1)."""
        if row["kind"] in _UNCOUNTED:
            return
        counted = _day(row)
        self._comings.decision(row, sign)
        self._add(DayCount, row, counted, sign)
        for dimension in ("", *DIMENSIONS):
            part = {**row, "dimension": dimension, "value": row[dimension] if dimension else ""}
            self._add(PartCount, part, counted, sign)
            if row["outcome"] in LEFT:
                self._add(StopCount, part, {"conversations": 1}, sign)
        if row["kind"] == Kind.HELP.value:
            for dimension, names in HOUR_PARTS.items():
                part = {**row, "dimension": dimension, "value": hour_value(row[name] for name in names)}
                self._add(HourCount, part, _hour(row), sign)

    def article(self, row: Row, sign: int) -> None:
        """Count an article of an answer, or no longer."""
        counted = {
            "found": 1,
            "shown": int(row["shown"]),
            "opened": int(row["opened"]),
            "helped": int(row["verdict"] == "yes"),
            "wrong": int(row["verdict"] in ("no", "ticket")),
        }
        self._add(ArticleDay, row, counted, sign)

    def _add(self, model: type[Base], row: Row, counted: Mapping[str, int], sign: int) -> None:
        sums = self._sums[model][tuple(row[name] for name in keys_of(model))]
        for name, number in counted.items():
            sums[name] += sign * number
        if model in MONTHS:
            day = row["day"]
            self._add(MONTHS[model], {**row, "day": day.replace(day=1), "weekday": day.isoweekday() % 7}, counted, sign)

    def store(self, session: Session) -> None:
        """Move the counts, once the decisions are stored; one that comes down to nothing goes."""
        for key, number in self._comings.changes(session).items():
            self._sums[PeopleCount][key]["number"] += number
        for model, sums in self._sums.items():
            keys, measures = keys_of(model), measures_of(model)
            rows = [
                {**dict(zip(keys, key, strict=True)), **{name: counted[name] for name in measures}}
                for key, counted in sorted(sums.items(), key=lambda each: str(each[0]))
                if any(counted.values())
            ]
            table = table_of(model)
            made = (sqlite if session.get_bind().dialect.name == "sqlite" else postgresql).insert(table)
            adding = made.on_conflict_do_update(
                index_elements=keys,
                set_={name: table.columns[name] + made.excluded[name] for name in measures},
            )
            for start in range(0, len(rows), _AT_ONCE):
                session.execute(adding, rows[start : start + _AT_ONCE])
            lowered = sorted((key for key, counted in sums.items() if counted[measures[0]] < 0), key=str)
            for condition in _among(table, keys, lowered):
                session.execute(delete(table).where(condition, table.columns[measures[0]] <= 0))


def _among(table: Table, keys: list[str], rows: Sequence[tuple[Any, ...]]) -> Iterator[ColumnElement[bool]]:
    """Conditions by which these rows are found, and of counts that are kept by their days maybe others of the same."""
    if keys[0] == "day":
        if rows:
            yield table.columns.day.in_(sorted({key[0] for key in rows}))
        return
    for start in range(0, len(rows), 100):
        yield tuple_(*(table.columns[name] for name in keys)).in_(rows[start : start + 100])


def recount(session: Session) -> None:
    """All counts anew, from the decisions: what the deltas must come to."""
    for model in _COUNTS:
        session.execute(delete(table_of(model)))
    measures = day_measures()
    session.execute(insert(table_of(DayCount)).from_select([*keys_of(DayCount), *measures], _days()))
    for dimension in HOUR_PARTS:
        session.execute(insert(table_of(HourCount)).from_select(_HOUR_COLUMNS, _hours(dimension)))
    session.execute(insert(table_of(PeopleCount)).from_select(_PEOPLE_COLUMNS, comings()))
    for dimension in ("", *DIMENSIONS):
        session.execute(insert(table_of(PartCount)).from_select([*keys_of(PartCount), *measures], _parts(dimension)))
        session.execute(insert(table_of(StopCount)).from_select(_STOP_COLUMNS, _stops(dimension)))
    articles = table_of(AnswerArticle).columns
    of_article = {
        "found": literal(1, Integer),
        "shown": case((articles.shown, 1), else_=0),
        "opened": case((articles.opened, 1), else_=0),
        "helped": case((articles.verdict == "yes", 1), else_=0),
        "wrong": case((articles.verdict.in_(("no", "ticket")), 1), else_=0),
    }
    keys = [articles[name] for name in keys_of(ArticleDay)]
    query = select(*keys, *[func.sum(each) for each in of_article.values()]).group_by(*keys)
    session.execute(insert(table_of(ArticleDay)).from_select([*keys_of(ArticleDay), *of_article], query))
    for daily, monthly in MONTHS.items():
        names = [*keys_of(monthly), *measures_of(monthly)]
        session.execute(insert(table_of(monthly)).from_select(names, _by_month(session, daily, monthly)))


def _by_month(session: Session, daily: type[Base], monthly: type[Base]) -> Select[Any]:
    """What the counts by month come to, from those by day."""
    columns = table_of(daily).columns
    if session.get_bind().dialect.name == "sqlite":
        month: ColumnElement[Any] = func.date(columns.day, "start of month", type_=Date)
    else:
        month = cast_to(func.date_trunc("month", columns.day), Date)
    made = {"day": month, "weekday": cast_to(extract("dow", columns.day), Integer)}
    keys = [made[name] if name in made else columns[name] for name in keys_of(monthly)]
    sums = [func.sum(columns[name]) for name in measures_of(monthly)]
    return select(*keys, *sums).group_by(*keys)


def _parts(dimension: str) -> Select[Any]:
    """What the counts by one dimension come to, from the counts of all."""
    days = table_of(DayCount).columns
    value = days[dimension] if dimension else literal("")
    keys = [
        days.day,
        literal(dimension).label("dimension"),
        value.label("value"),
        days.kind,
        days.outcome,
        days.provisional,
    ]
    grouped = [days.day, days.kind, days.outcome, days.provisional, *([value] if dimension else [])]
    return select(*keys, *[func.sum(days[name]).label(name) for name in measures_of(DayCount)]).group_by(*grouped)


_STOP_COLUMNS = [*keys_of(StopCount), "conversations"]
_HOUR_COLUMNS = [*keys_of(HourCount), *measures_of(HourCount)]
_PEOPLE_COLUMNS = [*keys_of(PeopleCount), "number"]


def _days() -> Select[Any]:
    """What the counts by days come to, from the decisions."""
    columns = table_of(Decision).columns
    keys = [columns[name] for name in keys_of(DayCount)]
    counted = columns.kind.not_in([each.value for each in UNCOUNTED])
    return select(*keys, *[func.sum(each) for each in day_measures().values()]).where(counted).group_by(*keys)


def _hours(dimension: str) -> Select[Any]:
    """What the counts by hours come to by one of `HOUR_PARTS`, from the decisions."""
    columns = table_of(Decision).columns
    names = HOUR_PARTS[dimension]
    value: ColumnElement[Any] = columns[names[0]] if names else literal("")
    for name in names[1:]:
        value = value + literal(" ") + columns[name]
    keys = [literal(dimension).label("dimension"), value.label("value"), columns.day, columns.hour]
    measures = [each.label(name) for name, each in hour_measures().items()]
    grouped = [columns.day, columns.hour, *(columns[name] for name in names)]
    return select(*keys, *measures).where(columns.kind == Kind.HELP.value).group_by(*grouped)


def _stops(dimension: str) -> Select[Any]:
    """What the counts of where people left come to by one dimension, from the decisions."""
    columns = table_of(Decision).columns
    value = columns[dimension] if dimension else literal("")
    keys = [columns.day, columns.stage, columns.stopped_at, columns.outcome]
    return (
        select(
            columns.day,
            literal(dimension).label("dimension"),
            value.label("value"),
            *(columns.stage, columns.stopped_at, columns.outcome),
            func.count().label("conversations"),
        )
        .where(columns.outcome.in_(LEFT))
        .group_by(*keys, *([value] if dimension else []))
    )


def differences(session: Session) -> list[str]:
    """Where the stored counts are not what the decisions come to; empty when all is well."""
    found = []
    decisions = table_of(Decision)
    measures = day_measures()
    days = table_of(DayCount).columns
    stored = select(*[days[name] for name in (*keys_of(DayCount), *measures)])
    found += _unlike(session.execute(_days()), session.execute(stored), DayCount.__tablename__)
    hours = table_of(HourCount).columns
    for dimension in HOUR_PARTS:
        stored = select(*[hours[name] for name in _HOUR_COLUMNS]).where(hours.dimension == dimension)
        found += _unlike(session.execute(_hours(dimension)), session.execute(stored), f"hours by {dimension or 'day'}")
    people = table_of(PeopleCount).columns
    stored = select(*[people[name] for name in _PEOPLE_COLUMNS])
    found += _unlike(session.execute(comings()), session.execute(stored), PeopleCount.__tablename__)
    parts = table_of(PartCount).columns
    for dimension in ("", *DIMENSIONS):
        stored = select(*[parts[name] for name in (*keys_of(PartCount), *measures)]).where(parts.dimension == dimension)
        found += _unlike(session.execute(_parts(dimension)), session.execute(stored), f"parts by {dimension or 'day'}")
        table = table_of(StopCount)
        stored = select(*[table.columns[name] for name in _STOP_COLUMNS]).where(table.columns.dimension == dimension)
        found += _unlike(session.execute(_stops(dimension)), session.execute(stored), f"stops by {dimension or 'day'}")
    for daily, monthly in MONTHS.items():
        table = table_of(monthly)
        stored = select(*[table.columns[name] for name in (*keys_of(monthly), *measures_of(monthly))])
        query = _by_month(session, daily, monthly)
        found += _unlike(session.execute(query), session.execute(stored), monthly.__tablename__)
    answers = table_of(DecidedAnswer).columns
    is_so = case((decisions.columns.outcome.in_(RESOLVED), 1), else_=0)
    stored_as = case((answers.resolved, 1), else_=0)
    wrong = session.scalar(select(func.count()).where(answers.decision_id == decisions.columns.id, stored_as != is_so))
    if wrong:
        found.append(f"decided_answers: {wrong} answers do not know how their conversation ended")
    return found


def _unlike(right: Iterable[Any], stored: Iterable[Any], name: str) -> list[str]:
    wanted, there = ({tuple(_plain(each) for each in row) for row in rows} for rows in (right, stored))
    missing = [f"{name}: missing {row}" for row in sorted(map(str, wanted - there))]
    return missing + [f"{name}: wrong {row}" for row in sorted(map(str, there - wanted))]


def _plain(value: Any) -> Any:
    return value if isinstance(value, str | bool | dt.date) else int(value)
