"""Tables of the stored decisions: how each conversation ended, why, what it said before, and counts of them by day.

`undecided` is filled by the database itself (triggers of the migration `ledger`): a row for every event that is written
and every change of a conversation, in the same transaction, so that none is missed whatever wrote it and in which order
transactions were committed. Whoever decides (api/metrics/deciding.py) takes its rows away in the transaction that stores
the decisions, the changes and the counts.

Texts that are unknown are empty rather than NULL, so that they can be part of the counts' keys.
"""

from __future__ import annotations

import datetime as dt
from typing import Any

from sqlalchemy import BigInteger, Boolean, Date, Float, Index, Integer, SmallInteger, String, text
from sqlalchemy.orm import Mapped, mapped_column

from api.database import Base, Json, UtcDateTime, utc_now

Number = BigInteger().with_variant(Integer(), "sqlite")


class Decision(Base):
    """How one conversation ended, or that a ticket came without one (`kind` ticket). Made anew from its events whenever one
    is added; `api/metrics/rules.py` says by which rules."""

    __tablename__ = "decisions"
    __table_args__ = (
        Index("ix_decisions_day", "day", "kind", "outcome"),
        Index("ix_decisions_started_at", "started_at", "id"),
        Index("ix_decisions_customer_id", "customer_id", "last_at"),
        # What no count knows (people; hours of a category) is read from this alone: the table is four times as large.
        Index(
            "ix_decisions_figures",
            *("kind", "day", "outcome", "provisional", "hour", "tickets", "customer_id"),
            *("language", "channel", "scenario", "category", "subcategory", "stage", "stopped_at"),
        ),
        # What time alone decides: found without looking at the rest.
        Index(
            "ix_decisions_settles_at",
            "settles_at",
            sqlite_where=text("settles_at IS NOT NULL"),
            postgresql_where=text("settles_at IS NOT NULL"),
        ),
    )

    # The conversation's id; `ticket-<number>` for a ticket that came without one.
    id: Mapped[str] = mapped_column(String(40), primary_key=True)
    conversation_id: Mapped[str | None] = mapped_column(String(32))
    # The first ticket that was opened in it, or that it is.
    ticket_id: Mapped[int | None] = mapped_column(Integer)
    customer_id: Mapped[int | None] = mapped_column(Integer)
    started_at: Mapped[dt.datetime] = mapped_column(UtcDateTime)
    # `started_at` in the deployment's time zone.
    day: Mapped[dt.date] = mapped_column(Date)
    hour: Mapped[int] = mapped_column(SmallInteger)
    language: Mapped[str] = mapped_column(String(8))
    channel: Mapped[str] = mapped_column(String(16))
    scenario: Mapped[str] = mapped_column(String(64), default="")
    category: Mapped[str] = mapped_column(String(64), default="")
    subcategory: Mapped[str] = mapped_column(String(64), default="")
    # help, status, subscription, form, greeting, ticket; test and staff, which no figure counts.
    kind: Mapped[str] = mapped_column(String(16))
    # Empty unless `kind` is help.
    outcome: Mapped[str] = mapped_column(String(16), default="")
    # May still change by time alone (`settles_at` says when).
    provisional: Mapped[bool] = mapped_column(Boolean, default=False)
    settles_at: Mapped[dt.datetime | None] = mapped_column(UtcDateTime)
    # The rule that decided: `api.metrics.rules.RULES`.
    rule: Mapped[str] = mapped_column(String(32), default="")
    # The outcome without regard to later conversations.
    first_outcome: Mapped[str] = mapped_column(String(16), default="")
    # The conversation or ticket by which the same customer came back for the same matter, and when.
    recontacted_by: Mapped[str | None] = mapped_column(String(40))
    recontacted_at: Mapped[dt.datetime | None] = mapped_column(UtcDateTime)
    # Came back within the shorter window.
    within_day: Mapped[bool] = mapped_column(Boolean, default=False)
    asked_at: Mapped[dt.datetime | None] = mapped_column(UtcDateTime)
    # Every moment at which help was asked for, as seconds since 1970 with microseconds.
    asks: Mapped[list[float]] = mapped_column(Json, default=list)
    last_at: Mapped[dt.datetime] = mapped_column(UtcDateTime)
    answers: Mapped[int] = mapped_column(Integer, default=0)
    confident_answers: Mapped[int] = mapped_column(Integer, default=0)
    helped: Mapped[int] = mapped_column(Integer, default=0)
    wrong: Mapped[int] = mapped_column(Integer, default=0)
    opened: Mapped[int] = mapped_column(Integer, default=0)
    tickets: Mapped[int] = mapped_column(Integer, default=0)
    # Whether the copilot replied to a question at all; showed an article; asked a step of the ticket form; a person was
    # asked for.
    replied: Mapped[bool] = mapped_column(Boolean, default=False)
    answered: Mapped[bool] = mapped_column(Boolean, default=False)
    in_form: Mapped[bool] = mapped_column(Boolean, default=False)
    person: Mapped[bool] = mapped_column(Boolean, default=False)
    # good, bad or empty.
    rating: Mapped[str] = mapped_column(String(8), default="")
    # The furthest it came (`api.metrics.rules.Stage`), and what was asked where it stopped.
    stage: Mapped[str] = mapped_column(String(16), default="opened")
    stopped_at: Mapped[str] = mapped_column(String(64), default="")
    # Of the last answer; None where there was none.
    confidence: Mapped[float | None] = mapped_column(Float)
    # Articles that were shown or found, in order of their first appearance.
    articles: Mapped[list[str]] = mapped_column(Json, default=list)
    decided_at: Mapped[dt.datetime] = mapped_column(UtcDateTime)
    # How often the outcome became another one after it had been stored.
    changes: Mapped[int] = mapped_column(Integer, default=0)


class DecisionChange(Base):
    """An outcome that became another one. Rows are only added."""

    __tablename__ = "decision_changes"
    __table_args__ = (Index("ix_decision_changes_at", "at", "id"),)

    id: Mapped[int] = mapped_column(Number, primary_key=True, autoincrement=True)
    decision_id: Mapped[str] = mapped_column(String(40), index=True)
    # `<kind>` or `help:<outcome>`.
    before: Mapped[str] = mapped_column(String(32))
    after: Mapped[str] = mapped_column(String(32))
    # It stood already: the quiet window was over, or it needed none.
    late: Mapped[bool] = mapped_column(Boolean, default=False)
    # The type of the event that made it so; `conversation` (its row was changed), `recontact`, `rebuild`.
    because: Mapped[str] = mapped_column(String(32))
    event_id: Mapped[int | None] = mapped_column(Integer)
    # The conversation or ticket by which the customer came back.
    other_id: Mapped[str | None] = mapped_column(String(40))
    at: Mapped[dt.datetime] = mapped_column(UtcDateTime, default=utc_now)


class DecidedAnswer(Base):
    """One search of a conversation and what became of its answer: the row behind every figure about answers."""

    __tablename__ = "decided_answers"
    __table_args__ = (
        # The newest of a range with what a figure needs of them: of many, few of which fit, the table is ten times slower.
        Index(
            "ix_decided_answers_figures",
            *("day", "id", "language", "channel", "scenario", "category", "subcategory"),
            *("confidence", "verdict", "resolved"),
        ),
        Index("ix_decided_answers_decision_id", "decision_id"),
        # The review desk's order, with what mostly narrows it: a page is read by the index alone until it is full.
        Index(
            "ix_decided_answers_badness",
            *("badness", "id", "day", "language", "channel", "category"),
            sqlite_where=text("badness IS NOT NULL"),
            postgresql_where=text("badness IS NOT NULL"),
        ),
    )

    # The number of the event `searched` (or `answer_shown` where nothing was searched: a topic was chosen).
    id: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    decision_id: Mapped[str] = mapped_column(String(40))
    turn_id: Mapped[str | None] = mapped_column(String(32))
    at: Mapped[dt.datetime] = mapped_column(UtcDateTime)
    day: Mapped[dt.date] = mapped_column(Date)
    language: Mapped[str] = mapped_column(String(8))
    channel: Mapped[str] = mapped_column(String(16))
    scenario: Mapped[str] = mapped_column(String(64))
    category: Mapped[str] = mapped_column(String(64))
    subcategory: Mapped[str] = mapped_column(String(64))
    confidence: Mapped[float | None] = mapped_column(Float)
    confident: Mapped[bool] = mapped_column(Boolean)
    # answer, clarify, person, or empty where older events do not say.
    decision: Mapped[str] = mapped_column(String(16), default="")
    shown: Mapped[bool] = mapped_column(Boolean)
    # yes, no, ticket (one was opened after it), or empty: nobody said.
    verdict: Mapped[str] = mapped_column(String(8), default="")
    # How soon a lead should see it (`badness_of`); None where it was not shown.
    badness: Mapped[float | None] = mapped_column(Float)
    # Whether its conversation ended solved by itself (confirmed or assumed): the what-if reads it with no join.
    resolved: Mapped[bool] = mapped_column(Boolean)


_BADNESS = {"no": 6, "ticket": 4, "yes": 0}


def badness_of(verdict: str, confidence: float | None, shown: bool) -> float | None:
    """Worst is what was said not to help, then what a ticket followed, what nobody judged, and what helped; of each the most
    confident."""
    return _BADNESS.get(verdict, 2) + (confidence or 0.0) if shown else None


class AnswerArticle(Base):
    """An article in an answer, by its place in it (0 is the first)."""

    __tablename__ = "answer_articles"
    __table_args__ = (Index("ix_answer_articles_article_id", "article_id", "day"),)

    answer_id: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    article_id: Mapped[str] = mapped_column(String(255), primary_key=True)
    place: Mapped[int] = mapped_column(SmallInteger)
    day: Mapped[dt.date] = mapped_column(Date)
    language: Mapped[str] = mapped_column(String(8))
    shown: Mapped[bool] = mapped_column(Boolean)
    opened: Mapped[bool] = mapped_column(Boolean, default=False)
    # The answer's, where it is about this article: of the ones that were opened, else of the first.
    verdict: Mapped[str] = mapped_column(String(8), default="")


class _Measures:
    """What the decisions of a count add up to."""

    conversations: Mapped[int] = mapped_column(Integer)
    replied: Mapped[int] = mapped_column(Integer)
    answered: Mapped[int] = mapped_column(Integer)
    confident: Mapped[int] = mapped_column(Integer)
    in_form: Mapped[int] = mapped_column(Integer)
    person: Mapped[int] = mapped_column(Integer)
    ticketed: Mapped[int] = mapped_column(Integer)
    within_day: Mapped[int] = mapped_column(Integer)
    rated_good: Mapped[int] = mapped_column(Integer)
    rated_bad: Mapped[int] = mapped_column(Integer)
    tickets: Mapped[int] = mapped_column(Integer)
    answers: Mapped[int] = mapped_column(Integer)
    confident_answers: Mapped[int] = mapped_column(Integer)
    helped: Mapped[int] = mapped_column(Integer)
    wrong: Mapped[int] = mapped_column(Integer)


class _ByAll:
    """Keys of a count by everything that a figure may be narrowed by."""

    day: Mapped[dt.date] = mapped_column(Date, primary_key=True)
    language: Mapped[str] = mapped_column(String(8), primary_key=True)
    channel: Mapped[str] = mapped_column(String(16), primary_key=True)
    scenario: Mapped[str] = mapped_column(String(64), primary_key=True)
    category: Mapped[str] = mapped_column(String(64), primary_key=True)
    subcategory: Mapped[str] = mapped_column(String(64), primary_key=True)
    kind: Mapped[str] = mapped_column(String(16), primary_key=True)
    outcome: Mapped[str] = mapped_column(String(16), primary_key=True)
    provisional: Mapped[bool] = mapped_column(Boolean, primary_key=True)


class _ByOne:
    """Keys of a count by one dimension alone (`dimension` empty: by none)."""

    day: Mapped[dt.date] = mapped_column(Date, primary_key=True)
    dimension: Mapped[str] = mapped_column(String(16), primary_key=True)
    value: Mapped[str] = mapped_column(String(64), primary_key=True)
    kind: Mapped[str] = mapped_column(String(16), primary_key=True)
    outcome: Mapped[str] = mapped_column(String(16), primary_key=True)
    provisional: Mapped[bool] = mapped_column(Boolean, primary_key=True)


class _ByHour:
    """Keys and numbers of a count by hours. `dimension` is one of `api.metrics.counting.HOUR_PARTS`, `value` what its
    columns hold. They come first: a figure is about one value of one dimension, whose hours then lie side by side."""

    dimension: Mapped[str] = mapped_column(String(32), primary_key=True)
    value: Mapped[str] = mapped_column(String(160), primary_key=True)
    day: Mapped[dt.date] = mapped_column(Date, primary_key=True)
    hour: Mapped[int] = mapped_column(SmallInteger, primary_key=True, autoincrement=False)
    # Conversations that asked for help; confirmed or assumed and settled; escalated.
    asked: Mapped[int] = mapped_column(Integer)
    resolved: Mapped[int] = mapped_column(Integer)
    escalated: Mapped[int] = mapped_column(Integer)


class _OfArticle:
    day: Mapped[dt.date] = mapped_column(Date, primary_key=True)
    article_id: Mapped[str] = mapped_column(String(255), primary_key=True)
    language: Mapped[str] = mapped_column(String(8), primary_key=True)
    found: Mapped[int] = mapped_column(Integer)
    shown: Mapped[int] = mapped_column(Integer)
    opened: Mapped[int] = mapped_column(Integer)
    helped: Mapped[int] = mapped_column(Integer)
    wrong: Mapped[int] = mapped_column(Integer)


class DayCount(_ByAll, _Measures, Base):
    """How many decisions of a day are alike, with what they add up to. No test or staff traffic."""

    __tablename__ = "decision_days"


class PartCount(_ByOne, _Measures, Base):
    """The same by day and one dimension alone: some hundred rows a day, however many conversations there are."""

    __tablename__ = "decision_parts"


class StopCount(Base):
    """How many conversations of a day and one dimension's value (as in `PartCount`) ended without a solution or a ticket,
    by how far they came and what was asked there."""

    __tablename__ = "decision_stops"

    day: Mapped[dt.date] = mapped_column(Date, primary_key=True)
    dimension: Mapped[str] = mapped_column(String(16), primary_key=True)
    value: Mapped[str] = mapped_column(String(64), primary_key=True)
    stage: Mapped[str] = mapped_column(String(16), primary_key=True)
    stopped_at: Mapped[str] = mapped_column(String(64), primary_key=True)
    outcome: Mapped[str] = mapped_column(String(16), primary_key=True)
    conversations: Mapped[int] = mapped_column(Integer)


class HourCount(_ByHour, Base):
    """How many conversations of an hour asked for help, and how many of them ended solved or with support."""

    __tablename__ = "decision_hour_parts"


class ArticleDay(_OfArticle, Base):
    """How often an article was found, shown, opened and judged on a day."""

    __tablename__ = "article_days"


# The same by months, from which long ranges are read: `day` is the first of the month.


class MonthCount(_ByAll, _Measures, Base):
    __tablename__ = "decision_months"


class PartMonth(_ByOne, _Measures, Base):
    __tablename__ = "decision_part_months"


class HourMonth(_ByHour, Base):
    __tablename__ = "decision_hour_part_months"

    # Of the days that it counts: 0 is Sunday.
    weekday: Mapped[int] = mapped_column(SmallInteger, primary_key=True, autoincrement=False)


class ArticleMonth(_OfArticle, Base):
    __tablename__ = "article_months"


class PeopleCount(Base):
    """How many customers came on a day and had come last on another one (`before`; `api.metrics.people.NEVER`: on none), as
    one of the row sets that count people has them. Whoever is not known never came before. The people of a range are then
    those of its days that had not come since its first: exact for any range, without looking at a single customer."""

    __tablename__ = "decision_people"

    # `api.metrics.definitions.RowSet.id`.
    people: Mapped[str] = mapped_column(String(32), primary_key=True)
    day: Mapped[dt.date] = mapped_column(Date, primary_key=True)
    before: Mapped[dt.date] = mapped_column(Date, primary_key=True)
    number: Mapped[int] = mapped_column(Integer)


class Undecided(Base):
    """Something happened in this conversation (or to this ticket) that no decision has taken into account."""

    __tablename__ = "undecided"

    id: Mapped[int] = mapped_column(Number, primary_key=True, autoincrement=True)
    # As `Decision.id`.
    subject: Mapped[str] = mapped_column(String(40))
    event_id: Mapped[int | None] = mapped_column(Integer)


class LedgerState(Base):
    """The one row that whoever decides holds locked, with what the stored decisions were made by."""

    __tablename__ = "ledger_state"

    id: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    # Rules, windows and time zone: another value makes everything be decided again.
    made_by: Mapped[dict[str, Any]] = mapped_column(Json, default=dict)
    # Filled by `copilot metrics demo`: every page says so.
    demo: Mapped[bool] = mapped_column(Boolean, default=False)
