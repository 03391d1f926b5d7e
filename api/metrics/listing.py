"""Rows behind the figures: decisions, what they said before, answers and articles; by cursor, newest first."""

from __future__ import annotations

import base64
import binascii
import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from sqlalchemy import ColumnElement, and_, case, func, or_, select
from sqlalchemy.orm import Session

from api.errors import Invalid
from api.metrics.choice import Choice
from api.metrics.definitions import row_set
from api.metrics.models import AnswerArticle, ArticleDay, DecidedAnswer, Decision, DecisionChange

Verdict = Literal["yes", "no", "ticket", "none"]


@dataclass(frozen=True)
class Page:
    """`cursor`: of the next page; None where this is the last."""

    rows: list[Decision]
    cursor: str | None


@dataclass(frozen=True)
class AnswerPage:
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


def rows(
    session: Session,
    choice: Choice,
    rows: str = "asked",
    *,
    outcome: str | None = None,
    stopped_at: str | None = None,
    hour: int | None = None,
    weekday: int | None = None,
    cursor: str | None = None,
    limit: int = 50,
) -> Page:
    """Decisions of a set of `ROW_SETS`, newest first. Raises `Invalid` for a set or a cursor that there is not."""
    conditions: list[ColumnElement[bool]] = [*choice.conditions(Decision), row_set(rows).condition()]
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
        conditions.append(or_(Decision.started_at < at, and_(Decision.started_at == at, Decision.id < name)))
    query = select(Decision).where(*conditions).order_by(Decision.started_at.desc(), Decision.id.desc())
    found = list(session.scalars(query.limit(limit + 1)))
    more = len(found) > limit
    page = found[:limit]
    return Page(page, _cursor(page[-1].started_at, page[-1].id) if more else None)


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
    worst_first: bool = True,
    offset: int = 0,
    limit: int = 50,
) -> AnswerPage:
    """Answers that were shown; worst first: said wrong, then followed by a ticket, the most confident of them first. The
    cursor is the next offset."""
    conditions = [*choice.conditions(DecidedAnswer), DecidedAnswer.shown.is_(True)]
    if verdict is not None:
        conditions.append(DecidedAnswer.verdict == ("" if verdict == "none" else verdict))
    if article_id is not None:
        of = select(AnswerArticle.answer_id).where(
            AnswerArticle.article_id == article_id,
            AnswerArticle.day >= choice.since,
            AnswerArticle.day <= choice.until,
        )
        conditions.append(DecidedAnswer.id.in_(of))
    newest = (DecidedAnswer.at.desc(), DecidedAnswer.id.desc())
    bad = case({"no": 0, "ticket": 1, "yes": 3}, value=DecidedAnswer.verdict, else_=2)
    order = (bad, func.coalesce(DecidedAnswer.confidence, 0).desc(), *newest) if worst_first else newest
    query = select(DecidedAnswer).where(*conditions).order_by(*order).offset(offset).limit(limit + 1)
    found = list(session.scalars(query))
    return AnswerPage(found[:limit], str(offset + limit) if len(found) > limit else None)


def answers_of(session: Session, decision_id: str) -> list[DecidedAnswer]:
    """Of one conversation, in order."""
    query = select(DecidedAnswer).where(DecidedAnswer.decision_id == decision_id)
    return list(session.scalars(query.order_by(DecidedAnswer.at, DecidedAnswer.id)))


def articles(session: Session, choice: Choice) -> list[ArticleFigures]:
    """Every article that a search found in the range, by language; of the filters only the language is known here."""
    table = ArticleDay
    counted = [func.sum(each) for each in (table.found, table.shown, table.opened, table.helped, table.wrong)]
    query = select(table.article_id, table.language, *counted).where(
        table.day >= choice.since, table.day <= choice.until
    )
    if choice.language is not None:
        query = query.where(table.language == choice.language)
    query = query.group_by(table.article_id, table.language).order_by(
        func.sum(table.shown).desc(), table.article_id, table.language
    )
    return [ArticleFigures(name, language, *map(int, found)) for name, language, *found in session.execute(query)]


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


def _cursor(at: dt.datetime, name: str) -> str:
    return base64.urlsafe_b64encode(f"{at.isoformat()} {name}".encode()).decode().rstrip("=")


def _read_cursor(cursor: str) -> tuple[dt.datetime, str]:
    try:
        at, _, name = base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)).decode().partition(" ")
        moment = dt.datetime.fromisoformat(at)
        if moment.tzinfo is None or not name or "\0" in name:
            raise ValueError(cursor)
    except (ValueError, binascii.Error) as error:
        told = "must be the `cursor` of the page before"
        raise Invalid(f"`cursor` {told}.", code="invalid_request", details={"cursor": told}) from error
    return moment, name
