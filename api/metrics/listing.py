"""Rows behind the figures: decisions, what they said before, answers and articles; by cursor, newest first."""

from __future__ import annotations

import base64
import binascii
import datetime as dt
import math
from collections.abc import Sequence
from dataclasses import dataclass
from operator import add
from typing import Any, Literal

from sqlalchemy import ColumnClause, ColumnElement, and_, false, func, literal, or_, select, tuple_
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.orm import Session
from sqlalchemy.sql import visitors
from sqlalchemy.sql.functions import FunctionElement

from api.errors import Invalid
from api.metrics.choice import Choice
from api.metrics.definitions import row_set
from api.metrics.models import (
    AnswerArticle,
    ArticleDay,
    ArticleMonth,
    DecidedAnswer,
    Decision,
    DecisionChange,
    badness_of,
)

Verdict = Literal["yes", "no", "ticket", "none"]
# No local day begins or ends further from that of UTC.
_MOST_OF_A_ZONE = dt.timedelta(hours=15)


@dataclass(frozen=True)
class Page:
    """`cursor`: of the next page; None where this is the last."""

    rows: list[Decision]
    cursor: str | None


@dataclass(frozen=True)
class AnswerPage:
    """`cursor`: of the next page; None where this is the last."""

    rows: list[DecidedAnswer]
    cursor: str | None


@dataclass(frozen=True)
class ArticleFigures:
    """`found`: in how many answers; `wrong`: of those shown, how many were said not to help, or led to a ticket."""

    article_id: str
    language: str
    found: int
    shown: int
    opened: int
    helped: int
    wrong: int


@dataclass(frozen=True, slots=True)
class Judged:
    """Of so many searches: how many are answered, how many of those somebody judged, and how many of these were right."""

    searches: int
    answered: int
    judged: int
    right: int

    @property
    def answer_rate(self) -> float | None:
        return self.answered / self.searches if self.searches else None

    @property
    def precision(self) -> float | None:
        """Of the judged ones."""
        return self.right / self.judged if self.judged else None


@dataclass(frozen=True, slots=True)
class CurvePoint(Judged):
    """What a threshold would do with the searches of a range."""

    threshold: float


def rows(session: Session, choice: Choice, rows: str = "asked", *, limit: int = 50, **narrower: Any) -> Page:
    """Decisions of a set of `ROW_SETS`, newest first; `narrower` as of `row_conditions`. Raises `Invalid` for a set or a
    cursor that there is not."""
    query = select(Decision).where(*row_conditions(choice, rows, **narrower)).order_by(*_NEWEST_FIRST)
    found = list(session.scalars(query.limit(limit + 1)))
    page = found[:limit]
    return Page(page, row_cursor(page[-1].started_at, page[-1].id) if len(found) > limit else None)


def row_values(
    session: Session, choice: Choice, columns: Sequence[str], rows: str = "asked", *, limit: int, **narrower: Any
) -> tuple[list[tuple[Any, ...]], str | None]:
    """The same as values of these columns, for files of all of them, and the cursor of the next page."""
    wanted = [getattr(Decision, name) for name in columns]
    conditions = in_order(row_conditions(choice, rows, **narrower), Decision.kind, Decision.day)
    query = select(*wanted, Decision.started_at, Decision.id).where(*conditions)
    found = [tuple(each) for each in session.execute(query.order_by(*_NEWEST_FIRST).limit(limit + 1))]
    page = found[:limit]
    cursor = row_cursor(*page[-1][-2:]) if len(found) > limit else None
    return [each[:-2] for each in page], cursor


_NEWEST_FIRST = (Decision.started_at.desc(), Decision.id.desc())


def row_conditions(
    choice: Choice,
    rows: str,
    *,
    outcome: str | None = None,
    stopped_at: str | None = None,
    hour: int | None = None,
    weekday: int | None = None,
    cursor: str | None = None,
) -> list[ColumnElement[bool]]:
    """What decides whether a decision is of a set and after a cursor."""
    conditions: list[ColumnElement[bool]] = [*choice.conditions(Decision), row_set(rows).condition()]
    if choice.moments is None:
        # The index that gives their order knows no days: from here on it need not be read, whatever the zone.
        until = dt.datetime.combine(choice.until, dt.time.max, dt.UTC) + _MOST_OF_A_ZONE
        since = dt.datetime.combine(choice.since, dt.time.min, dt.UTC) - _MOST_OF_A_ZONE
        conditions += [Decision.started_at <= until, Decision.started_at >= since]
    if outcome is not None:
        conditions.append(Decision.outcome == outcome)
    if stopped_at is not None:
        conditions.append(Decision.stopped_at == stopped_at)
    if hour is not None:
        conditions.append(Decision.hour == hour)
    if weekday is not None:
        days = [choice.since + dt.timedelta(days=each) for each in range(choice.days)]
        conditions.append(Decision.day.in_([each for each in days if each.weekday() == weekday]))
    if cursor is not None:
        at, name = _read_cursor(cursor)
        # As one comparison: of two that are joined by OR the index would be read from its beginning.
        after = tuple_(literal(at, Decision.started_at.type), literal(name))
        conditions.append(tuple_(Decision.started_at, Decision.id) < after)
    return conditions


class _Unindexed(FunctionElement[Any]):
    """A column by which SQLite looks no row up; for PostgreSQL the column itself."""

    inherit_cache = True


@compiles(_Unindexed)
def _column(element: _Unindexed, compiler: Any, **options: Any) -> Any:
    return compiler.process(element.clauses, **options)


@compiles(_Unindexed, "sqlite")
def _no_term(element: _Unindexed, compiler: Any, **options: Any) -> Any:
    return "+" + compiler.process(element.clauses, **options)


def in_order(conditions: Sequence[ColumnElement[bool]], *columns: Any) -> list[ColumnElement[bool]]:
    """The conditions, so that SQLite reads by the index of their order: it would take one of these columns' and sort all that
    it finds, for each page anew (of 100,000 rows a third of a second instead of some milliseconds)."""
    unlike = {each.expression: _Unindexed(each.expression) for each in columns}

    def plain(element: Any, **_: Any) -> Any:
        return unlike.get(element) if isinstance(element, ColumnClause) else None

    return [visitors.replacement_traverse(each, {}, plain) for each in conditions]


def decision_of(session: Session, decision_id: str) -> Decision | None:
    """A conversation's decision, or that of a ticket without one (`ticket-<number>`)."""
    return session.get(Decision, decision_id)


def changes_of(session: Session, decision_id: str) -> list[DecisionChange]:
    """What its outcome was before, oldest first."""
    query = select(DecisionChange).where(DecisionChange.decision_id == decision_id).order_by(DecisionChange.id)
    return list(session.scalars(query))


def late_changes(session: Session, since: dt.datetime, until: dt.datetime, *, limit: int = 200) -> list[DecisionChange]:
    """Outcomes that had settled and became others after all, in [since, until), newest first."""
    query = select(DecisionChange).where(
        DecisionChange.at >= since, DecisionChange.at < until, DecisionChange.late.is_(True)
    )
    return list(session.scalars(query.order_by(DecisionChange.at.desc(), DecisionChange.id.desc()).limit(limit)))


def answers(
    session: Session,
    choice: Choice,
    *,
    verdict: Verdict | None = None,
    article_id: str | None = None,
    cursor: str | None = None,
    limit: int = 50,
) -> AnswerPage:
    """Answers that were shown, worst first (`DecidedAnswer.badness`), of equal ones the newest. Raises `Invalid` for a cursor
    that there is not."""
    conditions = [*choice.conditions(DecidedAnswer), DecidedAnswer.badness.is_not(None)]
    if verdict is not None:
        said = "" if verdict == "none" else verdict
        # Where the index has them.
        first = badness_of(said, None, shown=True) or 0.0
        conditions += [DecidedAnswer.verdict == said, DecidedAnswer.badness.between(first, first + 1.5)]
    if article_id is not None:
        of = select(AnswerArticle.answer_id).where(
            AnswerArticle.article_id == article_id,
            AnswerArticle.day >= choice.since,
            AnswerArticle.day <= choice.until,
        )
        conditions.append(DecidedAnswer.id.in_(of))
    if cursor is not None:
        badness, number = _read_answer_cursor(cursor)
        # As one comparison, which the index answers from there on.
        conditions.append(tuple_(DecidedAnswer.badness, DecidedAnswer.id) < tuple_(literal(badness), literal(number)))
    query = select(DecidedAnswer).where(*in_order(conditions, DecidedAnswer.day))
    found = list(
        session.scalars(query.order_by(DecidedAnswer.badness.desc(), DecidedAnswer.id.desc()).limit(limit + 1))
    )
    page = found[:limit]
    return AnswerPage(page, answer_cursor(page[-1]) if len(found) > limit else None)


def answers_of(session: Session, decision_id: str) -> list[DecidedAnswer]:
    """Of one conversation, in order."""
    query = select(DecidedAnswer).where(DecidedAnswer.decision_id == decision_id)
    return list(session.scalars(query.order_by(DecidedAnswer.at, DecidedAnswer.id)))


def articles(session: Session, choice: Choice) -> list[ArticleFigures]:
    """Every article that a search found in the range, by language; of the filters only the language is known here."""
    months, days = choice.by_month()
    sources: list[tuple[Any, ColumnElement[bool]]] = [
        (ArticleDay, or_(*(and_(ArticleDay.day >= first, ArticleDay.day <= last) for first, last in days), false()))
    ]
    if months is not None:
        within = and_(ArticleMonth.day >= months.since, ArticleMonth.day <= months.until)
        sources.append((ArticleMonth, within))
    sums: dict[tuple[str, str], list[int]] = {}
    for table, within in sources:
        measures = (table.found, table.shown, table.opened, table.helped, table.wrong)
        query = select(table.article_id, table.language, *map(func.sum, measures)).where(within)
        if choice.language is not None:
            query = query.where(table.language == choice.language)
        for name, language, *numbers in session.execute(query.group_by(table.article_id, table.language)):
            known = sums.get((name, language))
            sums[name, language] = (
                list(map(int, numbers)) if known is None else list(map(add, known, map(int, numbers)))
            )
    found = [ArticleFigures(name, language, *numbers) for (name, language), numbers in sums.items()]
    return sorted(found, key=lambda each: (-each.shown, each.article_id, each.language))


def curve(session: Session, choice: Choice, thresholds: Sequence[float]) -> list[CurvePoint]:
    """Precision against answer rate, from what customers said of the answers they were shown. A search below a threshold
    is not answered; a ticket after an answer counts as wrong."""
    bucket = func.round(DecidedAnswer.confidence * 1000)
    query = (
        select(bucket, DecidedAnswer.verdict, func.count())
        .where(*choice.conditions(DecidedAnswer), DecidedAnswer.confidence.is_not(None))
        .group_by(bucket, DecidedAnswer.verdict)
    )
    told = [(float(each) / 1000, verdict, number) for each, verdict, number in session.execute(query)]
    searches = sum(number for _, _, number in told)
    found = []
    for threshold in thresholds:
        above = [(verdict, number) for confidence, verdict, number in told if confidence >= threshold]
        judged = sum(number for verdict, number in above if verdict)
        right = sum(number for verdict, number in above if verdict == "yes")
        found.append(CurvePoint(searches, sum(number for _, number in above), judged, right, threshold))
    return found


def row_cursor(at: dt.datetime, name: str) -> str:
    """Of the rows after the decision of that beginning and id."""
    return _encoded(f"{at.isoformat()} {name}")


def answer_cursor(after: DecidedAnswer) -> str:
    """Of the answers after this one, which was shown."""
    return _encoded(f"{after.badness} {after.id}")


def _read_cursor(cursor: str) -> tuple[dt.datetime, str]:
    at, name = _decoded(cursor)
    try:
        moment = dt.datetime.fromisoformat(at)
    except ValueError as error:
        raise no_cursor() from error
    if moment.tzinfo is None or not name or "\0" in name:
        raise no_cursor()
    return moment, name


def _read_answer_cursor(cursor: str) -> tuple[float, int]:
    badness, number = _decoded(cursor)
    try:
        found = float(badness), int(number)
    except ValueError as error:
        raise no_cursor() from error
    if not math.isfinite(found[0]) or not 0 <= found[1] < 1 << 62:
        raise no_cursor()
    return found


def _encoded(text: str) -> str:
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def _decoded(cursor: str) -> tuple[str, str]:
    try:
        first, _, second = base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)).decode().partition(" ")
    except (ValueError, binascii.Error) as error:
        raise no_cursor() from error
    return first, second


def no_cursor() -> Invalid:
    """What is raised for a cursor that no page gave."""
    told = "must be the `cursor` of the page before"
    return Invalid(f"`cursor` {told}.", code="invalid_request", details={"cursor": told})
